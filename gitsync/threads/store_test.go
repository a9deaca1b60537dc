package threads

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/object"
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
	if len(snap.Threads) != 1 || snap.Clock != 4 { // each operation is later than all before it
		t.Fatalf("%d threads, clock %d: %+v", len(snap.Threads), snap.Clock, snap.Skipped)
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
		func() (Receipt, error) { return s.Reply(ctx, first.ID, strings.Repeat("x", MaxBody+1)) },
		func() (Receipt, error) { return s.Reply(ctx, first.ID[:leastID-1], "too short") },
		func() (Receipt, error) {
			return s.Comment(ctx, Draft{Path: "x.go", Lines: Lines{1, 1}, Text: []byte("a\x00"), Body: "binary"})
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

// hampered is a repository in which something goes wrong.
type hampered struct {
	*repo.Repo
	locked int   // updates that find a lock
	size   int64 // of every blob, bytes; 0 is as it is
	signs  bool  // and cannot
	more   []repo.Ref
}

func (h *hampered) UpdateRef(u repo.RefUpdate) error {
	if h.locked--; h.locked >= 0 {
		return &repo.Error{Kind: repo.Busy, Message: "locked"}
	}
	return h.Repo.UpdateRef(u)
}

func (h *hampered) Refs(prefix string) ([]repo.Ref, error) {
	list, err := h.Repo.Refs(prefix)
	if prefix == FetchedRefs {
		list = append(list, h.more...)
	}
	return list, err
}

func (h *hampered) Objects() (object.Reader, error) {
	objects, err := h.Repo.Objects()
	return sized{objects, h.size}, err
}

type sized struct {
	object.Reader
	size int64
}

func (s sized) BlobSize(h object.Hash) (int64, error) {
	if s.size > 0 {
		return s.size, nil
	}
	return s.Reader.BlobSize(h)
}

func (h *hampered) Signs() (bool, string) { return h.signs, "" }
func (h *hampered) SignedCommit(context.Context, object.Commit) (object.Hash, error) {
	return object.Zero, errors.New("the key is locked")
}
func (h *hampered) Signatures(context.Context, []object.Hash) (map[object.Hash]repo.Signature, error) {
	return nil, nil
}

// TestNothingSaidIsLost: neither to a lock of a moment nor to a key that does not sign.
func TestNothingSaidIsLost(t *testing.T) {
	h := &hampered{Repo: newRepo(t, "alice"), locked: 2, signs: true}
	write(t, h.Repo, "x.go", code)
	s := NewStore(h, nil, fixed)
	receipt, err := s.Comment(context.Background(), Draft{Path: "x.go", Lines: Lines{4, 4}, Body: "minus?"})
	must(t, err)
	snap, err := s.Load(context.Background())
	must(t, err)
	if len(snap.Threads) != 1 || !strings.Contains(receipt.Warning, "the key is locked") {
		t.Errorf("%+v, %+v", receipt, snap.Threads)
	}
}

// TestBounds: what is beyond them is skipped, and told.
func TestBounds(t *testing.T) {
	h := &hampered{Repo: newRepo(t, "alice")}
	write(t, h.Repo, "x.go", code)
	s := NewStore(h, nil, fixed)
	_, err := s.Comment(context.Background(), Draft{Path: "x.go", Lines: Lines{4, 4}, Body: "minus?"})
	must(t, err)
	own, err := h.Repo.Refs(OwnRefs)
	must(t, err)
	// The same file in another commit, under another actor's name.
	objects, err := h.Repo.Objects()
	must(t, err)
	c, err := objects.Commit(own[0].Hash)
	must(t, err)
	c.Message = "mine"
	stolen := h.CommitObject(c)
	must(t, h.WriteObjects([]object.Object{stolen}))
	for i := range maxActors {
		h.more = append(h.more, repo.Ref{Name: fmt.Sprintf("%sorigin/%016x", FetchedRefs, i), Hash: stolen.Hash})
	}
	skipped := func(want ...string) {
		t.Helper()
		snap, err := NewStore(h, nil, fixed).Load(context.Background())
		must(t, err)
		got := fmt.Sprint(snap.Skipped)
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("%s is not told in %s", w, got)
			}
		}
	}
	skipped("more than 2000 actors", "another actor's")
	h.size, h.more = maxSegment+1, nil
	skipped("16777217 bytes")
}

