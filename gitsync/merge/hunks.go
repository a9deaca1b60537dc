package merge

import (
	"bytes"
	"cmp"
	"context"
	"go/format"
	"maps"
	"slices"
	"strings"

	"github.com/airside-ls/airside/completion/syntax"
)

// part is a run of lines of a merge, in order: what each side has there, and what
// became of it.
type part struct {
	base, ours, theirs []byte
	open               bool   // both changed it, and it is not settled
	text               []byte // the outcome, unless it is open
	rule               string // that settled it; "" for what lines alone did
	from               string // the merge in which people settled it so; "" for none
	hands              bool   // it is for a person alone
	above, below       string // the lines around it, "" for none
	blocks             blocks // that its first lines are in
}

// swapped has what ours is as theirs, and the other way around.
func (p part) swapped() part {
	p.ours, p.theirs = p.theirs, p.ours
	p.blocks[inOurs], p.blocks[inTheirs] = p.blocks[inTheirs], p.blocks[inOurs]
	return p
}

// hunkwise settles the conflicts of one text one by one.
type hunkwise struct {
	path  string
	trees *syntax.Cache
	parts []part
}

// maxHunkWork bounds the hunks that are looked at by syntax, times the size of the
// text in bytes: each takes some parses of all of it.
const maxHunkWork = 3 << 20

// byHunks settles what it can of the conflicts in a text, each by itself, and leaves
// markers around the others. ok is false where nothing was settled, and once ctx has ended.
func byHunks(ctx context.Context, path string, base, ours, theirs []byte, trees *syntax.Cache, o TextOptions, known *Recorded) (proposal Proposal, ok bool) {
	h := &hunkwise{path: path, trees: trees}
	// With the base shown, a hunk holds all that either side changed there.
	whole := o
	whole.Style = StyleDiff3
	var tried []int
	chunks := Text(base, ours, theirs, whole).Chunks
	var in blocks
	for i, c := range chunks {
		if ctx.Err() != nil {
			return Proposal{}, false
		}
		around := in
		in = in.after(splitLines(c.Base), splitLines(c.Ours), splitLines(c.Theirs))
		if !c.Conflict {
			h.parts = append(h.parts, part{base: c.Base, ours: c.Ours, theirs: c.Theirs, text: c.Merged})
			continue
		}
		p := part{base: c.Base, ours: c.Ours, theirs: c.Theirs, blocks: around, open: true}
		hunk := Hunk{c.Base, c.Ours, c.Theirs}
		if text, rule, from, ok := known.of(hunk); ok {
			p.open, p.text, p.rule, p.from = false, text, rule, from
			h.parts = append(h.parts, p)
			continue
		}
		if forPeople(path, hunk) {
			p.hands = true
			h.parts = append(h.parts, p)
			continue
		}
		if i > 0 {
			p.above = lastLine(chunks[i-1].Merged)
		}
		if i < len(chunks)-1 {
			p.below = firstLine(chunks[i+1].Merged)
		}
		for _, p := range settleLines(path, p) {
			if !p.open && p.rule != "" {
				tried = append(tried, len(h.parts))
			}
			h.parts = append(h.parts, p)
		}
	}
	h.check(ctx, tried)
	h.bySyntax(ctx, len(ours))
	if ctx.Err() != nil || !h.sound(nil) || h.doubled(base, ours, theirs) || mixes(h.with(oursIn), base, ours, theirs) {
		return Proposal{}, false
	}
	h.format(base, ours, theirs)
	return h.proposal(o)
}

func firstLine(text []byte) string {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	return string(line)
}

func lastLine(text []byte) string {
	text = bytes.TrimSuffix(text, []byte("\n"))
	return string(text[bytes.LastIndexByte(text, '\n')+1:])
}

// with is the text where parts that are open are as pick has them.
func (h *hunkwise) with(pick func(part) []byte) []byte {
	var out []byte
	for _, p := range h.parts {
		if p.open {
			out = append(out, pick(p)...)
		} else {
			out = append(out, p.text...)
		}
	}
	return out
}

