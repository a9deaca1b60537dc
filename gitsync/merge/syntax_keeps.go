package merge

import (
	"fmt"
	"slices"
	"strings"
)

// KeepsSyntax tells whether a merge without conflicts left a file as sound as
// the sides had it: the error names the line at which it no longer parses, or
// declares something for a second time. It is nil where a side did not parse
// either, where there is no grammar, and where the merge is one of the sides.
func KeepsSyntax(path string, base, ours, theirs, merged []byte, parse Parser) error {
	if parse == nil || string(merged) == string(ours) || string(merged) == string(theirs) {
		return nil
	}
	for _, src := range [][]byte{ours, theirs, merged} {
		if len(src) > maxSecondLook || IsBinary(src) {
			return nil
		}
	}
	sides, ok := parseAll(path, parse, ours, theirs)
	if !ok {
		return nil
	}
	root, ok := parse(path, merged)
	if !ok {
		return nil
	}
	if root.Error {
		return fmt.Errorf("line %d: both sides parse, the merge of their lines does not", lineAt(merged, firstError(root)))
	}
	l := profileOf(path)
	if l == nil {
		return nil
	}
	if l.valid != nil && l.valid(ours) && l.valid(theirs) && !l.valid(merged) {
		return fmt.Errorf("line 1: both sides are valid, the merge of their lines is not")
	}
	first := scopedName{}
	at := -1
	had := []map[scopedName]int{l.twice(sides[0], true), l.twice(sides[1], true)}
	for key, offset := range l.twice(parsed{merged, root}, true) {
		_, inOurs := had[0][key]
		_, inTheirs := had[1][key]
		if !inOurs && !inTheirs && (at < 0 || offset < at) {
			first, at = key, offset
		}
	}
	if at >= 0 {
		return fmt.Errorf("line %d: both sides declare %s, the merge of their lines does so twice", lineAt(merged, at), first.name)
	}
	return nil
}

// firstError is where in a tree with errors the first is, in bytes.
func firstError(n Node) int {
	for {
		i := slices.IndexFunc(n.Children, func(c Node) bool { return c.Error })
		if i < 0 || n.Type == "ERROR" {
			return n.Start
		}
		n = n.Children[i]
	}
}

// scopedName is a name and what it is declared in.
type scopedName struct{ scope, name string }

// twice are the names that one list declares more than once, each with the
// offset of the second time, in bytes. With strict it is only what compilers
// refuse.
func (l *profile) twice(p parsed, strict bool) map[scopedName]int {
	d := &doubles{profile: l, p: p, strict: strict, found: map[scopedName]int{}}
	d.visit(p.root, Node{}, "", map[string]bool{})
	return d.found
}

type doubles struct {
	*profile
	p      parsed
	strict bool
	found  map[scopedName]int
}

// visit looks at a node within a scope, of which seen are the names so far.
func (d *doubles) visit(n, up Node, scope string, seen map[string]bool) {
	at := d.place(d.p, n, up)
	if at != nil && !at.inert {
		seen = map[string]bool{}
	}
	for _, c := range n.Children {
		inner := scope
		if at != nil && at.isItem(c) && !isComment(c) {
			it := d.item(d.p, at, "", c.Start, c)
			inner += " " + strings.Join(it.keys, " ")
			d.note(it, c, scope, seen)
		}
		d.visit(c, n, inner, seen)
	}
}

// note adds what an item declares.
func (d *doubles) note(it item, n Node, scope string, seen map[string]bool) {
	if d.strict && !slices.Contains(d.once, n.Type) || d.strict && !it.free {
		return
	}
	for _, key := range it.keys {
		if strings.HasPrefix(key, "=") && d.strict && n.Type != "field" && n.Type != "map_field" {
			continue // two names for one value: allowed
		}
		id := key
		if d.strict && (strings.Contains(n.Type, "method") || strings.Contains(n.Type, "constructor")) {
			id += parameters(d.p, n)
		}
		if d.strict && strings.Contains(n.Type, "field") {
			id += " field" // Java has fields and methods of one name
		}
		if seen[id] {
			if _, ok := d.found[scopedName{scope, key}]; !ok {
				d.found[scopedName{scope, key}] = n.Start
			}
		}
		seen[id] = true
	}
}