// TestExtends: what is in an actor's tree stays, whoever put it there; what cannot be
// read is not written over.
func TestExtends(t *testing.T) {
	ctx := context.Background()
	s, r := newStore(t, "alice")
	write(t, r, "x.go", code)
	say := func() error {
		_, err := s.Comment(ctx, Draft{Path: "x.go", Lines: Lines{4, 4}, Body: "minus?"})
		return err
	}
	must(t, say())
	own, err := r.Refs(OwnRefs)
	must(t, err)
	blob := object.New(object.TypeBlob, []byte(strings.Repeat("a line of tomorrow\n", perSegment)))
	files := object.NewTree([]object.TreeEntry{{Name: segmentName(0), Mode: object.ModeFile, Hash: blob.Hash}, {Name: "README", Mode: object.ModeFile, Hash: blob.Hash}})
	root := object.NewTree([]object.TreeEntry{{Name: folder, Mode: object.ModeDir, Hash: files.Hash}, {Name: "votes", Mode: object.ModeFile, Hash: blob.Hash}})
	grown := r.CommitObject(object.Commit{Tree: root.Hash, Parents: []object.Hash{own[0].Hash}, Message: "by a later version"})
	must(t, r.WriteObjects([]object.Object{blob, files, root, grown}))
	must(t, r.UpdateRef(repo.RefUpdate{Name: own[0].Name, Old: own[0].Hash, New: grown.Hash}))
	must(t, say())
	tip, err := r.Ref(own[0].Name)
	must(t, err)
	objects, err := r.Objects()
	must(t, err)
	var names []string
	list := func(tree object.Hash) (dir object.Hash) {
		entries, err := objects.Tree(tree)
		must(t, err)
		for _, e := range entries {
			names = append(names, e.Name)
			if e.Mode == object.ModeDir {
				dir = e.Hash
			} else if e.Name != segmentName(1) && e.Hash != blob.Hash {
				t.Errorf("%s is another", e.Name)
			}
		}
		return dir
	}
	c, err := objects.Commit(tip)
	must(t, err)
	list(list(c.Tree))
	slices.Sort(names)
	if got := strings.Join(names, " "); got != "000000.ndjson 000001.ndjson README reviews votes" || !slices.Equal(c.Parents, []object.Hash{grown.Hash}) {
		t.Errorf("%s, behind it %v", got, c.Parents)
	}

	lost := r.CommitObject(object.Commit{Tree: object.Hash{7}, Parents: []object.Hash{tip}, Message: "damaged"})
	must(t, r.WriteObjects([]object.Object{lost}))
	must(t, r.UpdateRef(repo.RefUpdate{Name: own[0].Name, Old: tip, New: lost.Hash}))
	if err := say(); err == nil || !strings.Contains(err.Error(), "cannot be read") {
		t.Errorf("%v", err)
	}
	if now, err := r.Ref(own[0].Name); err != nil || now != lost.Hash {
		t.Errorf("it was written over: %v", err)
	}
}

// TestLastSegment: which file is gone on with.
func TestLastSegment(t *testing.T) {
	r := newRepo(t, "alice")
	full := strings.Repeat("x\n", perSegment)
	for _, c := range []struct {
		files      []string // name, text, …
		name, text string
	}{
		{nil, "000000.ndjson", ""},
		{[]string{"000000.ndjson", "a\n", "000001.ndjson", "b\n"}, "000001.ndjson", "b\n"},
		{[]string{"000000.ndjson", full}, "000001.ndjson", ""},
		{[]string{"000000.ndjson", "whole\ncut"}, "000000.ndjson", "whole\ncut\n"},
		{[]string{"000000.ndjson", "a\n", "9.ndjson", "b\n", "000007.ndjson.old", "c\n", "x", "d\n"}, "000000.ndjson", "a\n"},
	} {
		var entries []object.TreeEntry
		for i := 0; i < len(c.files); i += 2 {
			blob := object.New(object.TypeBlob, []byte(c.files[i+1]))
			must(t, r.WriteObjects([]object.Object{blob}))
			entries = append(entries, object.TreeEntry{Name: c.files[i], Mode: object.ModeFile, Hash: blob.Hash})
		}
		objects, err := r.Objects()
		must(t, err)
		if name, text, err := lastSegment(objects, entries); err != nil || name != c.name || string(text) != c.text {
			t.Errorf("%.60q: %s, %.20q, %v", c.files, name, text, err)
		}
	}
}

// TestFind: what stands for one comment is believed, what may be two is not.
func TestFind(t *testing.T) {
	id := func(start string) string { return start + strings.Repeat("0", idLength-len(start)) }
	s := &Snapshot{State: State{Threads: []Thread{{Comments: []Comment{{ID: id("abcdef1")}, {ID: id("abcd2")}}}, {Comments: []Comment{{ID: id("abcdef2")}}}}}}
	for prefix, want := range map[string]string{
		"abcdef1": id("abcdef1"), " ABCD2 ": id("abcd2"), id("abcdef2"): id("abcdef2"), "abcd": "", "abcdef": "", "abc": "", "ffff": "", "": "", "xyzw": "",
	} {
		_, c, err := s.Find(prefix)
		if (err == nil) != (want != "") || err == nil && c.ID != want {
			t.Errorf("%q: %+v, %v", prefix, c, err)
		}
	}
}

// TestActorFile: one that names another's ref, or nothing of ours, is none.
func TestActorFile(t *testing.T) {
	s, _ := newStore(t, "alice")
	for text, want := range map[string]string{
		`{"id":"00000000000000aa","ref":"00000000000000aa"}`:        alice,
		`{"id":"00000000000000aa","ref":"00000000000000aa-0123ab"}`: alice,
		`{"id":"00000000000000aa","ref":"00000000000000bb"}`:        "",
		`{"id":"00000000000000aa","ref":"../../heads/main"}`:        "",
		`{"id":"","ref":""}`: "", `{`: "", ``: "",
	} {
		must(t, durable.OwnDir(s.fs, filepath.Dir(s.actorFile())))
		must(t, durable.WriteFile(s.fs, s.actorFile(), []byte(text), 0o600))
		if got := s.actor().ID; got != want {
			t.Errorf("%s: %q", text, got)
		}
	}
}

// TestReanchor: an anchor on a text that is in no commit goes to the committed one,
// if its lines are there side by side.
func TestReanchor(t *testing.T) {
	const now = "new\none\ntwo\nthree\n"
	for committed, want := range map[string]Lines{
		"one\ntwo\nthree\n":          {1, 2},
		"one\nbetween\ntwo\nthree\n": {2, 3}, // torn apart there: it stays with its own text
		"one\nthree\n":               {2, 3},
	} {
		a, err := NewAnchor(object.Zero, "f", []byte(now), Lines{2, 3})
		must(t, err)
		old := NewText([]byte(committed))
		got := a.Reanchor(NewText([]byte(now)), old)
		if got.Range != want || (got.Blob == old.blob) != (want == Lines{1, 2}) || got.Quote != a.Quote {
			t.Errorf("%q: %+v", committed, got)
		}
	}
}
