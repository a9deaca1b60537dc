package merge

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/airside-ls/airside/completion/syntax"
)

// Proposal is a text that the second look made where lines alone conflict. It
// is what a person would probably do, and for a person to see: that it parses
// and keeps what both sides wrote is certain, that it means what they meant is
// not.
type Proposal struct {
	Text      []byte       // with markers around what is left
	Resolved  []Resolution // by line
	Left      []Span       // what is left to a person
	Conflicts int          // how many that are, as git counts them
}

// Span is a part of a proposal, from 1, both included.
type Span struct{ StartLine, EndLine int }

// Resolution is one part of a proposal that lines alone could not settle.
type Resolution struct {
	Rule               string // for people: "additions to imports"
	StartLine, EndLine int    // of the proposal, from 1, both included
	From               string // the merge in which people did it so; "" where nobody did
}

// maxSecondLook bounds the sources, in bytes: their trees take 30 times that.
const maxSecondLook = 1 << 20

// LookLimits are the limits of the trees of a second look: nobody types meanwhile, and
// an answer that depends on how busy the machine is would differ between two clones.
var LookLimits = syntax.Limits{ParseTime: 10 * time.Second}

// SecondLook settles what Text leaves in conflict, by syntax and by what lines say:
// additions to a list whose order does not matter, changes to different parts of one
// statement, and changes of which one is to the formatting alone. All of the file is
// tried at once, then each conflict by itself; what cannot be settled keeps its markers,
// which o describes. ok is false where lines do not conflict, where nothing was settled,
// and where the outcome fails a check or ctx ends, which is seen before each conflict:
// then nothing is said of the texts. With the sides swapped it says the same, up to the
// order of what both added.
//
// What people settled before, in known, goes before all that is worked out here; nil is
// nothing.
func SecondLook(ctx context.Context, path string, base, ours, theirs []byte, trees *syntax.Cache, o TextOptions, known *Recorded) (proposal Proposal, ok bool) {
	for _, src := range [][]byte{base, ours, theirs} {
		if _, ok := document(path, src); !ok || hasMarkers(src) {
			return Proposal{}, false
		}
	}
	o.Favor = FavorNone
	if Text(base, ours, theirs, o).Conflicts == 0 {
		return Proposal{}, false
	}
	if ctx.Err() != nil {
		return Proposal{}, false
	}
	if known.knowsAny(base, ours, theirs) {
		return byHunks(ctx, path, base, ours, theirs, trees, o, known)
	}
	if proposal, ok = asWhole(path, base, ours, theirs, trees); ok {
		return proposal, true
	}
	return byHunks(ctx, path, base, ours, theirs, trees, o, nil)
}

// asWhole settles all conflicts of a text at once: by taking an edit in the format that the
// other side changed, or by the tree.
func asWhole(path string, base, ours, theirs []byte, trees *syntax.Cache) (proposal Proposal, ok bool) {
	chunks := diff3(base, ours, theirs)
	for _, c := range chunks {
		if c.Conflict && forPeople(path, Hunk{c.Base, c.Ours, c.Theirs}) {
			return Proposal{}, false
		}
	}
	if text, ok := inFormat(base, ours, theirs); ok && fit(path, base, ours, theirs, text, trees) {
		return Proposal{Text: text, Resolved: settledBy(ruleIndent, chunks, text)}, true
	}
	whole, ok := byTree(path, base, ours, theirs, trees)
	if !ok || !eitherWay(path, base, ours, theirs, trees) || mixes(whole.Text, base, ours, theirs) || !whole.adds() && !keepsLines(chunks, whole.Text) {
		return Proposal{}, false
	}
	whole.Text = inColumns(path, base, ours, theirs, whole.Text)
	return whole, true
}

// settledBy says where a text has what became of each conflict: of all of it, if that
// cannot be told.
func settledBy(rule string, chunks []Chunk, text []byte) (list []Resolution) {
	outcomes, ok := outcomesIn(chunks, text, false)
	if !ok {
		return []Resolution{{Rule: rule, StartLine: 1, EndLine: max(1, bytes.Count(text, []byte("\n")))}}
	}
	line := 1
	for _, c := range chunks {
		piece := c.Merged
		if c.Conflict {
			piece, outcomes = outcomes[0], outcomes[1:]
		}
		n := bytes.Count(piece, []byte("\n"))
		if c.Conflict {
			list = append(list, Resolution{Rule: rule, StartLine: line, EndLine: max(line, line+n-1)})
		}
		line += n
	}
	return list
}

