package review

import (
	"slices"
	"strings"

	"github.com/airside-ls/airside/completion/syntax"
	"github.com/airside-ls/airside/completion/syntax/lang"
)

// region is the part of a file that a unit is cut from: a function, a type
// without functions, or what stands between them.
type region struct {
	span
	name string // of the declaration, with that of the one around it: "Server.Serve"
	head span   // the lines of its signature; empty (last < first) for none
	// loose says that it is no declaration: only the surroundings of a change
	// in it are shown.
	loose bool
}

// regions cover all lines of a file, in order.
func (s *source) regions() []region {
	c := regionCutter{source: s}
	c.cut(s.decls, "", span{0, -1})
	c.between(s.lines(), "", span{0, -1})
	c.endings()
	return c.list
}

// endings gives a place where lines were only taken out to the declaration whose
// end they were, where only their indentation tells: in Python it has ended
// before.
func (c *regionCutter) endings() {
	for i := 1; i < len(c.list); i++ {
		before, r := &c.list[i-1], &c.list[i]
		gone := c.removed[r.first]
		if before.loose || !r.loose || c.changed[r.first] || len(gone) == 0 || !isIndented(gone[0]) || isIndented(c.line(r.first)) {
			continue
		}
		before.last++
		if r.first++; r.first > r.last {
			c.list = slices.Delete(c.list, i, i+1)
		}
	}
}

func isIndented(line string) bool {
	return strings.TrimSpace(line) != "" && strings.IndexByte(" \t", line[0]) >= 0
}

type regionCutter struct {
	*source
	list []region
	next int // the first line that has no region yet
}

// cut adds the regions of declarations within one that is called outer.
func (c *regionCutter) cut(decls []syntax.Declaration, outer string, head span) {
	for _, d := range decls {
		at := c.spanOf(d.Whole.Start, d.Whole.End)
		name := d.Name
		if outer != "" && name != "" {
			name = outer + "." + name
		} else if name == "" {
			name = outer
		}
		at.first = max(at.first-c.commentAbove(at.first), c.next)
		if at.last < at.first {
			continue // on the last line of the one before
		}
		own := c.headOf(d)
		if d.Kind != lang.Function && d.Kind != lang.Method && hasFunction(d.Members) {
			c.between(at.first, outer, head)
			c.cut(d.Members, name, own)
			c.between(at.last+1, name, own)
			continue
		}
		c.between(at.first, outer, head)
		c.list = append(c.list, region{span: at, name: name, head: own})
		c.next = at.last + 1
	}
}

// between adds what stands before a line and has no region yet.
func (c *regionCutter) between(until int, name string, head span) {
	if c.next < until {
		c.list = append(c.list, region{span: span{c.next, until - 1}, name: name, head: head, loose: true})
		c.next = until
	}
}

// maxHead bounds a signature that is repeated above a part of its body, in
// lines.
const maxHead = 12

func (c *regionCutter) headOf(d syntax.Declaration) span {
	head := c.spanOf(d.Head.Start, max(d.Head.Start+1, d.Head.End+1))
	return span{head.first, min(head.last, head.first+maxHead-1)}
}

// commentAbove counts the lines of comment and attributes that stand right
// above a line.
func (c *regionCutter) commentAbove(line int) int {
	n := 0
	for line-n-1 >= c.next && isComment(c.line(line-n-1)) {
		n++
	}
	return n
}

// isComment goes by how the line looks: it need only be right nearly always.
func isComment(line string) bool {
	line = strings.TrimSpace(line)
	return slices.ContainsFunc([]string{"//", "#", "/*", "* ", "*/", "--", "@", `"""`}, func(lead string) bool {
		return strings.HasPrefix(line, lead)
	}) || line == "*"
}

func hasFunction(decls []syntax.Declaration) bool {
	return slices.ContainsFunc(decls, func(d syntax.Declaration) bool {
		return d.Kind == lang.Function || d.Kind == lang.Method || hasFunction(d.Members)
	})
}
