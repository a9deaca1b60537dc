package gitsync

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo"
	"github.com/airside-ls/airside/gitsync/threads"
)

// talker is a clone in memory whose remote and objects are those of all others.
type talker struct {
	*fakeRepo
	name    string
	objects map[object.Hash]object.Object
	sync    *Syncer
}

// newTalkers are clones of one remote.
func newTalkers(t *testing.T, n int) []*talker {
	t.Helper()
	var list []*talker
	for i := range n {
		k := &talker{fakeRepo: newFake(t), name: fmt.Sprintf("%c", 'a'+i), objects: map[object.Hash]object.Object{}}
		if i > 0 {
			first := list[0]
			k.there, k.commits, k.objects = first.there, first.commits, first.objects
		}
		if err := os.WriteFile(filepath.Join(k.dir, "x.go"), []byte("one\ntwo\nthree\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		k.sync = k.syncer(func(p *parts) { p.repo, p.comments = k, threads.NewStore(k, nil, nil) })
		list = append(list, k)
	}
	return list
}

func (k *talker) Identity() (object.Signature, error) {
	return object.Signature{Name: k.name, Email: k.name + "@example.org"}, nil
}
func (k *talker) Objects() (object.Reader, error) { return k, nil }
func (k *talker) Signatures(_ context.Context, list []object.Hash) (map[object.Hash]repo.Signature, error) {
	return map[object.Hash]repo.Signature{}, nil
}

func (k *talker) WriteObjects(list []object.Object) error {
	return k.change("WriteObjects", func() error {
		for _, o := range list {
			k.objects[o.Hash] = o
		}
		return nil
	})
}

func (k *talker) Tree(h object.Hash) ([]object.TreeEntry, error) {
	o, ok := k.objects[h]
	if !ok {
		return nil, object.ErrNotFound
	}
	return object.DecodeTree(h, o.Data)
}

func (k *talker) Blob(h object.Hash) ([]byte, error) {
	o, ok := k.objects[h]
	if !ok {
		return nil, object.ErrNotFound
	}
	return o.Data, nil
}

func (k *talker) BlobSize(h object.Hash) (int64, error) {
	data, err := k.Blob(h)
	return int64(len(data)), err
}

func (k *talker) say(text string) threads.Receipt {
	k.t.Helper()
	r, err := k.sync.Comments().Comment(k.t.Context(), threads.Draft{Path: "x.go", Lines: threads.Lines{Start: 2, End: 2}, Body: text})
	if err != nil {
		k.t.Fatal(err)
	}
	return r
}

func (k *talker) round(user bool) *CommentsResult {
	k.t.Helper()
	return k.sync.Round(k.t.Context(), Request{User: user})[0].Comments
}

// sees is everything that was said, as k has it.
func (k *talker) sees() string {
	k.t.Helper()
	snap, err := k.sync.Comments().Load(k.t.Context())
	if err != nil {
		k.t.Fatal(err)
	}
	data, err := json.Marshal(snap.State)
	if err != nil {
		k.t.Fatal(err)
	}
	return string(data)
}

// own is the last part of k's ref.
func (k *talker) own() string {
	refs, _ := k.Refs(threads.OwnRefs)
	return strings.TrimPrefix(refs[0].Name, threads.OwnRefs)
}

// TestCommentsConverge: 2 to 5 clones say things at random, sync at random and
// fail at random; once the remote stays they all see the same, and all of it.
func TestCommentsConverge(t *testing.T) {
	for seed := range uint64(25) {
		r := rand.New(rand.NewPCG(seed, 3))
		clones := newTalkers(t, 2+r.IntN(4))
		said := 0
		for range 50 {
			k := clones[r.IntN(len(clones))]
			k.fail = map[string]error{}
			switch r.IntN(5) {
			case 0:
				k.say(fmt.Sprint("comment ", said))
				said++
			case 1, 2:
				said += k.act(r)
			case 3:
				method := []string{"Push", "Fetch", "UpdateRef", "Advertise"}[r.IntN(4)]
				k.fail[method] = failing([]repo.Kind{repo.Network, repo.Busy, repo.Moved, repo.Disk}[r.IntN(4)])
				k.round(false)
			default:
				k.round(false)
			}
		}
		for range 2 {
			for _, k := range clones {
				k.fail = map[string]error{}
				k.round(true)
			}
		}
		for _, k := range clones {
			if k.sees() != clones[0].sees() {
				t.Fatalf("seed %d: %s sees\n%s\na sees\n%s", seed, k.name, k.sees(), clones[0].sees())
			}
		}
		total := 0
		for name, tip := range clones[0].there {
			if strings.HasPrefix(name, threads.OwnRefs) {
				total += threads.Count(clones[0], tip)
			}
		}
		if total != said {
			t.Errorf("seed %d: %d operations are there, %d were said", seed, total, said)
		}
	}
}

// act answers, settles, reopens, edits or redacts something, and tells how many
// operations that took.
func (k *talker) act(r *rand.Rand) int {
	store, ctx := k.sync.Comments(), k.t.Context()
	snap, err := store.Load(ctx)
	if err != nil {
		k.t.Fatal(err)
	}
	if len(snap.Threads) == 0 {
		return 0
	}
	id := snap.Threads[r.IntN(len(snap.Threads))].ID
	switch r.IntN(5) {
	case 0:
		_, err = store.Reply(ctx, id, fmt.Sprint("reply ", r.IntN(1e6)))
	case 1:
		_, err = store.Resolve(ctx, id)
	case 2:
		_, err = store.Reopen(ctx, id)
	case 3:
		_, err = store.Edit(ctx, id, fmt.Sprint("edit ", r.IntN(1e6)))
	default:
		_, err = store.Redact(ctx, id)
	}
	if err != nil {
		return 0 // not its own, or settled already
	}
	return 1
}

func TestCommentsCourier(t *testing.T) {
	refusing := func(prefixes ...string) func(*fakeRepo, repo.PushUpdate) {
		return func(f *fakeRepo, u repo.PushUpdate) {
			delete(f.fail, "refused")
			for _, p := range prefixes {
				if strings.HasPrefix(u.Ref, p) {
					f.fail["refused"] = failing(repo.Rejected)
				}
			}
		}
	}
	for _, c := range []struct {
		name string
		run  func(t *testing.T, a, b *talker)
	}{
		{"there and back", func(t *testing.T, a, b *talker) {
			id := a.say("why?")
			if got := a.round(false); *got != (CommentsResult{Sent: 1}) {
				t.Errorf("%+v", got)
			}
			if got := b.round(false); *got != (CommentsResult{Received: 1}) {
				t.Errorf("%+v", got)
			}
			if _, err := b.sync.Comments().Reply(t.Context(), id.ID, "because"); err != nil {
				t.Fatal(err)
			}
			b.round(false)
			a.round(false)
			if a.sees() != b.sees() || !strings.Contains(a.sees(), "because") {
				t.Errorf("a sees %s", a.sees())
			}
			if got := a.round(false); got != nil {
				t.Errorf("nothing new: %+v", got)
			}
			log, err := a.sync.Log()
			if err != nil || len(log) != 2 || log[0].Kind != "comments" || log[0].Message != "1 received" || log[1].Message != "1 sent" {
				t.Errorf("%v %+v", err, log)
			}
			if _, err := a.sync.Undo(t.Context(), ""); err == nil {
				t.Error("an undo took comments back")
			}
		}},
		{"a refused ref becomes a branch", func(t *testing.T, a, b *talker) {
			a.onPush = refusing(threads.OwnRefs)
			a.say("why?")
			if got := a.round(false); got.Sent != 1 || got.Problem != "" {
				t.Errorf("%+v", got)
			}
			if a.there[threads.BranchRefs+a.own()].IsZero() {
				t.Errorf("there: %v", a.there)
			}
			b.round(false)
			if !strings.Contains(b.sees(), "why?") {
				t.Errorf("b sees %s", b.sees())
			}
		}},
		{"refused altogether, told, and not tried again", func(t *testing.T, a, b *talker) {
			tries := 0
			refuse := refusing(threads.OwnRefs, threads.BranchRefs)
			a.onPush = func(f *fakeRepo, u repo.PushUpdate) { tries++; refuse(f, u) }
			a.say("why?")
			for range 3 {
				if got := a.round(false); got.Sent != 0 || !strings.Contains(got.Problem, "your comments were not sent") {
					t.Errorf("%+v", got)
				}
			}
			if tries != 2 {
				t.Errorf("%d tries", tries)
			}
			if a.round(true); tries != 4 {
				t.Errorf("%d tries after the user asked", tries)
			}
			a.say("and why not?")
			if a.round(false); tries != 6 {
				t.Errorf("%d tries after something new was said", tries)
			}
		}},
		{"a rewind is refused", func(t *testing.T, a, b *talker) {
			a.say("one")
			a.round(false)
			before := a.there[threads.OwnRefs+a.own()]
			a.say("two")
			a.round(false)
			b.round(false)
			a.there[threads.OwnRefs+a.own()] = before
			if got := b.round(false); !strings.Contains(got.Problem, "what was seen is kept") {
				t.Errorf("%+v", got)
			}
			if problems := b.sync.CommentProblems(); len(problems) != 1 || problems[0].Where != a.own() {
				t.Errorf("%v", problems)
			}
			if !strings.Contains(b.sees(), "two") {
				t.Errorf("b sees %s", b.sees())
			}
			a.round(false)
			if got := b.round(false); got != nil || len(b.sync.CommentProblems()) != 0 {
				t.Errorf("%+v", got)
			}
		}},
		{"a copy of a clone goes on in a ref of its own", func(t *testing.T, a, b *talker) {
			a.say("one")
			a.round(false)
			data, err := os.ReadFile(filepath.Join(a.dir, "airside", fmt.Sprintf("actor-%d.json", os.Getuid())))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.MkdirAll(filepath.Join(b.dir, "airside"), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(b.dir, "airside", fmt.Sprintf("actor-%d.json", os.Getuid())), data, 0o644); err != nil {
				t.Fatal(err)
			}
			name := threads.OwnRefs + a.own()
			b.refs[name] = a.refs[name]
			a.say("here")
			b.say("there")
			a.round(false)
			b.round(false)
			a.round(false)
			if a.own() == b.own() || a.sees() != b.sees() || !strings.Contains(a.sees(), "here") || !strings.Contains(a.sees(), "there") {
				t.Errorf("%s and %s\na sees %s\nb sees %s", a.own(), b.own(), a.sees(), b.sees())
			}
		}},
		{"a clone that was put back to an older state", func(t *testing.T, a, b *talker) {
			a.say("one")
			a.round(false)
			name, then := a.own(), a.refs[threads.OwnRefs+a.own()]
			a.say("two")
			a.round(false)
			a.refs[threads.OwnRefs+name] = then
			if a.round(false); a.own() != name || !strings.Contains(a.sees(), "two") {
				t.Errorf("it goes on as %s, and sees %s", a.own(), a.sees())
			}
		}},
		{"while the work tree is busy", func(t *testing.T, a, b *talker) {
			a.say("why?")
			a.fail["Busy"] = failing(repo.Busy)
			if got := a.round(false); got == nil || got.Sent != 1 {
				t.Errorf("%+v", got)
			}
		}},
		{"what is no actor's commit is refused, the rest arrives", func(t *testing.T, a, b *talker) {
			a.say("why?")
			a.round(false)
			a.there[threads.OwnRefs+"00000000000000ff"] = object.Hash{7}
			a.there[threads.OwnRefs+"someone"] = a.there[main]
			got := b.round(false)
			if got.Received != 1 || got.Problem == "" || len(b.sync.CommentProblems()) != 2 {
				t.Errorf("%+v, %v", got, b.sync.CommentProblems())
			}
		}},
		{"refused for its content, told, and not fetched again", func(t *testing.T, a, b *talker) {
			a.say("why?")
			a.round(false)
			fetches := 0
			b.before = func(method string) {
				if method == "Fetch" {
					fetches++
				}
			}
			b.fail["Fetch"] = failing(repo.Content)
			for range 3 {
				if got := b.round(false); got.Received != 0 || !strings.Contains(got.Problem, "were refused") {
					t.Errorf("%+v", got)
				}
			}
			if fetches != 1 {
				t.Errorf("%d fetches", fetches)
			}
			if b.round(true); fetches != 2 {
				t.Errorf("%d fetches after the user asked", fetches)
			}
			delete(b.fail, "Fetch")
			a.say("and why not?")
			a.round(false)
			if got := b.round(false); got.Received != 2 || got.Problem != "" || len(b.sync.CommentProblems()) != 0 {
				t.Errorf("%+v, %v", got, b.sync.CommentProblems())
			}
		}},
		{"no opt-in, no travel", func(t *testing.T, a, b *talker) {
			if err := a.sync.Disable(); err != nil {
				t.Fatal(err)
			}
			a.say("why?")
			if got := a.round(true); got != nil || len(a.there) != 1 {
				t.Errorf("%+v, there %v", got, a.there)
			}
		}},
		{"trouble with comments is none of the branch's", func(t *testing.T, a, b *talker) {
			a.say("why?")
			a.fail["FetchBounded"] = failing(repo.Disk)
			b.say("ho")
			b.round(false)
			a.ours()
			r := a.sync.Round(t.Context(), Request{})[0]
			if r.State != Idle || r.Pushed != 1 || r.Comments == nil || r.Comments.Problem == "" {
				t.Errorf("%+v %+v", r, r.Comments)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			clones := newTalkers(t, 2)
			c.run(t, clones[0], clones[1])
		})
	}
}
