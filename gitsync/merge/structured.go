package merge

import (
	"bytes"
	"strings"

	"github.com/airside-ls/airside/completion/syntax"
	"github.com/airside-ls/airside/completion/syntax/lang"
)

// nodeTriple is a node on each side: base, ours, theirs, indexed as sides are.
type nodeTriple [3]syntax.Node

// structured merges trees. It takes what both sides have, and where both
// changed something it goes down to the parts, as far as the parts correspond.
// All that it cannot tell for certain is a failure.
type structured struct {
	language *language
	sides    [3]parsedSource
	out      []byte
	last     author // who made the token written last what it is
	clash    bool   // changes of both sides touch
	settled  []ruledPart
}

// ruledPart is a part of the output, in bytes, that a rule made.
type ruledPart struct {
	rule       string
	start, end int
}

// Rules of the second look; some go on with what they were applied to.
const (
	ruleFormat = "only the formatting differs on one side"
	ruleParts  = "changes to different parts of one statement"
	ruleAdded  = "additions to " // of both sides
	ruleItems  = "changes to different "
)

// author is who made a token what it is.
type author int

const (
	unchanged author = iota
	byOurs
	byTheirs
	byBoth
)

// undo returns a function that takes back all that was written since.
func (m *structured) undo() func() {
	saved := *m
	return func() {
		saved.out, saved.settled = m.out[:len(saved.out)], m.settled[:len(saved.settled)]
		*m = saved
	}
}

func (m *structured) write(text string) { m.out = append(m.out, text...) }

// settle notes that a rule made everything since start.
func (m *structured) settle(rule string, start int) {
	// Leading white space and separators belong to what is before.
	for start < len(m.out) && bytes.IndexByte([]byte(" \t\r\n,"), m.out[start]) >= 0 {
		start++
	}
	m.settled = append(m.settled, ruledPart{rule, start, len(m.out)})
}

// mark notes who made the next token. Changes of both sides have to be apart
// by a token that neither touched.
func (m *structured) mark(by author) {
	if by != unchanged && m.last != unchanged && (by != m.last || by == byBoth) {
		m.clash = true
	}
	m.last = by
}

// marks notes who made the tokens of a text that came of base.
func (m *structured) marks(by author, base, now []string) {
	if len(base) == 0 && len(now) == 0 {
		return
	}
	head := 0
	for head < len(base) && head < len(now) && base[head] == now[head] {
		head++
	}
	if head > 0 {
		m.mark(unchanged)
	}
	if head == len(base) && head == len(now) {
		return
	}
	m.mark(by)
	if head < len(base) && head < len(now) && base[len(base)-1] == now[len(now)-1] {
		m.mark(unchanged)
	}
}

// take writes what one side has at a node.
func (m *structured) take(side int, base, n syntax.Node) {
	by := unchanged
	switch side {
	case inOurs:
		by = byOurs
	case inTheirs:
		by = byTheirs
	}
	m.marks(by, m.sides[inBase].tokens(nil, base), m.sides[side].tokens(nil, n))
	m.write(m.sides[side].text(n))
}

// pick takes of three texts the one that a side changed. ok is false where
// both did, differently.
func pick(base, ours, theirs string) (text string, ok bool) {
	switch {
	case theirs == base, ours == theirs:
		return ours, true
	case ours == base:
		return theirs, true
	}
	return ours, false
}

// pickSpace does so for white space, of which ours goes first.
func pickSpace(base, ours, theirs string) string {
	text, _ := pick(base, ours, theirs)
	return text
}

// pickLoose is pick where white space does not count.
func pickLoose(base, ours, theirs string) (text string, ok bool) {
	if text, ok = pick(base, ours, theirs); ok {
		return text, true
	}
	b, o, t := squeeze(base), squeeze(ours), squeeze(theirs)
	switch {
	case t == b, o == t:
		return ours, true
	case o == b:
		return theirs, true
	}
	return "", false
}

// maxNodes bounds the children that are compared each with each.
const maxNodes = 1500

// merge writes what became of a node, which all three sides have; up are its
// parents.
func (m *structured) merge(n, up nodeTriple) bool {
	var texts, shapes [3]string
	for i, side := range m.sides {
		texts[i] = side.text(n[i])
		shapes[i] = side.shape(n[i])
	}
	switch {
	case texts[inOurs] == texts[inTheirs]:
		m.mark(unchanged) // both alike: as good as unchanged
		m.write(texts[inOurs])
		return true
	case texts[inOurs] == texts[inBase]:
		m.take(inTheirs, n[inBase], n[inTheirs])
		return true
	case texts[inTheirs] == texts[inBase]:
		m.take(inOurs, n[inBase], n[inOurs])
		return true
	case shapes[inTheirs] == shapes[inBase] || shapes[inTheirs] == shapes[inOurs]:
		start := len(m.out)
		if shapes[inTheirs] == shapes[inBase] && m.formatted(n) {
			return true
		}
		m.take(inOurs, n[inBase], n[inOurs])
		m.settle(ruleFormat, start)
		return true
	case shapes[inOurs] == shapes[inBase]:
		start := len(m.out)
		if m.formatted(n) {
			return true
		}
		m.take(inTheirs, n[inBase], n[inTheirs])
		m.settle(ruleFormat, start)
		return true
	}
	if m.lines(texts) {
		return true
	}
	if n[inBase].IsAtomic() || n[inOurs].IsAtomic() || n[inTheirs].IsAtomic() ||
		n[inBase].Type != n[inOurs].Type || n[inBase].Type != n[inTheirs].Type {
		return false
	}
	back := m.undo()
	if at := m.placeOf(n, up); at != nil && m.list(at, n) && !m.clash {
		return true
	}
	back()
	return m.parts(n)
}

