package rules

import (
	"slices"
	"sort"
	"strings"
	"unicode"

	"github.com/airside-ls/airside/completion/review/diff"
	"github.com/airside-ls/airside/completion/review/finding"
	"github.com/airside-ls/airside/completion/syntax"
	"github.com/airside-ls/airside/completion/syntax/lang"
)

// change is a changed file as the rules see it. The texts are parsed when the
// first of them asks for a tree.
type change struct {
	file     diff.File
	text     string
	language string // LSP language identifier, "" for one that is not known
	lang     *lang.Language
	kind     fileKind
	trees    *syntax.Cache

	starts  []int          // offsets of the lines
	spans   []syntax.Range // the changed lines, in order, each of one hunk
	edges   []syntax.Range // the lines around each place where lines were only taken out
	removed map[string]int // lines taken out, without the space around them, and how often

	now, before lazyTree
	remarks     []comment // see comments
	remarked    bool
	fixes       int // checked so far
	found       []finding.Finding
}

// lazyTree is a tree that is made when it is asked for.
type lazyTree struct {
	root  syntax.Node
	ok    bool // there is one
	asked bool
}

func newChange(file diff.File, trees *syntax.Cache) *change {
	c := &change{file: file, text: string(file.New), trees: trees}
	c.lang, c.language = lang.OfFile(file.Path)
	c.kind = kindOf(file.Path, c.text, c.lang)
	c.starts = lineStarts(c.text)
	old := string(file.Old)
	oldStarts := lineStarts(old)
	c.removed = map[string]int{}
	for _, h := range file.Hunks {
		if r := lineRange(c.text, c.starts, h.NewStart, h.NewLines); r.Start < r.End && (len(c.spans) == 0 || r.Start >= c.spans[len(c.spans)-1].End) {
			c.spans = append(c.spans, r)
		}
		if h.NewLines == 0 && len(c.starts) > 0 {
			first := max(1, min(h.NewStart, len(c.starts)))
			r := lineRange(c.text, c.starts, first, min(2, len(c.starts)-first+1))
			if h.NewStart == 0 {
				r = lineRange(c.text, c.starts, 1, 1)
			}
			if n := len(c.edges); n == 0 || r.Start >= c.edges[n-1].Start {
				c.edges = append(c.edges, r)
			}
		}
		r := lineRange(old, oldStarts, h.OldStart, h.OldLines)
		for line := range strings.Lines(old[r.Start:r.End]) {
			c.removed[strings.TrimSpace(line)]++
		}
	}
	return c
}

// lineStarts returns the offsets at which the lines of text begin. A line ends
// with "\n".
func lineStarts(text string) []int {
	starts := make([]int, 0, 1+strings.Count(text, "\n"))
	for at := 0; at < len(text); {
		starts = append(starts, at)
		i := strings.IndexByte(text[at:], '\n')
		if i < 0 {
			break
		}
		at += i + 1
	}
	return starts
}

// lineRange returns the bytes of n lines from the one numbered first.
func lineRange(text string, starts []int, first, n int) syntax.Range {
	if first < 1 || n <= 0 || first > len(starts) {
		return syntax.Range{}
	}
	end := len(text)
	if last := first - 1 + n; last > 0 && last < len(starts) {
		end = starts[last]
	}
	return syntax.Range{Start: starts[first-1], End: end}
}

// tree returns the tree of the new text. ok is false where there is none.
func (c *change) tree() (root *syntax.Node, ok bool) {
	return c.now.get(c.trees, c.language, c.file.New)
}

// oldTree returns the tree of the text before the change.
func (c *change) oldTree() (root *syntax.Node, ok bool) {
	if c.file.Old == nil {
		return nil, false
	}
	return c.before.get(c.trees, c.language, c.file.Old)
}

func (l *lazyTree) get(trees *syntax.Cache, language string, text []byte) (*syntax.Node, bool) {
	if !l.asked && trees != nil && language != "" {
		l.root, l.ok = trees.Nodes(syntax.Document{Language: language, Text: string(text)})
	}
	l.asked = true
	return &l.root, l.ok
}

// changed tells whether the bytes from start to end touch a changed line.
func (c *change) changed(start, end int) bool { return touches(c.spans, start, end) }

// affected tells whether they touch one, or stand beside lines that were taken
// out.
func (c *change) affected(start, end int) bool {
	return touches(c.spans, start, end) || touches(c.edges, start, end)
}

// touches tells whether one of the ranges, which are in order, has a byte from
// start on and before end.
func touches(ranges []syntax.Range, start, end int) bool {
	i := sort.Search(len(ranges), func(i int) bool { return ranges[i].End > start })
	return i < len(ranges) && ranges[i].Start < max(end, start+1)
}

// line is one line of the new text.
type line struct {
	start int
	text  string // without the line end
}

// lines calls visit with each changed line.
func (c *change) lines(visit func(line)) {
	for _, r := range c.spans {
		at := r.Start
		for text := range strings.Lines(c.text[r.Start:r.End]) {
			visit(line{at, strings.TrimRight(text, "\r\n")})
			at += len(text)
		}
	}
}

