package syntax

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	sitter "github.com/smacker/go-tree-sitter"

	"github.com/airside-ls/airside/completion/syntax/lang"
)

// Symbol is a definition in a file, as somebody who writes another file needs to
// know it.
type Symbol struct {
	Kind Kind
	Name string
	// Owner is the type that it is a member of, "" for none.
	Owner string
	// Text is the definition without comments and without what stands in the bodies
	// of functions: a signature, or a type with its fields and the signatures of its
	// methods. Its first line has no indentation.
	Text string
	Doc  string // the first sentence of the comment above it
	Line int    // from 1
}

const (
	// maxSymbols bounds the symbols of a file.
	maxSymbols = 2000
	// maxSymbolText bounds the text of one, in bytes: what is longer ends with a
	// whole line and an ellipsis.
	maxSymbolText = 1200
	// maxValueText is the same for values, of which the beginning says it all.
	maxValueText = 160
	// maxSymbolDoc bounds a sentence, in bytes.
	maxSymbolDoc = 120
	// maxSymbolDepth is how deep definitions are looked for: those of members of
	// members of modules.
	maxSymbolDepth = 24
)

// ellipsis ends a text that was cut.
const ellipsis = "…"

// Symbols lists what a document defines, in its order, without what is local to
// functions. ok is false where there is no grammar for it, or the text is too
// large or takes too long.
func (c *Cache) Symbols(d Document) (list []Symbol, ok bool) {
	l := languageOf(d.Language)
	if l.Defines == nil || !c.limits.parses(l, d.Text) {
		return nil, false
	}
	return c.trees.symbols(d)
}

// symbols is [Cache.Symbols].
func (c *store) symbols(d Document) ([]Symbol, bool) {
	t := c.tree(d, repair{})
	if t == nil {
		return nil, false
	}
	defer t.close()
	cursor := sitter.NewTreeCursor(t.RootNode())
	defer cursor.Close()
	w := walker{cursor: cursor, text: t.text, types: map[sitter.Symbol]string{}, prune: t.language}
	s := symbolist{language: t.language, text: t.text}
	s.below(w.node(0), nil, "", 0)
	return s.list, true
}

// pruned tells whether what is below a node says nothing of definitions: the body
// of a function, a literal. above are the classes of its parent.
func (l *language) pruned(node *sitter.Node, parent class) bool {
	c := l.class(node)
	return c.body && (parent.scope == lang.Function || parent.scope == lang.Method) || c.str || c.comment
}

// symbolist lists symbols.
type symbolist struct {
	language *language
	text     string
	list     []Symbol
	lineAt   int // the byte up to which lines are counted
	lines    int
}

// below lists what the children of node define. above are its ancestors and itself
// as far as they may belong to a definition; owner is the type they are in.
func (s *symbolist) below(node Node, above []Node, owner string, depth int) {
	above = append(above[:len(above):len(above)], node)
	for _, child := range node.Children {
		if len(s.list) >= maxSymbols || depth > maxSymbolDepth {
			return
		}
		kind := s.kindOf(child)
		if kind == "" || !child.Named {
			if len(child.Children) > 0 && !child.IsComment() {
				s.below(child, above, owner, depth+1)
			}
			continue
		}
		name := s.define(child, kind, above, owner)
		switch kind {
		case lang.Class, lang.Interface, lang.Impl, lang.Module:
			inner := cmp.Or(name, owner)
			if kind == lang.Module {
				inner = owner
			}
			s.below(child, above, inner, depth+1)
		}
	}
}

func (s *symbolist) kindOf(n Node) Kind {
	if kind, ok := s.language.Defines[n.Type]; ok {
		return kind
	}
	if slices.Contains(s.language.Anonymous, n.Type) {
		return ""
	}
	o := outliner{s.language, s.text}
	return o.kindOf(n)
}

