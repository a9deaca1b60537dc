package lsp

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"go.lsp.dev/protocol"

	"github.com/airside-ls/airside/lsp/ext"
)

// relative is where path lies in the repository, with slashes.
func (r *repository) relative(path string) (rel string, ok bool) {
	for _, root := range []string{r.workDir, r.folder} {
		if rel, ok := within(root, path); ok {
			return filepath.ToSlash(rel), true
		}
	}
	return withinResolved(r.workDir, path)
}

// withinResolved is within, with slashes, for a file that the editor may name
// through a link that git has resolved.
func withinResolved(root, path string) (rel string, ok bool) {
	dir, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil {
		return "", false
	}
	if root, err = filepath.EvalSymlinks(root); err != nil {
		return "", false
	}
	rel, ok = within(root, filepath.Join(dir, filepath.Base(path)))
	return filepath.ToSlash(rel), ok
}

// inRepository lists the open documents that are files of a repository.
func (s *Server) inRepository(r *repository) []*document {
	return slices.DeleteFunc(s.documents.all(), func(d *document) bool {
		if !d.uri.IsFile() {
			return true
		}
		_, ok := r.relative(d.path)
		return !ok
	})
}

// openDirty lists, by absolute path, the open documents that hold what the disk
// has not. It reads the files each time: whatever was remembered, another
// program may have written them since.
func (s *Server) openDirty(r *repository) []string {
	list, dirty := []string{}, map[string]bool{}
	for _, d := range s.inRepository(r) {
		if d.lost || !sameAsDisk(d) {
			list, dirty[d.path] = append(list, d.path), true
		}
	}
	r.mu.Lock()
	r.dirty = dirty
	r.mu.Unlock()
	slices.Sort(list)
	return list
}

// tellFilesChanged tells which open files are other than their documents after
// a sync, those left out that the user had changed before.
func (s *Server) tellFilesChanged(r *repository) {
	r.mu.Lock()
	dirty := r.dirty
	r.mu.Unlock()
	var uris, names []string
	for _, d := range s.inRepository(r) {
		if !dirty[d.path] && !sameAsDisk(d) {
			uris = append(uris, d.spelling)
			name, _ := r.relative(d.path)
			names = append(names, name)
		}
	}
	if uris == nil {
		return
	}
	slices.Sort(uris)
	slices.Sort(names)
	s.logMessage(protocol.MessageTypeInfo, "sync: changed on the disk: "+strings.Join(names, ", "))
	if s.client.status {
		s.notify(ext.MethodFilesChanged, &ext.FilesChangedParams{URIs: uris})
	}
}

// maxOnDisk bounds the files that are compared with documents, in bytes: an
// encoding may take four for what is one in the editor.
const maxOnDisk = 4 * DefaultMaxDocument

// sameAsDisk tells whether a document is its file, as far as an editor can tell:
// line ends, a byte order mark and a last line's end are the editor's to add and
// hide. What cannot be read is not the same.
func sameAsDisk(d *document) bool {
	info, err := os.Stat(d.path)
	if err == nil && (!info.Mode().IsRegular() || info.Size() > maxOnDisk) {
		return false
	}
	data, err := os.ReadFile(d.path)
	if errors.Is(err, fs.ErrNotExist) {
		return d.text.Len() == 0 // a new file in which nothing was typed
	}
	if err != nil {
		return false
	}
	text := d.text.Text()
	if string(data) == text {
		return true
	}
	text = plainText(text)
	return slices.ContainsFunc(decodings(data), func(decoded string) bool { return plainText(decoded) == text })
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
	return []string{string(latin), valid(string(data))}
}
