package lsp

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/lsp/editor"
	"github.com/airside-ls/airside/lsp/ext"
)

// notebook is an open notebook: which cells it has, in their order. Their texts are
// documents as all others.
type notebook struct {
	uri      uri.URI
	spelling string // the URI as the client writes it
	path     string
	cells    []cell
	lost     bool // a change was lost: nobody knows which they are

	// asked is the cell that was asked about last, before what a prompt shows of the
	// others, until one of them changes.
	asked  uri.URI
	before string
	number int
}

// cell is one of a notebook's.
type cell struct {
	document uri.URI
	code     bool
}

// maxToldCells is how many cells the engine is told of, at most, when a notebook is
// opened: of the others it hears once somebody types there.
const maxToldCells = 500

// didOpenNotebook is notebookDocument/didOpen. A notebook that is open already is
// replaced.
func (ds *documents) didOpenNotebook(params *ext.DidOpenNotebookDocumentParams) error {
	given := params.NotebookDocument.URI
	if given == "" {
		return editor.InvalidParams(errors.New("notebookDocument.uri is missing"))
	}
	u := editor.Canonical(given)
	if old := ds.notebooks[u]; old != nil {
		ds.log.Warn("didOpen for an open notebook", "uri", u)
		ds.closeNotebook(old)
	}
	nb := &notebook{uri: u, spelling: string(given), path: editor.PathOf(u), cells: cellsOf(params.NotebookDocument.Cells)}
	if ds.notebooks == nil {
		ds.notebooks = make(map[uri.URI]*notebook)
	}
	ds.notebooks[u] = nb
	room := ds.maxSize
	for i := range params.CellTextDocuments {
		item := &params.CellTextDocuments[i]
		room -= len(item.Text)
		ds.openCell(nb, item, i < maxToldCells && room >= 0)
	}
	return nil
}

func cellsOf(given []ext.NotebookCell) []cell {
	cells := make([]cell, len(given))
	for i, c := range given {
		cells[i] = cell{editor.Canonical(c.Document), c.Kind == protocol.NotebookCellKindCode}
	}
	return cells
}

// openCell opens the document of a cell. The engine is told of it later unless tell
// is set.
func (ds *documents) openCell(nb *notebook, item *protocol.TextDocumentItem, tell bool) {
	if item.URI == "" {
		ds.log.Warn("a cell without a URI", "notebook", nb.uri)
		return
	}
	d := ds.opened(item)
	d.Notebook, d.Path = nb.path, editor.CellPath(nb.path, d.URI)
	if ds.inNotebook == nil {
		ds.inNotebook = make(map[uri.URI]*notebook)
	}
	ds.inNotebook[d.URI] = nb
	if tell {
		ds.update(d, nil)
		return
	}
	ds.put(d)
	ds.changed(d, nil)
}

// didChangeNotebook is notebookDocument/didChange. What cannot be read leaves texts
// wrong, which is remembered until they come whole again.
func (ds *documents) didChangeNotebook(raw jsonrpc2.RawMessage) error {
	var params ext.DidChangeNotebookDocumentParams
	if err := decode(raw, &params); err != nil {
		ds.notebookLost(raw)
		return err
	}
	nb := ds.notebooks[editor.Canonical(params.NotebookDocument.URI)]
	if nb == nil {
		return errors.New("didChange for a notebook that is not open")
	}
	changes := params.Change.Cells
	if changes.Structure != nil {
		if err := ds.restructure(nb, changes.Structure); err != nil {
			ds.loseNotebook(nb)
			return err
		}
	}
	for _, changed := range changes.Data {
		u := editor.Canonical(changed.Document)
		if i := slices.IndexFunc(nb.cells, func(c cell) bool { return c.document == u }); i >= 0 {
			if code := changed.Kind == protocol.NotebookCellKindCode; code != nb.cells[i].code {
				nb.cells[i].code, nb.asked = code, ""
			}
		}
	}
	var errs []error
	for _, change := range changes.TextContent {
		errs = append(errs, ds.changeCell(nb, change))
	}
	return errors.Join(errs...)
}

// restructure replaces cells in the list of a notebook's, and opens and closes
// documents for them. One that is moved is only in the list twice.
func (ds *documents) restructure(nb *notebook, change *ext.NotebookStructureChange) error {
	start, end := int(change.Array.Start), int(change.Array.Start)+int(change.Array.DeleteCount)
	if end > len(nb.cells) {
		return editor.InvalidParams(fmt.Errorf("cells %d to %d of %d are replaced", start, end, len(nb.cells)))
	}
	nb.asked = ""
	nb.cells = slices.Replace(nb.cells, start, end, cellsOf(change.Array.Cells)...)
	for _, closed := range change.DidClose {
		if d := ds.Open(closed.URI); d != nil {
			ds.close(d)
		}
	}
	for i := range change.DidOpen {
		ds.openCell(nb, &change.DidOpen[i], i < maxToldCells)
	}
	return nil
}