// fit tells whether a merge of lines is as sound as the sides are, with nothing twice.
func fit(path string, base, ours, theirs, merged []byte, trees *syntax.Cache) bool {
	h := &hunkwise{path: path, trees: trees}
	if mixes(merged, base, ours, theirs) || len(linesTwice(base, ours, theirs, merged, telling)) > 0 || !h.once(merged, ours, theirs) {
		return false
	}
	n, known := h.errors(merged)
	if !known || n == 0 {
		return true
	}
	before, _ := h.errors(ours)
	after, _ := h.errors(theirs)
	return before > 0 && after > 0 && n <= max(before, after)
}

// adds tells whether all that was settled are additions of both sides to lists, which may
// have their own order.
func (p Proposal) adds() bool {
	return !slices.ContainsFunc(p.Resolved, func(r Resolution) bool { return !strings.HasPrefix(r.Rule, ruleAdded) })
}

// keepsLines tells whether a merge has, around the conflicts, what lines alone merge: what
// nobody disagrees on is not for the tree to decide, which knows nothing of a comma or of
// white space that a side alone put there.
func keepsLines(chunks []Chunk, merged []byte) bool {
	_, ok := outcomesIn(chunks, merged, false)
	return ok
}

// eitherWay tells whether the sides, swapped, are merged by their trees as well: what a
// teammate's clone leaves in conflict is left here.
func eitherWay(path string, base, ours, theirs []byte, trees *syntax.Cache) bool {
	_, ok := byTree(path, base, theirs, ours, trees)
	return ok
}

// byTree merges all of a text by its tree. ok is false where anything is left in
// conflict, and wherever the outcome fails a check: base, ours, theirs and the outcome
// parse without errors, every word that a side added is there as often as the sides
// added it, what a side deleted is gone, and nothing is declared twice that neither side
// had twice.
func byTree(path string, base, ours, theirs []byte, trees *syntax.Cache) (proposal Proposal, ok bool) {
	l := languageOf(path)
	if l == nil {
		return Proposal{}, false
	}
	sources := [][]byte{base, ours, theirs}
	sides, ok := parseAll(path, trees, sources...)
	if !ok {
		return Proposal{}, false
	}
	m := &structured{language: l}
	var roots nodeTriple
	for i := range sides {
		sides[i].root = l.lifted(sides[i], sides[i].root)
		m.sides[i], roots[i] = sides[i], sides[i].root
	}
	if !m.merge(roots, nodeTriple{}) || m.clash || len(m.settled) == 0 {
		return Proposal{}, false
	}
	merged, ok := parseAll(path, trees, m.out)
	if !ok || !l.accept(m, merged[0]) {
		return Proposal{}, false
	}
	if twice := linesTwice(base, ours, theirs, m.out, telling); len(twice) > 0 && slices.ContainsFunc(m.settled, func(s ruledPart) bool { return !ofItems(s.rule) }) {
		return Proposal{}, false
	}
	proposal.Text = m.out
	for _, s := range m.settled {
		proposal.Resolved = append(proposal.Resolved, Resolution{Rule: s.rule, StartLine: lineAt(m.out, s.start), EndLine: lineAt(m.out, max(s.start, s.end-1))})
	}
	slices.SortStableFunc(proposal.Resolved, func(a, b Resolution) int { return cmp.Compare(a.StartLine, b.StartLine) })
	return proposal, true
}

