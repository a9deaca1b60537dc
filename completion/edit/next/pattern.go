package next

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/airside-ls/airside/completion/edit/tokens"
)

// element is a token of a template: a text, or a hole that stands for some tokens.
type element struct {
	text string
	hole int // from 0, -1 is none
}

// replaced is one change of a template: its elements [from, to) become parts.
type replaced struct {
	from, to int
	parts    []element // what is put in, token by token
	gaps     []string  // white space before each of parts, and behind the last
	lead     string    // white space before and behind what is taken out, as it was
	trail    string
	word     [2]string // a part of a word that becomes another, in place of all that; "" is none
}

// pattern is what edits have in common.
type pattern struct {
	pre, post []string // what stands before and behind, the nearest last and first
	old       []element
	changes   []replaced
	indent    string // of the line of the edit that it was made from
	holes     []hole
	single    bool // made from one edit
	imports   bool // one of the edits is in a line that imports
	// Between the bytes from and to of the document at path the user passed over what they
	// did not change; see floor.
	path     string
	from, to int
	floor    int // how many of levels may be used
	left     int // steps, see fits
}

// hole is what some tokens have to be like, to be what a hole stands for.
type hole struct {
	most  int  // tokens
	word  bool // one word that is no keyword
	plain bool // keywords may be among them
}

// holeOf is a hole that stood for x and y.
func holeOf(x, y []string) hole {
	h := hole{most: min(2*max(len(x), len(y))+2, maxHole)}
	if len(x) == 1 && len(y) == 1 {
		h.most, h.word = 1, telling(x[0]) && telling(y[0])
	}
	for _, w := range slices.Concat(x, y) {
		h.plain = h.plain || slices.Contains(plain, w)
	}
	return h
}

const (
	maxContext = 10
	// maxSpan bounds the tokens of a template.
	maxSpan = 80
)

// learn finds what two edits have in common, the newer last. There may be several
// patterns, the most telling first.
func learn(a, b *edit) []*pattern {
	var list []*pattern
	if len(a.changes) == len(b.changes) {
		if p := whole(a, b, false); p != nil {
			list = append(list, p)
		}
		if p := whole(a, b, true); p != nil {
			list = append(list, p)
		}
	}
	if len(list) == 0 {
		if p := common(a, b); p != nil {
			list = append(list, p)
		}
	}
	if p := partOfWord(a, b); p != nil {
		list = append(list, p)
	}
	for _, p := range list {
		p.floor, p.imports = len(levels), a.imports() || b.imports()
		if a.path == b.path && a.end <= b.start {
			p.path, p.from, p.to = a.path, a.end, b.start
		} else if a.path != b.path {
			p.path, p.from, p.to = b.path, 0, b.start
		}
	}
	return list
}

// alone is the pattern of one edit: a name that was not there before in the place of
// another.
func alone(e *edit) *pattern {
	c := e.changes[0]
	if c.AEnd-c.AStart != 1 || c.BEnd-c.BStart != 1 {
		return nil
	}
	from, to := e.old.words[c.AStart], e.new.words[c.BStart]
	if !telling(from) || !tokens.IsWord(to) || utf8.RuneCountInString(from) < 4 || hasWord(e.base, to) {
		return nil
	}
	for _, other := range e.changes[1:] {
		if !slices.Equal(e.old.words[other.AStart:other.AEnd], []string{from}) || !slices.Equal(e.new.words[other.BStart:other.BEnd], []string{to}) {
			return nil
		}
	}
	p := one(e, c, nil, nil)
	p.single, p.floor, p.imports = true, len(levels), true
	return p
}

func hasWord(text, word string) bool {
	for i := 0; ; {
		j := strings.Index(text[i:], word)
		if j < 0 {
			return false
		}
		i += j
		before, _ := utf8.DecodeLastRuneInString(text[:i])
		after, _ := utf8.DecodeRuneInString(text[i+len(word):])
		if !wordRune(before) && !wordRune(after) {
			return true
		}
		i += len(word)
	}
}

func wordRune(r rune) bool {
	return r != utf8.RuneError && (r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r))
}

// span is the tokens of old that a template covers.
func span(e *edit, lines bool) (from, to int) {
	from, to = e.changes[0].AStart, e.changes[len(e.changes)-1].AEnd
	if !lines {
		return from, to
	}
	w := e.old.words
	if from > 0 && w[from-1] == "\n" && from == to {
		from-- // lines are put in: the one before says where
	}
	for from > 0 && w[from-1] != "\n" {
		from--
	}
	for to < len(w) && w[to] != "\n" && (to == 0 || w[to-1] != "\n") {
		to++
	}
	return from, to
}

