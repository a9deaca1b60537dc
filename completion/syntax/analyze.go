package syntax

import (
	"regexp"
	"strings"

	sitter "github.com/smacker/go-tree-sitter"

	"github.com/airside-ls/airside/completion/syntax/lang"
)

// sight is what a tree says of a place in its document: all that is needed of
// the tree, which may be far away.
type sight struct {
	hasError, errorNear bool
	imports             []Range
	scopes              []Scope      // outermost first
	place               surroundings // the scanner's, or the tree's where it knows better
}

// look is what the tree of d, brought up to date, has to say of the place at
// offset. ok is false where there is none, or it would take too long.
func (c *store) look(d Document, offset int) (s sight, ok bool) {
	l := languageOf(d.Language)
	p := c.scan(l, d, offset)
	t := c.tree(d, p.repairAt(l, d.Text, offset))
	if t == nil {
		return sight{}, false
	}
	defer t.close()
	path := t.path(offset)
	s = sight{hasError: t.RootNode().HasError(), errorNear: errorNear(l, t, path), imports: t.imports(), scopes: enclosingByTree(l, t, offset)}
	p.correct(l, t, path, offset, s.errorNear)
	p.markup = p.inMarkup(l, path)
	s.place = p
	return s, true
}

// analyze looks at offset in text, with the help of what a tree says of it, nil
// without one.
func analyze(l *language, s *sight, text string, offset int) Analysis {
	a := Analysis{Parsed: s != nil}
	line := text[lineStart(text, offset):offset]
	a.Indent = indentationOf(line)
	a.IndentUnit = indentUnit(text, offset, l.Indent)
	var p surroundings
	if s != nil {
		a.HasError, a.ErrorNear, a.Imports = s.hasError, s.errorNear, s.imports
		a.Enclosing, p = s.scopes, s.place
	} else {
		p = scanPlace(&l.Lexis, text, offset)
		a.Imports = importLines(text)
	}
	a.InString = p.mode == inString
	a.InComment = p.mode == inLineComment || p.mode == inBlockComment
	// Half-written code often swallows its surroundings in the tree, and a block
	// without its end takes the next one's: then the error is far away.
	if s == nil || a.ErrorNear || a.HasError && l.Closers != nil {
		if byIndent := enclosingByIndent(l, text, offset, p); s == nil || len(byIndent) > len(a.Enclosing) {
			a.Enclosing = byIndent
		}
	}
	a.Multiline, a.Reason = multiline(l, text, offset, p, a)
	a.end = newEndings(l, text, offset, p, a)
	return a
}

// errorNear tells whether the innermost declaration on path has a syntax
// error, or the file when path is outside of any.
func errorNear(l *language, t *tree, path []*sitter.Node) bool {
	for i := len(path) - 1; i >= 0; i-- {
		if l.classIn(t.text, path[i]).scope != "" {
			return path[i].HasError()
		}
	}
	if len(path) > 0 {
		return path[0].HasError()
	}
	return t.RootNode().HasError()
}

// correct has the tree overrule the scanner as to strings and comments. A tree
// without an error knows better: apostrophes in JSX, slashes, lifetimes.
func (p *surroundings) correct(l *language, t *tree, path []*sitter.Node, offset int, errorNear bool) {
	for i := len(path) - 1; i >= 0; i-- {
		class := l.class(path[i])
		if (class.comment || class.str) && startIn(t.text, path[i]) >= offset {
			continue
		}
		switch {
		case class.embedded:
			p.mode = inCode
			return
		case class.comment:
			if p.mode != inLineComment && p.mode != inBlockComment {
				p.mode = inLineComment
			}
			return
		case class.str && !path[i].HasError():
			if p.mode != inString {
				end := int(path[i].EndByte())
				p.mode, p.quote = inString, quote{Close: t.text[end-1 : end], Flags: lang.Escapes | lang.Lines}
			}
			return
		}
	}
	// A line comment that ends here does not hold the place strictly inside.
	if !errorNear && p.mode != inLineComment {
		p.mode = inCode
	}
}

// inMarkup tells whether the innermost thing around the place is an element.
func (p *surroundings) inMarkup(l *language, path []*sitter.Node) bool {
	for i := len(path) - 1; i >= 0; i-- {
		if l.class(path[i]).markup {
			n := len(p.open)
			return n == 0 || p.open[n-1].pos < int(path[i].StartByte())
		}
	}
	return false
}

// maxGap is how many nodes at the top of a file without an import end the
// search for more of them.
const maxGap = 64

// imports returns the lines of the header, neighbours joined.
func (t *tree) imports() []Range {
	cursor := sitter.NewTreeCursor(t.RootNode())
	defer cursor.Close()
	if !cursor.GoToFirstChild() {
		return nil
	}
	var list []Range
	defer func() {
		for i, r := range list {
			list[i] = Range{t.repaired.original(r.Start), t.repaired.original(r.End)}
		}
	}()
	for gap := 0; gap < maxGap; gap++ {
		node := cursor.CurrentNode()
		class := t.language.classIn(t.text, node)
		start, end := startIn(t.text, node), int(node.EndByte())
		if class.imports || class.requires && callsRequire(t.text[start:end]) {
			if node.HasError() {
				end = headerEnd(t.text, start, end) // it may have swallowed what follows
			}
			list = appendLines(list, t.text, start, end)
			gap = 0
		}
		if class.section && cursor.GoToFirstChild() {
			continue
		}
		for !cursor.GoToNextSibling() {
			if !cursor.GoToParent() {
				return list
			}
		}
	}
	return list
}

var requireCall = regexp.MustCompile(`= require\s*[("']`)

// callsRequire tells whether a declaration imports the way of CommonJS, or of
// Lua.
func callsRequire(declaration string) bool {
	const longest = 300
	return len(declaration) < longest && requireCall.MatchString(declaration)
}

// headerEnd returns the end of the lines that belong to the one at start by
// their indentation or a closing bracket, end at most.
func headerEnd(text string, start, end int) int {
	at := nextLine(text, start)
	for at < end && strings.IndexByte(" \t)}", text[at]) >= 0 {
		at = nextLine(text, at)
	}
	return min(at, end)
}

// appendLines appends the whole lines of [start, end), without the last line
// break, and joins them to lines directly above.
func appendLines(list []Range, text string, start, end int) []Range {
	start, end = lineStart(text, start), max(start, end)
	if trimmed := strings.TrimRight(text[start:end], " \t\r\n"); trimmed != "" {
		end = start + len(trimmed)
	}
	end = lineEnd(text, end)
	if n := len(list); n > 0 && start <= list[n-1].End+len("\r\n\r\n") && isBlank(text[min(list[n-1].End, start):start]) {
		list[n-1].End = max(end, list[n-1].End)
		return list
	}
	return append(list, Range{start, end})
}

func clamp(offset, n int) int { return max(0, min(offset, n)) }
