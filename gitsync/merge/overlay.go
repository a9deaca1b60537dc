package merge

import (
	"bytes"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"

	"github.com/airside-ls/airside/gitsync/object"
)

// emptyTree and emptyBlob are git's names for nothing: known to everyone,
// stored or not.
var (
	emptyTree = hashOf(object.TypeTree, nil)
	emptyBlob = hashOf(object.TypeBlob, nil)
)

// hashOf is git's name of an object: the SHA-1 of its header and its data.
func hashOf(t object.Type, data []byte) object.Hash {
	h := sha1.New()
	fmt.Fprintf(h, "%s %d\x00", t, len(data))
	h.Write(data)
	return object.Hash(h.Sum(nil))
}

// overlay reads what a merge has made so far before what the repository holds:
// the bases of a criss-cross are merged into trees and commits that exist
// nowhere else.
type overlay struct {
	under   object.Reader
	blobs   map[object.Hash][]byte
	trees   map[object.Hash][]object.TreeEntry
	commits map[object.Hash]object.Commit // virtual ones
	made    []object.Object               // blobs and trees, in the order they were made
}

func newOverlay(under object.Reader) *overlay {
	return &overlay{
		under:   under,
		blobs:   map[object.Hash][]byte{},
		trees:   map[object.Hash][]object.TreeEntry{},
		commits: map[object.Hash]object.Commit{},
	}
}

func (o *overlay) Commit(h object.Hash) (object.Commit, error) {
	if c, ok := o.commits[h]; ok {
		return c, nil
	}
	return o.under.Commit(h)
}

func (o *overlay) Tree(h object.Hash) ([]object.TreeEntry, error) {
	if h.IsZero() || h == emptyTree {
		return nil, nil
	}
	if entries, ok := o.trees[h]; ok {
		return entries, nil
	}
	return o.under.Tree(h)
}

func (o *overlay) Blob(h object.Hash) ([]byte, error) {
	if h.IsZero() || h == emptyBlob {
		return nil, nil
	}
	if data, ok := o.blobs[h]; ok {
		return data, nil
	}
	return o.under.Blob(h)
}

func (o *overlay) BlobSize(h object.Hash) (int64, error) {
	if h.IsZero() || h == emptyBlob {
		return 0, nil
	}
	if data, ok := o.blobs[h]; ok {
		return int64(len(data)), nil
	}
	return o.under.BlobSize(h)
}

// addBlob remembers a blob and returns its name.
func (o *overlay) addBlob(data []byte) object.Hash {
	h := hashOf(object.TypeBlob, data)
	if _, ok := o.blobs[h]; !ok {
		o.blobs[h] = data
		o.made = append(o.made, object.Object{Type: object.TypeBlob, Hash: h, Data: data})
	}
	return h
}

// addTree sorts entries as git does, a directory as if its name ended in a
// slash, remembers the tree and returns its name.
func (o *overlay) addTree(entries []object.TreeEntry) object.Hash {
	slices.SortFunc(entries, func(a, b object.TreeEntry) int {
		return compareNames(a.Name, a.Mode, b.Name, b.Mode)
	})
	data := encodeTree(entries)
	h := hashOf(object.TypeTree, data)
	if _, ok := o.trees[h]; !ok {
		o.trees[h] = entries
		o.made = append(o.made, object.Object{Type: object.TypeTree, Hash: h, Data: data})
	}
	return h
}

// addCommit remembers a commit that stands for the merge of its parents. Its
// name is made up and its date is the beginning of time, as git's is.
func (o *overlay) addCommit(tree object.Hash, parents ...object.Hash) object.Hash {
	data := binary.BigEndian.AppendUint64(tree[:], uint64(len(o.commits)))
	h := hashOf("virtual", data)
	c := object.Commit{Hash: h, Tree: tree, Parents: parents}
	c.Committer.When = epoch
	c.Author.When = epoch
	o.commits[h] = c
	return h
}

// needed returns those objects made that a tree or one of the blobs given
// leads to, blobs first, then trees from the leaves up.
func (o *overlay) needed(tree object.Hash, blobs []object.Hash) []object.Object {
	want := map[object.Hash]bool{}
	var follow func(object.Hash)
	follow = func(h object.Hash) {
		if want[h] {
			return
		}
		want[h] = true
		for _, e := range o.trees[h] { // none for what the repository holds
			follow(e.Hash)
		}
	}
	follow(tree)
	for _, h := range blobs {
		follow(h)
	}
	var needed []object.Object
	for _, t := range []object.Type{object.TypeBlob, object.TypeTree} {
		for _, made := range o.made { // a tree is made after what it holds
			if made.Type == t && want[made.Hash] {
				needed = append(needed, made)
			}
		}
	}
	return needed
}

// encodeTree writes entries as git stores them: the mode in octal, a space, the
// name, a zero byte, the 20 bytes of the hash.
func encodeTree(entries []object.TreeEntry) []byte {
	var b bytes.Buffer
	for _, e := range entries {
		b.WriteString(strconv.FormatUint(uint64(e.Mode), 8))
		b.WriteByte(' ')
		b.WriteString(e.Name)
		b.WriteByte(0)
		b.Write(e.Hash[:])
	}
	return b.Bytes()
}

// compareNames orders two entries of a tree as git does.
func compareNames(a string, aMode object.Mode, b string, bMode object.Mode) int {
	n := min(len(a), len(b))
	if c := cmpString(a[:n], b[:n]); c != 0 {
		return c
	}
	return int(byteAfter(a, n, aMode)) - int(byteAfter(b, n, bMode))
}

func byteAfter(name string, n int, mode object.Mode) byte {
	switch {
	case n < len(name):
		return name[n]
	case mode == object.ModeDir:
		return '/'
	}
	return 0
}
