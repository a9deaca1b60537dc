package lsp

import (
	"fmt"
	"strings"
	"sync"

	"go.lsp.dev/uri"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/lsp/text"
)

// document is one immutable version of an open document. Two requests see the
// same version exactly if they hold the same pointer.
type document struct {
	uri      uri.URI
	spelling string // the URI as the client writes it
	path     string // what the engine calls it
	language string
	version  int32
	text     *text.Snapshot
	line     *lineage
	nuls     int  // how many NUL bytes there are: any makes it binary
	lost     bool // a change was lost; the text is wrong until it comes whole
	known    bool // the engine has been told of it
}

// plain is the document as the engine takes it.
func (d *document) plain() completion.Document {
	return completion.Document{Path: d.path, Language: d.language, Version: d.version, Text: d.text.Text()}
}

func (d *document) edition() edition { return edition{d.text, d.line} }

// withheld says why there are no completions in the document, "" if there are.
func (d *document) withheld(maxSize int) string {
	switch {
	case d.lost:
		return "the document is out of step with the editor; close and open it again"
	case d.text.Len() > maxSize:
		return fmt.Sprintf("the document is larger than %d bytes", maxSize)
	case d.nuls > 0:
		return "the document is binary"
	}
	return ""
}

// documents are the open documents, and the request for a completion that is
// being answered: one, for a person types in one place. Only the goroutine that
// takes in messages changes them.
type documents struct {
	encoding text.Encoding
	maxSize  int

	mu     sync.Mutex
	open   map[uri.URI]*document
	latest *call   // nil when there is none
	asked  uri.URI // what latest is about
}

func (ds *documents) init(encoding text.Encoding, maxSize int) {
	ds.encoding, ds.maxSize = encoding, maxSize
	ds.open = make(map[uri.URI]*document)
}

// get is the present version of an open document, else nil.
func (ds *documents) get(u uri.URI) *document {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	return ds.open[canonical(u)]
}

// named is the open document that the engine knows by this name, else nil.
func (ds *documents) named(path string) *document {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	for _, d := range ds.open {
		if d.path == path {
			return d
		}
	}
	return nil
}

// isCurrent tells whether nothing has happened to the document since d.
func (ds *documents) isCurrent(d *document) bool {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	return ds.open[d.uri] == d
}

func (ds *documents) put(d *document) {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	ds.open[d.uri] = d
}

// remove closes a document and stops the request for it.
func (ds *documents) remove(u uri.URI) {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	delete(ds.open, u)
	if ds.latest != nil && ds.asked == u {
		ds.latest.cancel(errClosed)
		ds.latest = nil
	}
}

// supersede makes c the one request, for a document, and stops the one before,
// whatever document that was for.
func (ds *documents) supersede(u uri.URI, c *call) {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	if ds.latest != nil {
		ds.latest.cancel(errSuperseded)
	}
	ds.latest, ds.asked = c, u
}

// settle forgets a request that has been answered.
func (ds *documents) settle(c *call) {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	if ds.latest == c {
		ds.latest = nil
	}
}

// all lists the open documents.
func (ds *documents) all() []*document {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	list := make([]*document, 0, len(ds.open))
	for _, d := range ds.open {
		list = append(list, d)
	}
	return list
}

// canonical makes one key of the ways in which clients escape the same URI.
func canonical(u uri.URI) uri.URI {
	if parsed, err := uri.Parse(string(u)); err == nil {
		return parsed
	}
	return u
}

// pathOf names a document to the engine: by its path if it is a file, else by
// its URI.
func pathOf(u uri.URI) string {
	if u.IsFile() {
		return u.FsPath()
	}
	return string(u)
}

// countNULs counts the NUL bytes of s.
func countNULs(s string) int { return strings.Count(s, "\x00") }
