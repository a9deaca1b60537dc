package merge

import (
	"fmt"
	"slices"
	"strings"

	"github.com/airside-ls/airside/completion/syntax"
	"github.com/airside-ls/airside/completion/syntax/lang"
)

// KeepsSyntax tells whether a merge without conflicts left a file as sound as
// the sides had it: the error names the line at which it no longer parses, or
// declares something for a second time. It is nil where a side did not parse
// either, and where there is no grammar.
func KeepsSyntax(file string, ours, theirs, merged []byte, trees *syntax.Cache) error {
	// The merge first: it is nearly always sound, and then nothing else need be
	// parsed.
	d, ok := document(file, merged)
	if !ok || blank(d.Text) {
		return nil
	}
	flaw, known := flawOf(d, trees)
	switch {
	case !known:
		return nil
	case flaw == nil:
		return declaredTwice(file, ours, theirs, merged, trees)
	}
	for _, side := range [][]byte{ours, theirs} {
		d, ok := document(file, side)
		if !ok {
			return nil
		}
		if flaw, known := flawOf(d, trees); flaw != nil || !known {
			return nil
		}
	}
	return fmt.Errorf("line %d: both sides parse, the merge of their lines does not", lineAt(merged, flaw.At))
}

// flawOf is the first flaw of a document. It asks for the number of errors first,
// which is a short answer for a large file, where its tree is not.
func flawOf(d syntax.Document, trees *syntax.Cache) (*lang.Flaw, bool) {
	judge := trees.Judge()
	if lang.Of(d.Language).Parse == nil {
		if n, known := judge.Errors(d); n == 0 || !known {
			return nil, known
		}
	}
	return judge.Flaw(d)
}

// declaredTwice is the error of a merge in which something is declared twice
// that neither side has twice.
func declaredTwice(file string, ours, theirs, merged []byte, trees *syntax.Cache) error {
	l := languageOf(file)
	if l == nil || l.Merge.Once == nil {
		return nil
	}
	outcome, ok := parseAll(file, trees, merged)
	if !ok {
		return nil
	}
	twice := l.twice(outcome[0], true)
	if len(twice) == 0 {
		return nil
	}
	sides, ok := parseAll(file, trees, ours, theirs)
	if !ok {
		return nil
	}
	for _, side := range sides {
		for key := range l.twice(side, true) {
			delete(twice, key)
		}
	}
	first, at := "", -1
	for key, offset := range twice {
		if at < 0 || offset < at {
			first, at = key.name, offset
		}
	}
	if at < 0 {
		return nil
	}
	return fmt.Errorf("line %d: both sides declare %s, the merge of their lines does so twice", lineAt(merged, at), first)
}

// scopedName is a name and what it is declared in.
type scopedName struct{ scope, name string }

// twice are the names that one list declares more than once, each with the
// offset of the second time, in bytes. With strict it is only what compilers
// refuse.
func (l *language) twice(p parsedSource, strict bool) map[scopedName]int {
	d := &doubles{language: l, p: p, strict: strict, found: map[scopedName]int{}}
	d.visit(p.root, syntax.Node{}, "", map[string]bool{})
	return d.found
}

type doubles struct {
	*language
	p      parsedSource
	strict bool
	found  map[scopedName]int
}

// visit looks at a node within a scope, of which seen are the names so far.
func (d *doubles) visit(n, up syntax.Node, scope string, seen map[string]bool) {
	at := d.Merge.List(d.p.src, n, up)
	if at != nil && !at.Inert {
		seen = map[string]bool{}
	}
	for _, c := range n.Children {
		inner := scope
		if at != nil && at.IsItem(c) && !c.IsComment() {
			it := d.item(d.p, at, "", c.Start, c)
			inner += " " + strings.Join(it.keys, " ")
			d.note(it, c, scope, seen)
		}
		d.visit(c, n, inner, seen)
	}
}

// explicitly is the interface that a member of C# names as the one it is of, ""
// for none.
func explicitly(p parsedSource, n syntax.Node) string {
	for _, c := range n.Children {
		if c.Type == "explicit_interface_specifier" {
			return squeeze(p.text(c))
		}
	}
	return ""
}

// note adds what an item declares.
func (d *doubles) note(it item, n syntax.Node, scope string, seen map[string]bool) {
	if d.strict && !slices.Contains(d.Merge.Once, n.Type) || d.strict && !it.free {
		return
	}
	for _, key := range it.keys {
		if strings.HasPrefix(key, "=") && d.strict && n.Type != "field" && n.Type != "map_field" {
			continue // two names for one value: allowed
		}
		id := explicitly(d.p, n) + key
		if d.strict && (strings.Contains(n.Type, "method") || strings.Contains(n.Type, "constructor")) {
			id += parameters(d.p, n)
		}
		if d.strict && strings.Contains(n.Type, "field") {
			id += " field" // Java has fields and methods of one name
		}
		if d.strict && n.Type == "type_alias_declaration" {
			id += " type" // TypeScript has types and values of one name
		}
		if !d.strict {
			id, key = fold(id), fold(key) // two spellings of one name
		}
		if seen[id] {
			if _, ok := d.found[scopedName{scope, key}]; !ok {
				d.found[scopedName{scope, key}] = n.Start
			}
		}
		seen[id] = true
	}
}