// lifted moves comments from the end of some nodes behind them, where they
// stand on lines of their own after an empty one: they belong to what follows.
func (l *language) lifted(p parsedSource, n syntax.Node) syntax.Node {
	if len(l.Merge.Lift) == 0 || len(n.Children) == 0 {
		return n
	}
	var children []syntax.Node
	for _, c := range n.Children {
		c = l.lifted(p, c)
		var comments []syntax.Node
		for slices.Contains(l.Merge.Lift, c.Type) && len(c.Children) > 1 {
			k := len(c.Children) - 1
			for k > 0 && c.Children[k].IsComment() && k > 1 && c.Children[k-1].IsComment() && !emptyLine(p, c.Children[k-1], c.Children[k]) {
				k--
			}
			if !c.Children[k].IsComment() || !emptyLine(p, c.Children[k-1], c.Children[k]) {
				break
			}
			comments = append(slices.Clone(c.Children[k:]), comments...)
			c.Children = c.Children[:k]
			c.End = c.Children[k-1].End
		}
		children = append(append(children, c), comments...)
	}
	n.Children = children
	return n
}

// emptyLine tells whether an empty line is between two nodes.
func emptyLine(p parsedSource, a, b syntax.Node) bool {
	between := bytes.TrimRight(p.src[a.Start:a.End], " \t\r\n")
	end := a.Start + len(between)
	return b.Start >= end && bytes.Count(p.src[end:b.Start], []byte("\n")) > 1
}

// hasMarkers tells whether a text has conflict markers in it.
func hasMarkers(src []byte) bool {
	for line := range bytes.Lines(src) {
		if bytes.HasPrefix(line, []byte("<<<<<<< ")) || bytes.HasPrefix(line, []byte(">>>>>>> ")) {
			return true
		}
	}
	return false
}

// accept holds the outcome against the sides.
func (l *language) accept(m *structured, merged parsedSource) bool {
	if hasMarkers(merged.src) {
		return false
	}
	valid := func(p parsedSource) bool { return l.Parse(string(p.src)) == nil }
	if l.Parse != nil && valid(m.sides[inBase]) && valid(m.sides[inOurs]) && valid(m.sides[inTheirs]) && !valid(merged) {
		return false
	}
	four := [4]parsedSource{m.sides[inBase], m.sides[inOurs], m.sides[inTheirs], merged}
	var tokens, lines [4]map[string]int
	for i, p := range four {
		tokens[i], lines[i] = map[string]int{}, map[string]int{}
		for _, t := range p.tokens(nil, p.root) {
			tokens[i][t]++
		}
		for line := range strings.Lines(string(p.src)) {
			lines[i][strings.TrimRight(strings.TrimSpace(line), ",;")]++
		}
		delete(tokens[i], ",") // a list that becomes longer needs more of them
		delete(lines[i], "")
	}
	if !accounted(tokens) {
		return false
	}
	// Where parts of one line come from both sides, neither has that line.
	if !slices.ContainsFunc(m.settled, func(s ruledPart) bool { return s.withinLine(merged.src) }) && !accounted(lines) {
		return false
	}
	merged.root = l.lifted(merged, merged.root)
	twice := l.twice(merged, false)
	for key := range twice {
		_, ours := l.twice(four[inOurs], false)[key]
		_, theirs := l.twice(four[inTheirs], false)[key]
		if !ours && !theirs {
			return false
		}
	}
	return true
}

// withinLine tells whether a rule made less than whole lines, separators aside.
func (s ruledPart) withinLine(src []byte) bool {
	if s.rule == ruleParts || s.rule == ruleFormat {
		return true
	}
	before := src[1+bytes.LastIndexByte(src[:s.start], '\n') : s.start]
	after, _, _ := bytes.Cut(src[s.end:], []byte("\n"))
	return !blank(string(before)) || !blank(strings.TrimLeft(string(after), ",;"))
}

// accounted tells whether the counts of a merge are those of base with what
// each side added and took away. What both did may have been the same.
func accounted(counts [4]map[string]int) bool {
	keys := map[string]bool{}
	for _, c := range counts {
		for key := range c {
			keys[key] = true
		}
	}
	for key := range keys {
		base := counts[inBase][key]
		ours, theirs, merged := counts[inOurs][key]-base, counts[inTheirs][key]-base, counts[3][key]-base
		low, high := ours+theirs, ours+theirs
		switch {
		case ours > 0 && theirs > 0:
			low = max(ours, theirs)
		case ours < 0 && theirs < 0:
			high = min(ours, theirs)
		}
		if merged < low || merged > high {
			return false
		}
	}
	return true
}
