package threads

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/airside-ls/airside/gitsync/repo"
)

const code = "package x\n\nfunc add(a, b int) int {\n\treturn a - b\n}\n"

func TestStore(t *testing.T) {
	ctx := context.Background()
	s, r := newStore(t, "alice")
	write(t, r, "x.go", code)
	commit(t, r, "x.go", code)
	snap, err := s.Load(ctx)
	must(t, err)
	if len(snap.Threads) != 0 || snap.Me != "" {
		t.Errorf("before anything was said: %+v", snap)
	}
	first, err := s.Comment(ctx, Draft{Path: "x.go", Lines: Lines{4, 4}, Body: "minus?"})
	must(t, err)
	_, err = s.Reply(ctx, first.ID[:8], "so it seems")
	must(t, err)
	edit, err := s.Edit(ctx, first.ID, "minus? It says add.")
	must(t, err)
	if edit.Thread != first.ID {
		t.Errorf("the edit is in thread %s", edit.Thread)
	}
	_, err = s.Resolve(ctx, first.Thread)
	must(t, err)
	snap, err = s.Load(ctx)
	must(t, err)
	if len(snap.Threads) != 1 {
		t.Fatalf("%d threads: %+v", len(snap.Threads), snap.Skipped)
	}
	got := snap.Threads[0]
	if !got.Resolved || len(got.Comments) != 2 || got.Comments[0].Body != "minus? It says add." || got.Comments[1].Author.Name != "alice" {
		t.Errorf("%+v", got)
	}
	if trust := snap.Trust(got.Comments[0]); trust.Verified || trust.Why == "" {
		t.Errorf("unsigned: %+v", trust)
	}
	for _, wrong := range []func() (Receipt, error){
		func() (Receipt, error) { return s.Resolve(ctx, first.ID) },
		func() (Receipt, error) { return s.Reply(ctx, "ffff", "?") },
		func() (Receipt, error) { return s.Reply(ctx, "no id", "?") },
		func() (Receipt, error) { return s.Reply(ctx, first.ID, " \x1b[31m ") },
		func() (Receipt, error) { return s.Comment(ctx, Draft{Path: "../x.go", Lines: Lines{1, 1}, Body: "b"}) },
		func() (Receipt, error) { return s.Comment(ctx, Draft{Path: "x.go", Lines: Lines{9, 9}, Body: "b"}) },
		func() (Receipt, error) { return s.Comment(ctx, Draft{Path: "y.go", Lines: Lines{1, 1}, Body: "b"}) },
		func() (Receipt, error) {
			return s.Comment(ctx, Draft{Path: "x.go", Lines: Lines{1, 1}, Body: "b", Severity: "bad"})
		},
	} {
		if _, err := wrong(); err == nil {
			t.Error("no error")
		} else {
			t.Log(err)
		}
	}
}

// TestTwoProcesses has several stores of one clone write at once: every
// operation is there afterwards.
func TestTwoProcesses(t *testing.T) {
	ctx := context.Background()
	_, r := newStore(t, "alice")
	write(t, r, "x.go", code)
	const writers, each = 4, 8
	var wait sync.WaitGroup
	for w := range writers {
		wait.Go(func() {
			other, err := repo.Open(r.WorkDir(), repo.Options{})
			if err != nil {
				t.Error(err)
				return
			}
			s := NewStore(other, nil, fixed)
			for i := range each {
				if _, err := s.Comment(ctx, Draft{Path: "x.go", Lines: Lines{3, 4}, Body: fmt.Sprint(w, " ", i)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	snap, err := NewStore(r, nil, fixed).Load(ctx)
	must(t, err)
	if len(snap.Threads) != writers*each || len(snap.Skipped) > 0 {
		t.Errorf("%d threads of %d, skipped %v", len(snap.Threads), writers*each, snap.Skipped)
	}
}
