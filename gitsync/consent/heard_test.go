package consent

import (
	"path/filepath"
	"testing"
	"time"
)

// TestChanges: what the user says in another process is told, also the first of it,
// for which there is no folder yet; what else is written beside it is not.
func TestChanges(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "airside")
	here, there := Open(dir, nil), Open(dir, nil)
	changes := here.Changes(t.Context())
	if changes == nil {
		t.Skip("this system does not tell")
	}
	folder := t.TempDir()
	for _, what := range []string{"first", "again"} {
		if _, err := there.Trust(folder); err != nil {
			t.Fatal(err)
		}
		for trusted := false; !trusted; {
			select {
			case <-changes:
			case <-time.After(10 * time.Second):
				t.Fatalf("%s: not told", what)
			}
			trusted, _ = here.Trusted(folder)
		}
		if _, _, err := there.Distrust(folder); err != nil {
			t.Fatal(err)
		}
		for trusted := true; trusted; {
			select {
			case <-changes:
			case <-time.After(10 * time.Second):
				t.Fatalf("%s, no more trusted: not told", what)
			}
			trusted, _ = here.Trusted(folder)
		}
	}
	h := folderWatch{dir: dir}
	for name, want := range map[string]bool{
		dir: true, filepath.Join(dir, "usage.json"): false, filepath.Join(dir, "trust"): true,
		filepath.Join(dir, "trust", "a.json"): true, filepath.Join(dir, "trust", "a.json.x.airside-tmp"): false,
	} {
		if h.matters(name) != want {
			t.Errorf("%s matters: %v", name, !want)
		}
	}
	if Open("", nil).Changes(t.Context()) != nil {
		t.Error("nothing is kept, and yet something is told")
	}
}
