package merge

import (
	"slices"

	"github.com/airside-ls/airside/completion/syntax"
)

// parts merges a node whose parts have an order: a statement, a block. Changes
// of the two sides have to be in different parts, with something between them
// that neither touched.
func (m *structured) parts(n nodeTriple) bool {
	var nodes [3][]syntax.Node
	var shapes [3][]string
	for i, side := range m.sides {
		var ok bool
		if nodes[i], ok = side.children(n[i]); !ok || len(nodes[i]) == 0 {
			return false
		}
		for _, c := range nodes[i] {
			shapes[i] = append(shapes[i], side.shape(c))
		}
	}
	w := &partWriter{structured: m, n: n, nodes: nodes, shapes: shapes, start: -1}
	for i := inOurs; i <= inTheirs; i++ {
		w.sides[i] = align(nodes[inBase], nodes[i], shapes[inBase], shapes[i])
	}
	if !w.all() || m.clash {
		return false
	}
	if w.by[inOurs] && w.by[inTheirs] {
		m.settled = append(m.settled, ruledPart{ruleParts, w.start, w.end})
	}
	return true
}

// partWriter writes the parts of one node.
type partWriter struct {
	*structured
	n          nodeTriple
	nodes      [3][]syntax.Node
	shapes     [3][]string
	sides      [3]alignment
	by         [3]bool // which sides changed a part that the other did not
	start, end int     // of the parts that were changed, in the output
}

// space is the white space before a part of a side.
func (w *partWriter) space(side, i int) string {
	from := w.n[side].Start
	if i > 0 {
		from = w.nodes[side][i-1].End
	}
	return string(w.structured.sides[side].src[from:w.nodes[side][i].Start])
}

// changed notes that a side alone made the output since start.
func (w *partWriter) changed(side, start int) {
	w.by[side] = true
	if w.start < 0 {
		w.start = start
	}
	w.end = len(w.out)
}

func (w *partWriter) all() bool {
	base := w.nodes[inBase]
	for i := 0; ; i++ {
		if !w.added(i) {
			return false
		}
		if i == len(base) {
			break
		}
		ours, theirs := w.sides[inOurs].fates[i], w.sides[inTheirs].fates[i]
		switch {
		case ours.n > 0 || theirs.n > 0:
			skip := w.replaced(i)
			if skip == 0 {
				return false
			}
			i += skip - 1
		case ours.within || theirs.within:
			return false
		case ours.at < 0 || theirs.at < 0:
			if !w.deleted(i) {
				return false
			}
		default:
			if !w.part(i) {
				return false
			}
		}
	}
	var tails [3]string
	for i, side := range w.structured.sides {
		last := w.nodes[i][len(w.nodes[i])-1]
		tails[i] = string(side.src[last.End:w.n[i].End])
	}
	w.write(pickSpace(tails[inBase], tails[inOurs], tails[inTheirs]))
	return true
}

// added writes what a side added before part i of base; both may have added
// the same.
func (w *partWriter) added(i int) bool {
	ours, theirs := w.sides[inOurs].added[i], w.sides[inTheirs].added[i]
	side, list := inOurs, ours
	switch {
	case len(ours) > 0 && len(theirs) > 0:
		if !slices.EqualFunc(ours, theirs, func(a, b int) bool { return w.shapes[inOurs][a] == w.shapes[inTheirs][b] }) {
			return false
		}
	case len(theirs) > 0:
		side, list = inTheirs, theirs
	}
	for _, at := range list {
		start := len(w.out)
		w.write(w.space(side, at))
		if len(ours) > 0 && len(theirs) > 0 {
			w.mark(unchanged)
			w.write(w.structured.sides[side].text(w.nodes[side][at]))
			continue
		}
		w.take(side, syntax.Node{}, w.nodes[side][at])
		w.changed(side, start)
	}
	return true
}

// deleted drops part i of base, if the side that has it left it as it was.
func (w *partWriter) deleted(i int) bool {
	ours, theirs := w.sides[inOurs].fates[i].at, w.sides[inTheirs].fates[i].at
	switch {
	case ours < 0 && theirs < 0:
	case ours < 0 && w.shapes[inTheirs][theirs] == w.shapes[inBase][i]:
		if w.changedBeside(inTheirs, i) {
			return false
		}
		w.mark(byOurs)
		w.changed(inOurs, len(w.out))
	case theirs < 0 && w.shapes[inOurs][ours] == w.shapes[inBase][i]:
		if w.changedBeside(inOurs, i) {
			return false
		}
		w.mark(byTheirs)
		w.changed(inTheirs, len(w.out))
	default:
		return false
	}
	return true
}

// changedBeside tells whether a side changed a part right beside part i of base: what the
// other side deleted there may be what it needs.
func (w *partWriter) changedBeside(side, i int) bool {
	for _, k := range []int{i - 1, i + 1} {
		if k < 0 || k >= len(w.nodes[inBase]) {
			continue
		}
		f := w.sides[side].fates[k]
		if f.n > 0 || f.within || f.at >= 0 && w.shapes[side][f.at] != w.shapes[inBase][k] {
			return true
		}
	}
	return false
}

// replaced writes the parts that a side put in the place of some of base, from
// part i on, if the other side left those as they were. It returns how many.
func (w *partWriter) replaced(i int) int {
	side, other := inOurs, inTheirs
	if w.sides[side].fates[i].n == 0 {
		side, other = other, side
	}
	f := w.sides[side].fates[i]
	for k := i; k < i+f.n; k++ {
		o := w.sides[other].fates[k]
		if o.n > 0 || o.within || o.at < 0 || w.shapes[other][o.at] != w.shapes[inBase][k] || k > i && len(w.sides[other].added[k]) > 0 {
			return 0
		}
	}
	start := len(w.out)
	var before, after []string
	for k := i; k < i+f.n; k++ {
		before = w.structured.sides[inBase].tokens(before, w.nodes[inBase][k])
	}
	for k := f.at; k < f.end; k++ {
		w.write(w.space(side, k))
		w.write(w.structured.sides[side].text(w.nodes[side][k]))
		after = w.structured.sides[side].tokens(after, w.nodes[side][k])
	}
	w.marks([...]author{unchanged, byOurs, byTheirs}[side], before, after)
	w.changed(side, start)
	return f.n
}

// part writes part i of base, which both sides have.
func (w *partWriter) part(i int) bool {
	o, t := w.sides[inOurs].fates[i].at, w.sides[inTheirs].fates[i].at
	w.write(pickSpace(w.space(inBase, i), w.space(inOurs, o), w.space(inTheirs, t)))
	start := len(w.out)
	if !w.merge(nodeTriple{w.nodes[inBase][i], w.nodes[inOurs][o], w.nodes[inTheirs][t]}, w.n) {
		return false
	}
	ours := w.shapes[inOurs][o] != w.shapes[inBase][i]
	theirs := w.shapes[inTheirs][t] != w.shapes[inBase][i]
	if ours && !theirs {
		w.changed(inOurs, start)
	}
	if theirs && !ours {
		w.changed(inTheirs, start)
	}
	return true
}
