package rules

import (
	"regexp"
	"strings"

	"github.com/airside-ls/airside/completion/review/finding"
)

var (
	todoWord = regexp.MustCompile(`^\s*[-*]?\s*(TODO|FIXME)\b`)
	// owned is how people write who or what a TODO belongs to: TODO(name),
	// TODO @name, TODO name:, an issue, a link.
	owned = regexp.MustCompile(`(?:TODO|FIXME)\s*(?:\([^)]+\)|\[[^\]]+\]|<[^>]+>|@\w|[\w.-]+:\s)|(?:^|[\s(])#\d+|\b[A-Z][A-Z0-9]+-\d+\b|https?://|\b(?:issue|bug|ticket|GH-?)\s*#?\d+|\b\d{4}-\d\d\b|@\w{2,}`)
	// oldTodo is one in a text before the change.
	oldTodo = regexp.MustCompile(`(?m)(?://|#|/?\*|--|;)\s*(?:TODO|FIXME)\b(?:[^(\n][^\n]*)?$`)
	// lineComment begins a comment where there is no tree.
	lineComment = regexp.MustCompile(`^\s*(?://|#+|--|;+|\*|<!--)`)
)

// todos finds a TODO that names nobody and nothing: neither a person nor an
// issue. Where a file has some already, that is how it is done there.
func todos(c *change) {
	if c.kind.fixture || c.kind.generated || c.kind.prose || !strings.Contains(c.text, "TODO") && !strings.Contains(c.text, "FIXME") {
		return
	}
	for _, m := range oldTodo.FindAllString(string(c.file.Old), -1) {
		if !owned.MatchString(m) {
			return
		}
	}
	report := func(start int, text, around string) {
		if m := todoWord.FindStringSubmatchIndex(text); m != nil && !owned.MatchString(around) && c.changed(start+m[2], start+m[3]) {
			c.report(finding.Finding{Start: start + m[2], End: start + len(text), Severity: finding.Hint, Category: "todo",
				Message: text[m[2]:m[3]] + " without an owner: name a person or an issue"})
		}
	}
	if _, ok := c.tree(); ok {
		for _, g := range c.comments() {
			for i, l := range g.lines {
				const reach = 4 // lines of one remark
				var around strings.Builder
				for _, next := range g.lines[i:min(len(g.lines), i+reach)] {
					around.WriteString(next.text + "\n")
				}
				if !c.moved(c.lineText(l.start)) {
					report(l.start, l.text, around.String())
				}
			}
		}
		return
	}
	c.lines(func(l line) {
		const longest = 500
		if len(l.text) > longest || c.moved(l.text) || c.language == "" {
			return
		}
		if m := lineComment.FindStringIndex(l.text); m != nil {
			report(l.start+m[1], l.text[m[1]:], l.text)
		}
	})
}

// lineText returns the line that holds an offset.
func (c *change) lineText(offset int) string {
	start := strings.LastIndexByte(c.text[:offset], '\n') + 1
	if i := strings.IndexByte(c.text[start:], '\n'); i >= 0 {
		return c.text[start : start+i]
	}
	return c.text[start:]
}
