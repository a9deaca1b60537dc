package refs

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/airside-ls/airside/gitsync/repo/layout"
	"github.com/airside-ls/airside/gitsync/repo/repotest"
)

// TestChanges: commits and own comments are told, also the first ones, for which
// there is no folder yet.
func TestChanges(t *testing.T) {
	at, err := layout.Find(repotest.New(t).Dir)
	if err != nil {
		t.Fatal(err)
	}
	r := &Store{at: at}
	const prefix = "refs/airside/actors/"
	changes := r.Changes(t.Context(), prefix)
	if changes == nil {
		t.Skip("this system does not tell")
	}
	write := func(name string) {
		t.Helper()
		path := filepath.Join(at.Git, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	told := func(what string) {
		t.Helper()
		select {
		case <-changes:
		case <-time.After(10 * time.Second):
			t.Errorf("%s: not told", what)
		}
	}
	// A folder that was made is told of, and then what comes into it.
	for _, name := range []string{"logs/HEAD", prefix + "one", prefix + "two", "logs/HEAD"} {
		write(name)
		told(name)
	}
	if r.HeadChanged().IsZero() || r.RefsChanged(prefix).IsZero() {
		t.Error("and is not to be seen")
	}
}
