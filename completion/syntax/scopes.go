package syntax

import (
	"regexp"
	"strings"

	sitter "github.com/smacker/go-tree-sitter"

	"github.com/airside-ls/airside/completion/syntax/lang"
)

// enclosingByTree goes by the nodes that hold offset.
func enclosingByTree(l *language, t *tree, offset int) []Scope {
	probe := offset
	if l.Colon || l.Trailing {
		// A body ends with its last statement here, and what is typed below it
		// belongs to it by indentation alone.
		probe = max(0, len(strings.TrimRight(t.text[:offset], " \t\r\n"))-1)
	}
	var list []Scope
	path := t.path(probe)
	for i, node := range path {
		kind := l.classIn(t.text, node).scope
		if kind == "" {
			continue
		}
		s, ok := scopeOf(l, t.text, path[:i+1], kind)
		if !ok || offset < s.Body.Start || !l.Colon && !l.Trailing && offset > s.Body.End || l.Colon && !belongs(t.text, s.Whole, offset) {
			continue
		}
		for _, r := range []*Range{&s.Signature, &s.Body, &s.Whole} {
			*r = Range{t.repaired.original(r.Start), t.repaired.original(r.End)}
		}
		list = append(list, s)
	}
	return list
}

// scopeOf describes the last node of path; ok is false when it has no body.
func scopeOf(l *language, text string, path []*sitter.Node, kind Kind) (s Scope, ok bool) {
	node := path[len(path)-1]
	body, ok := bodyOf(l, text, node)
	if !ok {
		return Scope{}, false
	}
	outer := node
	for i := len(path) - 2; i >= 0 && l.class(path[i]).wrapper; i-- {
		outer = path[i]
	}
	start := lineStart(text, startIn(text, outer))
	s = Scope{
		Kind:  kind,
		Body:  body,
		Whole: Range{start, int(outer.EndByte())},
	}
	s.Signature = Range{start, s.Body.Start}
	if !l.Colon {
		for _, open := range []string{"{", "do", ":"} {
			if strings.HasPrefix(text[s.Body.Start:s.Body.End], open) {
				s.Body.Start += len(open)
				s.Signature.End += len(open)
				break
			}
		}
		for _, shut := range []string{"}", "end"} {
			if strings.HasSuffix(text[s.Body.Start:s.Body.End], shut) {
				s.Body.End -= len(shut)
				break
			}
		}
	} else {
		// Comments may stand between the colon and the body.
		for i := range int(node.ChildCount()) {
			if child := node.Child(i); child.Type() == ":" {
				s.Signature.End = int(child.EndByte())
				s.Body.Start = s.Signature.End
			}
		}
	}
	return s, true
}

// bodyOf returns the body of a declaration, with its brackets; ok is false
// when it has none.
func bodyOf(l *language, text string, node *sitter.Node) (body Range, ok bool) {
	const near = 16 // children are counted through from the first each time
	n := int(node.NamedChildCount())
	for i := n - 1; i >= max(0, n-near); i-- {
		if child := node.NamedChild(i); l.class(child).body {
			return Range{int(child.StartByte()), int(child.EndByte())}, true
		}
	}
	start, end := startIn(text, node), int(node.EndByte())
	if l.Closers != nil || l.Trailing {
		return Range{min(end, headEnd(l, text, start)), end}, true
	}
	for i := range min(near, int(node.ChildCount())) {
		// Some grammars have the members right in the declaration.
		if child := node.Child(i); child.StartByte() < child.EndByte() && text[child.StartByte()] == '{' {
			return Range{int(child.StartByte()), end}, true
		}
	}
	return Range{}, false
}

// headEnd returns the end of the line at start, or of the last one that its
// brackets span.
func headEnd(l *language, text string, start int) int {
	s := newScanner(&l.Lexis, text, start, len(text))
	for depth := 0; ; {
		switch event, _ := s.next(); {
		case event == atOpen:
			depth++
		case event == atClose:
			depth--
		case event == atEnd:
			return len(text)
		case depth <= 0:
			return lineEnd(text, lineStart(text, s.pos-1))
		}
	}
}

// belongs tells whether what is typed at offset is within the declaration
// whole, which was the last thing before, by its indentation.
func belongs(text string, whole Range, offset int) bool {
	start := lineStart(text, offset)
	column := columnOf(text[:offset], start)
	if offset < whole.End && (column == 0 || !isBlank(text[start:offset])) {
		return true
	}
	if !isBlank(text[start:offset]) && strings.IndexByte(text[min(whole.End, offset):offset], '\n') < 0 {
		return true // its last line
	}
	return column > columnOf(text, whole.Start)
}

// Bounds of looking upwards for the lines that enclose a place.
const (
	maxLinesUp  = 3000
	maxBytesUp  = 256 << 10
	maxScopes   = 32
	maxSigLines = 12
)

