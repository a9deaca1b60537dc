package object

import (
	"bytes"
	"crypto/sha1"
	"fmt"
	"slices"
	"strings"
)

// New is an object with the name of its content.
func New(t Type, data []byte) Object {
	h := sha1.New()
	fmt.Fprintf(h, "%s %d\x00", t, len(data))
	h.Write(data)
	return Object{Type: t, Hash: Hash(h.Sum(nil)), Data: data}
}

// NewTree is a tree of entries, which it puts into git's order.
func NewTree(entries []TreeEntry) Object {
	entries = slices.Clone(entries)
	key := func(e TreeEntry) string {
		if e.Mode == ModeDir {
			return e.Name + "/"
		}
		return e.Name
	}
	slices.SortFunc(entries, func(a, b TreeEntry) int { return strings.Compare(key(a), key(b)) })
	var data bytes.Buffer
	for _, e := range entries {
		fmt.Fprintf(&data, "%o %s\x00", uint32(e.Mode), e.Name)
		data.Write(e.Hash[:])
	}
	return New(TypeTree, data.Bytes())
}

// NewCommit is a commit as git encodes it, without signature.
func NewCommit(c Commit) Object {
	var b strings.Builder
	fmt.Fprintf(&b, "tree %s\n", c.Tree)
	for _, p := range c.Parents {
		fmt.Fprintf(&b, "parent %s\n", p)
	}
	fmt.Fprintf(&b, "author %s\ncommitter %s\n\n%s", c.Author, c.Committer, c.Message)
	return New(TypeCommit, []byte(b.String()))
}

// String is a signature as git writes it in commits and reflogs.
func (s Signature) String() string {
	return fmt.Sprintf("%s <%s> %d %s", s.Name, s.Email, s.When.Unix(), s.When.Format("-0700"))
}

// DecodeTree reads a tree's entries as they are, in order.
func DecodeTree(h Hash, data []byte) ([]TreeEntry, error) {
	var entries []TreeEntry
	for len(data) > 0 {
		space, nul := bytes.IndexByte(data, ' '), bytes.IndexByte(data, 0)
		if space < 1 || nul < space || len(data) < nul+21 {
			return nil, fmt.Errorf("tree %s is damaged", h)
		}
		var mode Mode
		for _, c := range data[:space] {
			if c < '0' || c > '7' || mode > 0o7777777 {
				return nil, fmt.Errorf("tree %s is damaged: mode %q", h, data[:space])
			}
			mode = mode<<3 | Mode(c-'0')
		}
		e := TreeEntry{Name: string(data[space+1 : nul]), Mode: mode}
		copy(e.Hash[:], data[nul+1:])
		entries = append(entries, e)
		data = data[nul+21:]
	}
	return entries, nil
}
