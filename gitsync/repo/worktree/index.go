package worktree

import (
	"bytes"
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/layout"
)

// Flags of an index entry (gitformat-index), the second word shifted left.
const (
	flagStage        = 0x3000
	flagExtended     = 0x4000
	flagAssumeValid  = 0x8000
	flagIntentToAdd  = 0x2000 << 16
	flagSkipWorktree = 0x4000 << 16
)

// stamp is what the index remembers of a file to know it again, each value cut
// to 32 bits: seconds and nanoseconds of ctime and mtime, device, inode, owner.
type stamp struct {
	ctime, ctimeNs, mtime, mtimeNs, dev, ino, uid, gid uint32
}

// indexEntry is one path of the index: of a file, or in a sparse index of a folder,
// with a slash at its end, that is not in the work tree.
type indexEntry struct {
	stamp
	mode  object.Mode
	size  uint32 // bytes, cut to 32 bits
	hash  object.Hash
	flags uint32
	name  string
}

func (e *indexEntry) stage() int { return int(e.flags & flagStage >> 12) }

// indexFile is an index: its entries in git's order. Extensions are caches, all
// but those in lower case; they are not kept.
type indexFile struct {
	entries []indexEntry
	mtime   stamp // of the file itself: what is not older may have changed unseen
}

var errIndex = errors.New("the index is damaged")

// sparseIndex is the extension that says that there are folders among the entries.
const sparseIndex = "sdir"

// entrySize is the length of an entry without its name.
const entrySize = 62

// readIndex reads this work tree's index; a missing one is empty.
func (t *Tree) readIndex() (*indexFile, error) {
	return readIndexFile(filepath.Join(t.at.Git, "index"))
}

func readIndexFile(path string) (*indexFile, error) {
	data, err := durable.ReadFile(path, layout.MaxIndex)
	if errors.Is(err, fs.ErrNotExist) {
		return &indexFile{}, nil
	}
	if err != nil {
		return nil, fault.Wrap(err, "the index cannot be read: %v", err)
	}
	entries, err := parseIndex(data)
	if err != nil {
		if fault.KindOf(err) == fault.Unsupported {
			return nil, err
		}
		return nil, fault.Wrap(err, "%s: %v: git read-tree or git reset would write it anew", path, err)
	}
	index := &indexFile{entries: entries}
	if info, err := os.Stat(path); err == nil {
		index.mtime.mtime, index.mtime.mtimeNs = uint32(info.ModTime().Unix()), uint32(info.ModTime().Nanosecond())
	}
	return index, nil
}

// parseIndex reads versions 2 to 4. The checksum at the end may be zero:
// index.skipHash.
func parseIndex(data []byte) ([]indexEntry, error) {
	if len(data) < 12+20 || string(data[:4]) != "DIRC" {
		return nil, fmt.Errorf("%w: no header", errIndex)
	}
	body, sum := data[:len(data)-20], data[len(data)-20:]
	if want := sha1.Sum(body); !bytes.Equal(sum, want[:]) && !bytes.Equal(sum, make([]byte, 20)) {
		return nil, fmt.Errorf("%w: its checksum is wrong", errIndex)
	}
	version, count := binary.BigEndian.Uint32(body[4:]), binary.BigEndian.Uint32(body[8:])
	if version < 2 || version > 4 {
		return nil, fault.New(fault.Unsupported, "the index has version %d: airside knows 2 to 4", version)
	}
	rest := body[12:]
	entries := make([]indexEntry, 0, min(int(count), len(rest)/entrySize))
	previous := ""
	for range count {
		e, n, err := parseEntry(rest, version, previous)
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
		previous, rest = e.name, rest[n:]
	}
	for len(rest) >= 8 {
		size := int64(binary.BigEndian.Uint32(rest[4:]))
		if int64(len(rest)) < 8+size {
			return nil, fmt.Errorf("%w: an extension is cut", errIndex)
		}
		if rest[0] >= 'a' && rest[0] <= 'z' && string(rest[:4]) != sparseIndex {
			return nil, fault.New(fault.Unsupported, "the index has the extension %q (a split index), which needs the git binary", rest[:4])
		}
		rest = rest[8+size:]
	}
	return entries, nil
}

func parseEntry(b []byte, version uint32, previous string) (e indexEntry, n int, err error) {
	cut := fmt.Errorf("%w: an entry is cut", errIndex)
	if len(b) < entrySize {
		return e, 0, cut
	}
	word := func(i int) uint32 { return binary.BigEndian.Uint32(b[4*i:]) }
	e.stamp = stamp{word(0), word(1), word(2), word(3), word(4), word(5), word(7), word(8)}
	e.mode, e.size = object.Mode(word(6)), word(9)
	copy(e.hash[:], b[40:60])
	e.flags = uint32(binary.BigEndian.Uint16(b[60:]))
	n = entrySize
	if e.flags&flagExtended != 0 {
		if version < 3 || len(b) < n+2 {
			return e, 0, cut
		}
		e.flags |= uint32(binary.BigEndian.Uint16(b[n:])) << 16
		n += 2
	}
	keep := ""
	if version == 4 {
		drop, used := offset(b[n:])
		if used == 0 || drop > len(previous) {
			return e, 0, cut
		}
		keep, n = previous[:len(previous)-drop], n+used
	}
	end := bytes.IndexByte(b[n:], 0)
	if end < 0 {
		return e, 0, cut
	}
	e.name = keep + string(b[n:n+end])
	n += end + 1
	if version < 4 {
		if n = (n + 7) / 8 * 8; n > len(b) {
			return e, 0, cut
		}
	}
	return e, n, nil
}

// offset reads a number as in pack files: seven bits a byte, each further one
// adding 1 to what stands before it.
func offset(b []byte) (value, used int) {
	for i, c := range b {
		if i > 4 {
			return 0, 0
		}
		if i > 0 {
			value++
		}
		value = value<<7 | int(c&0x7f)
		if c&0x80 == 0 {
			return value, i + 1
		}
	}
	return 0, 0
}

// conflict says whether the index holds one.
func (t *Tree) conflict() error {
	index, err := t.readIndex()
	if err != nil {
		return err
	}
	for i := range index.entries {
		if e := &index.entries[i]; e.stage() != 0 {
			return fault.New(fault.Busy, "%s has a conflict that is not resolved: resolve it, git add and commit", strings.ToValidUTF8(e.name, "?"))
		}
	}
	return nil
}
