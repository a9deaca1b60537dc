package merge

import (
	"slices"
	"strconv"
	"strings"

	"github.com/airside-ls/airside/completion/syntax"
	"github.com/airside-ls/airside/completion/syntax/lang"
)

// item is an element of a list, with the comments and attributes before it and
// the comment behind it on its line.
type item struct {
	node  syntax.Node
	space string // white space before it
	lead  string // comments and attributes, with the white space behind them
	after string // punctuation that belongs to it: a semicolon
	sep   bool   // a separator follows
	note  string // comment on the same line, with the white space before it

	shape string // of all but the separator
	id    string // equal for what is the same item on the three sides
	// keys are what it declares; no two items may share one.
	keys []string
	// free items may stand anywhere in the list, as far as other free ones go.
	free bool
}

// items is a list taken apart: head, the items, tail.
type items struct {
	head, tail string
	list       []item
}

// next returns the white space before the item behind i, "" for none.
func (l items) next(i int) string {
	if i+1 < len(l.list) {
		return l.list[i+1].space
	}
	return ""
}

// split takes a list apart. ok is false for one that has something in it that
// the place does not know of.
func (l *language) split(p parsedSource, n syntax.Node, at *lang.UnorderedList) (out items, ok bool) {
	children, ok := p.children(n)
	if !ok {
		return items{}, false
	}
	end := n.Start            // of what has been dealt with
	lead := -1                // where comments and attributes for the next item begin
	var pending []syntax.Node // those comments and attributes
	open := at.Open == "" && at.Fields == nil && at.Only == nil
	closed := false
	flush := func() { // comments that stand for themselves
		for _, c := range pending {
			out.list = append(out.list, l.item(p, at, string(p.src[end:c.Start]), c.Start, c))
			end = c.End
		}
		lead, pending = -1, nil
	}
	for _, c := range children {
		last := len(out.list) - 1
		text := p.text(c)
		sameLine := last >= 0 && pending == nil && !strings.Contains(string(p.src[end:c.Start]), "\n")
		switch {
		case !open:
			if at.Opens(c) {
				open, end = true, c.End
				break
			}
			if at.Open == "" && at.IsItem(c) {
				open = true
				out.list = append(out.list, l.item(p, at, "", c.Start, c))
				out.head = string(p.src[n.Start:c.Start])
				end = c.End
			}
			continue
		case closed && (at.IsItem(c) || at.Sep != "" && text == at.Sep):
			return items{}, false
		case c.IsComment() && sameLine && out.list[last].note == "":
			out.list[last].note = string(p.src[end:c.Start]) + text
			end = c.End
		case c.IsComment() || slices.Contains(l.Merge.Attached, c.Type) || l.isDoc(p, c):
			if lead < 0 {
				lead = c.Start
			} else if prev := pending[len(pending)-1]; prev.IsComment() && strings.Count(string(p.src[prev.End:c.Start]), "\n") > 1 {
				flush()
				lead = c.Start
			}
			pending = append(pending, c)
		case at.IsItem(c):
			if n := len(pending); n > 0 && pending[n-1].IsComment() && strings.Count(string(p.src[pending[n-1].End:c.Start]), "\n") > 1 {
				flush()
			}
			start := c.Start
			if lead >= 0 {
				start = lead
			}
			out.list = append(out.list, l.item(p, at, string(p.src[end:start]), start, c))
			end, lead, pending = c.End, -1, nil
		case at.Sep != "" && text == at.Sep && last >= 0 && pending == nil && !out.list[last].sep && out.list[last].after == "" && out.list[last].note == "" && blank(string(p.src[end:c.Start])):
			out.list[last].sep = true
			end = c.End
		case at.Sep == "" && !c.Named && (text == ";" || text == "," || text == ":") && sameLine && out.list[last].note == "":
			out.list[last].after += string(p.src[end:c.Start]) + text
			end = c.End
		default:
			closed = true
			flush()
		}
		if open && len(out.list) == 0 && at.Opens(c) {
			out.head = string(p.src[n.Start:c.End])
		}
	}
	if !closed {
		flush()
	}
	if len(out.list) == 0 && out.head == "" && at.Open == "" && !(at.Fields == nil && at.Only == nil) {
		// Without an item it cannot be told where they would go.
		return items{}, false
	}
	out.tail = string(p.src[end:n.End])
	for i := range out.list {
		if !blank(out.list[i].space) {
			return items{}, false
		}
	}
	return out, true
}

// isDoc tells of attributes that document what follows.
func (l *language) isDoc(p parsedSource, c syntax.Node) bool {
	return c.Type == "unary_operator" && slices.ContainsFunc(l.Merge.Docs, func(doc string) bool { return strings.HasPrefix(p.text(c), doc) })
}

func (l *language) item(p parsedSource, at *lang.UnorderedList, space string, start int, n syntax.Node) item {
	it := item{node: n, space: space, lead: string(p.src[start:n.Start])}
	it.shape = it.lead + p.shape(n)
	if n.IsComment() {
		it.free = true
		return it
	}
	key, ok := at.Items[n.Type]
	if !ok {
		key, ok = at.Items["*"]
	}
	if ok {
		it.keys, it.free = key(p.src, n)
	} else {
		it.keys = lang.Names(p.src, n)
	}
	return it
}

// identify gives the items of three lists their ids: by what they declare
// where that tells them apart, otherwise by more and more of what they are.
func identify(l *language, sides [3]parsedSource, lists *[3]items) {
	type level func(side parsedSource, it item) string
	levels := []level{
		func(_ parsedSource, it item) string { return strings.Join(it.keys, " ") },
		func(_ parsedSource, it item) string { return it.node.Type + " " + strings.Join(it.keys, " ") },
		func(side parsedSource, it item) string {
			return it.node.Type + " " + strings.Join(it.keys, " ") + parameters(side, it.node)
		},
		func(_ parsedSource, it item) string { return it.shape },
	}
	open := func(it item) bool { return it.id == "" }
	for depth, id := range levels {
		var counts [3]map[string]int
		for i := range lists {
			counts[i] = map[string]int{}
			for _, it := range lists[i].list {
				if open(it) && (len(it.keys) > 0 || depth == len(levels)-1) {
					counts[i][id(sides[i], it)]++
				}
			}
		}
		for i := range lists {
			for k := range lists[i].list {
				it := &lists[i].list[k]
				if !open(*it) || len(it.keys) == 0 && depth < len(levels)-1 {
					continue
				}
				if key := id(sides[i], *it); counts[inBase][key] <= 1 && counts[inOurs][key] <= 1 && counts[inTheirs][key] <= 1 {
					it.id = strconv.Itoa(depth) + " " + key
				}
			}
		}
	}
	for i := range lists {
		seen := map[string]int{}
		for k := range lists[i].list {
			if it := &lists[i].list[k]; open(*it) {
				seen[it.shape]++
				it.id = "copy " + strconv.Itoa(seen[it.shape]) + " " + it.shape
			}
		}
	}
}

// parameters are the text of a declaration's parameters, "" for none; those of
// types are none.
func parameters(p parsedSource, n syntax.Node) string {
	for _, c := range n.Children {
		if strings.Contains(c.Type, "parameter") && !strings.HasPrefix(c.Type, "type_parameter") {
			return squeeze(p.text(c))
		}
		if c.Field == "declarator" || c.Field == "declaration" || c.Field == "definition" {
			if text := parameters(p, c); text != "" {
				return text
			}
		}
	}
	return ""
}