func baseIn(p part) []byte   { return p.base }
func oursIn(p part) []byte   { return p.ours }
func theirsIn(p part) []byte { return p.theirs }

// check opens again what lines settled where the text would be less sound with it.
func (h *hunkwise) check(ctx context.Context, tried []int) {
	if len(tried) == 0 || h.sound(tried) {
		return
	}
	settled := slices.Clone(h.parts)
	for _, i := range tried {
		h.parts[i].open = true
	}
	if len(tried)*len(h.with(oursIn)) > maxHunkWork {
		return
	}
	for _, i := range tried {
		if ctx.Err() != nil {
			return
		}
		h.parts[i] = settled[i]
		if !h.sound([]int{i}) {
			h.parts[i].open = true
		}
	}
}

// sound tells whether the text is as sound as the sides: it has no more errors with
// the parts settled than with those of a side in their place, whichever of the sides
// is in the place of what is open. With nil all that a rule settled is meant.
func (h *hunkwise) sound(settled []int) bool {
	if settled == nil {
		for i, p := range h.parts {
			if !p.open && p.rule != "" {
				settled = append(settled, i)
			}
		}
	}
	for _, open := range []func(part) []byte{oursIn, theirsIn} {
		merged, known := h.errors(h.with(open))
		if known && merged > 0 {
			ours, _ := h.errors(h.reopened(open, oursIn, settled))
			theirs, _ := h.errors(h.reopened(open, theirsIn, settled))
			if merged > max(ours, theirs) || merged > 0 && (ours == 0 || theirs == 0) {
				return false
			}
		}
		if !h.once(h.with(open), h.reopened(open, oursIn, settled), h.reopened(open, theirsIn, settled)) {
			return false
		}
	}
	return true
}

// reopened is the text with one side in the place of what is open, and one in that of
// what was settled.
func (h *hunkwise) reopened(open, pick func(part) []byte, settled []int) []byte {
	var out []byte
	for i, p := range h.parts {
		switch {
		case p.open:
			out = append(out, open(p)...)
		case slices.Contains(settled, i):
			out = append(out, pick(p)...)
		default:
			out = append(out, p.text...)
		}
	}
	return out
}

// errors counts the errors of a text; known is false where there is no grammar.
func (h *hunkwise) errors(text []byte) (n int, known bool) {
	d, ok := document(h.path, text)
	if !ok {
		return 0, false
	}
	if l := languageOf(h.path); l != nil && l.Parse != nil {
		if l.Parse(d.Text) != nil {
			return 1, true
		}
		return 0, true
	}
	return h.trees.Judge().Errors(d)
}

// once tells whether nothing is declared twice in a text that is not so in one of the
// sides.
func (h *hunkwise) once(merged, ours, theirs []byte) bool {
	l := languageOf(h.path)
	if l == nil {
		return true
	}
	outcome, ok := parseAll(h.path, h.trees, merged)
	if !ok {
		return true
	}
	twice := l.twice(outcome[0], false)
	if len(twice) == 0 {
		return true
	}
	sides, ok := parseAll(h.path, h.trees, ours, theirs)
	if !ok {
		return false
	}
	for _, side := range sides {
		for key := range l.twice(side, false) {
			delete(twice, key)
		}
	}
	return len(twice) == 0
}

// doubled opens again what has a line twice that both sides brought, in two places: one of
// them moved it, or both did one thing. It tells whether such a line is left where all is
// settled.
func (h *hunkwise) doubled(base, ours, theirs []byte) bool {
	twice := linesTwice(base, ours, theirs, h.with(oursIn), telling)
	maps.Copy(twice, linesTwice(base, ours, theirs, h.with(theirsIn), telling))
	if len(twice) == 0 {
		return false
	}
	has := func(p part) bool {
		for line := range bytes.Lines(p.text) {
			if twice[string(bytes.TrimSpace(line))] {
				return true
			}
		}
		return false
	}
	open := false
	for i := range h.parts {
		p := &h.parts[i]
		trusted := ofItems(p.rule) || p.from != ""
		switch {
		case p.open:
		case trusted:
			for line := range bytes.Lines(p.text) {
				delete(twice, string(bytes.TrimSpace(line)))
			}
		case p.rule != "" && has(*p):
			p.open = true
		}
		open = open || p.open
	}
	return len(twice) > 0 && !open
}