// formatted merges a node that one side has in another format and the other changed, part
// by part, so that the change is taken in the new format. Where white space has a meaning
// that is too much to hope for.
func (m *structured) formatted(n nodeTriple) bool {
	if m.language.Name() == "python" || n[inBase].IsAtomic() || n[inOurs].IsAtomic() || n[inTheirs].IsAtomic() {
		return false
	}
	back, start, settled := m.undo(), len(m.out), len(m.settled)
	if !m.parts(n) || m.clash {
		back()
		return false
	}
	m.settled = m.settled[:settled:settled]
	m.settle(ruleFormat, start)
	return true
}

// placeOf returns what kind of list a node is on all three sides, nil for none.
func (m *structured) placeOf(n, up nodeTriple) *lang.UnorderedList {
	at := m.language.Merge.List(m.sides[inBase].src, n[inBase], up[inBase])
	if at != nil && at.Inert {
		return nil
	}
	for i := inOurs; at != nil && i <= inTheirs; i++ {
		if m.language.Merge.List(m.sides[i].src, n[i], up[i]) != at {
			return nil
		}
	}
	return at
}

// lines merges by lines, which is all that is needed where the changes of a
// node are apart.
func (m *structured) lines(texts [3]string) bool {
	if !strings.Contains(texts[inBase], "\n") {
		return false
	}
	r := Text([]byte(texts[inBase]), []byte(texts[inOurs]), []byte(texts[inTheirs]), TextOptions{Algorithm: Histogram, Level: Zealous})
	if r.Conflicts > 0 {
		return false
	}
	m.marks(byBoth, strings.SplitAfter(texts[inBase], "\n"), strings.SplitAfter(string(r.Text), "\n"))
	m.write(string(r.Text))
	return true
}

// fate is what a side made of a part of base.
type fate struct {
	at int // the part's index on that side; -1: gone
	// first of a run that the side replaced as a whole, by parts [at, end)
	// for n parts of base; n is 0 elsewhere.
	n, end int
	within bool // of such a run, and not its first
}

// alignment is how the parts of a side correspond to those of base.
type alignment struct {
	fates []fate  // by part of base
	added [][]int // parts that the side added, by the part of base before which they stand
}

// align tells how a side's parts correspond to those of base: equal ones in
// order first, then, between those, as many of the same types.
func align(base, side []syntax.Node, baseShapes, sideShapes []string) alignment {
	a := alignment{make([]fate, len(base)), make([][]int, len(base)+1)}
	between := func(b0, b1, s0, s1 int) {
		same := b1-b0 == s1-s0
		for i := 0; same && i < b1-b0; i++ {
			same = base[b0+i].Type == side[s0+i].Type
		}
		for i := b0; i < b1; i++ {
			switch {
			case same:
				a.fates[i] = fate{at: s0 + i - b0}
			case s0 == s1:
				a.fates[i] = fate{at: -1}
			default:
				a.fates[i] = fate{within: true}
			}
		}
		switch {
		case b0 == b1:
			for s := s0; s < s1; s++ {
				a.added[b0] = append(a.added[b0], s)
			}
		case !same && s0 < s1:
			a.fates[b0] = fate{at: s0, n: b1 - b0, end: s1}
		}
	}
	b, s := 0, 0
	for _, pair := range commonSubsequence(baseShapes, sideShapes) {
		between(b, pair[0], s, pair[1])
		a.fates[pair[0]] = fate{at: pair[1]}
		b, s = pair[0]+1, pair[1]+1
	}
	between(b, len(base), s, len(side))
	return a
}

// commonSubsequence pairs the indices of a longest sequence that both have.
func commonSubsequence(a, b []string) (pairs [][2]int) {
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		pairs = append(pairs, [2]int{head, head})
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	x, y := a[head:len(a)-tail], b[head:len(b)-tail]
	if len(x) <= maxNodes && len(y) <= maxNodes {
		width := len(y) + 1
		best := make([]int32, (len(x)+1)*width) // of what is left of x and y
		for i := len(x) - 1; i >= 0; i-- {
			for j := len(y) - 1; j >= 0; j-- {
				if x[i] == y[j] {
					best[i*width+j] = best[(i+1)*width+j+1] + 1
				} else {
					best[i*width+j] = max(best[(i+1)*width+j], best[i*width+j+1])
				}
			}
		}
		for i, j := 0, 0; i < len(x) && j < len(y); {
			switch {
			case x[i] == y[j]:
				pairs = append(pairs, [2]int{head + i, head + j})
				i, j = i+1, j+1
			case best[(i+1)*width+j] >= best[i*width+j+1]:
				i++
			default:
				j++
			}
		}
	}
	for i := tail; i > 0; i-- {
		pairs = append(pairs, [2]int{len(a) - i, len(b) - i})
	}
	return pairs
}