// nodes calls visit with each node that touches a changed line, parents first.
// Above are the nodes that hold it, outermost first; they are good for the call
// alone. Where visit returns false, what is below is left out.
func (c *change) nodes(visit func(n *syntax.Node, above []*syntax.Node) bool) {
	root, ok := c.tree()
	if !ok {
		return
	}
	var above []*syntax.Node
	var walk func(n *syntax.Node)
	walk = func(n *syntax.Node) {
		if !c.changed(n.Start, n.End) || !visit(n, above) {
			return
		}
		above = append(above, n)
		for i := range n.Children {
			walk(&n.Children[i])
		}
		above = above[:len(above)-1]
	}
	walk(root)
}

// code returns the text of a node.
func (c *change) code(n *syntax.Node) string { return c.text[n.Start:n.End] }

// moved tells whether a line of this text was taken out elsewhere in the file:
// it was indented anew or moved, and is nothing new.
func (c *change) moved(text string) bool { return c.removed[strings.TrimSpace(text)] > 0 }

// lineAt returns the index of the line that holds an offset.
func (c *change) lineAt(offset int) int {
	i, exact := slices.BinarySearch(c.starts, offset)
	if !exact {
		i--
	}
	return max(i, 0)
}

// wholeLines widens a range to its lines, with their line ends. ok is false
// when they hold anything else.
func (c *change) wholeLines(start, end int) (r syntax.Range, ok bool) {
	r.Start = strings.LastIndexByte(c.text[:start], '\n') + 1
	r.End = len(c.text)
	if i := strings.IndexByte(c.text[end:], '\n'); i >= 0 {
		r.End = end + i + 1
	}
	return r, strings.TrimSpace(c.text[r.Start:start]) == "" && strings.TrimSpace(c.text[end:r.End]) == ""
}

// report keeps a finding, of which it fills in what follows from the range. One
// that the change does not affect is not kept.
func (c *change) report(f finding.Finding) {
	if f.Start < 0 || f.End > len(c.text) || f.Start >= f.End || !c.affected(f.Start, f.End) {
		return
	}
	f.Path, f.Source, f.Message = c.file.Path, finding.Rule, plain(f.Message)
	f.Quote = c.text[f.Start:f.End]
	f.StartLine, f.EndLine = c.lineAt(f.Start)+1, c.lineAt(f.End-1)+1
	c.found = append(c.found, f)
}

// plain makes one line of a message, which may quote the text.
func plain(message string) string {
	const longest = 300
	message = strings.ToValidUTF8(message[:min(len(message), longest)], "?")
	return strings.Join(strings.FieldsFunc(message, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}

// has tells whether something of a category was reported.
func (c *change) has(category string) bool {
	return slices.ContainsFunc(c.found, func(f finding.Finding) bool { return f.Category == category })
}

// maxFixes bounds the fixes of a file, each of which is parsed. Whoever has
// more of them to apply runs the review once more.
const maxFixes = 32

// fix returns a proposal for the bytes from start to end, nil when the text
// would not parse as it did.
func (c *change) fix(start, end int, with string) *string {
	if _, ok := c.tree(); !ok || c.fixes >= maxFixes {
		return nil
	}
	c.fixes++
	if breaks, _ := c.trees.Judge().Breaks(syntax.Document{Language: c.language, Text: c.text}, syntax.Range{Start: start, End: end}, with); breaks {
		return nil
	}
	return &with
}

// nameUnits tells of each finding the declaration that it stands in.
func (c *change) nameUnits() {
	if len(c.found) == 0 {
		return
	}
	root, ok := c.tree()
	if !ok {
		return
	}
	for i := range c.found {
		c.found[i].Unit = c.unitAt(root, c.found[i].Start)
	}
}

// unitAt returns the name of the innermost declaration around an offset.
func (c *change) unitAt(n *syntax.Node, offset int) (name string) {
	for {
		i := sort.Search(len(n.Children), func(i int) bool { return n.Children[i].End > offset })
		if i == len(n.Children) || n.Children[i].Start > offset {
			return name
		}
		n = &n.Children[i]
		if own := child(n, "name"); own != nil && declares(n.Type) {
			name = c.code(own)
		}
	}
}

// declares tells whether a kind of node declares what a person thinks of as a
// unit: a function or a type, not a variable.
func declares(kind string) bool {
	for _, word := range []string{"function", "method", "constructor", "class", "struct", "interface", "trait", "enum", "record", "object", "module", "namespace", "impl", "type_spec", "protocol"} {
		if strings.Contains(kind, word) {
			return !strings.Contains(kind, "call") && !strings.Contains(kind, "invocation")
		}
	}
	return false
}

// child returns the first child of n in a field, nil for none.
func child(n *syntax.Node, field string) *syntax.Node {
	for i := range n.Children {
		if n.Children[i].Field == field {
			return &n.Children[i]
		}
	}
	return nil
}