// define adds a definition, and returns its name.
func (s *symbolist) define(n Node, kind Kind, above []Node, owner string) (name string) {
	o := outliner{s.language, s.text}
	var names []string
	if kind == lang.Datum {
		names = lang.Names(lang.Source(s.text), n)
	} else if name = o.nameOf(n); name != "" {
		names = []string{name}
	}
	whole, inner := Range{n.Start, n.End}, n
	for i := len(above) - 1; i >= 0 && slices.Contains(s.language.Wrappers, above[i].Type); i-- {
		if !alone(above[i], inner.Type) {
			break
		}
		if len(names) == 0 {
			if name = o.nameOf(above[i]); name != "" {
				names = []string{name}
			}
		}
		whole, inner = Range{above[i].Start, above[i].End}, above[i]
	}
	if kind == lang.Impl || len(names) == 0 { // what it has counts
		return cleanName(name)
	}
	if body := o.bodyOf(n); kind == lang.Class && len(s.language.Sections) > 0 && body.Start == body.End {
		return "" // C names a type as it declares it
	}
	text := s.render(inner, whole)
	if _, listed := s.language.Defines[n.Type]; listed && whole.Start == n.Start {
		text = s.keyword(above) + text
	}
	if receiver := s.receiverOf(n); receiver != "" {
		owner = receiver
	}
	if kind == lang.Function && owner != "" {
		kind = lang.Method
	}
	if kind == lang.Datum && len(text) > maxValueText {
		text = cutLines(text, maxValueText)
	}
	doc, line := s.docOf(whole), s.line(whole.Start)
	for _, each := range names {
		if each = cleanName(each); each != "" {
			s.list = append(s.list, Symbol{Kind: kind, Name: each, Owner: owner, Text: text, Doc: doc, Line: line})
		}
	}
	return cleanName(name)
}

// cleanName is a name as it is used: without type parameters. What is none is "".
func cleanName(name string) string {
	if i := strings.IndexAny(name, "<[( \t\n"); i > 0 {
		name = name[:i]
	}
	name = name[strings.LastIndexAny(name, ":*&")+1:]
	if strings.ContainsFunc(name, func(r rune) bool { return !isWordRune(r) && !strings.ContainsRune("$?!#~", r) }) {
		return ""
	}
	return name
}

// keyword is the word with which a value among others is declared, "" where it has
// its own.
func (s *symbolist) keyword(above []Node) string {
	for i := len(above) - 1; i >= max(0, len(above)-2); i-- {
		if strings.HasSuffix(above[i].Type, "_declaration") {
			if word := wordAt(s.text, above[i].Start); word != "" {
				return word + " "
			}
		}
	}
	return ""
}

// receiverOf is the type of a method's receiver, where the language has methods
// stand beside their type.
func (s *symbolist) receiverOf(n Node) string {
	for _, c := range n.Children {
		if c.Field != "receiver" {
			continue
		}
		words := strings.FieldsFunc(s.text[c.Start:c.End], func(r rune) bool { return !isWordRune(r) && r != '[' })
		for i, w := range words {
			if head, _, generic := strings.Cut(w, "["); generic {
				return head
			} else if i == len(words)-1 {
				return w
			}
		}
	}
	return ""
}

func isWordRune(r rune) bool { return r >= utf8.RuneSelf || isWord(byte(r)) }

// render is the text of a node without comments and bodies of functions, its lines
// moved to the left.
func (s *symbolist) render(n Node, whole Range) string {
	var b strings.Builder
	at := whole.Start
	leave := func(from, to int, instead string) {
		if from >= at && to <= whole.End {
			b.WriteString(s.text[at:from])
			b.WriteString(instead)
			at = to
		}
	}
	var cut func(n Node, kind Kind)
	cut = func(n Node, kind Kind) {
		for _, c := range n.Children {
			switch {
			case c.IsComment(), s.isDocstring(c, n):
				leave(c.Start, c.End, "")
			case (kind == lang.Function || kind == lang.Method) && s.isBody(c):
				leave(c.Start, c.End, s.fields(n, c))
			case len(c.Children) > 0:
				k := s.kindOf(c)
				if k == "" {
					k = (outliner{s.language, s.text}).kindOf(c)
				}
				if k == "" && kind != lang.Function && kind != lang.Method {
					k = kind
				}
				cut(c, k)
			}
		}
	}
	kind := s.kindOf(n)
	if kind == "" || kind == lang.Datum {
		kind = (outliner{s.language, s.text}).kindOf(n)
	}
	cut(n, kind)
	b.WriteString(s.text[at:whole.End])
	return cutLines(tidy(b.String(), columnText(s.text, whole.Start)), maxSymbolText)
}

