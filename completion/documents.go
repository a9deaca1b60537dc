package completion

import (
	"fmt"
	"strings"

	"github.com/airside-ls/airside/completion/syntax"
)

// DidOpen makes the document known, so that its syntax tree is ready before
// the first request. Opening an open document replaces it.
func (e *Engine) DidOpen(d Document) {
	if refuse(d) == "" {
		e.trees.Open(source(d))
		e.learnOpen(d)
		e.readAhead(Request{Document: d}, opened)
	}
}

// DidChange tells how an open document became d. The edits lead from the
// version last told of to d; nil edits mean that all of it changed. It returns
// at once: trees follow when they are needed.
func (e *Engine) DidChange(d Document, edits []Edit) {
	e.ahead.stop()
	e.speculator.elsewhere(func(base *remembered) bool { return base.isTypedIn(e.memory.seed, d.Path, d.Text) })
	e.attempts.elsewhere(e.memory.seed, d.Path, d.Text)
	switch {
	case refuse(d) != "":
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

// DidClose forgets a document.
func (e *Engine) DidClose(path string) {
	e.speculator.elsewhere(func(base *remembered) bool { return base.path != path })
	e.attempts.closeDocument(path)
	e.trees.Close(path)
	e.memory.forget(path)
	e.workspaces.closed(path)
}

// refuse says why a document gets no completions, or "".
func refuse(d Document) string {
	if len(d.Text) > maxDocument {
		return fmt.Sprintf("the document is larger than %d MiB", maxDocument>>20)
	}
	if strings.IndexByte(d.Text, 0) >= 0 {
		return "the document is binary"
	}
	return ""
}
