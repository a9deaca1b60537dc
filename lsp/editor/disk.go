package editor

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Within tells whether path is root or lies in it, and where.
func Within(root, path string) (rel string, ok bool) {
	rel, err := filepath.Rel(root, path)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return "", false
	}
	return rel, true
}

// WithinResolved is Within, with slashes, for a file that the editor may name
// through a link that git has resolved.
func WithinResolved(root, path string) (rel string, ok bool) {
	dir, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil {
		return "", false
	}
	if root, err = filepath.EvalSymlinks(root); err != nil {
		return "", false
	}
	rel, ok = Within(root, filepath.Join(dir, filepath.Base(path)))
	return filepath.ToSlash(rel), ok
}

// maxOnDisk bounds the files that are compared with documents, in bytes: an
// encoding may take four for what is one in the editor.
const maxOnDisk = 4 * DefaultMaxDocument

// SameAsDisk tells whether a document is its file, as far as an editor can tell:
// line ends, a byte order mark and a last line's end are the editor's to add and
// hide. What cannot be read is not the same.
func (d *Document) SameAsDisk() bool {
	info, err := os.Stat(d.Path)
	if err == nil && (!info.Mode().IsRegular() || info.Size() > maxOnDisk) {
		return false
	}
	data, err := os.ReadFile(d.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return d.Text.Len() == 0 // a new file in which nothing was typed
	}
	if err != nil {
		return false
	}
	text := d.Text.Text()
	if string(data) == text {
		return true
	}
	text = plainText(text)
	return slices.ContainsFunc(decodings(data), func(decoded string) bool { return plainText(decoded) == text })
}

// Holds tells whether a document is that text, as SameAsDisk tells it of its file.
func (d *Document) Holds(text []byte) bool {
	now := d.Text.Text()
	if string(text) == now {
		return true
	}
	// Asked with every key: what is of another length by more than a mark and a last
	// line's end, and has no line ends that an editor may have changed, is another text.
	if len(now)-len(text) > 4 || len(text)-len(now) > 4 {
		if !strings.Contains(now[:min(len(now), 4096)], "\r") && !bytes.ContainsRune(text[:min(len(text), 4096)], '\r') {
			return false
		}
	}
	return plainText(string(text)) == plainText(now)
}

// plainText is text without what editors add and hide.
func plainText(text string) string {
	text = strings.TrimPrefix(text, "\uFEFF")
	text = strings.ReplaceAll(text, "\r\n", "\n")
	text = strings.ReplaceAll(text, "\r", "\n")
	return strings.TrimSuffix(text, "\n")
}

// decodings are the texts that an editor may have made of a file: UTF-8, UTF-16
// with its mark, and where it is neither Latin-1, or U+FFFD for what is wrong.
func decodings(data []byte) []string {
	if len(data) >= 2 && len(data)%2 == 0 && (data[0] == 0xFF && data[1] == 0xFE || data[0] == 0xFE && data[1] == 0xFF) {
		big, units := data[0] == 0xFE, make([]uint16, len(data)/2)
		for i := range units {
			units[i] = uint16(data[2*i]) | uint16(data[2*i+1])<<8
			if big {
				units[i] = units[i]<<8 | units[i]>>8
			}
		}
		return []string{string(utf16.Decode(units))}
	}
	if utf8.Valid(data) {
		return []string{string(data)}
	}
	latin := make([]rune, len(data))
	for i, b := range data {
		latin[i] = rune(b)
	}
	return []string{string(latin), Valid(string(data))}
}
