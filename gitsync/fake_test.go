package gitsync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/airside-ls/airside/gitsync/consent"
	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/durable/durabletest"
	"github.com/airside-ls/airside/gitsync/history"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo"
)

// fakeRepo is a repository in memory: refs, a graph of commits, one remote. A
// test makes its methods fail by name.
type fakeRepo struct {
	t         *testing.T
	dir       string
	head      string // branch
	refs      map[string]object.Hash
	commits   map[object.Hash]object.Commit
	there     map[string]object.Hash // the remote's refs
	stored    map[object.Hash]object.Object
	dirty     []string
	promisors []repo.Upstream
	signs     bool     // and signing fails
	fresh     []string // files that git does not track
	halves    []string // what UndoHalfMove was called with
	hooks     []string
	cut       map[object.Hash]object.Commit // where the history ends, with what is behind
	deepened  []int                         // what Deepen was called with
	follows   *repo.Upstream                // of every branch; nil: the branch of its name at origin
	merging   object.Hash                   // MERGE_HEAD
	grounds   string                        // what merges go by
	noted     time.Time
	changes   chan struct{} // of noted, told by the system; nil: it does not tell

	fail   map[string]error                     // by method
	before func(method string)                  // runs at the start of each method that changes something
	after  func(method string)                  // and at its end
	onPush func(f *fakeRepo, u repo.PushUpdate) // before a push is judged
}

const (
	main     = "refs/heads/main"
	seenMain = "refs/airside/remotes/origin/main"
)

func newFake(t *testing.T) *fakeRepo {
	f := &fakeRepo{
		t: t, dir: t.TempDir(), head: "main", refs: map[string]object.Hash{}, commits: map[object.Hash]object.Commit{},
		there: map[string]object.Hash{}, stored: map[object.Hash]object.Object{}, fail: map[string]error{},
	}
	first := f.commit("first")
	f.refs[main], f.there[main], f.refs[seenMain], f.refs["refs/remotes/origin/main"] = first, first, first, first
	return f
}

// commit makes a commit that is in no ref yet.
func (f *fakeRepo) commit(message string, parents ...object.Hash) object.Hash {
	c := object.Commit{Tree: object.Hash{1}, Parents: parents, Message: message}
	c.Hash = f.CommitObject(c).Hash
	f.commits[c.Hash] = c
	return c.Hash
}

// ours and theirs advance a side by a commit.
func (f *fakeRepo) ours() object.Hash {
	f.refs[main] = f.commit(fmt.Sprint("ours ", len(f.commits)), f.refs[main])
	return f.refs[main]
}

func (f *fakeRepo) theirs() object.Hash {
	f.there[main] = f.commit(fmt.Sprint("theirs ", len(f.commits)), f.there[main])
	return f.there[main]
}

func failing(kind repo.Kind) error {
	return &repo.Error{Kind: kind, Message: "the test says " + string(kind)}
}

// change wraps what changes the repository.
func (f *fakeRepo) change(method string, do func() error) error {
	if f.before != nil {
		f.before(method)
	}
	err := f.fail[method]
	if err == nil {
		err = do()
	}
	if f.after != nil {
		f.after(method)
	}
	return err
}

func (f *fakeRepo) CommonDir() string                               { return f.dir }
func (f *fakeRepo) WorkDir() string                                 { return f.dir }
func (f *fakeRepo) HeadChanged() time.Time                          { return f.noted }
func (f *fakeRepo) RefsChanged(string) time.Time                    { return time.Time{} }
func (f *fakeRepo) Changes(context.Context, string) <-chan struct{} { return f.changes }
func (f *fakeRepo) Busy() error                                     { return f.fail["Busy"] }
func (f *fakeRepo) CheckedOut(string) ([]string, error)             { return nil, nil }
func (f *fakeRepo) Identity() (object.Signature, error) {
	return object.Signature{Name: "a", Email: "a@b"}, f.fail["Identity"]
}
func (f *fakeRepo) Signs() (bool, string)                { return f.signs, "" }
func (f *fakeRepo) MergeHooks() []string                 { return f.hooks }
func (f *fakeRepo) Ref(name string) (object.Hash, error) { return f.refs[name], f.fail["Ref"] }
func (f *fakeRepo) Objects() (object.Reader, error)      { return f, f.fail["Objects"] }

// Tree and Blob know what was written; most tests write nothing.
func (f *fakeRepo) Tree(h object.Hash) ([]object.TreeEntry, error) {
	return object.DecodeTree(h, f.stored[h].Data)
}
func (f *fakeRepo) Blob(h object.Hash) ([]byte, error)  { return f.stored[h].Data, nil }
func (f *fakeRepo) BlobSize(object.Hash) (int64, error) { return 0, nil }

