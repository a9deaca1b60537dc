package threads

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/airside-ls/airside/gitsync/object"
)

// Lines are lines of a text, from 1, both included.
type Lines struct {
	Start int `json:"start"`
	End   int `json:"end"`
}

// Anchor is the place in code that a thread is about, as its author saw it.
type Anchor struct {
	Commit object.Hash `json:"commit,omitzero"` // that was checked out; Zero before the first
	Blob   object.Hash `json:"blob"`            // the file's content; not in the repository if it was not committed
	Path   string      `json:"path"`            // relative to the work tree, with slashes
	Side   string      `json:"side,omitempty"`  // of a diff: "new", which "" means, or "old"
	Range  Lines       `json:"range"`
	Quote  string      `json:"quote"` // those lines, or as many of the first as fit into 4 KiB
	// ContextHash is the SHA-256 of the lines around, so that one of several
	// equal places can be told.
	ContextHash string `json:"contextHash"`
}

// NewAnchor is the anchor of lines of a text that is a blob of the repository,
// or is to be one.
func NewAnchor(commit object.Hash, path string, text []byte, at Lines) (Anchor, error) {
	lines := splitLines(normal(text))
	if at.Start < 1 || at.Start > len(lines) || at.End < at.Start {
		return Anchor{}, fmt.Errorf("%s has no line %d: it has %d", path, at.Start, len(lines))
	}
	at.End = min(at.End, len(lines))
	return Anchor{
		Commit: commit, Blob: blobHash(text), Path: path, Range: at,
		Quote: quoteOf(lines[at.Start-1 : at.End]), ContextHash: contextHash(lines, at),
	}, nil
}

func blobHash(data []byte) object.Hash {
	h := sha1.New()
	fmt.Fprintf(h, "blob %d\x00", len(data))
	h.Write(data)
	return object.Hash(h.Sum(nil))
}

// normal is a text without what editors and git change of it silently: a byte
// order mark, the CR of line ends.
func normal(text []byte) []byte {
	text = bytes.TrimPrefix(text, []byte("\uFEFF"))
	if bytes.IndexByte(text, '\r') < 0 {
		return text
	}
	return bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
}

// splitLines cuts a text into lines without their ends.
func splitLines(text []byte) []string {
	lines := strings.Split(string(text), "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// quoteOf joins as many lines as fit; of a first one that is too long its
// beginning.
func quoteOf(lines []string) string {
	if len(lines[0]) > maxQuote {
		cut := maxQuote
		for cut > 0 && !utf8.RuneStart(lines[0][cut]) {
			cut--
		}
		return strings.ToValidUTF8(lines[0][:cut], "\uFFFD")
	}
	size, n := len(lines[0]), 1
	for ; n < len(lines) && size+1+len(lines[n]) <= maxQuote; n++ {
		size += 1 + len(lines[n])
	}
	quote := strings.ToValidUTF8(strings.Join(lines[:n], "\n"), "\uFFFD")
	if len(quote) > maxQuote { // U+FFFD is longer than what it stands for
		return quoteOf(lines[:max(1, n/3)])
	}
	return quote
}

// contextLines is how many lines before and behind count as the context.
const contextLines = 3

// contextHash is of the lines around at, without their indentation.
func contextHash(lines []string, at Lines) string {
	h := sha256.New()
	write := func(from, to int) {
		for i := max(0, from); i < min(to, len(lines)); i++ {
			h.Write([]byte(strings.TrimSpace(lines[i])))
			h.Write([]byte{'\n'})
		}
		h.Write([]byte{0})
	}
	write(at.Start-1-contextLines, at.Start-1)
	write(at.End, at.End+contextLines)
	return hex.EncodeToString(h.Sum(nil))
}
