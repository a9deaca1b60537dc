// Package surprise finds what rules cannot by what a model that completes code
// expects: at each place of a change where a small set of other texts could stand
// (another operator, another name of the scope, two arguments the other way round) it
// asks how likely each of them is there, between what stands before and behind. What
// stands there is suspicious if another is far likelier. No text of a model is shown,
// and none is believed: the alternatives come from the syntax tree and the scope.
package surprise

import (
	"cmp"
	"slices"

	"github.com/airside-ls/airside/completion/syntax"
)

// Class is a kind of place. What is suspicious differs from one to the next.
type Class string

// The classes, those first that are asked about first.
const (
	Bound      Class = "bound"      // < or <=
	Comparison Class = "comparison" // == or !=
	Logic      Class = "logic"      // && or ||
	Negation   Class = "negation"   // !x or x
	Arithmetic Class = "arithmetic" // + or -, << or >>, += or -=
	Argument   Class = "argument"   // f(a, b) or f(b, a)
	Boolean    Class = "boolean"    // true or false
	Variable   Class = "variable"   // another name of the scope
	Offset     Class = "offset"     // n, n-1 or n+1
	Constant   Class = "constant"   // 10 or 100, seconds or milliseconds
)

// Classes are all of them, in the order in which they are asked about.
var Classes = []Class{Bound, Comparison, Logic, Negation, Arithmetic, Argument, Boolean, Variable, Offset, Constant}

// Place is the bytes [Start, End) of a text, and what could stand there as well.
type Place struct {
	Class      Class
	Start, End int
	Others     []string
}

// Places are those of a function in a language (its LSP identifier): of a text those
// that wanted says of their bytes, in the order in which they are asked about, and
// the first in a text first.
func Places(root, function *syntax.Node, text, language string, wanted func(start, end int) bool) []Place {
	w := walker{text: text, language: language, wanted: wanted}
	w.names = namesOf(function, text)
	w.fields = fieldsOf(root, text)
	w.walk(function)
	slices.SortStableFunc(w.list, func(a, b Place) int {
		return cmp.Or(slices.Index(Classes, a.Class)-slices.Index(Classes, b.Class), a.Start-b.Start)
	})
	return w.list
}

// walker collects the places of a function.
type walker struct {
	text, language string
	wanted         func(start, end int) bool
	names          *names
	fields         map[string][]string
	above          []*syntax.Node
	list           []Place
}

func (w *walker) walk(n *syntax.Node) {
	if n.Error {
		for i := range n.Children {
			w.into(n, &n.Children[i])
		}
		return
	}
	if n.IsComment() {
		return
	}
	w.operators(n)
	w.negation(n)
	w.arguments(n)
	w.literal(n)
	w.name(n)
	w.offset(n)
	for i := range n.Children {
		w.into(n, &n.Children[i])
	}
}

func (w *walker) into(parent, n *syntax.Node) {
	w.above = append(w.above, parent)
	w.walk(n)
	w.above = w.above[:len(w.above)-1]
}

// parent is the i-th node above the one that is walked, nil for none.
func (w *walker) parent(i int) *syntax.Node {
	if i >= len(w.above) {
		return nil
	}
	return w.above[len(w.above)-1-i]
}

func (w *walker) code(n *syntax.Node) string { return w.text[n.Start:n.End] }

// longest is the longest text, in bytes, that has others: a model reads each of them.
const longest = 60

func (w *walker) add(c Class, start, end int, others ...string) {
	if end-start <= longest && w.wanted(start, end) {
		own := w.text[start:end]
		others = slices.DeleteFunc(others, func(o string) bool { return o == own })
		if len(others) > 0 {
			w.list = append(w.list, Place{c, start, end, others})
		}
	}
}
