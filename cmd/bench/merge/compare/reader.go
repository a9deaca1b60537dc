// Package compare sets airside's merges beside those of the real git: the
// benchmark and the end-to-end test of gitsync/merge share it.
package compare

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/airside-ls/airside/gitsync/object"
)

// Reader reads a repository's objects through one `git cat-file --batch`. It
// is for one goroutine.
type Reader struct {
	cmd     *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
	trees   map[object.Hash][]object.TreeEntry
	commits map[object.Hash]object.Commit
	blobs   map[object.Hash][]byte // small ones
}

// maxCached is the size in bytes up to which a blob is kept.
const maxCached = 1 << 16

// Open starts git in dir.
func Open(dir string) (*Reader, error) {
	r := &Reader{
		trees:   map[object.Hash][]object.TreeEntry{},
		commits: map[object.Hash]object.Commit{},
		blobs:   map[object.Hash][]byte{},
	}
	r.cmd = exec.Command("git", "-C", dir, "cat-file", "--batch")
	var err error
	if r.in, err = r.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	r.out = bufio.NewReaderSize(out, 1<<20)
	return r, r.cmd.Start()
}

// Close ends git.
func (r *Reader) Close() error {
	return errors.Join(r.in.Close(), r.cmd.Wait())
}

func (r *Reader) object(h object.Hash, want string) ([]byte, error) {
	if _, err := fmt.Fprintln(r.in, h); err != nil {
		return nil, err
	}
	head, err := r.out.ReadString('\n')
	if err != nil {
		return nil, err
	}
	fields := strings.Fields(head)
	if len(fields) != 3 {
		return nil, fmt.Errorf("%s: %w", h, object.ErrNotFound)
	}
	size, err := strconv.Atoi(fields[2])
	if err != nil {
		return nil, err
	}
	data := make([]byte, size+1) // and a line feed
	if _, err := io.ReadFull(r.out, data); err != nil {
		return nil, err
	}
	if fields[1] != want {
		return nil, fmt.Errorf("%s is a %s, not a %s", h, fields[1], want)
	}
	return data[:size], nil
}

func (r *Reader) Commit(h object.Hash) (object.Commit, error) {
	if c, ok := r.commits[h]; ok {
		return c, nil
	}
	data, err := r.object(h, "commit")
	if err != nil {
		return object.Commit{}, err
	}
	c := object.Commit{Hash: h}
	head, message, _ := bytes.Cut(data, []byte("\n\n"))
	c.Message = string(message)
	for line := range strings.SplitSeq(string(head), "\n") {
		key, value, _ := strings.Cut(line, " ")
		switch key {
		case "tree":
			c.Tree, err = object.ParseHash(value)
		case "parent":
			var p object.Hash
			p, err = object.ParseHash(value)
			c.Parents = append(c.Parents, p)
		case "committer":
			fields := strings.Fields(value)
			var seconds int64
			seconds, err = strconv.ParseInt(fields[len(fields)-2], 10, 64)
			c.Committer.When = time.Unix(seconds, 0)
		}
		if err != nil {
			return c, err
		}
	}
	r.commits[h] = c
	return c, nil
}

func (r *Reader) Tree(h object.Hash) ([]object.TreeEntry, error) {
	if t, ok := r.trees[h]; ok {
		return t, nil
	}
	data, err := r.object(h, "tree")
	if err != nil {
		return nil, err
	}
	var entries []object.TreeEntry
	for len(data) > 0 {
		head, rest, ok := bytes.Cut(data, []byte{0})
		mode, name, ok2 := strings.Cut(string(head), " ")
		if !ok || !ok2 || len(rest) < len(h) {
			return nil, fmt.Errorf("tree %s is damaged", h)
		}
		m, err := strconv.ParseUint(mode, 8, 32)
		if err != nil {
			return nil, err
		}
		entries = append(entries, object.TreeEntry{Name: name, Mode: object.Mode(m), Hash: object.Hash(rest[:len(h)])})
		data = rest[len(h):]
	}
	r.trees[h] = entries
	return entries, nil
}

func (r *Reader) Blob(h object.Hash) ([]byte, error) {
	if b, ok := r.blobs[h]; ok {
		return b, nil
	}
	data, err := r.object(h, "blob")
	if err == nil && len(data) <= maxCached {
		r.blobs[h] = data
	}
	return data, err
}

// BlobSize reads the whole blob: one process is enough for all.
func (r *Reader) BlobSize(h object.Hash) (int64, error) {
	data, err := r.Blob(h)
	return int64(len(data)), err
}

// Forget drops what was kept, so that a measured merge reads as a first one.
func (r *Reader) Forget() {
	clear(r.trees)
	clear(r.commits)
	clear(r.blobs)
}
