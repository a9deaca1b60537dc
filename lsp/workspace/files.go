package workspace

import (
	"slices"
	"strings"

	"go.lsp.dev/protocol"

	"github.com/airside-ls/airside/lsp/ext"
)

// openDirty lists, by absolute path, the open documents that hold what the disk
// has not. It reads the files each time: whatever was remembered, another
// program may have written them since.
func (w *Workspace) openDirty(r *repository) []string {
	list, dirty := []string{}, map[string]bool{}
	for _, d := range w.comments.inRepository(r) {
		if d.Lost || !d.SameAsDisk() {
			list, dirty[d.Path] = append(list, d.Path), true
		}
	}
	r.setDirty(dirty)
	slices.Sort(list)
	return list
}

// tellFilesChanged tells which open files are other than their documents after
// a sync, those left out that the user had changed before.
func (w *Workspace) tellFilesChanged(r *repository) {
	dirty := r.toldDirty()
	var uris, names []string
	for _, d := range w.comments.inRepository(r) {
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
	w.client.Log(protocol.MessageTypeInfo, "sync: changed on the disk: "+strings.Join(names, ", "))
	if w.client.Capabilities().Status {
		w.client.Notify(ext.MethodFilesChanged, &ext.FilesChangedParams{URIs: uris})
	}
}
