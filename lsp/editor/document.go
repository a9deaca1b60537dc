package editor

import (
	"fmt"
	"strings"

	"go.lsp.dev/uri"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/lsp/annotate/marks"
	"github.com/airside-ls/airside/lsp/text"
)

// DefaultMaxDocument is the size in bytes beyond which documents get no
// completions.
const DefaultMaxDocument = 8 << 20

// Document is one immutable version of an open document. Two requests see the
// same version exactly if they hold the same pointer.
type Document struct {
	URI      uri.URI
	Spelling string // the URI as the client writes it
	Path     string // what the engine calls it
	Notebook string // path of the notebook whose cell it is, "" for none
	Language string
	Version  int32
	Text     *text.Snapshot
	Line     *marks.Lineage
	NULs     int  // how many NUL bytes there are: any makes it binary
	Lost     bool // a change was lost; the text is wrong until it comes whole
	Known    bool // the engine has been told of it
}

// Plain is the document as the engine takes it.
func (d *Document) Plain() completion.Document {
	return completion.Document{Path: d.Path, Language: d.Language, Version: d.Version, Text: d.Text.Text(), Notebook: d.Notebook}
}

// Edition is the document's text, as marks follow it.
func (d *Document) Edition() marks.Edition { return marks.Edition{Text: d.Text, Line: d.Line} }

// Withheld says why there are no completions in the document, "" if there are.
// maxSize is in bytes.
func (d *Document) Withheld(maxSize int) string {
	switch {
	case d.Lost:
		return "the document is out of step with the editor; close and open it again"
	case d.Text.Len() > maxSize:
		return fmt.Sprintf("the document is larger than %d bytes", maxSize)
	case d.NULs > 0:
		return "the document is binary"
	}
	return ""
}

// Canonical makes one key of the ways in which clients escape the same URI.
func Canonical(u uri.URI) uri.URI {
	if parsed, err := uri.Parse(string(u)); err == nil {
		return parsed
	}
	return u
}

// PathOf names a document to the engine: by its path if it is a file, a cell of a
// notebook by that and its fragment, else by its URI.
func PathOf(u uri.URI) string {
	if u.IsFile() {
		return u.FsPath()
	}
	if notebook := NotebookOf(u); notebook != "" {
		return CellPath(notebook, u)
	}
	return string(u)
}

// CellPath names a cell of the notebook at a path to the engine: by its fragment, and
// where a client gives it none, by all of its URI, or they would all be one.
func CellPath(notebook string, cell uri.URI) string {
	if fragment := cell.Fragment(); fragment != "" {
		return notebook + "#" + fragment
	}
	return notebook + "#" + string(cell)
}

// cellScheme is that of cells of VS Code's notebooks, which are named by the path of
// the notebook: vscode-notebook-cell:/path/to/it.ipynb#W0sZmlsZQ==.
const cellScheme = "vscode-notebook-cell"

// NotebookOf is the path of the notebook that a cell's URI names by itself, "" if it
// does not.
func NotebookOf(u uri.URI) string {
	if u.Scheme() != cellScheme || !strings.HasPrefix(u.Path(), "/") {
		return ""
	}
	return u.FsPath()
}

// Valid is s as UTF-8, which JSON carries unless by mistake; bad bytes become
// the U+FFFD that the client should have sent.
func Valid(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }
