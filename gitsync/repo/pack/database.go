// Package pack is a repository's objects: those that lie loose, in packs, and in the
// repositories that it borrows from. go-git reads and encodes them; what arrives
// from a remote waits in quarantine until all of it is known to be good.
package pack

import (
	"bytes"
	"compress/zlib"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	gitobject "github.com/go-git/go-git/v5/plumbing/object"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/layout"
	"github.com/airside-ls/airside/gitsync/repo/program"
)

// Database is the objects of a repository. Its methods may be called from several
// goroutines: it opens anew, each time, what it needs.
type Database struct {
	at      layout.Layout
	fs      durable.FS
	log     *slog.Logger
	program *program.Runner
	hands   hands
}

// New is the objects of a repository: by git, if git has a binary, and else by hand,
// where signatures are not looked at, and unchecked says why.
func New(at layout.Layout, fs durable.FS, log *slog.Logger, git *program.Runner, unchecked string) *Database {
	d := &Database{at: at, fs: fs, log: log, program: git}
	if d.hands = hands(ownHands{d, unchecked}); git.Has() {
		d.hands = gitHands{git}
	}
	return d
}

// Objects reads the repository's objects, those of alternates too. A reader is
// for one operation; its errors wrap object.ErrNotFound when an object is
// missing.
func (d *Database) Objects() (object.Reader, error) { return d.reader(), nil }

func (d *Database) reader() *objects { return &objects{in: d, storage: d.storage()} }

// Check holds that an object is here and can be read, and where that is asked for
// that it is a commit. Its error wraps object.ErrNotFound when there is none.
func (d *Database) Check(h object.Hash, commit bool) error {
	kind := plumbing.AnyObject
	if commit {
		kind = plumbing.CommitObject
	}
	_, err := d.reader().get(kind, h)
	return err
}

// objects is go-git's storage behind a lock: it is not safe for concurrent use.
type objects struct {
	in      *Database
	mu      sync.Mutex
	storage alternates
	ends    map[object.Hash]bool // where a shallow clone ends; nil before it was asked
}

// get reads an object. A pack that a concurrent gc has replaced is looked for
// again.
func (o *objects) get(t plumbing.ObjectType, h object.Hash) (plumbing.EncodedObject, error) {
	obj, err := o.storage.EncodedObject(t, plumbing.Hash(h))
	if err != nil {
		o.storage, o.ends = o.in.storage(), nil
		obj, err = o.storage.EncodedObject(t, plumbing.Hash(h))
	}
	if errors.Is(err, plumbing.ErrObjectNotFound) {
		return nil, fmt.Errorf("%s %s: %w", t, h, object.ErrNotFound)
	}
	return obj, err
}

func (o *objects) Commit(h object.Hash) (object.Commit, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	obj, err := o.get(plumbing.CommitObject, h)
	if err != nil {
		return object.Commit{}, err
	}
	var c gitobject.Commit
	if err := c.Decode(obj); err != nil {
		return object.Commit{}, fmt.Errorf("commit %s: %w", h, err)
	}
	cut, err := o.endsAt(h)
	if err != nil {
		return object.Commit{}, err
	}
	if cut {
		c.ParentHashes = nil
	}
	parents := make([]object.Hash, len(c.ParentHashes))
	for i, p := range c.ParentHashes {
		parents[i] = object.Hash(p)
	}
	return object.Commit{
		Hash: h, Tree: object.Hash(c.TreeHash), Parents: parents, Cut: cut, Message: c.Message,
		Author:    object.Signature{Name: c.Author.Name, Email: c.Author.Email, When: c.Author.When},
		Committer: object.Signature{Name: c.Committer.Name, Email: c.Committer.Email, When: c.Committer.When},
	}, nil
}

// endsAt tells whether a shallow clone ends at a commit.
func (o *objects) endsAt(h object.Hash) (bool, error) {
	if o.ends == nil {
		list, err := o.in.Shallow()
		if err != nil {
			return false, err
		}
		o.ends = map[object.Hash]bool{}
		for _, end := range list {
			o.ends[object.Hash(end)] = true
		}
	}
	return o.ends[h], nil
}

func (o *objects) Tree(h object.Hash) ([]object.TreeEntry, error) {
	data, err := o.read(plumbing.TreeObject, h)
	if err != nil {
		return nil, err
	}
	return object.DecodeTree(h, data)
}

