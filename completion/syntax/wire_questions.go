package syntax

import "strings"

// What is said and answered, field by field; see wire.go. The answers come from
// a process that foreign text may have taken over, and so every offset in them
// is brought within its text.

func (m *message) limits(l Limits) {
	m.number(l.FileBytes)
	m.number(l.TreeBytes)
	m.number(int(l.ParseTime))
	m.number(int(l.KeystrokeTime))
	m.number(int(l.Pause))
}

// splice is a change with the bytes that came: text[start:end] became with.
type splice struct {
	start, end int
	with       string
}

// splicesOf lists what makes text of old, in ascending order and relative to
// old.
func splicesOf(old, text string, edits []Edit) []splice {
	var list []splice
	grown := 0
	for _, c := range changes(old, text, edits) {
		at := c.start + grown
		list = append(list, splice{c.start, c.end, text[at : at+c.n]})
		grown += c.n - (c.end - c.start)
	}
	return list
}

// applySplices makes a text of old. The edits are relative each to the result of
// the ones before.
func applySplices(old string, list []splice) (text string, edits []Edit, err error) {
	if len(list) == 0 {
		return old, nil, nil
	}
	size := len(old)
	for _, s := range list {
		size += len(s.with) // at most
	}
	var out strings.Builder
	out.Grow(size)
	at := 0
	for _, s := range list {
		if s.start < at || s.end < s.start || s.end > len(old) {
			return "", nil, errWire
		}
		out.WriteString(old[at:s.start])
		edits = append(edits, Edit{out.Len(), out.Len() + s.end - s.start, out.Len() + len(s.with)})
		out.WriteString(s.with)
		at = s.end
	}
	out.WriteString(old[at:])
	return out.String(), edits, nil
}

func (m *message) splices(list []splice) {
	m.number(len(list))
	for _, s := range list {
		m.number(s.start)
		m.number(s.end)
		m.text(s.with)
	}
}

func (f *fields) splices() []splice {
	var list []splice
	for n := f.count(); n > 0 && f.err == nil; n-- {
		list = append(list, splice{f.number(), f.number(), f.text()})
	}
	return list
}

func (m *message) sight(s sight) {
	m.flag(s.hasError)
	m.flag(s.errorNear)
	m.ranges(s.imports)
	m.number(len(s.scopes))
	for _, scope := range s.scopes {
		m.text(string(scope.Kind))
		m.bytes(scope.Signature)
		m.bytes(scope.Body)
		m.bytes(scope.Whole)
	}
	m.place(s.place)
}

func (m *message) place(p surroundings) {
	m.number(int(p.mode))
	m.text(p.quote.Open)
	m.text(p.quote.Close)
	m.number(int(p.quote.Flags))
	m.flag(p.markup)
	m.number(p.depth)
	m.number(int(p.last))
	m.number(p.opened)
	m.number(len(p.open))
	for _, b := range p.open {
		m.number(int(b.char))
		m.number(b.pos)
		m.number(b.line)
		m.number(b.column)
		m.flag(b.closed)
	}
}

// sight reads one of a place at offset in a text of size bytes.
func (f *fields) sight(size, offset int) sight {
	s := sight{hasError: f.flag(), errorNear: f.flag(), imports: f.ranges(size)}
	for n := f.count(); n > 0 && f.err == nil; n-- {
		s.scopes = append(s.scopes, Scope{Kind(f.text()), f.bytes(size), f.bytes(size), f.bytes(size)})
	}
	s.place = f.place(offset)
	return s
}

// place reads one at offset.
func (f *fields) place(offset int) surroundings {
	p := surroundings{mode: mode(clamp(f.number(), int(inString)))}
	p.quote = quote{Open: f.text(), Close: f.text(), Flags: quoteFlags(f.number())}
	if p.quote.Close == "" && p.mode == inString {
		p.quote.Close = `"` // no string is without an end
	}
	p.markup, p.depth, p.last, p.opened = f.flag(), clamp(f.number(), offset), byte(f.number()), clamp(f.number()+1, offset)-1
	for n := f.count(); n > 0 && f.err == nil; n-- {
		b := bracket{char: byte(f.number()), pos: clamp(f.number(), offset-1)}
		b.line, b.column, b.closed = clamp(f.number(), b.pos), f.number(), f.flag()
		if counterpart(closing(b.char)) != b.char || len(p.open) == maxOpen {
			f.rest, f.err = nil, errWire
			break
		}
		p.open = append(p.open, b)
	}
	return p
}

// nodes writes a tree: each node before its children, and each name once.
func (m *message) nodes(root Node) {
	names := map[string]int{}
	name := func(s string) {
		i, known := names[s]
		if !known {
			i = len(names)
			names[s] = i
		}
		m.number(i)
		if !known {
			m.text(s)
		}
	}
	var write func(Node)
	write = func(n Node) {
		name(n.Type)
		name(n.Field)
		m.flag(n.Named)
		m.flag(n.Error)
		m.bytes(Range{n.Start, n.End})
		m.number(len(n.Children))
		for _, child := range n.Children {
			write(child)
		}
	}
	write(root)
}

// nodes reads a tree of a text of size bytes.
func (f *fields) nodes(size int) Node {
	var names []string
	name := func() string {
		i := f.number()
		if i == len(names) && f.err == nil {
			names = append(names, f.text())
		}
		if i < 0 || i >= len(names) {
			f.rest, f.err = nil, errWire
			return ""
		}
		return names[i]
	}
	var read func(depth int) Node
	read = func(depth int) Node {
		n := Node{Type: name(), Field: name(), Named: f.flag(), Error: f.flag()}
		r := f.bytes(size)
		n.Start, n.End = r.Start, r.End
		if depth > maxWalkDepth {
			f.rest, f.err = nil, errWire
		}
		children := f.count()
		if children > 0 {
			n.Children = make([]Node, 0, min(children, 1<<10))
		}
		for ; children > 0 && f.err == nil; children-- {
			n.Children = append(n.Children, read(depth+1))
		}
		return n
	}
	return read(0)
}

func (m *message) symbols(list []Symbol) {
	m.number(len(list))
	for _, s := range list {
		m.text(string(s.Kind))
		m.text(s.Name)
		m.text(s.Owner)
		m.text(s.Text)
		m.text(s.Doc)
		m.number(s.Line)
	}
}

// symbols reads those of a text.
func (f *fields) symbols(text string) []Symbol {
	var list []Symbol
	lines := strings.Count(text, "\n") + 1
	for n := min(f.count(), maxSymbols); n > 0 && f.err == nil; n-- {
		s := Symbol{Kind: Kind(f.text()), Name: f.text(), Owner: f.text(), Text: f.text(), Doc: f.text(), Line: clamp(f.number(), lines)}
		if len(s.Text) > maxSymbolText+len(text) || len(s.Name) > len(text) || len(s.Owner) > len(text) {
			f.rest, f.err = nil, errWire
			break
		}
		list = append(list, s)
	}
	return list
}
