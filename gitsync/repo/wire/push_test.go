package wire

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
	"github.com/airside-ls/airside/gitsync/repo/repotest"
)

func checksumOf(head string, body []byte) []byte {
	sum := sha1.Sum(append([]byte(head), body...))
	return sum[:]
}

func remoteDir(m *repotest.Maker) string { return m.To.(*filesystem.Storage).Filesystem().Root() }

func setRef(m *repotest.Maker, h plumbing.Hash) {
	m.To.(*filesystem.Storage).SetReference(plumbing.NewHashReference("refs/heads/main", h))
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
	mine := r.Commit(map[string]string{"a.txt": "mine\n", "dir/deep/b.txt": "two\n", "dir/c.txt": "three\n"}, r.Base)
	update := func(old, new plumbing.Hash) []PushUpdate {
		return []PushUpdate{{Ref: "refs/heads/main", Old: object.Hash(old), New: object.Hash(new)}}
	}
	wantKind(t, r.Push(ctx, up, update(r.Base, mine), nil), "")
	if headOf(t, git) != mine {
		t.Fatal("not there")
	}
	wantKind(t, r.Push(ctx, up, update(mine, mine), nil), "")   // nothing to do
	wantKind(t, r.Push(ctx, up, update(r.Base, mine), nil), "") // there already: the answer to the first was lost
	theirs := remote.Commit(map[string]string{"b": "b"}, mine)
	setRef(remote, theirs)
	next := r.Commit(map[string]string{"a.txt": "next\n"}, mine)
	wantKind(t, r.Push(ctx, up, update(mine, next), nil), fault.NonFastForward)   // it moved
	wantKind(t, r.Push(ctx, up, update(theirs, next), nil), fault.NonFastForward) // what it has is not here
	side := r.Commit(map[string]string{"s": "s"}, r.Base)
	wantKind(t, r.Push(ctx, up, update(mine, side), nil), fault.NonFastForward) // not ahead of it
	for _, ref := range []string{"refs/airside/wip/x", "refs/airside/keep/x", "refs/airside/merge/x", "refs/airside/conflicts/x", "refs/airside/wip", "main", "refs/heads/a..b"} {
		wantKind(t, r.Push(ctx, up, []PushUpdate{{Ref: ref, New: object.Hash(mine)}}, nil), fault.Failed)
	}
	wantKind(t, r.Push(ctx, up, update(mine, plumbing.ZeroHash), nil), fault.Failed)
	if headOf(t, git) != theirs {
		t.Error("the remote changed")
	}
}

// TestPushAnswers: what a push comes to, by what the remote answers and, where it does
// not, by what it has afterwards.
func TestPushAnswers(t *testing.T) {
	r := newTestRepo(t)
	mine := r.Commit(map[string]string{"a.txt": "mine\n"}, r.Base)
	cases := map[string]struct {
		answer string // of pkt-lines, each on the side band; "-" breaks off
		takes  bool
		kind   fault.Kind
	}{
		"taken":                         {"unpack ok\n|ok refs/heads/main\n|", true, ""},
		"said to be taken":              {"unpack ok\n|ok refs/heads/main\n|", false, ""}, // the next round sees that it was not
		"taken, and the answer lost":    {"-", true, ""},
		"lost":                          {"-", false, fault.Network},
		"taken, and an empty answer":    {"", true, ""},
		"a hook":                        {"unpack ok\n|ng refs/heads/main pre-receive hook declined\n|", false, fault.Rejected},
		"protected":                     {"unpack ok\n|ng refs/heads/main protected branch hook declined\n|", false, fault.Rejected},
		"denied":                        {"unpack ok\n|ng refs/heads/main deny updating a hidden ref\n|", false, fault.Rejected},
		"quota":                         {"unpack index-pack abnormal exit\n|", false, fault.Rejected},
		"somebody was faster":           {"unpack ok\n|ng refs/heads/main fetch first\n|", false, fault.NonFastForward},
		"somebody is writing":           {"unpack ok\n|ng refs/heads/main failed to update ref\n|", false, fault.NonFastForward},
		"a lock":                        {"unpack ok\n|ng refs/heads/main cannot lock ref 'refs/heads/main': is at x but expected y\n|", false, fault.NonFastForward},
		"not a word of our branch":      {"unpack ok\n|ok refs/heads/other\n|", false, fault.Protocol},
		"nonsense":                      {"hello\n|", false, fault.Protocol},
		"control characters, at length": {"unpack ok\n|ng refs/heads/main \x1b[2J\x07" + fmt.Sprintf("%0999d", 7) + "\n|", false, fault.Rejected},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var has atomic.Value
			has.Store(r.Base)
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
			err := r.push(context.Background(), up, []PushUpdate{{Ref: "refs/heads/main", Old: object.Hash(r.Base), New: object.Hash(mine)}}, nil, tight)
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
