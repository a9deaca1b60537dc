package lsp

import (
	"path/filepath"
	"slices"
	"strings"

	"go.lsp.dev/protocol"

	"github.com/airside-ls/airside/lsp/editor"
	"github.com/airside-ls/airside/lsp/ext"
)

// relative is where path lies in the repository, with slashes.
func (r *repository) relative(path string) (rel string, ok bool) {
	for _, root := range []string{r.workDir, r.folder} {
		if rel, ok := editor.Within(root, path); ok {
			return filepath.ToSlash(rel), true
		}
	}
	return editor.WithinResolved(r.workDir, path)
}

// inRepository lists the open documents that are files of a repository.
func (s *Server) inRepository(r *repository) []*editor.Document {
	return slices.DeleteFunc(s.documents.All(), func(d *editor.Document) bool {
		if !d.URI.IsFile() {
			return true
		}
		_, ok := r.relative(d.Path)
		return !ok
	})
}

// openDirty lists, by absolute path, the open documents that hold what the disk
// has not. It reads the files each time: whatever was remembered, another
// program may have written them since.
func (s *Server) openDirty(r *repository) []string {
	list, dirty := []string{}, map[string]bool{}
	for _, d := range s.inRepository(r) {
		if d.Lost || !d.SameAsDisk() {
			list, dirty[d.Path] = append(list, d.Path), true
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
		if !dirty[d.Path] && !d.SameAsDisk() {
			uris = append(uris, d.Spelling)
			name, _ := r.relative(d.Path)
			names = append(names, name)
		}
	}
	if uris == nil {
		return
	}
	slices.Sort(uris)
	slices.Sort(names)
	s.client.Log(protocol.MessageTypeInfo, "sync: changed on the disk: "+strings.Join(names, ", "))
	if s.client.capabilities.Status {
		s.client.Notify(ext.MethodFilesChanged, &ext.FilesChangedParams{URIs: uris})
	}
}