// ofItems tells whether a rule is about items that are known by their names: two of them
// may well have lines that are the same.
func ofItems(rule string) bool {
	switch rule {
	case ruleLines, ruleWords, ruleParts: // which begin alike
		return false
	}
	return strings.HasPrefix(rule, ruleAdded) || strings.HasPrefix(rule, ruleItems)
}

// saidTwice tells whether the outcome of one conflict has a line twice that both sides
// brought there. So near to each other that is no chance, however short the line is.
func saidTwice(p part, outcome []byte) bool {
	return len(linesTwice(p.base, p.ours, p.theirs, outcome, func(line string) bool { return len(wordy([]byte(line))) > 0 })) > 0
}

// linesTwice are the lines that both sides brought, and that a merge has for both, as far
// as they say enough.
func linesTwice(base, ours, theirs, merged []byte, enough func(line string) bool) map[string]bool {
	var counts [4]map[string]int
	for i, text := range [][]byte{base, ours, theirs, merged} {
		counts[i] = map[string]int{}
		for line := range bytes.Lines(text) {
			counts[i][string(bytes.TrimSpace(line))]++
		}
	}
	twice := map[string]bool{}
	for line, n := range counts[3] {
		if counts[inOurs][line] > counts[inBase][line] && counts[inTheirs][line] > counts[inBase][line] &&
			n > max(counts[inOurs][line], counts[inTheirs][line]) && enough(line) {
			twice[line] = true
		}
	}
	return twice
}

// telling tells whether a line says enough that two of it are hardly by chance.
func telling(line string) bool {
	words, letters := 0, 0
	for _, w := range wordsOf(line) {
		if isWordy(w) {
			words++
			letters += len(w)
		}
	}
	return words >= 2 && letters >= 8
}

// bySyntax settles parts that are open by the trees of the text around them.
func (h *hunkwise) bySyntax(ctx context.Context, size int) {
	if languageOf(h.path) == nil {
		return
	}
	open := 0
	for _, p := range h.parts {
		if p.open {
			open++
		}
	}
	for i := range h.parts {
		if ctx.Err() != nil {
			return
		}
		if p := &h.parts[i]; p.open && !p.hands && open*size <= maxHunkWork {
			h.oneBySyntax(i)
		}
	}
}

// oneBySyntax settles the part at an index, with what is open beside it as either side
// has it: both must come to the same, so that it is the same with the sides swapped. Where
// neither parses, the base stands there.
func (h *hunkwise) oneBySyntax(at int) {
	p := &h.parts[at]
	found, ok := h.agreed(at, oursIn, theirsIn)
	if !ok {
		return
	}
	if found.Resolved == nil {
		if found, ok = h.agreed(at, baseIn); !ok || found.Resolved == nil {
			return
		}
	}
	p.open, p.text, p.rule = false, found.Text, found.Resolved[0].Rule
	if !ofItems(p.rule) && saidTwice(*p, p.text) || !h.sound([]int{at}) {
		p.open = true
	}
}

// agreed is the part at an index as the trees settle it, whichever of others stands in
// the other open parts; ok is false where one of them leaves it, or another outcome. It
// is empty, and ok, where the text parses with none of them.
func (h *hunkwise) agreed(at int, others ...func(part) []byte) (found Proposal, ok bool) {
	for _, other := range others {
		one, parses := h.between(at, other)
		switch {
		case !parses:
		case one.Resolved == nil, found.Resolved != nil && !bytes.Equal(found.Text, one.Text):
			return Proposal{}, false
		default:
			found = one
		}
	}
	return found, true
}

