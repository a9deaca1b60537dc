package pack

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/plumbing/format/idxfile"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/fault"
)

// Transfer reads raw objects for one: those of the repository, and of a
// pack in quarantine. It is for one goroutine.
type Transfer struct {
	in      *Database
	lent    alternates
	extra   *packfile.Packfile // may be nil
	index   idxfile.Index
	shallow map[plumbing.Hash]bool // commits whose parents are not here
	commits map[plumbing.Hash]links
	strict  bool // refuse trees that git would take for an attack

	// Promised says that folders and files that are missing here are at the remote: a
	// partial clone.
	Promised bool
}

// links are what a commit leads to.
type links struct {
	tree    plumbing.Hash
	parents []plumbing.Hash
	date    int64 // committer's, seconds
}

// Transfer opens one.
func (d *Database) Transfer() (*Transfer, error) {
	s := &Transfer{in: d, lent: d.storage(), shallow: map[plumbing.Hash]bool{}, commits: map[plumbing.Hash]links{}}
	shallow, err := d.Shallow()
	for _, h := range shallow {
		s.shallow[h] = true
	}
	return s, err
}

// Close gives back what was opened.
func (s *Transfer) Close() {
	s.lent.Close()
	if s.extra != nil {
		s.extra.Close()
	}
}

// addPack lets the store read a pack that is in quarantine.
func (s *Transfer) addPack(q *Quarantine) error {
	f, _, err := durable.Open(q.idx)
	if err != nil {
		return fault.Wrap(err, "%v", err)
	}
	defer f.Close()
	index := idxfile.NewMemoryIndex()
	if err := idxfile.NewDecoder(bufio.NewReader(f)).Decode(index); err != nil {
		return err
	}
	pack, err := osfs.New(filepath.Dir(q.pack)).Open(filepath.Base(q.pack))
	if err != nil {
		return fault.Wrap(err, "%v", err)
	}
	s.index = index
	s.extra = packfile.NewPackfileWithCache(index, nil, pack, cache.NewObjectLRUDefault(), 0)
	return nil
}

func (s *Transfer) object(h plumbing.Hash) (plumbing.EncodedObject, error) {
	if s.extra != nil {
		if ok, _ := s.index.Contains(h); ok {
			return s.extra.Get(h)
		}
	}
	return s.lent.EncodedObject(plumbing.AnyObject, h)
}

// left tells whether an object is missing because a partial clone left it at the
// remote.
func (s *Transfer) left(err error) bool {
	return s.Promised && errors.Is(err, plumbing.ErrObjectNotFound)
}

func (s *Transfer) has(h plumbing.Hash) bool {
	if s.extra != nil {
		if ok, _ := s.index.Contains(h); ok {
			return true
		}
	}
	return s.lent.HasEncodedObject(h) == nil
}

func (s *Transfer) read(h plumbing.Hash) (plumbing.ObjectType, []byte, error) {
	o, err := s.object(h)
	if err != nil {
		return 0, nil, fmt.Errorf("object %s: %w", h, err)
	}
	r, err := o.Reader()
	if err != nil {
		return 0, nil, fmt.Errorf("object %s: %w", h, err)
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	return o.Type(), data, err
}

// ErrNotCommit says that an object is of another kind.
var ErrNotCommit = errors.New("not a commit")

func (s *Transfer) commit(h plumbing.Hash) (links, error) {
	if c, ok := s.commits[h]; ok {
		return c, nil
	}
	kind, data, err := s.read(h)
	if err != nil {
		return links{}, err
	}
	if kind != plumbing.CommitObject {
		return links{}, fmt.Errorf("object %s: %w", h, ErrNotCommit)
	}
	c, err := parseLinks(data)
	if err != nil {
		return links{}, fmt.Errorf("commit %s: %w", h, err)
	}
	if s.shallow[h] {
		c.parents = nil
	}
	s.commits[h] = c
	return c, nil
}

func parseLinks(data []byte) (c links, err error) {
	for line := range bytes.Lines(data) {
		key, value, _ := bytes.Cut(bytes.TrimSuffix(line, []byte("\n")), []byte(" "))
		switch string(key) {
		case "tree", "parent":
			if !plumbing.IsHash(string(value)) {
				return c, errors.New("malformed: no object name")
			}
			h := plumbing.NewHash(string(value))
			if string(key) == "tree" {
				c.tree = h
			} else {
				c.parents = append(c.parents, h)
			}
			continue
		case "author":
			continue
		case "committer":
			if f := bytes.Fields(value); len(f) > 1 {
				c.date, _ = strconv.ParseInt(string(f[len(f)-2]), 10, 64)
			}
		}
		break
	}
	if c.tree.IsZero() {
		return c, errors.New("malformed: no tree")
	}
	return c, nil
}

func (s *Transfer) tree(h plumbing.Hash) ([]object.TreeEntry, error) {
	kind, data, err := s.read(h)
	if err != nil {
		return nil, err
	}
	if kind != plumbing.TreeObject {
		return nil, fmt.Errorf("object %s is not a tree", h)
	}
	list, err := object.DecodeTree(object.Hash(h), data)
	if i := slices.IndexFunc(list, func(e object.TreeEntry) bool { return !goodEntry(e.Name) }); err == nil && s.strict && i >= 0 {
		return nil, fmt.Errorf("tree %s holds %.40q, which no tree may", h, list[i].Name)
	}
	return list, err
}

// goodEntry refuses names that lead out of their folder or into .git. What
// only some file systems take for .git is left to who writes the files.
func goodEntry(name string) bool {
	return name != "" && name != "." && name != ".." && !strings.Contains(name, "/") && !strings.EqualFold(name, ".git")
}