func (o *objects) Blob(h object.Hash) ([]byte, error) { return o.read(plumbing.BlobObject, h) }

func (o *objects) read(t plumbing.ObjectType, h object.Hash) ([]byte, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	obj, err := o.get(t, h)
	if err != nil {
		return nil, err
	}
	reader, err := obj.Reader()
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", t, h, err)
	}
	defer reader.Close()
	data, err := io.ReadAll(reader)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", t, h, err)
	}
	return data, nil
}

func (o *objects) BlobSize(h object.Hash) (int64, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	size, err := o.storage.EncodedObjectSize(plumbing.Hash(h))
	if err == nil {
		return size, nil
	}
	obj, err := o.get(plumbing.BlobObject, h)
	if err != nil {
		return 0, err
	}
	return obj.Size(), nil
}

// CommitObject encodes a commit as git does, without signature.
func (d *Database) CommitObject(c object.Commit) object.Object { return object.NewCommit(c) }

// WriteObjects stores objects that are not there yet, each whole or not at all,
// and on the disk when it returns.
func (d *Database) WriteObjects(list []object.Object) error {
	storage := d.storage()
	folders := map[string]bool{}
	for _, o := range list {
		dir, err := d.writeLoose(o, storage)
		if err != nil {
			return fault.Wrap(err, "storing %s %s failed: %v", o.Type, o.Hash.Short(), err)
		}
		if dir != "" {
			folders[dir] = true
			folders[filepath.Dir(dir)] = true // it may be new there
		}
	}
	for dir := range folders {
		if err := d.fs.SyncDir(dir); err != nil {
			return fault.Wrap(err, "storing objects failed: %v", err)
		}
	}
	return nil
}

// writeLoose stores one object and returns the folder it went to, "" when it is
// there already. An empty file in its place is what a power failure leaves
// where nobody synced: it is replaced.
func (d *Database) writeLoose(o object.Object, known alternates) (dir string, err error) {
	if object.New(o.Type, o.Data).Hash != o.Hash {
		return "", errors.New("its name is not that of its content")
	}
	hex := o.Hash.String()
	dir = filepath.Join(d.at.Common, "objects", hex[:2])
	path := filepath.Join(dir, hex[2:])
	info, err := os.Lstat(path)
	if err == nil && info.Size() > 0 || err != nil && known.HasEncodedObject(plumbing.Hash(o.Hash)) == nil {
		return "", nil
	}
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	fmt.Fprintf(z, "%s %d\x00", o.Type, len(o.Data))
	z.Write(o.Data)
	z.Close()
	if err := durable.MkdirAll(d.fs, dir, 0o777); err != nil {
		return "", err
	}
	// git prune removes files of this name once they are old.
	tmp := filepath.Join(dir, "tmp_obj_"+rand.Text())
	f, err := d.fs.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return "", err
	}
	if _, err = f.Write(packed.Bytes()); err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = f.Chmod(0o444)
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = d.fs.Rename(tmp, path)
	}
	if err != nil {
		d.fs.Remove(tmp)
		return "", err
	}
	return dir, nil
}

// SignedCommit has git make and sign a commit; its own dates are kept.
func (d *Database) SignedCommit(ctx context.Context, c object.Commit) (object.Hash, error) {
	args := []string{"-c", "core.fsync=loose-object", "-c", "i18n.commitEncoding=UTF-8", "commit-tree", "-S", c.Tree.String()}
	for _, p := range c.Parents {
		args = append(args, "-p", p.String())
	}
	date := func(t time.Time) string { return fmt.Sprintf("@%d %s", t.Unix(), t.Format("-0700")) }
	out, err := d.program.Run(ctx, program.Call{Args: args, Write: true, Stdin: []byte(c.Message), Env: []string{
		"GIT_AUTHOR_NAME=" + c.Author.Name, "GIT_AUTHOR_EMAIL=" + c.Author.Email, "GIT_AUTHOR_DATE=" + date(c.Author.When),
		"GIT_COMMITTER_NAME=" + c.Committer.Name, "GIT_COMMITTER_EMAIL=" + c.Committer.Email, "GIT_COMMITTER_DATE=" + date(c.Committer.When),
	}})
	if err != nil {
		return object.Zero, err
	}
	h, err := object.ParseHash(strings.TrimSpace(string(out)))
	return h, fault.As(err)
}