// whole is the pattern of all changes of two edits.
func whole(a, b *edit, lines bool) *pattern {
	a0, a1 := span(a, lines)
	b0, b1 := span(b, lines)
	x, y := a.old.words[a0:a1], b.old.words[b0:b1]
	if len(x) > maxSpan || len(y) > maxSpan {
		return nil
	}
	p := &pattern{indent: indentOf(&b.old, b.changes[0].AStart)}
	// at says which element begins at a token, for both.
	atX, atY := make([]int, len(x)+1), make([]int, len(y)+1)
	for i := range atX {
		atX[i] = -1
	}
	for i := range atY {
		atY[i] = -1
	}
	type pair struct{ x, y []string }
	var holes []pair
	i, j := 0, 0
	for _, c := range append(tokens.Diff(x, y), tokens.Change{AStart: len(x), AEnd: len(x), BStart: len(y), BEnd: len(y)}) {
		for i < c.AStart {
			atX[i], atY[j] = len(p.old), len(p.old)
			p.old = append(p.old, element{x[i], -1})
			i, j = i+1, j+1
		}
		atX[i], atY[j] = len(p.old), len(p.old)
		if c.AStart == c.AEnd && c.BStart == c.BEnd {
			continue
		}
		if c.AStart == c.AEnd || c.BStart == c.BEnd || slices.Contains(x[c.AStart:c.AEnd], "\n") || slices.Contains(y[c.BStart:c.BEnd], "\n") {
			return nil // what one has and the other has not
		}
		p.old = append(p.old, element{"", len(holes)})
		holes = append(holes, pair{x[c.AStart:c.AEnd], y[c.BStart:c.BEnd]})
		i, j = c.AEnd, c.BEnd
		atX[i], atY[j] = len(p.old), len(p.old)
	}
	for _, h := range holes {
		p.holes = append(p.holes, holeOf(h.x, h.y))
	}
	for n := range a.changes {
		ca, cb := a.changes[n], b.changes[n]
		from, to := atX[ca.AStart-a0], atX[ca.AEnd-a0]
		if from < 0 || to < 0 || from != atY[cb.AStart-b0] || to != atY[cb.AEnd-b0] {
			return nil
		}
		r := replaced{from: from, to: to, lead: b.old.gap(cb.AStart), trail: b.old.gap(cb.AEnd)}
		u, v := a.new.words[ca.BStart:ca.BEnd], b.new.words[cb.BStart:cb.BEnd]
		k, l := 0, 0
		for _, c := range append(tokens.Diff(u, v), tokens.Change{AStart: len(u), AEnd: len(u), BStart: len(v), BEnd: len(v)}) {
			for ; k < c.AStart; k, l = k+1, l+1 {
				r.parts = append(r.parts, element{u[k], -1})
				r.gaps = append(r.gaps, b.new.gap(cb.BStart+l))
			}
			if c.AStart == c.AEnd && c.BStart == c.BEnd {
				continue
			}
			hole := slices.IndexFunc(holes, func(h pair) bool {
				return slices.Equal(h.x, u[c.AStart:c.AEnd]) && slices.Equal(h.y, v[c.BStart:c.BEnd])
			})
			if hole < 0 {
				return nil
			}
			r.parts = append(r.parts, element{"", hole})
			r.gaps = append(r.gaps, b.new.gap(cb.BStart+c.BStart))
			k, l = c.AEnd, c.BEnd
		}
		r.gaps = append(r.gaps, b.new.gap(cb.BEnd))
		p.changes = append(p.changes, r)
	}
	p.pre, p.post = contexts(a, b, a0, a1, b0, b1)
	if !p.tells() {
		return nil
	}
	return p
}

// contexts are the tokens around that both edits have.
func contexts(a, b *edit, a0, a1, b0, b1 int) (pre, post []string) {
	for n := 1; n <= maxContext && n <= a0 && n <= b0 && a.old.words[a0-n] == b.old.words[b0-n]; n++ {
		pre = append([]string{a.old.words[a0-n]}, pre...)
	}
	for n := 0; n < maxContext && a1+n < len(a.old.words) && b1+n < len(b.old.words) && a.old.words[a1+n] == b.old.words[b1+n]; n++ {
		post = append(post, a.old.words[a1+n])
	}
	return pre, post
}

// common is the pattern of the one change that two edits have in common, to the letter.
func common(a, b *edit) *pattern {
	var best *pattern
	size := 0
	for _, ca := range a.changes {
		for _, cb := range b.changes {
			n := cb.AEnd - cb.AStart + cb.BEnd - cb.BStart
			if n <= size || !slices.Equal(a.old.words[ca.AStart:ca.AEnd], b.old.words[cb.AStart:cb.AEnd]) || !slices.Equal(a.new.words[ca.BStart:ca.BEnd], b.new.words[cb.BStart:cb.BEnd]) {
				continue
			}
			pre, post := contexts(a, b, ca.AStart, ca.AEnd, cb.AStart, cb.AEnd)
			if p := one(b, cb, pre, post); p.tells() {
				best, size = p, n
			}
		}
	}
	return best
}

