package merge

import (
	"bytes"
	"slices"
	"strings"
)

// Rules of single hunks.
const (
	ruleLines   = "changes to different lines"
	ruleIndent  = "changes to lines that the other side indented"
	ruleWords   = "changes to different words"
	ruleMore    = "both did the same, and one did more"
	ruleEntries = "changes to different entries of a list"
	ruleNewest  = "the newer of two versions"
)

// settleLines settles a conflict by its lines and words alone, in parts of which some
// may stay open.
func settleLines(path string, p part) []part {
	if whole, ok := settleWhole(path, p); ok {
		return []part{whole}
	}
	pieces := split(p)
	if len(pieces) < 2 {
		return []part{p}
	}
	settled := false
	for i, piece := range pieces {
		if piece.open {
			if found, ok := settleWhole(path, piece); ok {
				pieces[i] = found
				settled = true
			}
		}
	}
	if !settled {
		return []part{p}
	}
	for _, open := range []func(part) []byte{oursIn, theirsIn} {
		h := hunkwise{parts: pieces}
		if saidTwice(p, h.with(open)) {
			return []part{p}
		}
	}
	return pieces
}

// settleWhole settles all of a conflict.
func settleWhole(path string, p part) (part, bool) {
	if text, ok := trivial(p); ok {
		p.open, p.text, p.rule = false, text, ruleMore
		return p, true
	}
	if text, rule, ok := entries(path, p); ok {
		p.open, p.text, p.rule = false, text, rule
		return p, true
	}
	for _, by := range []struct {
		key  func([]byte) string
		rule string
	}{{func(line []byte) string { return string(line) }, ruleLines}, {loose, ruleIndent}} {
		text, rule, ok := byLines(path, p, by.key)
		if _, swapped, also := byLines(path, p.swapped(), by.key); ok && also && rule == swapped {
			if rule == "" {
				rule = by.rule
			}
			p.open, p.text, p.rule = false, text, rule
			return p, true
		}
	}
	return p, false
}

// byLines settles a conflict by its lines, which are the same where their keys are.
func byLines(path string, p part, key func([]byte) string) (text []byte, rule string, ok bool) {
	text, rule, ok = alignThree(p, key).settle(path)
	return text, rule, ok && !saidTwice(p, text)
}

// trivial takes what only one side changed, or both alike but for a comma at the end.
func trivial(p part) (text []byte, ok bool) {
	switch {
	case bytes.Equal(p.ours, p.theirs), bytes.Equal(p.theirs, p.base):
		return notNil(p.ours), true
	case bytes.Equal(p.ours, p.base):
		return notNil(p.theirs), true
	}
	if ours, theirs := endless(p.ours), endless(p.theirs); ours == theirs && endless(p.base) != ours {
		if len(p.ours) >= len(p.theirs) {
			return p.ours, true
		}
		return p.theirs, true
	}
	return nil, false
}

// endless is a text without the commas at the ends of its lines.
func endless(text []byte) string {
	var out strings.Builder
	for line := range bytes.Lines(text) {
		out.WriteString(strings.TrimSuffix(strings.TrimRight(string(line), "\r\n"), ","))
		out.WriteByte('\n')
	}
	return out.String()
}

// loose is a line without its indentation.
func loose(line []byte) string { return string(bytes.TrimSpace(line)) }

// aligned3 are the lines of a hunk, and what the sides changed of them.
type aligned3 struct {
	base, ours, theirs [][]byte
	blocks             blocks // that the lines behind those read are in
	read               [3]int
	ids                [3][]int
	changes            [2][]hunk
}

func alignThree(p part, key func([]byte) string) *aligned3 {
	m := &aligned3{base: splitLines(p.base), ours: splitLines(p.ours), theirs: splitLines(p.theirs), blocks: p.blocks}
	numbers := map[string]int{}
	for i, lines := range [][][]byte{m.base, m.ours, m.theirs} {
		for _, line := range lines {
			k := key(line)
			id, ok := numbers[k]
			if !ok {
				id = len(numbers)
				numbers[k] = id
			}
			m.ids[i] = append(m.ids[i], id)
		}
	}
	m.changes = [2]hunk2{diff(m.ids[inBase], m.ids[inOurs], Histogram), diff(m.ids[inBase], m.ids[inTheirs], Histogram)}
	return m
}

