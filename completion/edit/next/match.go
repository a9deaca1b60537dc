package next

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// match is a place that a pattern fits, and what would stand there.
type match struct {
	start, end int
	text       string
}

// levels are how much of what stands around has to be there, the strictest first.
var levels = []int{maxContext, 4, 2, 1, 0}

const (
	// maxHole bounds the tokens that a hole stands for.
	maxHole = 16
	// maxMatches bounds the places that are looked at.
	maxMatches = 200
	// maxSteps bounds how often a token is held against an element in one text: with several
	// holes there are more ways to lay them than anybody waits for.
	maxSteps = 1 << 20
)

// literalWords are keywords that stand for values.
var literalWords = map[string]bool{"true": true, "false": true, "nil": true, "null": true, "None": true, "True": true, "False": true, "self": true, "this": true, "err": true, "error": true, "string": true, "int": true, "void": true, "type": true, "default": true, "the": true, "a": true, "of": true, "to": true, "new": true, "await": true}

// anchor is a word that every place of the pattern has, "" if there is none.
func (p *pattern) anchor() string {
	best := ""
	for _, e := range p.old {
		if e.hole < 0 && telling(e.text) && len(e.text) > len(best) {
			best = e.text
		}
	}
	if best == "" {
		for _, w := range slices.Concat(p.pre, p.post) {
			if telling(w) && len(w) > len(best) {
				best = w
			}
		}
	}
	return best
}

// find lists the places of a text that the pattern fits, in order. Where passed tells of a
// place that the user has passed over, so general a pattern is not meant.
func (p *pattern) find(s *side, passed func(match) bool) []match {
	if len(p.changes) == 1 && p.changes[0].word[0] != "" {
		list := p.findParts(s)
		if slices.ContainsFunc(list, passed) {
			p.floor = 0
		}
		if p.floor == 0 {
			return nil
		}
		return list
	}
	p.left = maxSteps
	last := [2]int{-1, -1}
	for n, level := range levels[:p.floor] {
		pre, post := min(level, len(p.pre)), min(level, len(p.post))
		if last == [2]int{pre, post} {
			continue
		}
		last = [2]int{pre, post}
		if p.weight(pre, post) < leastWeight {
			return nil
		}
		list := p.findWith(s, p.pre[len(p.pre)-pre:], p.post[:post])
		if !p.imports {
			list = slices.DeleteFunc(list, func(m match) bool { return isImport(lineAt(s.text, m.start)) })
		}
		if slices.ContainsFunc(list, passed) {
			p.floor = n
			return nil
		}
		if len(list) > 0 {
			return list
		}
	}
	return nil
}

// lineAt is the line of a text that holds an offset.
func lineAt(text string, at int) string { return text[lineStart(text, at, 0):lineEnd(text, at, 0)] }

// isImport tells of a line that takes something from elsewhere.
func isImport(line string) bool {
	line = strings.TrimSpace(line)
	for _, begin := range []string{"import ", "from ", "#include", "use ", "using ", "require(", "require ", "} from ", "export {"} {
		if strings.HasPrefix(line, begin) {
			return true
		}
	}
	return false
}

func (p *pattern) findWith(s *side, pre, post []string) []match {
	var template []element
	for _, w := range pre {
		template = append(template, element{w, -1})
	}
	template = append(template, p.old...)
	for _, w := range post {
		template = append(template, element{w, -1})
	}
	var list []match
	at := make([]int, len(template)+1) // where elements begin
	for i := 0; i < len(s.words) && len(list) < maxMatches && p.left > 0; i++ {
		if first := template[0]; first.hole < 0 && first.text != s.words[i] {
			continue
		}
		end, ok := p.fits(template, s.words, i, 0, at)
		if !ok {
			continue
		}
		at[len(template)] = end
		if m, ok := p.made(s, at[len(pre):]); ok {
			list = append(list, m)
		}
	}
	return list
}

// fits lays the elements from n on over the tokens from i on. It takes of p.left; where
// nothing is left, nothing fits.
func (p *pattern) fits(template []element, words []string, i, n int, at []int) (end int, ok bool) {
	for ; n < len(template); n++ {
		if p.left--; p.left < 0 {
			return 0, false
		}
		at[n] = i
		e := template[n]
		if e.hole < 0 {
			if i >= len(words) || words[i] != e.text {
				return 0, false
			}
			i++
			continue
		}
		depth, is := 0, p.holes[e.hole]
		alone := is.word && n == 0 // nothing says where it begins
		if n > 0 {
			is.most = maxHole
		}
		for k := i; k < len(words) && k-i < is.most && words[k] != "\n"; k++ {
			if alone && !telling(words[k]) || !is.plain && slices.Contains(plain, words[k]) && !literalWords[words[k]] {
				return 0, false
			}
			switch words[k] {
			case "(", "[", "{":
				depth++
			case ")", "]", "}":
				depth--
			}
			if depth < 0 {
				return 0, false
			}
			if depth > 0 {
				continue
			}
			if end, ok := p.fits(template, words, k+1, n+1, at); ok {
				return end, true
			}
		}
		return 0, false
	}
	return i, true
}

