package marks

import (
	"sync/atomic"

	"github.com/airside-ls/airside/lsp/text"
)

// Edition is one state of a text. Offsets in it can be carried over to another
// edition of the same text; see Carry.
type Edition struct {
	Text *text.Snapshot
	Line *Lineage // nil for a text that was not read from an open document
}

// Lineage leads from one version of an open document to the next ones, without
// their texts: who holds an old version finds out what was edited since, and
// what nobody holds is forgotten.
type Lineage struct{ next atomic.Pointer[step] }

type step struct {
	edits []Edit
	to    *Lineage
}

// Follow is a new version that the edits make of l. It is called once.
func (l *Lineage) Follow(edits []Edit) *Lineage {
	to := new(Lineage)
	l.next.Store(&step{edits, to})
	return to
}

// editsTo are the edits that lead to a later version; ok is false where there is
// no such way.
func (l *Lineage) editsTo(later *Lineage) (edits []Edit, ok bool) {
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

// Between are the edits that lead from one edition to another one, one over all that
// differs where they are not known; none between equal texts.
func Between(from, to Edition) []Edit {
	if edits, ok := from.Line.editsTo(to.Line); ok {
		return edits
	}
	if from.Text.Text() == to.Text.Text() {
		return nil
	}
	return []Edit{Difference(from.Text.Text(), to.Text.Text())}
}

// Carry moves marks from one edition to another one, by the edits between them
// where those are known. Marks whose quote is no more are gone.
func Carry(list []*Mark, from, to Edition) {
	edits := Between(from, to)
	if edits == nil {
		return
	}
	for _, m := range list {
		for _, e := range edits {
			m.Edit(e)
		}
		m.Settle(to.Text.Text())
	}
}
