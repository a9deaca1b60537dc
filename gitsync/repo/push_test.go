package repo

import (
	"context"
	"crypto/sha1"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"sync/atomic"
	"syscall"
	"testing"

	gogit "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/storage/filesystem"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/fault"
)

func checksumOf(head string, body []byte) []byte {
	sum := sha1.Sum(append([]byte(head), body...))
	return sum[:]
}

func remoteDir(m *maker) string { return m.to.(*filesystem.Storage).Filesystem().Root() }

func setRef(m *maker, h plumbing.Hash) {
	m.to.(*filesystem.Storage).SetReference(plumbing.NewHashReference("refs/heads/main", h))
}

// fullFS fails the call that has left others before it, as a full disk does.
type fullFS struct {
	durable.FS
	left, calls int
}

func (f *fullFS) fail() error {
	f.calls++
	if f.calls == f.left+1 {
		return &fs.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}
	}
	return nil
}

func (f *fullFS) OpenFile(name string, flag int, perm fs.FileMode) (durable.File, error) {
	if err := f.fail(); err != nil {
		return nil, err
	}
	file, err := f.FS.OpenFile(name, flag, perm)
	return &fullFile{file, f}, err
}

func (f *fullFS) Mkdir(name string, perm fs.FileMode) error {
	if err := f.fail(); err != nil {
		return err
	}
	return f.FS.Mkdir(name, perm)
}

func (f *fullFS) Rename(from, to string) error {
	if err := f.fail(); err != nil {
		return err
	}
	return f.FS.Rename(from, to)
}

func (f *fullFS) Chmod(name string, perm fs.FileMode) error {
	if err := f.fail(); err != nil {
		return err
	}
	return f.FS.Chmod(name, perm)
}

func (f *fullFS) SyncDir(name string) error {
	if err := f.fail(); err != nil {
		return err
	}
	return f.FS.SyncDir(name)
}

type fullFile struct {
	durable.File
	fs *fullFS
}

func (f *fullFile) Write(p []byte) (int, error) {
	if err := f.fs.fail(); err != nil {
		return 0, err
	}
	return f.File.Write(p)
}

func (f *fullFile) Sync() error {
	if err := f.fs.fail(); err != nil {
		return err
	}
	return f.File.Sync()
}

func headOf(t *testing.T, git *gogit.Repository) plumbing.Hash {
	t.Helper()
	ref, err := git.Storer.Reference("refs/heads/main")
	if err != nil {
		t.Fatal(err)
	}
	return ref.Hash()
}

func TestPush(t *testing.T) {
	r := newTestRepo(t)
	git, remote, up := honest(t, r)
	ctx := context.Background()
	mine := r.commit(map[string]string{"a.txt": "mine\n", "dir/deep/b.txt": "two\n", "dir/c.txt": "three\n"}, r.base)
	update := func(old, new plumbing.Hash) []PushUpdate {
		return []PushUpdate{{Ref: "refs/heads/main", Old: object.Hash(old), New: object.Hash(new)}}
	}
	wantKind(t, r.Push(ctx, up, update(r.base, mine), nil), "")
	if headOf(t, git) != mine {
		t.Fatal("not there")
	}
	wantKind(t, r.Push(ctx, up, update(mine, mine), nil), "")   // nothing to do
	wantKind(t, r.Push(ctx, up, update(r.base, mine), nil), "") // there already: the answer to the first was lost
	theirs := remote.commit(map[string]string{"b": "b"}, mine)
	setRef(remote, theirs)
	next := r.commit(map[string]string{"a.txt": "next\n"}, mine)
	wantKind(t, r.Push(ctx, up, update(mine, next), nil), NonFastForward)   // it moved
	wantKind(t, r.Push(ctx, up, update(theirs, next), nil), NonFastForward) // what it has is not here
	side := r.commit(map[string]string{"s": "s"}, r.base)
	wantKind(t, r.Push(ctx, up, update(mine, side), nil), NonFastForward) // not ahead of it
	for _, ref := range []string{"refs/airside/wip/x", "refs/airside/keep/x", "refs/airside/merge/x", "refs/airside/conflicts/x", "refs/airside/wip", "main", "refs/heads/a..b"} {
		wantKind(t, r.Push(ctx, up, []PushUpdate{{Ref: ref, New: object.Hash(mine)}}, nil), Failed)
	}
	wantKind(t, r.Push(ctx, up, update(mine, plumbing.ZeroHash), nil), Failed)
	if headOf(t, git) != theirs {
		t.Error("the remote changed")
	}
}