type hunk2 = []hunk

// meet tells whether a change of ours and one of theirs cannot be told apart: they share
// a line of base, or put something at one place. Those that only touch are apart, unless
// one takes lines away, which what is beside them may have needed, or both bring a line
// that is the same.
func (m *aligned3) meet(ours, theirs hunk) bool {
	switch {
	case ours.a < theirs.a+theirs.na && theirs.a < ours.a+ours.na:
		return true
	case !touch(ours, theirs):
		return false
	case ours.na == 0 && theirs.na == 0, m.takesAway(ours), m.takesAway(theirs):
		return true
	}
	brought := m.ids[inTheirs][theirs.b : theirs.b+theirs.nb]
	for k := ours.b; k < ours.b+ours.nb; k++ {
		if len(bytes.TrimSpace(m.ours[k])) > 0 && slices.Contains(brought, m.ids[inOurs][k]) {
			return true
		}
	}
	return false
}

// takesAway tells whether a change deletes lines that say anything: the end of a block,
// whose begin went with it, does not.
func (m *aligned3) takesAway(h hunk) bool {
	return h.nb == 0 && slices.ContainsFunc(m.base[h.a:h.a+h.na], func(line []byte) bool {
		return len(bytes.Trim(line, " \t\r\n)]};,")) > 0
	})
}

// touch tells whether nothing of base is between two changes.
func touch(x, y hunk) bool { return x.a <= y.a+y.na && y.a <= x.a+x.na }

// before tells which of two changes goes first.
func before(x, y hunk) bool { return x.a < y.a || x.a == y.a && x.na == 0 && y.na > 0 }

// regions are the changes of both sides in the order of base, as conflicts where they
// meet.
func regions(ours, theirs []hunk, meet func(x, y hunk) bool) []region {
	var list []region
	aheadOurs, aheadTheirs := 0, 0 // of base
	for len(ours) > 0 || len(theirs) > 0 {
		var mine, others []hunk
		if len(theirs) == 0 || len(ours) > 0 && !before(theirs[0], ours[0]) {
			mine, ours = ours[:1:1], ours[1:]
		} else {
			others, theirs = theirs[:1:1], theirs[1:]
		}
		for {
			if len(ours) > 0 && slices.ContainsFunc(others, func(h hunk) bool { return meet(ours[0], h) }) {
				mine, ours = append(mine, ours[0]), ours[1:]
				continue
			}
			if len(theirs) > 0 && slices.ContainsFunc(mine, func(h hunk) bool { return meet(h, theirs[0]) }) {
				others, theirs = append(others, theirs[0]), theirs[1:]
				continue
			}
			break
		}
		low, high := -1, -1
		grownOurs, grownTheirs := 0, 0
		for _, h := range mine {
			if low < 0 || h.a < low {
				low = h.a
			}
			high = max(high, h.a+h.na)
			grownOurs += h.nb - h.na
		}
		for _, h := range others {
			if low < 0 || h.a < low {
				low = h.a
			}
			high = max(high, h.a+h.na)
			grownTheirs += h.nb - h.na
		}
		r := region{
			base: low, nBase: high - low, ours: low + aheadOurs, nOurs: high - low + grownOurs,
			theirs: low + aheadTheirs, nTheirs: high - low + grownTheirs,
		}
		switch {
		case len(others) == 0:
			r.origin = fromOurs
		case len(mine) == 0:
			r.origin = fromTheirs
		}
		aheadOurs += grownOurs
		aheadTheirs += grownTheirs
		list = append(list, r)
	}
	return list
}

