package gitsync

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/airside-ls/airside/gitsync/merge"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo"
)

var lfsPointer = []byte("version https://git-lfs.github.com/spec/")

// file reads both sides of a change. ok is false when they do not differ after
// all.
func (c *changes) file(ch change) (f ChangedFile, ok bool) {
	f = ChangedFile{Path: ch.Path, OldPath: ch.from, Added: ch.OldMode == 0, Removed: ch.NewMode == 0}
	skip := func(reason string) (ChangedFile, bool) {
		f.Old, f.New, f.Hunks, f.Skipped = nil, nil, nil, reason
		return f, true
	}
	switch {
	case strings.HasSuffix(ch.Path, "/"):
		return skip("a repository of its own")
	case ch.OldMode == object.ModeSubmodule || ch.NewMode == object.ModeSubmodule:
		f.Submodule = true
		return skip("a submodule")
	case ch.OldMode == object.ModeSymlink || ch.NewMode == object.ModeSymlink:
		return skip("a symbolic link")
	}
	if c.q.MaxText > 0 {
		if c.read++; c.total >= c.q.MaxText || c.read > maxBriefFiles {
			return skip("so much else has changed that it was not read")
		}
	}
	var err error
	if ch.OldMode != 0 {
		if f.Old, err = c.blob(ch.OldHash); err != nil {
			return skip(reasonOf(err))
		}
	}
	if ch.NewMode != 0 {
		if f.New, err = c.newText(ch.Change); err != nil {
			return skip(reasonOf(err))
		}
	}
	if c.total += len(f.Old) + len(f.New); c.total > maxChangedTotal {
		return skip(fmt.Sprintf("all changes together are larger than %d MiB", maxChangedTotal>>20))
	}
	same := ch.OldMode != 0 && ch.NewMode != 0 && bytes.Equal(f.Old, f.New)
	switch {
	case same && ch.from != "":
		return skip("only renamed")
	case same && ch.OldMode != ch.NewMode:
		f.ModeOnly = true
		return skip("only its mode changed")
	case same:
		return f, false
	case merge.IsBinary(f.Old) || merge.IsBinary(f.New):
		f.Binary = true
		return skip("a binary file")
	case bytes.HasPrefix(f.Old, lfsPointer) || bytes.HasPrefix(f.New, lfsPointer):
		return skip("kept by git-lfs")
	}
	for _, l := range merge.Lines(f.Old, f.New) {
		f.Hunks = append(f.Hunks, ChangedLines(l))
	}
	if len(f.Hunks) == 0 && ch.OldMode != 0 && ch.NewMode != 0 {
		return skip("only its line ends changed")
	}
	return f, true
}

func (c *changes) blob(h object.Hash) ([]byte, error) {
	size, err := c.reader.BlobSize(h)
	if errors.Is(err, object.ErrNotFound) && c.lack != nil {
		return nil, c.lack
	}
	if err != nil {
		return nil, err
	}
	if size > maxChangedFile {
		return nil, &repo.TooLargeError{Size: size}
	}
	data, err := c.reader.Blob(h)
	return nonNil(data), err
}

func (c *changes) newText(ch repo.Change) ([]byte, error) {
	if !ch.NewHash.IsZero() {
		return c.blob(ch.NewHash)
	}
	if text, ok := c.q.Overlay[ch.Path]; ok {
		if len(text) > maxChangedFile {
			return nil, &repo.TooLargeError{Size: int64(len(text))}
		}
		return nonNil(text), nil
	}
	data, err := c.repo.WorkFile(ch.Path, maxChangedFile)
	return nonNil(data), err
}

// nonNil tells an empty file from none.
func nonNil(data []byte) []byte {
	if data == nil {
		return []byte{}
	}
	return data
}

// reasonOf puts why a file is not here into a clause.
func reasonOf(err error) string {
	var large *repo.TooLargeError
	if errors.As(err, &large) {
		return fmt.Sprintf("%.1f MB: larger than anything written by hand", float64(large.Size)/1e6)
	}
	return err.Error()
}