// between settles the part at an index with one side, or the base, in the other open
// parts; parses is false where that is no text of the language.
func (h *hunkwise) between(at int, other func(part) []byte) (found Proposal, parses bool) {
	p := h.parts[at]
	var before, after []byte
	only := true
	for i, q := range h.parts {
		text := q.text
		if q.open && i != at {
			text, only = other(q), false
		}
		switch {
		case i < at:
			before = append(before, text...)
		case i > at:
			after = append(after, text...)
		}
	}
	var sides [3][]byte
	for i, text := range [][]byte{p.base, p.ours, p.theirs} {
		sides[i] = slices.Concat(before, text, after)
	}
	if _, ok := parseAll(h.path, h.trees, sides[:]...); !ok && !only {
		return Proposal{}, false
	}
	found, ok := byTree(h.path, sides[inBase], sides[inOurs], sides[inTheirs], h.trees)
	if !ok || !bytes.HasPrefix(found.Text, before) || !bytes.HasSuffix(found.Text[len(before):], after) ||
		!eitherWay(h.path, sides[inBase], sides[inOurs], sides[inTheirs], h.trees) {
		return Proposal{}, true
	}
	found.Text = found.Text[len(before) : len(found.Text)-len(after)]
	return found, true
}

// format keeps the columns of a language that has a formatter, where all sides did:
// what was settled may have changed those of the lines around it.
func (h *hunkwise) format(base, ours, theirs []byte) {
	text := h.with(oursIn)
	lines := splitLines(inColumns(h.path, base, ours, theirs, text))
	for i := range h.parts {
		p := &h.parts[i]
		if p.open {
			lines = lines[len(splitLines(p.ours)):]
			continue
		}
		n := len(splitLines(p.text))
		p.text = slices.Concat(lines[:n]...)
		lines = lines[n:]
	}
}

// inColumns is a merge of Go in the columns of gofmt, where all sides are in them. The
// lines stay what they are.
func inColumns(path string, base, ours, theirs, merged []byte) []byte {
	if !strings.HasSuffix(path, ".go") {
		return merged
	}
	for _, side := range [][]byte{ours, theirs, base} {
		if f, err := format.Source(side); err != nil || !bytes.Equal(f, side) {
			return merged
		}
	}
	formatted, err := format.Source(merged)
	if err != nil || len(splitLines(formatted)) != len(splitLines(merged)) {
		return merged
	}
	return formatted
}

// proposal writes the text down. ok is false where no rule settled anything.
func (h *hunkwise) proposal(o TextOptions) (proposal Proposal, ok bool) {
	var out bytes.Buffer
	start := func() int { return 1 + bytes.Count(out.Bytes(), []byte("\n")) }
	for i := 0; i < len(h.parts); i++ {
		p := h.parts[i]
		from := start()
		if !p.open {
			out.Write(p.text)
			if p.rule != "" {
				proposal.Resolved = append(proposal.Resolved, Resolution{p.rule, from, max(from, start()-1), p.from})
			}
			continue
		}
		r := Text(p.base, p.ours, p.theirs, o)
		if r.Conflicts == 0 {
			// Alone it looks different: then all of it is the conflict.
			r = TextResult{Text: conflictText(p, o), Conflicts: 1}
		}
		out.Write(ended(r.Text, "\n"))
		proposal.Left = append(proposal.Left, Span{from, max(from, start()-1)})
		proposal.Conflicts += r.Conflicts
	}
	proposal.Text = out.Bytes()
	slices.SortStableFunc(proposal.Resolved, func(a, b Resolution) int { return cmp.Compare(a.StartLine, b.StartLine) })
	if len(proposal.Resolved) == 0 {
		return Proposal{}, false
	}
	return proposal, true
}

// conflictText is one conflict with its markers.
func conflictText(p part, o TextOptions) []byte {
	var out bytes.Buffer
	eol := "\n"
	if bytes.HasSuffix(p.ours, []byte("\r\n")) || bytes.HasSuffix(p.theirs, []byte("\r\n")) {
		eol = "\r\n"
	}
	(&threeTexts{o: o}).writeConflict(&out, Chunk{Base: p.base, Ours: p.ours, Theirs: p.theirs}, eol)
	return out.Bytes()
}
