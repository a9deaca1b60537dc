package lsp

import (
	"errors"
	"io"
	"log/slog"
	"os"
	"sync"

	"go.lsp.dev/uri"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/lsp/editor"
	"github.com/airside-ls/airside/lsp/text"
)

// documents are the open documents, as an [editor.Documents]. Only the goroutine
// that takes in messages changes them.
type documents struct {
	client  *client
	engine  Engine
	log     *slog.Logger
	maxSize int // in bytes
	// Who else hears of documents: of each new version, before the engine does, with
	// the edits that made it (nil: the text came whole), and of those that were opened
	// and closed.
	changed       func(*editor.Document, []completion.Edit)
	begun, closed func(*editor.Document)

	// Notebooks, by their URI and by those of their cells, are known to the goroutine
	// that takes in messages alone.
	notebooks, inNotebook map[uri.URI]*notebook

	mu   sync.Mutex
	open map[uri.URI]*editor.Document
}

// Open implements editor.Documents.
func (ds *documents) Open(u uri.URI) *editor.Document {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	return ds.open[editor.Canonical(u)]
}

// named is the open document that the engine knows by this name, else nil.
func (ds *documents) named(path string) *editor.Document {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	for _, d := range ds.open {
		if d.Path == path {
			return d
		}
	}
	return nil
}

// Current implements editor.Documents.
func (ds *documents) Current(d *editor.Document) bool {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	return ds.open[d.URI] == d
}

func (ds *documents) put(d *editor.Document) {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	if ds.open == nil {
		ds.open = make(map[uri.URI]*editor.Document)
	}
	ds.open[d.URI] = d
}

func (ds *documents) remove(u uri.URI) {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	delete(ds.open, u)
}

// All implements editor.Documents.
func (ds *documents) All() []*editor.Document {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	list := make([]*editor.Document, 0, len(ds.open))
	for _, d := range ds.open {
		list = append(list, d)
	}
	return list
}

// Read implements editor.Documents.
func (ds *documents) Read(u uri.URI) (*text.Snapshot, error) {
	if !u.IsFile() {
		return nil, errors.New("not a file")
	}
	// To open a pipe would be to wait for it.
	if info, err := os.Stat(u.FsPath()); err == nil && !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	f, err := os.Open(u.FsPath())
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(err, errors.New("not a regular file"))
	}
	data, err := io.ReadAll(io.LimitReader(f, int64(ds.maxSize)+1))
	if err == nil && len(data) > ds.maxSize {
		err = errors.New("the file is too large")
	}
	if err != nil {
		return nil, err
	}
	return text.New(string(data), ds.client.capabilities.Encoding), nil
}
