package pack

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/plumbing/format/idxfile"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
	"github.com/go-git/go-git/v5/storage/filesystem"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/layout"
)

// Transfer reads raw objects for one: those of the repository, and of a
// pack in quarantine. It is for one goroutine.
type Transfer struct {
	in      *Database
	places  []*filesystem.Storage // the repository's own, then those it borrows from
	extra   *packfile.Packfile    // may be nil
	index   idxfile.Index
	shallow map[plumbing.Hash]bool // commits whose parents are not here
	commits map[plumbing.Hash]links
	strict  bool // refuse trees that git would take for an attack
}

// links are what a commit leads to.
type links struct {
	tree    plumbing.Hash
	parents []plumbing.Hash
	date    int64 // committer's, seconds
}

// Transfer opens one.
func (d *Database) Transfer() (*Transfer, error) {
	s := &Transfer{in: d, places: []*filesystem.Storage{d.storage()}, shallow: map[plumbing.Hash]bool{}, commits: map[plumbing.Hash]links{}}
	for _, dir := range borrowed(filepath.Join(d.at.Common, "objects"), 0) {
		s.places = append(s.places, filesystem.NewStorage(gitFiles(filepath.Dir(dir)), cache.NewObjectLRUDefault()))
	}
	shallow, err := d.Shallow()
	for _, h := range shallow {
		s.shallow[h] = true
	}
	return s, err
}

// maxAlternates is git's own bound on alternates of alternates.
const maxAlternates = 5

// borrowed lists the object folders that objects/info/alternates names. go-git
// would open them anew for each object, and reads relative ones wrongly.
func borrowed(objects string, depth int) []string {
	data, err := durable.ReadFile(filepath.Join(objects, "info", "alternates"), layout.MaxPointer)
	if err != nil || depth >= maxAlternates {
		return nil
	}
	var list []string
	for line := range strings.Lines(string(data)) {
		line = strings.TrimRight(line, "\r\n")
		if line == "" || line[0] == '#' {
			continue
		}
		dir := layout.From(objects, line)
		if filepath.Base(dir) == "objects" { // go-git knows no other name
			list = append(append(list, dir), borrowed(dir, depth+1)...)
		}
	}
	return list
}

// Close gives back what was opened.
func (s *Transfer) Close() {
	for _, place := range s.places {
		place.Close()
	}
	if s.extra != nil {
		s.extra.Close()
	}
}

// Shallow lists the commits at which a shallow clone ends.
func (d *Database) Shallow() ([]plumbing.Hash, error) {
	f, _, err := durable.Open(filepath.Join(d.at.Common, "shallow"))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fault.Wrap(err, "%v", err)
	}
	defer f.Close()
	var list []plumbing.Hash
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if plumbing.IsHash(lines.Text()) {
			list = append(list, plumbing.NewHash(lines.Text()))
		}
	}
	return list, lines.Err()
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
	for _, place := range s.places {
		if place.HasEncodedObject(h) == nil {
			return place.EncodedObject(plumbing.AnyObject, h)
		}
	}
	return nil, plumbing.ErrObjectNotFound
}

func (s *Transfer) has(h plumbing.Hash) bool {
	if s.extra != nil {
		if ok, _ := s.index.Contains(h); ok {
			return true
		}
	}
	return slices.ContainsFunc(s.places, func(place *filesystem.Storage) bool { return place.HasEncodedObject(h) == nil })
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