// changeCell changes the text of a cell.
func (ds *documents) changeCell(nb *notebook, change ext.NotebookTextChange) error {
	old := ds.Open(change.Document.URI)
	if old == nil || ds.inNotebook[old.URI] != nb {
		return errors.New("a change of a cell that is not the notebook's")
	}
	if err := checkChanges(change.Changes); err != nil {
		ds.markLost(old)
		return err
	}
	if old.URI != nb.asked {
		nb.asked = ""
	}
	ds.change(old, change.Document.Version, change.Changes)
	return nil
}

// didCloseNotebook is notebookDocument/didClose.
func (ds *documents) didCloseNotebook(params *protocol.DidCloseNotebookDocumentParams) error {
	nb := ds.notebooks[editor.Canonical(params.NotebookDocument.URI)]
	if nb == nil {
		return errors.New("didClose for a notebook that is not open")
	}
	ds.closeNotebook(nb)
	return nil
}

// closeNotebook closes a notebook with all of its cells, those too that the client
// has forgotten.
func (ds *documents) closeNotebook(nb *notebook) {
	delete(ds.notebooks, nb.uri)
	for _, d := range ds.cellsIn(nb) {
		ds.close(d)
	}
}

// cellsIn are the documents of a notebook's cells.
func (ds *documents) cellsIn(nb *notebook) []*editor.Document {
	var list []*editor.Document
	for u, of := range ds.inNotebook {
		if d := ds.Open(u); of == nb && d != nil {
			list = append(list, d)
		}
	}
	return list
}

// notebookLost marks the cells of the notebook of a didChange that could not be read.
func (ds *documents) notebookLost(raw jsonrpc2.RawMessage) {
	var params protocol.DidCloseNotebookDocumentParams // any params with a notebook
	if decode(raw, &params) != nil {
		return
	}
	if nb := ds.notebooks[editor.Canonical(params.NotebookDocument.URI)]; nb != nil {
		ds.loseNotebook(nb)
	}
}

// notebookFrameDropped is frameDropped for changes of notebooks.
func (ds *documents) notebookFrameDropped(prefix []byte) {
	if !bytes.Contains(prefix, []byte(protocol.MethodNotebookDocumentDidChange)) {
		return
	}
	for _, nb := range ds.notebooks {
		if bytes.Contains(prefix, []byte(`"`+nb.spelling+`"`)) {
			ds.loseNotebook(nb)
		}
	}
}

// loseNotebook notes that nobody knows what stands in a notebook.
func (ds *documents) loseNotebook(nb *notebook) {
	if nb.lost {
		return
	}
	nb.lost, nb.cells, nb.asked = true, nil, ""
	for _, d := range ds.cellsIn(nb) {
		ds.lose(d)
	}
	ds.client.Log(protocol.MessageTypeWarning, "A change of "+nb.spelling+" could not be read. There are no completions in it until it is closed and opened again.")
}

// ask is a request about a place in a document, as the engine takes it: with the
// cells before it, if it is a cell. It runs in the order of arrival.
func (ds *documents) ask(d *editor.Document, offset int) completion.Request {
	r := completion.Request{Document: d.Plain(), Offset: offset}
	nb := ds.inNotebook[d.URI]
	if nb == nil {
		return r
	}
	if !d.Known && d.Withheld(ds.maxSize) == "" { // see maxToldCells
		d.Known = true
		ds.engine.DidOpen(d.Plain())
	}
	if nb.asked != d.URI {
		ds.lookBefore(nb, d)
	}
	r.Before, r.Cell = nb.before, nb.number
	return r
}

// lookBefore gathers what stands before a cell. A cell that is not in the notebook's
// list has nothing before it.
func (ds *documents) lookBefore(nb *notebook, d *editor.Document) {
	nb.asked, nb.before, nb.number = d.URI, "", 0
	i := slices.IndexFunc(nb.cells, func(c cell) bool { return c.document == d.URI })
	if i < 0 || !nb.cells[i].code {
		return
	}
	nb.number = i + 1
	cells := make([]completion.Cell, 0, i)
	for _, c := range nb.cells[:i] {
		if other := ds.Open(c.document); other != nil && other.Withheld(ds.maxSize) == "" {
			cells = append(cells, completion.Cell{Language: other.Language, Text: other.Text.Text(), Code: c.code})
		}
	}
	nb.before = completion.CellsBefore(cells, d.Language)
}