func (s *symbolist) isBody(n Node) bool {
	return slices.Contains(s.language.Bodies, n.Type) || n.Field == "body"
}

// isDocstring tells of a text that stands for itself in a body.
func (s *symbolist) isDocstring(c, parent Node) bool {
	return s.language.Colon && c.Type == "expression_statement" && len(c.Children) == 1 && slices.Contains(s.language.Strings, c.Children[0].Type) &&
		slices.Contains(s.language.Bodies, parent.Type)
}

// fields are the lines of a constructor's body that say what fields there are, ""
// in other functions.
func (s *symbolist) fields(function, body Node) string {
	if s.language.Fields == nil || !slices.Contains(s.language.Constructors, (outliner{s.language, s.text}).nameOf(function)) {
		return ""
	}
	const longest, most = 100, 40
	var b strings.Builder
	for _, line := range s.language.Fields.FindAllString(s.text[body.Start:body.End], most) {
		line = strings.TrimSpace(line)
		if len(line) > longest {
			line = strings.ToValidUTF8(line[:longest], "") + ellipsis
		}
		b.WriteString("\n" + columnText(s.text, body.Start) + line)
	}
	return b.String()
}

// columnText is the white space before a place in its line.
func columnText(text string, at int) string {
	line := text[lineStart(text, at):at]
	return line[:len(line)-len(strings.TrimLeft(line, " \t"))]
}

// tidy takes out blank lines and blanks at the ends of lines, and an indentation
// that all have.
func tidy(text, indentation string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimRight(line, " \t\r")
		if line == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(strings.TrimPrefix(line, indentation))
	}
	return b.String()
}

// cutLines keeps the lines that fit.
func cutLines(text string, most int) string {
	if len(text) <= most {
		return text
	}
	cut := strings.LastIndexByte(text[:most], '\n')
	if cut <= 0 {
		return strings.ToValidUTF8(text[:most], "") + " " + ellipsis
	}
	return text[:cut] + "\n" + columnText(text, cut+1+len(text[cut+1:])-len(strings.TrimLeft(text[cut+1:], " \t"))) + ellipsis
}

// docOf is the first sentence of the comment right above a definition.
func (s *symbolist) docOf(whole Range) string {
	end := lineStart(s.text, whole.Start)
	first := end
	for n := 0; first > 0 && n < 30; n++ {
		start := lineStart(s.text, first-1)
		line := strings.TrimSpace(s.text[start : first-1])
		if !s.isCommentLine(line) {
			break
		}
		first = start
	}
	if first == end {
		return ""
	}
	var b strings.Builder
	for line := range strings.SplitSeq(s.text[first:end], "\n") {
		line = strings.Trim(strings.TrimSpace(line), "/*#-!; \t")
		if line == "" && b.Len() > 0 {
			break
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(line)
		if b.Len() > maxSymbolDoc {
			break
		}
	}
	doc := b.String()
	if i := strings.Index(doc, ". "); i > 0 {
		doc = doc[:i+1]
	}
	if len(doc) > maxSymbolDoc {
		doc = strings.ToValidUTF8(doc[:maxSymbolDoc], "") + ellipsis
	}
	return doc
}

func (s *symbolist) isCommentLine(line string) bool {
	for _, open := range s.language.Lexis.Line {
		if strings.HasPrefix(line, open) {
			return true
		}
	}
	block := s.language.Lexis.Block
	return block[0] != "" && (strings.HasPrefix(line, block[0]) || strings.HasPrefix(line, "*") || strings.HasSuffix(line, block[1]))
}

// line is the number of the line at a byte. Most are asked for in their order.
func (s *symbolist) line(at int) int {
	if at < s.lineAt {
		s.lineAt, s.lines = 0, 0
	}
	s.lines += strings.Count(s.text[s.lineAt:at], "\n")
	s.lineAt = at
	return s.lines + 1
}