// made is what stands in the place of the elements that begin at these tokens. ok is false
// where the change is made already.
func (p *pattern) made(s *side, at []int) (m match, ok bool) {
	holes := make([]string, len(p.holes))
	for n, e := range p.old {
		if e.hole >= 0 {
			holes[e.hole] = s.text[s.list[at[n]].Start:s.list[at[n+1]-1].End]
		}
	}
	indent := indentOf(s, at[p.changes[0].from])
	var b strings.Builder
	from := -1
	end := 0
	for _, c := range p.changes {
		x, y := at[c.from], at[c.to]
		if c.done(s, x, y) {
			return m, false
		}
		start := 0
		if x > 0 {
			start = s.list[x-1].End
		}
		if from < 0 {
			from = start
		} else if start < end {
			return m, false // two changes share white space
		} else {
			b.WriteString(s.text[end:start])
		}
		lead, trail := s.gap(x), s.gap(y)
		end = len(s.text)
		if y < len(s.list) {
			end = s.list[y].Start
		}
		if len(c.parts) == 0 {
			switch gap := c.gaps[0]; gap {
			case c.lead:
				b.WriteString(lead)
			case c.trail:
				b.WriteString(trail)
			default:
				b.WriteString(p.rebase(gap, indent))
			}
			continue
		}
		for i, part := range c.parts {
			gap := p.rebase(c.gaps[i], indent)
			if i == 0 && alike(c.gaps[0], c.lead) {
				gap = lead
			}
			b.WriteString(gap)
			if part.hole >= 0 {
				b.WriteString(holes[part.hole])
			} else {
				b.WriteString(part.text)
			}
		}
		if gap := c.gaps[len(c.parts)]; alike(gap, c.trail) {
			b.WriteString(trail)
		} else {
			b.WriteString(p.rebase(gap, indent))
		}
	}
	if s.text[from:end] == b.String() {
		return m, false
	}
	return trim(match{from, end, b.String()}, s.text), true
}

// alike tells of white space within a line that is there in both or in none: how much of it
// there is may be for show.
func alike(a, b string) bool {
	return a == b || a != "" && b != "" && !strings.Contains(a+b, "\n") && strings.Trim(a+b, " \t") == "" && !strings.HasPrefix(a+b, "\t")
}

// done tells whether what a change puts in is there already.
func (c *replaced) done(s *side, x, y int) bool {
	if c.from != c.to || len(c.parts) == 0 {
		return false
	}
	same := func(from int) bool {
		if from < 0 || from+len(c.parts) > len(s.words) {
			return false
		}
		for i, part := range c.parts {
			if part.hole >= 0 || part.text != s.words[from+i] {
				return false
			}
		}
		return true
	}
	return same(x) || same(y-len(c.parts))
}

// rebase gives white space that begins a line the indentation of another place.
func (p *pattern) rebase(gap, indent string) string {
	i := strings.LastIndexByte(gap, '\n') + 1
	if i == 0 && !strings.HasPrefix(gap, p.indent) || p.indent == indent || p.indent == "" && i == 0 {
		return gap
	}
	if rest, ok := strings.CutPrefix(gap[i:], p.indent); ok && (i > 0 || p.indent != "") {
		return gap[:i] + indent + rest
	}
	return gap
}

// trim leaves out of a match what stays as it is.
func trim(m match, text string) match {
	old := text[m.start:m.end]
	n := 0
	for n < len(old) && n < len(m.text) && old[n] == m.text[n] {
		n++
	}
	for n > 0 && (n < len(old) && !utf8.RuneStart(old[n]) || n < len(m.text) && !utf8.RuneStart(m.text[n])) {
		n--
	}
	k := 0
	for k < len(old)-n && k < len(m.text)-n && old[len(old)-1-k] == m.text[len(m.text)-1-k] {
		k++
	}
	for k > 0 && !utf8.RuneStart(old[len(old)-k]) {
		k--
	}
	return match{m.start + n, m.end - k, m.text[n : len(m.text)-k]}
}

// findParts are the words that have the part.
func (p *pattern) findParts(s *side) []match {
	old, new := p.changes[0].word[0], p.changes[0].word[1]
	var list []match
	for i, w := range s.words {
		for from := 0; ; {
			j := strings.Index(w[from:], old)
			if j < 0 || len(list) >= maxMatches {
				break
			}
			j += from
			if partBegins(w, j) && partBegins(w, j+len(old)) {
				at := s.list[i].Start + j
				list = append(list, match{at, at + len(old), new})
			}
			from = j + len(old)
		}
	}
	return list
}
