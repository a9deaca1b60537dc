package merge

import "bytes"

// splitLines cuts a text behind each newline; the last line may lack one.
func splitLines(text []byte) [][]byte {
	lines := make([][]byte, 0, bytes.Count(text, []byte("\n"))+1)
	for len(text) > 0 {
		n := bytes.IndexByte(text, '\n') + 1
		if n == 0 {
			n = len(text)
		}
		lines = append(lines, text[:n:n])
		text = text[n:]
	}
	return lines
}

// classes gives equal lines the same number, so that lines compare as ints.
type classes map[string]int

func (c classes) of(lines [][]byte) []int {
	ids := make([]int, len(lines))
	for i, line := range lines {
		id, ok := c[string(line)]
		if !ok {
			id = len(c)
			c[string(line)] = id
		}
		ids[i] = id
	}
	return ids
}

// hunk says that the lines [a, a+na) were replaced by [b, b+nb).
type hunk struct{ a, na, b, nb int }

// diff finds what changed from a to b, as git diff does by the same algorithm:
// which of several equal alignments is taken decides where conflicts are.
func diff(a, b []int, algorithm Algorithm) []hunk {
	x, y := newSide(a), newSide(b)
	if algorithm == Histogram {
		histogram(x, y, 0, len(a), 0, len(b))
	} else {
		myers(x, y, 0, len(a), 0, len(b))
	}
	compactGroups(x, y)
	compactGroups(y, x)
	return hunks(x, y)
}

// side is one of two texts that are compared.
type side struct {
	ids     []int
	changed []bool // one more at each end, never set: changed[i+1] is line i's
}

func newSide(ids []int) *side { return &side{ids, make([]bool, len(ids)+2)} }

func (s *side) is(i int) bool      { return s.changed[i+1] }
func (s *side) set(i int, on bool) { s.changed[i+1] = on }
func (s *side) mark(from, until int) {
	for i := from; i < until; i++ {
		s.set(i, true)
	}
}

func hunks(x, y *side) []hunk {
	var list []hunk
	for i, j := 0, 0; i < len(x.ids) || j < len(y.ids); i, j = i+1, j+1 {
		h := hunk{a: i, b: j}
		for x.is(i) {
			i++
		}
		for y.is(j) {
			j++
		}
		if h.na, h.nb = i-h.a, j-h.b; h.na+h.nb > 0 {
			list = append(list, h)
		}
	}
	return list
}

// group is a run of changed lines [start, end), possibly empty, between two
// unchanged ones.
type group struct {
	*side
	start, end int
}

func firstGroup(s *side) *group {
	g := &group{side: s}
	for g.is(g.end) {
		g.end++
	}
	return g
}

func (g *group) next() bool {
	if g.end == len(g.ids) {
		return false
	}
	g.start = g.end + 1
	for g.end = g.start; g.is(g.end); g.end++ {
	}
	return true
}

func (g *group) previous() bool {
	if g.start == 0 {
		return false
	}
	g.end = g.start - 1
	for g.start = g.end; g.is(g.start - 1); g.start-- {
	}
	return true
}

// slideDown moves the group one line down if the line behind it equals its
// first, and takes in the group that it then touches.
func (g *group) slideDown() bool {
	if g.end >= len(g.ids) || g.ids[g.start] != g.ids[g.end] {
		return false
	}
	g.set(g.start, false)
	g.set(g.end, true)
	g.start++
	for g.end++; g.is(g.end); g.end++ {
	}
	return true
}

func (g *group) slideUp() bool {
	if g.start == 0 || g.ids[g.start-1] != g.ids[g.end-1] {
		return false
	}
	g.start--
	g.end--
	g.set(g.start, true)
	g.set(g.end, false)
	for g.is(g.start - 1) {
		g.start--
	}
	return true
}

// compactGroups slides groups of changed lines as far down as they go, joining those
// that meet, but stops beside a group of the other text if there is one on the
// way: a change and its counterpart then stand together.
func compactGroups(s, other *side) {
	g, o := firstGroup(s), firstGroup(other)
	for {
		if g.start != g.end {
			slide(g, o)
		}
		if !g.next() {
			return
		}
		o.next()
	}
}

func slide(g, o *group) {
	var highest, beside int
	for size := -1; size != g.end-g.start; {
		size, beside = g.end-g.start, -1
		for g.slideUp() {
			o.previous()
		}
		highest = g.end
		if o.end > o.start {
			beside = g.end
		}
		for g.slideDown() {
			o.next()
			if o.end > o.start {
				beside = g.end
			}
		}
	}
	if g.end == highest || beside < 0 {
		return
	}
	for o.end == o.start {
		g.slideUp()
		o.previous()
	}
}
