package repo

import (
	"bytes"
	"compress/zlib"
	"context"
	"crypto/sha1"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	gitobject "github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/storage/filesystem"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/program"
)

// Objects reads the repository's objects, those of alternates too. A reader is
// for one operation; its errors wrap object.ErrNotFound when an object is
// missing.
func (r *Repo) Objects() (object.Reader, error) {
	return &objects{repo: r, storage: r.storage()}, nil
}

// objects is go-git's storage behind a lock: it is not safe for concurrent use.
type objects struct {
	repo    *Repo
	mu      sync.Mutex
	storage *filesystem.Storage
}

// get reads an object. A pack that a concurrent gc has replaced is looked for
// again.
func (o *objects) get(t plumbing.ObjectType, h object.Hash) (plumbing.EncodedObject, error) {
	obj, err := o.storage.EncodedObject(t, plumbing.Hash(h))
	if err != nil {
		o.storage = o.repo.storage()
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
	parents := make([]object.Hash, len(c.ParentHashes))
	for i, p := range c.ParentHashes {
		parents[i] = object.Hash(p)
	}
	return object.Commit{
		Hash: h, Tree: object.Hash(c.TreeHash), Parents: parents, Message: c.Message,
		Author:    object.Signature{Name: c.Author.Name, Email: c.Author.Email, When: c.Author.When},
		Committer: object.Signature{Name: c.Committer.Name, Email: c.Committer.Email, When: c.Committer.When},
	}, nil
}

func (o *objects) Tree(h object.Hash) ([]object.TreeEntry, error) {
	data, err := o.read(plumbing.TreeObject, h)
	if err != nil {
		return nil, err
	}
	return DecodeTree(h, data)
}

// DecodeTree reads a tree's entries as they are, in order.
func DecodeTree(h object.Hash, data []byte) ([]object.TreeEntry, error) {
	var entries []object.TreeEntry
	for len(data) > 0 {
		space, nul := bytes.IndexByte(data, ' '), bytes.IndexByte(data, 0)
		if space < 0 || nul < space || len(data) < nul+21 {
			return nil, fmt.Errorf("tree %s is damaged", h)
		}
		var mode object.Mode
		for _, c := range data[:space] {
			if c < '0' || c > '7' || mode > 0o7777777 {
				return nil, fmt.Errorf("tree %s is damaged: mode %q", h, data[:space])
			}
			mode = mode<<3 | object.Mode(c-'0')
		}
		e := object.TreeEntry{Name: string(data[space+1 : nul]), Mode: mode}
		copy(e.Hash[:], data[nul+1:])
		entries = append(entries, e)
		data = data[nul+21:]
	}
	return entries, nil
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
func (r *Repo) CommitObject(c object.Commit) object.Object {
	var b strings.Builder
	fmt.Fprintf(&b, "tree %s\n", c.Tree)
	for _, p := range c.Parents {
		fmt.Fprintf(&b, "parent %s\n", p)
	}
	fmt.Fprintf(&b, "author %s\ncommitter %s\n\n%s", encodeSignature(c.Author), encodeSignature(c.Committer), c.Message)
	data := []byte(b.String())
	return object.Object{Type: object.TypeCommit, Hash: hashOf(object.TypeCommit, data), Data: data}
}

func encodeSignature(s object.Signature) string {
	return fmt.Sprintf("%s <%s> %d %s", s.Name, s.Email, s.When.Unix(), s.When.Format("-0700"))
}

func hashOf(t object.Type, data []byte) object.Hash {
	h := sha1.New()
	fmt.Fprintf(h, "%s %d\x00", t, len(data))
	h.Write(data)
	return object.Hash(h.Sum(nil))
}

// WriteObjects stores objects that are not there yet, each whole or not at all,
// and on the disk when it returns.
func (r *Repo) WriteObjects(list []object.Object) error {
	storage := r.storage()
	folders := map[string]bool{}
	for _, o := range list {
		dir, err := r.writeLoose(o, storage)
		if err != nil {
			return fault.Wrap(err, "storing %s %s failed: %v", o.Type, o.Hash.Short(), err)
		}
		if dir != "" {
			folders[dir] = true
			folders[filepath.Dir(dir)] = true // it may be new there
		}
	}
	for dir := range folders {
		if err := r.opts.FS.SyncDir(dir); err != nil {
			return fault.Wrap(err, "storing objects failed: %v", err)
		}
	}
	return nil
}

// writeLoose stores one object and returns the folder it went to, "" when it is
// there already. An empty file in its place is what a power failure leaves
// where nobody synced: it is replaced.
func (r *Repo) writeLoose(o object.Object, known *filesystem.Storage) (dir string, err error) {
	if hashOf(o.Type, o.Data) != o.Hash {
		return "", errors.New("its name is not that of its content")
	}
	hex := o.Hash.String()
	dir = filepath.Join(r.Common, "objects", hex[:2])
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
	if err := durable.MkdirAll(r.opts.FS, dir, 0o777); err != nil {
		return "", err
	}
	// git prune removes files of this name once they are old.
	tmp := filepath.Join(dir, "tmp_obj_"+random())
	f, err := r.opts.FS.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return "", err
	}
	err = writeAll(f, packed.Bytes())
	if err == nil {
		err = f.Chmod(0o444)
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = r.opts.FS.Rename(tmp, path)
	}
	if err != nil {
		r.opts.FS.Remove(tmp)
		return "", err
	}
	return dir, nil
}

// SignedCommit has git make and sign a commit; its own dates are kept.
func (r *Repo) SignedCommit(ctx context.Context, c object.Commit) (object.Hash, error) {
	args := []string{"-c", "core.fsync=loose-object", "-c", "i18n.commitEncoding=UTF-8", "commit-tree", "-S", c.Tree.String()}
	for _, p := range c.Parents {
		args = append(args, "-p", p.String())
	}
	date := func(t time.Time) string { return fmt.Sprintf("@%d %s", t.Unix(), t.Format("-0700")) }
	out, err := r.program.Run(ctx, program.Call{Args: args, Write: true, Stdin: []byte(c.Message), Env: []string{
		"GIT_AUTHOR_NAME=" + c.Author.Name, "GIT_AUTHOR_EMAIL=" + c.Author.Email, "GIT_AUTHOR_DATE=" + date(c.Author.When),
		"GIT_COMMITTER_NAME=" + c.Committer.Name, "GIT_COMMITTER_EMAIL=" + c.Committer.Email, "GIT_COMMITTER_DATE=" + date(c.Committer.When),
	}})
	if err != nil {
		return object.Zero, err
	}
	h, err := object.ParseHash(strings.TrimSpace(string(out)))
	return h, fault.As(err)
}

// Fsck has git check that everything the refs reach is there.
func (r *Repo) Fsck(ctx context.Context) error {
	_, err := r.program.Read(ctx, "fsck", "--connectivity-only", "--no-progress")
	return err
}
