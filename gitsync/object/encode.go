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