// enclosingByIndent takes each line above that is indented less than all lines
// below it for one that encloses offset, if it looks like the beginning of a
// declaration.
func enclosingByIndent(l *language, text string, offset int, p surroundings) []Scope {
	var list []Scope
	start := p.statementStart(text, offset)
	below := columnAround(text, offset)
	if line := text[start:offset]; !isBlank(line) {
		below = columnOf(text, start)
	}
	if line := text[start:offset]; opensBlock(l, line) || l.Above != nil && matches(l.Above, line) {
		if matches(l.Header, line) {
			list = append(list, scopeAtLine(l, text, start, offset))
		}
	}
	lowest := max(0, start-maxBytesUp)
	for n := 0; n < maxLinesUp && start > lowest && len(list) < maxScopes && below > 0; n++ {
		end := start - 1
		start = lineStart(text, end)
		line := text[start:end]
		column := columnOf(text, start)
		if isBlank(line) || column >= below {
			continue
		}
		below = column
		if strings.IndexByte(")]}", strings.TrimLeft(line, " \t")[0]) >= 0 {
			below++ // the end of a header that began above, at the same column
		} else if matches(l.Header, line) {
			list = append(list, scopeAtLine(l, text, start, offset))
		}
	}
	for i, j := 0, len(list)-1; i < j; i, j = i+1, j-1 {
		list[i], list[j] = list[j], list[i]
	}
	return list
}

// columnAround returns the column that a statement at offset has: that of the
// white space before it or, on an empty line, that of its neighbours.
func columnAround(text string, offset int) int {
	start := lineStart(text, offset)
	column := columnOf(text[:offset], start)
	if !isBlank(text[start:offset]) {
		return column
	}
	above := strings.TrimRight(text[:start], " \t\r\n")
	rest := text[offset:]
	below := len(text) - len(strings.TrimLeft(rest, " \t\r\n"))
	return max(column, min(columnOf(text, lineStart(text, len(above))), columnOf(text, lineStart(text, below))))
}

// scopeAtLine describes the declaration whose header begins at start and which
// holds offset.
func scopeAtLine(l *language, text string, start, offset int) Scope {
	end := lineEnd(text, start)
	for n := 0; n < maxSigLines && end < offset && strings.Count(text[start:end], "(") > strings.Count(text[start:end], ")"); n++ {
		end = lineEnd(text, nextLine(text, end))
	}
	end = min(end, offset)
	return Scope{
		Kind:      kindOfHeader(text[start:end]),
		Signature: Range{start, end},
		Body:      Range{end, max(end, offset)},
		Whole:     Range{start, max(end, offset)},
	}
}

// opensBlock tells whether a line ends in what opens a block.
func opensBlock(l *language, line string) bool {
	line = strings.TrimRight(line, " \t\r")
	if line == "" {
		return false
	}
	last := line[len(line)-1]
	if l.Colon {
		return last == ':'
	}
	if last == '{' || l.Block != nil && matches(l.Block, line) {
		return true
	}
	for _, opener := range l.Openers {
		if strings.HasSuffix(line, opener) {
			return true
		}
	}
	return false
}

// matches is a match bounded in time: code has no such long lines, and data
// has nothing to find. Of the indentation a pattern sees one byte.
func matches(pattern *regexp.Regexp, line string) bool {
	const longest = 1000
	if n := len(indentationOf(line)); n > 1 {
		line = line[n-1:]
	}
	return len(line) <= longest && pattern.MatchString(line)
}

var headerWord = regexp.MustCompile(`\b(func|fun|fn|def|defp|function|sub|proc|method|class|object|struct|enum|union|record|type|trait|interface|protocol|impl|extension|mod|module|namespace|defmodule)\b`)

// kindOfHeader tells what a header line declares by its keyword.
func kindOfHeader(line string) Kind {
	switch headerWord.FindString(line[:min(len(line), 200)]) {
	case "class", "object", "struct", "enum", "union", "record", "type":
		if strings.Contains(line, "interface") {
			return lang.Interface
		}
		return lang.Class
	case "trait", "interface", "protocol":
		return lang.Interface
	case "impl", "extension":
		return lang.Impl
	case "mod", "module", "namespace", "defmodule":
		return lang.Module
	}
	return lang.Function
}

var importLine = regexp.MustCompile(`^\s*(import|from\s+\S+\s+import|#\s*include|use|using|require|package|open|alias|extern\s+crate|module|library|source)\b`)

// importLines finds the header of a file that is not parsed, in its first
// lines.
func importLines(text string) []Range {
	const reach = 200
	var list []Range
	start, n := 0, 0
	for line := range strings.Lines(text) {
		if n++; n > reach {
			break
		}
		if matches(importLine, line) {
			list = appendLines(list, text, start, start+len(line))
		}
		start += len(line)
	}
	return list
}
