package pack

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/fault"
)

// Most fetches bring a few commits. Starting git twice for them costs more than
// reading them here, which is done if nothing in them is of a kind that git looks
// closer at: then git does.
const (
	smallObjects = 200
	smallPack    = 4 << 20 // bytes
	smallRefs    = 256     // that are taken to be complete
)

// small tells whether a pack is worth being read here instead of by git.
func (q *Quarantine) small() bool {
	if q.size > smallPack || q.bounds != nil {
		return false
	}
	f, _, err := durable.Open(q.pack)
	if err != nil {
		return false
	}
	defer f.Close()
	var head [packHeader]byte
	if _, err := f.Read(head[:]); err != nil {
		return false
	}
	return binary.BigEndian.Uint32(head[8:]) <= smallObjects
}

// readHere indexes and checks a small pack without git; false leaves it to git, with
// nothing done.
func (q *Quarantine) readHere(ctx context.Context) (bool, error) {
	if _, alone := q.in.hands.(ownHands); alone || !q.small() {
		return false, nil
	}
	err := (ownHands{in: q.in}).index(ctx, q)
	if fault.KindOf(err) == fault.Disk {
		return false, err
	}
	if err == nil && q.harmless() {
		return true, nil
	}
	q.discard(q.idx)
	return false, nil
}

// harmless tells whether nothing in the pack is of a kind that git fsck would have to
// judge: commits, files, and folders of plain names.
func (q *Quarantine) harmless() bool {
	s, err := q.in.Transfer()
	if err != nil {
		return false
	}
	defer s.Close()
	if err := s.addPack(q); err != nil {
		return false
	}
	entries, err := s.index.Entries()
	if err != nil {
		return false
	}
	defer entries.Close()
	for {
		e, err := entries.Next()
		if err != nil {
			return errors.Is(err, io.EOF)
		}
		if !s.plain(e.Hash) {
			return false
		}
	}
}

func (s *Transfer) plain(h plumbing.Hash) bool {
	kind, data, err := s.read(h)
	if err != nil {
		return false
	}
	switch kind {
	case plumbing.BlobObject:
		return true
	case plumbing.CommitObject:
		header, _, whole := bytes.Cut(data, []byte("\n\n"))
		_, err := parseLinks(data)
		return err == nil && whole && !bytes.Contains(data, []byte{0}) &&
			bytes.Contains(header, []byte("\nauthor ")) && bytes.Contains(header, []byte("\ncommitter "))
	case plumbing.TreeObject:
		list, err := object.DecodeTree(object.Hash(h), data)
		return err == nil && inOrder(list) && !slices.ContainsFunc(list, func(e object.TreeEntry) bool { return !plainEntry(e) })
	}
	return false // a tag
}

// inOrder tells whether a folder's entries are in git's order, and no two of one name.
func inOrder(list []object.TreeEntry) bool {
	key := func(e object.TreeEntry) string {
		if e.Mode == object.ModeDir {
			return e.Name + "/"
		}
		return e.Name
	}
	names := map[string]bool{}
	for i, e := range list {
		if names[e.Name] || i > 0 && key(list[i-1]) >= key(e) {
			return false
		}
		names[e.Name] = true
	}
	return true
}

// plainEntry tells a name that means the same on every file system, and nothing to
// git.
func plainEntry(e object.TreeEntry) bool {
	switch e.Mode {
	case object.ModeDir, object.ModeFile, object.ModeExecutable, object.ModeSymlink:
	default:
		return false
	}
	if e.Name == "" || strings.HasPrefix(strings.ToLower(e.Name), ".git") && !slices.Contains(plainDots, e.Name) {
		return false
	}
	for i := range len(e.Name) {
		if c := e.Name[i]; c < ' ' || c >= 0x7f || strings.IndexByte(`/\:~`, c) >= 0 {
			return false
		}
	}
	return e.Name != "." && e.Name != ".." && (e.Mode != object.ModeSymlink || e.Name[0] != '.')
}

// plainDots are names like .git that git does not read itself.
var plainDots = []string{".gitignore", ".gitkeep", ".github", ".gitlab", ".gitlab-ci.yml"}