// settle writes the merge of the lines; what is in conflict has to be settled by its
// words or as entries of a list.
func (m *aligned3) settle(path string) (text []byte, rule string, ok bool) {
	var out []byte
	glued := false // to a line that was the last of a text, and has no end
	add := func(text []byte) {
		glued = glued || len(text) > 0 && len(out) > 0 && out[len(out)-1] != '\n'
		out = append(out, text...)
	}
	b, o, t := 0, 0, 0
	same := func(until int) {
		for ; b < until; b, o, t = b+1, o+1, t+1 {
			add([]byte(pickSpace(string(m.base[b]), string(m.ours[o]), string(m.theirs[t]))))
		}
	}
	list := regions(m.changes[0], m.changes[1], m.meet)
	for _, r := range list {
		same(r.base)
		base := slices.Concat(m.base[r.base : r.base+r.nBase]...)
		ours := slices.Concat(m.ours[r.ours : r.ours+r.nOurs]...)
		theirs := slices.Concat(m.theirs[r.theirs : r.theirs+r.nTheirs]...)
		switch r.origin {
		case fromOurs:
			add(m.indented(r, inOurs, inTheirs))
		case fromTheirs:
			add(m.indented(r, inTheirs, inOurs))
		default:
			found, by, ok := settlePiece(path, part{base: base, ours: ours, theirs: theirs, blocks: m.blocksAt(r.base, r.ours, r.theirs), open: true}, len(list) == 1)
			if !ok {
				return nil, "", false
			}
			add(found)
			if by != ruleMore {
				rule = by
			}
		}
		b, o, t = r.base+r.nBase, r.ours+r.nOurs, r.theirs+r.nTheirs
	}
	same(len(m.base))
	if glued {
		return nil, "", false
	}
	return out, rule, true
}

// blocksAt are the blocks that a line of each side is in. It is asked for lines in order.
func (m *aligned3) blocksAt(b, o, t int) blocks {
	m.blocks = m.blocks.after(m.base[m.read[inBase]:b], m.ours[m.read[inOurs]:o], m.theirs[m.read[inTheirs]:t])
	m.read = [3]int{inBase: b, inOurs: o, inTheirs: t}
	return m.blocks
}

// settlePiece settles what two sides made of the same lines.
func settlePiece(path string, p part, whole bool) (text []byte, rule string, ok bool) {
	if text, ok := trivial(p); ok {
		return text, ruleMore, true
	}
	if !whole {
		if text, rule, ok := entries(path, p); ok {
			return text, rule, true
		}
	}
	if text, ok := words(p); ok {
		return text, ruleWords, true
	}
	return nil, "", false
}

// indented are the lines that a side changed, indented as the other indented what was
// there.
func (m *aligned3) indented(r region, side, other int) []byte {
	lines := m.ours[r.ours : r.ours+r.nOurs]
	otherLines, at := m.theirs, r.theirs
	if side == inTheirs {
		lines, otherLines, at = m.theirs[r.theirs:r.theirs+r.nTheirs], m.ours, r.ours
	}
	// The line of base that tells: the first that was changed, or the one before.
	from, to := "", ""
	switch {
	case r.nBase > 0:
		from, to = indent(m.base[r.base]), indent(otherLines[at])
	case r.base > 0 && at > 0:
		from, to = indent(m.base[r.base-1]), indent(otherLines[at-1])
	}
	if from == to {
		return slices.Concat(lines...)
	}
	var out []byte
	for _, line := range lines {
		if len(bytes.TrimSpace(line)) == 0 {
			out = append(out, line...)
			continue
		}
		own := indent(line)
		switch {
		case strings.HasPrefix(own, from):
			out = append(append(out, to+own[len(from):]...), line[len(own):]...)
		case strings.HasPrefix(to, from):
			out = append(append(out, to[len(from):]...), line...)
		case strings.HasPrefix(from, to) && len(own) >= len(from)-len(to):
			out = append(out, line[len(from)-len(to):]...)
		default:
			out = append(out, line...)
		}
	}
	return out
}

// indent is the white space that a line begins with.
func indent(line []byte) string {
	return string(line[:len(line)-len(bytes.TrimLeft(line, " \t"))])
}

