package repo

import (
	"context"
	"errors"
	"testing"

	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/program"
	"github.com/airside-ls/airside/gitsync/repo/repotest"
)

// TestWithoutGit: a branch that no work tree has is moved without git, a work tree is
// not, and it is told so before anything is tried.
func TestWithoutGit(t *testing.T) {
	made := repotest.New(t)
	empty := made.Commit(nil, made.Base) // the work tree has no files
	base, tip := object.Hash(empty), object.Hash(made.Commit(nil, empty))
	made.Set("refs/heads/side", empty)
	made.Set("refs/heads/master", empty)
	r, err := Open(made.Dir, Options{Environ: made.Environ()})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.FastForward(t.Context(), "side", base, tip, "test"); err != nil {
		t.Error(err)
	}
	if now, err := r.Ref("refs/heads/side"); err != nil || now != tip {
		t.Errorf("side is %v, %v", now, err)
	}
	head, err := r.Head()
	if err != nil {
		t.Fatal(err)
	}
	before := made.Files()
	for name, move := range map[string]func(ctx context.Context) error{
		"asked": func(ctx context.Context) error { return r.CanMove(ctx, head.Branch, base, tip) },
		"forward": func(ctx context.Context) error {
			return r.FastForward(ctx, head.Branch, base, tip, "test")
		},
		"back":  func(ctx context.Context) error { return r.RestoreTo(ctx, head.Branch, base, tip, "test") },
		"merge": func(ctx context.Context) error { return r.StartMerge(ctx, tip, "theirs") },
	} {
		err := move(t.Context())
		if e := new(Error); !errors.As(err, &e) || e.Kind != Unsupported || name != "merge" && !errors.Is(err, program.ErrNoGit) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if made.Files() != before {
		t.Error("something was written")
	}
}