func (f *fakeRepo) Head() (repo.Head, error) {
	return repo.Head{Branch: f.head, Hash: f.refs["refs/heads/"+f.head]}, f.fail["Head"]
}

func (f *fakeRepo) Refs(prefix string) ([]repo.Ref, error) {
	var list []repo.Ref
	for name, hash := range f.refs {
		if strings.HasPrefix(name, prefix) {
			list = append(list, repo.Ref{Name: name, Hash: hash})
		}
	}
	slices.SortFunc(list, func(a, b repo.Ref) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

func (f *fakeRepo) Branches() (names []string, err error) {
	refs, err := f.Refs("refs/heads/")
	for _, ref := range refs {
		names = append(names, strings.TrimPrefix(ref.Name, "refs/heads/"))
	}
	return names, err
}

func (f *fakeRepo) UpdateRef(u repo.RefUpdate) error {
	return f.change("UpdateRef", func() error {
		if f.refs[u.Name] != u.Old {
			return failing(repo.Moved)
		}
		if f.refs[u.Name] = u.New; u.New.IsZero() {
			delete(f.refs, u.Name)
		}
		return nil
	})
}

func (f *fakeRepo) Upstream(branch string) (repo.Upstream, bool, error) {
	if f.follows != nil {
		return *f.follows, f.follows.Ref != "", f.fail["Upstream"]
	}
	return repo.Upstream{Remote: "origin", URL: "there", Push: "there", Ref: "refs/heads/" + branch}, true, f.fail["Upstream"]
}

func (f *fakeRepo) WorkTree(context.Context) (repo.WorkTree, error) {
	return repo.WorkTree{Changed: f.dirty, Untracked: f.fresh}, nil
}

func (f *fakeRepo) CanMove(context.Context, string, object.Hash, object.Hash) error {
	if len(f.dirty) > 0 {
		return failing(repo.Dirty)
	}
	return f.fail["CanMove"]
}

func (f *fakeRepo) UndoHalfMove(_ context.Context, from, to object.Hash) error {
	f.halves = append(f.halves, from.Short()+" "+to.Short())
	return f.fail["UndoHalfMove"]
}

func (f *fakeRepo) CanMerge(context.Context, object.Hash) error { return f.fail["CanMerge"] }

func (f *fakeRepo) UndoHalfMerge(_ context.Context, ours, theirs object.Hash) error {
	f.halves = append(f.halves, "merge "+ours.Short()+" "+theirs.Short())
	return f.fail["UndoHalfMerge"]
}

func (f *fakeRepo) FastForward(ctx context.Context, branch string, old, new object.Hash, reason string) error {
	return f.change("FastForward", func() error { return f.move(branch, old, new) })
}

func (f *fakeRepo) RestoreTo(ctx context.Context, branch string, from, to object.Hash, reason string) error {
	return f.change("RestoreTo", func() error { return f.move(branch, from, to) })
}

func (f *fakeRepo) move(branch string, old, new object.Hash) error {
	if f.refs["refs/heads/"+branch] != old {
		return failing(repo.Moved)
	}
	f.refs["refs/heads/"+branch] = new
	return nil
}

func (f *fakeRepo) Snapshot(_ context.Context, ref, message string) (h object.Hash, err error) {
	return h, f.change("Snapshot", func() error {
		h = f.commit(message, f.refs["refs/heads/"+f.head])
		f.refs[ref] = h
		return nil
	})
}

func (f *fakeRepo) StartMerge(context.Context, object.Hash, string) error {
	return f.change("StartMerge", func() error { return nil })
}

func (f *fakeRepo) Merging() (object.Hash, error) { return f.merging, f.fail["Merging"] }
func (f *fakeRepo) MergeGrounds() string          { return f.grounds }

func (f *fakeRepo) PutMerged(context.Context, object.Hash, []string, []string) error {
	return f.change("PutMerged", func() error { return nil })
}

func (f *fakeRepo) WriteObjects(list []object.Object) error {
	return f.change("WriteObjects", func() error {
		for _, o := range list {
			f.stored[o.Hash] = o
		}
		return nil
	})
}

// CommitObject notes the commit, as if it were written.
func (f *fakeRepo) CommitObject(c object.Commit) object.Object {
	r := repo.Repo{}
	o := r.CommitObject(c)
	c.Hash = o.Hash
	f.commits[o.Hash] = c
	return o
}

func (f *fakeRepo) SignedCommit(context.Context, object.Commit) (object.Hash, error) {
	return object.Zero, errors.New("not in this test")
}

func (f *fakeRepo) Commit(h object.Hash) (object.Commit, error) {
	c, ok := f.commits[h]
	if !ok {
		return c, object.ErrNotFound
	}
	return c, nil
}

func (f *fakeRepo) Advertise(context.Context, repo.Upstream) (map[string]object.Hash, error) {
	refs := map[string]object.Hash{}
	for name, hash := range f.there {
		refs[name] = hash
	}
	return refs, f.fail["Advertise"]
}

func (f *fakeRepo) Fetch(context.Context, repo.Upstream, []object.Hash, repo.Progress) error {
	return f.change("Fetch", func() error { return nil })
}

// Deepen uncovers the parents of commits at which the history ends, as deep as is asked.
func (f *fakeRepo) Deepen(_ context.Context, _ repo.Upstream, want []object.Hash, depth int, _ repo.Progress) error {
	return f.change("Deepen", func() error {
		f.deepened = append(f.deepened, depth)
		below := want
		for ; depth > 0 && len(below) > 0; depth-- {
			var next []object.Hash
			for _, h := range below {
				if whole, cut := f.cut[h]; cut {
					f.commits[h] = whole
					delete(f.cut, h)
				}
				next = append(next, f.commits[h].Parents...)
			}
			below = next
		}
		return nil
	})
}

// ends makes the history end at a commit.
func (f *fakeRepo) ends(h object.Hash) {
	if f.cut == nil {
		f.cut = map[object.Hash]object.Commit{}
	}
	f.cut[h] = f.commits[h]
	c := f.commits[h]
	c.Cut, c.Parents = true, nil
	f.commits[h] = c
}

func (f *fakeRepo) LeftOut(string) object.Hash                 { return object.Zero }
func (f *fakeRepo) IsShallow() bool                            { return len(f.cut) > 0 }
func (f *fakeRepo) Partial() bool                              { return f.fail["Bring"] != nil }
func (f *fakeRepo) Bring(context.Context, []object.Hash) error { return f.fail["Bring"] }
func (f *fakeRepo) Promisors() []repo.Upstream                 { return f.promisors }
func (f *fakeRepo) SparseSet() (func(path string) bool, error) { return nil, nil }

func (f *fakeRepo) Push(_ context.Context, _ repo.Upstream, updates []repo.PushUpdate, _ repo.Progress) error {
	return f.change("Push", func() error {
		for _, u := range updates {
			if f.onPush != nil {
				f.onPush(f, u)
			}
			if err := f.fail["refused"]; err != nil {
				return err
			}
			if f.there[u.Ref] != u.Old {
				return failing(repo.NonFastForward)
			}
			if ok, _ := history.IsAncestor(f.t.Context(), f, u.Old, u.New); !ok && !u.Old.IsZero() {
				f.t.Errorf("a push would have dropped %s", u.Old.Short())
			}
			f.there[u.Ref] = u.New
		}
		return nil
	})
}

// syncer is one over the fake, opted in, whose merges are clean unless the test
// says otherwise.
func (f *fakeRepo) syncer(change ...func(*parts)) *Syncer {
	p := parts{
		repo: f, isAncestor: history.IsAncestor, aheadBehind: history.AheadBehind, reach: history.Reach, bases: history.Bases,
		probe: func(context.Context, repo.Upstream) verdict { return verdict{state: reachable} },
		merge: func(_ context.Context, _ object.Reader, ours, theirs object.Hash, _ labels) (mergeOutcome, error) {
			return mergeOutcome{tree: object.Hash{2}, bases: []object.Hash{{3}}}, nil
		},
	}
	for _, c := range change {
		c(&p)
	}
	s := newSyncer(p, Options{
		Random: func() float64 { return 1 }, Consent: consent.Open(f.t.TempDir(), durabletest.Volatile(durable.OS)),
		Repo: repo.Options{FS: durabletest.Volatile(durable.Beneath(f.CommonDir()))},
	})
	if err := s.Enable(nil); err != nil {
		f.t.Fatal(err)
	}
	return s
}

// FetchBounded fails for all where one is not to be had, as a server does.
func (f *fakeRepo) FetchBounded(ctx context.Context, up repo.Upstream, want []object.Hash, _ int64, progress repo.Progress) error {
	if err := f.fail["FetchBounded"]; err != nil {
		return err
	}
	for _, h := range want {
		if _, there := f.commits[h]; !there {
			return failing(repo.Protocol)
		}
	}
	return f.Fetch(ctx, up, want, progress)
}