// split cuts a conflict where both sides have the same telling lines. It is one part
// where there are none.
//
// The diff of one side against the other is not always that of the other against the one:
// it is taken from the lesser text to the greater, so that both clones cut alike.
func split(p part) []part {
	if bytes.Compare(p.ours, p.theirs) > 0 {
		pieces := split(p.swapped())
		for i := range pieces {
			pieces[i] = pieces[i].swapped()
		}
		return pieces
	}
	m := alignThree(p, func(line []byte) string { return string(line) })
	inside := func(changes []hunk, n int) []int { // for lines of base, where they are
		at := make([]int, n)
		b, s := 0, 0
		for _, h := range append(slices.Clone(changes), hunk{n, 0, 0, 0}) {
			for ; b < h.a; b, s = b+1, s+1 {
				at[b] = s
			}
			for ; b < h.a+h.na; b++ {
				at[b] = -1
			}
			s += h.nb
		}
		return at
	}
	toOurs, toTheirs := inside(m.changes[0], len(m.base)), inside(m.changes[1], len(m.base))
	count := func(ids []int) map[int]int {
		n := map[int]int{}
		for _, id := range ids {
			n[id]++
		}
		return n
	}
	inO, inT := count(m.ids[inOurs]), count(m.ids[inTheirs])
	var out []part
	b, o, t := 0, 0, 0
	cut := func(b1, o1, t1 int) {
		piece := part{base: slices.Concat(m.base[b:b1]...), ours: slices.Concat(m.ours[o:o1]...), theirs: slices.Concat(m.theirs[t:t1]...), blocks: m.blocksAt(b, o, t), open: true}
		if len(piece.base)+len(piece.ours)+len(piece.theirs) > 0 {
			out = append(out, piece)
		}
		b, o, t = b1, o1, t1
	}
	i, j := 0, 0
	for _, h := range append(diff(m.ids[inOurs], m.ids[inTheirs], Histogram), hunk{len(m.ours), 0, len(m.theirs), 0}) {
		n := h.a - i // lines that both have
		strong := false
		for k := i; k < i+n; k++ {
			id := m.ids[inOurs][k]
			strong = strong || inO[id] == 1 && inT[id] == 1 && telling(string(m.ours[k]))
		}
		if strong {
			low, high, first, last := b, len(m.base), -1, -1
			for k := b; k < len(m.base); k++ {
				for _, at := range [][2]int{{toOurs[k], i}, {toTheirs[k], j}} {
					switch {
					case at[0] < 0:
					case at[0] < at[1]:
						low = max(low, k+1)
					case at[0] >= at[1]+n:
						high = min(high, k)
					default:
						if first < 0 {
							first = k
						}
						last = k
					}
				}
			}
			if first < 0 { // both put it there: what both took away went for it
				first, last = low, high-1
			}
			if low <= first && last < high && first <= last+1 && !m.lost(first, last+1, toOurs, toTheirs, i, n, j) {
				cut(first, i, j)
				end := last + 1
				out = append(out, part{
					base: slices.Concat(m.base[first:end]...), ours: slices.Concat(m.ours[i : i+n]...), theirs: slices.Concat(m.theirs[j : j+n]...),
					text: slices.Concat(m.ours[i : i+n]...),
				})
				b, o, t = end, i+n, j+n
			}
		}
		i, j = h.a+h.na, h.b+h.nb
	}
	cut(len(m.base), len(m.ours), len(m.theirs))
	return out
}

// lost tells whether lines of base that would go for what both put in their place may
// have been changed instead: a line like one of them is elsewhere on a side.
func (m *aligned3) lost(from, until int, toOurs, toTheirs []int, i, n, j int) bool {
	for k := from; k < until; k++ {
		if toOurs[k] >= 0 && toTheirs[k] >= 0 {
			continue
		}
		for x, line := range m.ours {
			if (x < i || x >= i+n) && alike(m.base[k], line) {
				return true
			}
		}
		for x, line := range m.theirs {
			if (x < j || x >= j+n) && alike(m.base[k], line) {
				return true
			}
		}
	}
	return false
}

// alike tells whether two lines share more than half of their words.
func alike(a, b []byte) bool {
	x, y := wordy(a), wordy(b)
	if len(x) == 0 || len(y) == 0 {
		return false
	}
	n := map[string]int{}
	for _, w := range x {
		n[w]++
	}
	shared := 0
	for _, w := range y {
		if n[w] > 0 {
			n[w]--
			shared++
		}
	}
	return 2*shared*2 > len(x)+len(y)
}