// TestPushAnswers: what a push comes to, by what the remote answers and by
// what it has afterwards.
func TestPushAnswers(t *testing.T) {
	r := newTestRepo(t)
	mine := r.commit(map[string]string{"a.txt": "mine\n"}, r.base)
	cases := map[string]struct {
		answer string // of pkt-lines, each on the side band; "-" breaks off
		takes  bool
		kind   fault.Kind
	}{
		"taken":                         {"unpack ok\n|ok refs/heads/main\n|", true, ""},
		"said to be taken":              {"unpack ok\n|ok refs/heads/main\n|", false, Protocol},
		"taken, and the answer lost":    {"-", true, ""},
		"lost":                          {"-", false, Network},
		"taken, and an empty answer":    {"", true, ""},
		"a hook":                        {"unpack ok\n|ng refs/heads/main pre-receive hook declined\n|", false, Rejected},
		"protected":                     {"unpack ok\n|ng refs/heads/main protected branch hook declined\n|", false, Rejected},
		"denied":                        {"unpack ok\n|ng refs/heads/main deny updating a hidden ref\n|", false, Rejected},
		"quota":                         {"unpack index-pack abnormal exit\n|", false, Rejected},
		"somebody was faster":           {"unpack ok\n|ng refs/heads/main fetch first\n|", false, NonFastForward},
		"somebody is writing":           {"unpack ok\n|ng refs/heads/main failed to update ref\n|", false, NonFastForward},
		"a lock":                        {"unpack ok\n|ng refs/heads/main cannot lock ref 'refs/heads/main': is at x but expected y\n|", false, NonFastForward},
		"not a word of our branch":      {"unpack ok\n|ok refs/heads/other\n|", false, Protocol},
		"nonsense":                      {"hello\n|", false, Protocol},
		"control characters, at length": {"unpack ok\n|ng refs/heads/main \x1b[2J\x07" + fmt.Sprintf("%0999d", 7) + "\n|", false, Rejected},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var has atomic.Value
			has.Store(r.base)
			up := liar{
				list: func(w http.ResponseWriter, service string) {
					lists(has.Load().(plumbing.Hash).String()+" refs/heads/main")(w, service)
				},
				answer: func(w http.ResponseWriter, req *http.Request) {
					io.Copy(io.Discard, req.Body)
					if c.takes {
						has.Store(mine)
					}
					if c.answer == "-" {
						panic(http.ErrAbortHandler)
					}
					var report pktBuffer
					report.lines(c.answer)
					band(w, 1, report.b)
					pkt(w, "")
				},
			}.start(t)
			err := r.push(context.Background(), up, []PushUpdate{{Ref: "refs/heads/main", Old: object.Hash(r.base), New: object.Hash(mine)}}, nil, tight)
			wantKind(t, err, c.kind)
		})
	}
}

// pktBuffer collects pkt-lines that are written with "|" between them; an
// empty one is a flush.
type pktBuffer struct{ b []byte }

func (p *pktBuffer) Write(data []byte) (int, error) {
	p.b = append(p.b, data...)
	return len(data), nil
}

func (p *pktBuffer) lines(text string) {
	if text == "" {
		return
	}
	start := 0
	for i := range len(text) {
		if text[i] == '|' {
			pkt(p, text[start:i])
			start = i + 1
		}
	}
	pkt(p, text[start:])
}

// TestPushCost: the objects of a push are those of its commits, whatever lies
// beside them.
func TestPushCost(t *testing.T) {
	r := newTestRepo(t)
	files := map[string]string{}
	for i := range 300 {
		files[fmt.Sprintf("d%d/e%d/f", i%10, i)] = fmt.Sprint(i)
	}
	base := r.commit(files, r.base)
	files["d3/e3/f"] = "changed"
	tip := r.commit(files, base)
	s, err := r.store()
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	for have, want := range map[plumbing.Hash]int{base: 5, r.base: 617} { // commit, three trees, a blob; or all but the first commit
		commits, err := s.commitsToSend(context.Background(), []plumbing.Hash{tip}, []plumbing.Hash{have, plumbing.NewHash("12")})
		if err != nil {
			t.Fatal(err)
		}
		if list, err := s.toSend(context.Background(), commits); err != nil || len(list) != want {
			t.Errorf("%d objects, want %d, %v", len(list), want, err)
		}
	}
}
