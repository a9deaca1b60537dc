package lsp

import (
	"sync/atomic"

	"github.com/airside-ls/airside/lsp/marks"
	"github.com/airside-ls/airside/lsp/text"
)

// edition is one state of a text. Offsets in it can be carried over to another
// edition of the same text; see carry.
type edition struct {
	text *text.Snapshot
	line *lineage // nil for a text that was not read from an open document
}

// lineage leads from one version of an open document to the next ones, without
// their texts: who holds an old version finds out what was edited since, and
// what nobody holds is forgotten.
type lineage struct{ next atomic.Pointer[step] }

type step struct {
	edits []marks.Edit
	to    *lineage
}

// follow is a new version that the edits make of l. It is called once.
func (l *lineage) follow(edits []marks.Edit) *lineage {
	to := new(lineage)
	l.next.Store(&step{edits, to})
	return to
}

// editsTo are the edits that lead to a later version; ok is false where there is
// no such way.
func (l *lineage) editsTo(later *lineage) (edits []marks.Edit, ok bool) {
	for l != nil {
		if l == later {
			return edits, true
		}
		step := l.next.Load()
		if step == nil {
			return nil, false
		}
		edits, l = append(edits, step.edits...), step.to
	}
	return nil, false
}

// carry moves marks from one edition to another one, by the edits between them
// where those are known. Marks whose quote is no more are gone.
func carry(list []*marks.Mark, from, to edition) {
	edits, ok := from.line.editsTo(to.line)
	if !ok {
		if from.text.Text() == to.text.Text() {
			return
		}
		edits = []marks.Edit{marks.Difference(from.text.Text(), to.text.Text())}
	}
	for _, m := range list {
		for _, e := range edits {
			m.Edit(e)
		}
		m.Settle(to.text.Text())
	}
}
