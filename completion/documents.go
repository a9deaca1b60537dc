package completion

import (
	"github.com/airside-ls/airside/completion/recall"
	"github.com/airside-ls/airside/completion/syntax"
)

// DidOpen makes the document known, so that its syntax tree is ready before
// the first request. Opening an open document replaces it.
func (e *Engine) DidOpen(d Document) {
	if unfit(d) == "" {
		e.trees.Open(source(d))
		e.learnOpen(d)
		if d.Notebook == "" { // which of its cells is going to be typed in nobody knows
			e.readAhead(Request{Document: d}, atOpening)
		}
	}
}

// DidChange tells how an open document became d. The edits lead from the
// version last told of to d; nil edits mean that all of it changed. It returns
// at once: trees follow when they are needed.
func (e *Engine) DidChange(d Document, edits []Edit) {
	e.ahead.stop()
	e.speculator.Elsewhere(func(base *recall.Suggestion) bool { return base.IsTypedIn(d.Path, d.Text) })
	e.generations.elsewhere(d.Path, d.Text)
	switch {
	case unfit(d) != "":
		e.trees.Close(d.Path)
		e.workspaces.closed(d.Path)
		return
	case edits == nil:
		e.trees.Open(source(d))
	default:
		moves := make([]syntax.Edit, len(edits))
		for i, ed := range edits {
			moves[i] = syntax.Edit{Start: ed.Start, OldEnd: ed.End, NewEnd: ed.Start + len(ed.New)}
		}
		e.trees.Edit(d.Path, moves, d.Text)
	}
	e.workspaces.changed(d.Path, d.Text, edits) // nothing where it was not opened
}

func source(d Document) syntax.Document {
	return syntax.Document{Key: d.Path, Language: d.Language, Text: d.Text}
}

// DidSave tells that a document was written to the disk: what it defines is read
// again, in the background.
func (e *Engine) DidSave(path string) {
	_, w := e.workspaces.of(path)
	w.again(path)
}

// DidClose forgets a document.
func (e *Engine) DidClose(path string) {
	e.speculator.Elsewhere(func(base *recall.Suggestion) bool { return base.Path != path })
	e.generations.closeDocument(path)
	e.trees.Close(path)
	e.suggestions.Forget(path)
	e.workspaces.closed(path)
}