// one is the pattern of one change.
func one(e *edit, c tokens.Change, pre, post []string) *pattern {
	p := &pattern{indent: indentOf(&e.old, c.AStart), pre: pre, post: post}
	r := replaced{to: c.AEnd - c.AStart, lead: e.old.gap(c.AStart), trail: e.old.gap(c.AEnd)}
	for _, w := range e.old.words[c.AStart:c.AEnd] {
		p.old = append(p.old, element{w, -1})
	}
	for i := c.BStart; i < c.BEnd; i++ {
		r.parts, r.gaps = append(r.parts, element{e.new.words[i], -1}), append(r.gaps, e.new.gap(i))
	}
	r.gaps = append(r.gaps, e.new.gap(c.BEnd))
	p.changes = []replaced{r}
	return p
}

// partOfWord is the pattern of a part that two different words had, and that became
// another in both: getUser, setUser.
func partOfWord(a, b *edit) *pattern {
	for _, ca := range a.changes {
		for _, cb := range b.changes {
			if ca.AEnd-ca.AStart != 1 || cb.AEnd-cb.AStart != 1 || ca.BEnd-ca.BStart != 1 || cb.BEnd-cb.BStart != 1 {
				continue
			}
			x, y := partsOf(a.old.words[ca.AStart], a.new.words[ca.BStart]), partsOf(b.old.words[cb.AStart], b.new.words[cb.BStart])
			if x != y || utf8.RuneCountInString(x[0]) < 4 || x[1] == "" || a.old.words[ca.AStart] == b.old.words[cb.AStart] {
				continue
			}
			return &pattern{changes: []replaced{{word: x}}, old: []element{{x[0], -1}}}
		}
	}
	return nil
}

// partsOf is the part of a word that is another in the other, from where a part begins to
// where one ends: a capital letter, an underscore.
func partsOf(old, new string) [2]string {
	begin := 0
	for begin < len(old) && begin < len(new) && old[begin] == new[begin] {
		begin++
	}
	end := 0
	for end < len(old)-begin && end < len(new)-begin && old[len(old)-1-end] == new[len(new)-1-end] {
		end++
	}
	for begin > 0 && !partBegins(old, begin) {
		begin--
	}
	for end > 0 && !partBegins(old, len(old)-end) {
		end--
	}
	return [2]string{old[begin : len(old)-end], new[begin : len(new)-end]}
}

// partBegins tells whether a part of a word begins or ends at an offset.
func partBegins(word string, at int) bool {
	if at <= 0 || at >= len(word) {
		return true
	}
	before, c := rune(word[at-1]), rune(word[at])
	return before == '_' || c == '_' || unicode.IsUpper(c) && !unicode.IsUpper(before) || unicode.IsDigit(before) != unicode.IsDigit(c)
}

// common words of languages say nothing of a place.
var plain = strings.Fields("if for return func function def class var let const import from in is not and or else elif true false nil null None True False self this new public private protected static void int string err error end do then type struct interface case switch break continue async await export default the a of to")

// telling tells whether a word says something of a place.
func telling(word string) bool {
	return tokens.IsWord(word) && utf8.RuneCountInString(word) > 2 && !slices.Contains(plain, word)
}

// tells says whether a place that has what the pattern has is likely to be meant.
func (p *pattern) tells() bool { return p.weight(len(p.pre), len(p.post)) >= leastWeight }

// farWeight is the same of a place in a file that nobody has opened.
const farWeight = 10

// leastWeight is what a template must say of a place, see weight.
const leastWeight = 8

// weight is how much a template with so many tokens around says of a place: a word counts
// 4, a common one 2, a mark 1. What is taken out itself counts double.
func (p *pattern) weight(pre, post int) int {
	n := 0
	for _, w := range slices.Concat(p.pre[len(p.pre)-pre:], p.post[:post]) {
		n += weightOf(w)
	}
	out := make([]bool, len(p.old)+1)
	for _, c := range p.changes {
		for i := c.from; i < c.to; i++ {
			out[i] = true
		}
	}
	for i, e := range p.old {
		if e.hole < 0 {
			n += weightOf(e.text)
			if out[i] {
				n += weightOf(e.text)
			}
		}
	}
	return n
}

func weightOf(word string) int {
	switch {
	case word == "\n":
		return 0
	case telling(word):
		return 4
	case tokens.IsWord(word):
		return 2
	}
	return 1
}

// indentOf is the indentation of the line that holds token i.
func indentOf(s *side, i int) string {
	if i >= len(s.list) {
		i = len(s.list) - 1
	}
	if i < 0 {
		return ""
	}
	at := s.list[i].Start
	from := strings.LastIndexByte(s.text[:at], '\n') + 1
	return s.text[from : from+len(s.text[from:])-len(strings.TrimLeft(s.text[from:], " \t"))]
}
