package pack

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/repo/layout"
	"github.com/airside-ls/airside/gitsync/repo/program"
	"github.com/airside-ls/airside/gitsync/repo/repotest"
)

// open is the objects of a repository, without git.
func open(t *testing.T, r *repotest.Repo) *Database {
	t.Helper()
	at, err := layout.Find(r.Dir)
	if err != nil {
		t.Fatal(err)
	}
	return New(at, durable.Beneath(at.Git, at.Work), slog.New(slog.DiscardHandler), &program.Runner{}, "")
}

// TestAbandoned: what a crash left in quarantine goes after a day, a fetch
// under way stays.
func TestAbandoned(t *testing.T) {
	d := open(t, repotest.New(t))
	left, err := d.Quarantine()
	if err != nil {
		t.Fatal(err)
	}
	os.WriteFile(left.pack, []byte("x"), 0o444)
	day := time.Now().Add(-25 * time.Hour)
	os.Chtimes(left.dir, day, day)
	fresh, err := d.Quarantine()
	if err != nil {
		t.Fatal(err)
	}
	second, err := d.Quarantine()
	if err != nil {
		t.Fatal(err)
	}
	if layout.Exists(left.dir) || !layout.Exists(fresh.dir) {
		t.Errorf("the old one is there: %v, the new one: %v", layout.Exists(left.dir), layout.Exists(fresh.dir))
	}
	fresh.Remove()
	second.Remove()
	repotest.NoLeftovers(t, filepath.Join(d.at.Common, "objects"))
}

// TestPushCost: the objects of a push are those of its commits, whatever lies
// beside them.
func TestPushCost(t *testing.T) {
	r := repotest.New(t)
	files := map[string]string{}
	for i := range 300 {
		files[fmt.Sprintf("d%d/e%d/f", i%10, i)] = fmt.Sprint(i)
	}
	base := r.Commit(files, r.Base)
	files["d3/e3/f"] = "changed"
	tip := r.Commit(files, base)
	s, err := open(t, r).Transfer()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for have, want := range map[plumbing.Hash]int{base: 5, r.Base: 617} { // commit, three trees, a blob; or all but the first commit
		commits, err := s.commitsToSend(context.Background(), []plumbing.Hash{tip}, []plumbing.Hash{have, plumbing.NewHash("12")})
		if err != nil {
			t.Fatal(err)
		}
		if list, err := s.toSend(context.Background(), commits); err != nil || len(list) != want {
			t.Errorf("%d objects, want %d, %v", len(list), want, err)
		}
	}
}
