package rules

import (
	"fmt"
	"regexp"
	"sort"
	"strings"

	"github.com/airside-ls/airside/completion/review/finding"
	"github.com/airside-ls/airside/completion/syntax"
)

// marker is a line that git writes around what conflicts. The label is a
// branch, a commit with its subject, or one of git's own words.
var marker = regexp.MustCompile(`^(<{7}|\|{7}|={7}|>{7})( \S.*)?$`)

// conflictMarkers finds conflicts that were committed as git left them: all
// three markers in their order, or one that was left behind and breaks the
// syntax. In strings, in comments and in the data of tests they are meant.
func conflictMarkers(c *change) {
	if c.kind.fixture || !strings.Contains(c.text, "<<<<<<<") && !strings.Contains(c.text, ">>>>>>>") {
		return
	}
	type at struct {
		line
		sign byte
	}
	var open, middle *at
	var alone []at
	close := func(m at) {
		l := finding.Finding{
			Start: open.start, End: open.start + len(open.text), Severity: finding.Error, Category: "conflict-marker",
			Message: fmt.Sprintf("a merge conflict is left here, down to line %d: take one side or both and delete the markers", c.lineAt(m.start)+1),
			Related: []finding.Related{
				{Start: middle.start, End: middle.start + len(middle.text), Message: "the other side begins here"},
				{Start: m.start, End: m.start + len(m.text), Message: "the conflict ends here"},
			},
		}
		if !c.changed(l.Start, l.End) { // its end alone is new
			l.Start, l.End, l.Related = m.start, m.start+len(m.text), nil
		}
		c.report(l)
	}
	fence := false
	for i, start := range c.starts {
		end := len(c.text)
		if i+1 < len(c.starts) {
			end = c.starts[i+1]
		}
		if c.kind.prose && strings.HasPrefix(strings.TrimSpace(c.text[start:end]), "```") {
			fence = !fence
		}
		if fence || end-start < 7 || strings.IndexByte("<|=>", c.text[start]) < 0 {
			continue
		}
		m := at{line{start, strings.TrimRight(c.text[start:end], "\r\n")}, c.text[start]}
		if !marker.MatchString(m.text) || c.meant(start) {
			continue
		}
		switch {
		case m.sign == '<':
			if open != nil {
				alone = append(alone, *open)
			}
			open, middle = &m, nil
		case m.sign == '=' && open != nil:
			middle = &m
		case m.sign == '>' && middle != nil:
			close(m)
			open, middle = nil, nil
		case m.sign == '>':
			alone = append(alone, m)
		}
	}
	if open != nil {
		alone = append(alone, *open)
	}
	for _, m := range alone {
		if c.inError(m.start) {
			c.report(finding.Finding{Start: m.start, End: m.start + len(m.text), Severity: finding.Error, Category: "conflict-marker",
				Message: "a marker of a merge conflict is left here: delete it"})
		}
	}
}

// meant tells whether the place is inside a string or a comment that is whole.
func (c *change) meant(offset int) bool {
	return c.within(offset, func(n *syntax.Node) bool {
		return !n.Error && n.Start < offset && (strings.Contains(n.Type, "string") || strings.Contains(n.Type, "comment") || n.Type == "heredoc_body")
	})
}

// inError tells whether the tree cannot place what is at offset.
func (c *change) inError(offset int) bool {
	return c.within(offset, func(n *syntax.Node) bool { return n.Type == "ERROR" })
}

// within tells whether a node around the byte at offset is as asked.
func (c *change) within(offset int, is func(*syntax.Node) bool) bool {
	n, ok := c.tree()
	for ok {
		if is(n) {
			return true
		}
		i := sort.Search(len(n.Children), func(i int) bool { return n.Children[i].End > offset })
		if i == len(n.Children) || n.Children[i].Start > offset {
			return false
		}
		n = &n.Children[i]
	}
	return false
}
