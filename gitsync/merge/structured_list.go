package merge

import (
	"slices"
	"strings"

	"github.com/airside-ls/airside/completion/syntax"
	"github.com/airside-ls/airside/completion/syntax/lang"
)

// listWriter writes a list in which the order of some items does not matter.
type listWriter struct {
	*structured
	at     *lang.UnorderedList
	up     nodeTriple
	lists  [3]items
	index  [3]map[string]int // items by id
	source [3][]int          // for each item of a side, the item of base before which it was added; -1: it was in base

	written  int  // items
	sepOwed  bool // the last one needs a separator if another follows
	noteOwed string
	first    int // where the changes begin in the output, -1 for none
	end      int
	by       [3]bool // who changed anything alone
	rule     bool    // a rule was applied
}

// list merges a node as a list of items that are known by what they declare.
func (m *structured) list(at *lang.UnorderedList, n nodeTriple) bool {
	w := &listWriter{structured: m, at: at, up: n, first: -1}
	for i := range w.lists {
		var ok bool
		if w.lists[i], ok = m.language.split(m.sides[i], n[i], at); !ok {
			return false
		}
	}
	identify(m.language, m.sides, &w.lists)
	for i := range w.lists {
		w.index[i] = map[string]int{}
		for k, it := range w.lists[i].list {
			w.index[i][it.id] = k
		}
	}
	for i := inOurs; i <= inTheirs; i++ {
		if !w.place(i) {
			return false
		}
	}
	return w.agree() && w.all(n)
}

// place tells between which items of base a side's own items stand. It fails
// where the side changed the order of those of base.
func (w *listWriter) place(side int) bool {
	last := -1
	for _, it := range w.lists[side].list {
		if k, ok := w.index[inBase][it.id]; ok {
			if k < last {
				return false
			}
			last = k
			w.source[side] = append(w.source[side], -1)
			continue
		}
		w.source[side] = append(w.source[side], last+1)
	}
	return true
}

// agree tells whether what the sides added goes together: what both added is
// the same, and nothing else shares a key.
func (w *listWriter) agree() bool {
	keys := map[string]string{} // of ours, in any spelling, to the id of the item
	for k, it := range w.lists[inOurs].list {
		if w.source[inOurs][k] >= 0 {
			for _, key := range it.keys {
				keys[fold(key)] = it.id
			}
		}
	}
	for k, it := range w.lists[inTheirs].list {
		if w.source[inTheirs][k] < 0 {
			continue
		}
		if o, ok := w.index[inOurs][it.id]; ok && w.lists[inOurs].list[o].shape != it.shape {
			return false
		}
		for _, key := range it.keys {
			if id, ok := keys[fold(key)]; ok && id != it.id {
				return false
			}
		}
	}
	return true
}

func (w *listWriter) all(n nodeTriple) bool {
	head, ok := pickLoose(w.lists[inBase].head, w.lists[inOurs].head, w.lists[inTheirs].head)
	if !ok {
		return false
	}
	w.write(head)
	w.mark(unchanged)
	for i := 0; ; i++ {
		if !w.added(i) {
			return false
		}
		if i == len(w.lists[inBase].list) {
			break
		}
		if !w.kept(i) {
			return false
		}
	}
	if w.written == 0 {
		return false
	}
	if w.sepOwed && w.trailing() {
		w.write(w.at.Sep)
	}
	w.write(w.noteOwed)
	tail, ok := pickLoose(w.lists[inBase].tail, w.lists[inOurs].tail, w.lists[inTheirs].tail)
	if !ok {
		return false
	}
	w.write(tail)
	w.mark(unchanged)
	if !w.rule && w.by[inOurs] && w.by[inTheirs] {
		w.settled = append(w.settled, ruledPart{ruleItems + w.at.What, w.first, w.end})
	}
	return true
}

// trailing tells whether the last item has a separator behind it.
func (w *listWriter) trailing() bool {
	var has, known [3]bool
	for i, l := range w.lists {
		if n := len(l.list); n > 0 {
			has[i], known[i] = l.list[n-1].sep, true
		}
	}
	switch {
	case has[inOurs] == has[inTheirs]:
		return has[inOurs]
	case !known[inBase]:
		return true
	}
	// Who puts one there has a format that has it; who takes one away, and nothing else,
	// has one that does not.
	side := inOurs
	if has[inOurs] {
		side = inTheirs
	}
	base, l := w.lists[inBase].list, w.lists[side].list
	return !(has[inBase] && len(l) > 0 && l[len(l)-1].id == base[len(base)-1].id)
}

// begin writes what goes before an item: what is owed to the last one, and the
// white space; following is that before the next item on the same side.
func (w *listWriter) begin(space, following string) {
	if w.sepOwed {
		w.write(w.at.Sep)
	}
	w.write(w.noteOwed)
	w.sepOwed, w.noteOwed = false, ""
	if w.written > 0 && space == "" {
		// It was the first of its list and is no longer.
		space = following
		if space == "" {
			space = "\n"
			if w.at.Sep != "" {
				space = " "
			}
		}
	}
	if w.written == 0 && w.at.Open == "" && blank(string(w.out)) {
		space = strings.TrimLeft(space, "\r\n") // it is now the first of the file
	}
	w.write(space)
	w.written++
}

// finish writes what follows an item but its separator.
func (w *listWriter) finish(after, note string) {
	w.write(after)
	w.sepOwed = w.at.Sep != ""
	w.noteOwed = note
}

// changed notes that a side alone made the output since start.
func (w *listWriter) changed(side, start int) {
	w.by[side] = true
	if w.first < 0 {
		w.first = start
	}
	w.end = len(w.out)
}

// own writes an item that one side added.
func (w *listWriter) own(side, k int) {
	it := w.lists[side].list[k]
	w.begin(it.space, w.lists[side].next(k))
	start := len(w.out)
	p := w.sides[side]
	if it.free {
		w.mark(unchanged) // what it touches is no concern of it
	}
	w.write(it.lead)
	if it.free {
		w.write(p.text(it.node))
		w.mark(unchanged)
	} else {
		w.take(side, syntax.Node{}, it.node)
	}
	w.finish(it.after, it.note)
	w.changed(side, start)
}

// runOf returns what a side added before item i of base.
func (w *listWriter) runOf(side, i int) []int {
	var run []int
	for k, before := range w.source[side] {
		if before == i {
			run = append(run, k)
		}
	}
	return run
}

// added writes what the sides added before item i of base.
func (w *listWriter) added(i int) bool {
	ours, theirs := w.runOf(inOurs, i), w.runOf(inTheirs, i)
	// What both added stands where ours has it.
	theirs = slices.DeleteFunc(theirs, func(k int) bool {
		_, both := w.index[inOurs][w.lists[inTheirs].list[k].id]
		return both
	})
	own := slices.DeleteFunc(slices.Clone(ours), func(k int) bool {
		_, both := w.index[inTheirs][w.lists[inOurs].list[k].id]
		return both
	})
	if len(own) == 0 || len(theirs) == 0 {
		for _, k := range ours {
			w.own(inOurs, k)
		}
		for _, k := range theirs {
			w.own(inTheirs, k)
		}
		return len(ours) == 0 || len(theirs) == 0 || w.allFree(inOurs, ours) && w.allFree(inTheirs, theirs)
	}
	if !w.allFree(inOurs, ours) || !w.allFree(inTheirs, theirs) {
		return false
	}
	start := len(w.out)
	for _, step := range w.order(i, ours, theirs) {
		w.own(step[0], step[1])
	}
	w.settle(ruleAdded+w.at.What, start)
	w.rule = true
	return true
}

func (w *listWriter) allFree(side int, run []int) bool {
	return !slices.ContainsFunc(run, func(k int) bool { return !w.lists[side].list[k].free })
}

// order puts two runs of additions before item i of base into one, as pairs of
// side and item: sorted where both sides kept to that, otherwise one run behind
// the other, the one first that goes on where the last item ends.
func (w *listWriter) order(i int, ours, theirs []int) [][2]int {
	for _, form := range []func(string) string{func(s string) string { return s }, strings.ToLower} {
		if w.sorted(inOurs, i, ours, form) && w.sorted(inTheirs, i, theirs, form) {
			return w.sortedOrder(ours, theirs, form)
		}
	}
	var out [][2]int
	for _, k := range ours {
		out = append(out, [2]int{inOurs, k})
	}
	at := len(out)
	gap := func(side, k int) int { return strings.Count(w.lists[side].list[k].space, "\n") }
	if gap(inTheirs, theirs[0]) < gap(inOurs, ours[0]) && gap(inTheirs, theirs[0]) > 0 {
		at = 0
	}
	var other [][2]int
	for _, k := range theirs {
		other = append(other, [2]int{inTheirs, k})
	}
	return slices.Insert(out, at, other...)
}

// text is what an item of a side is sorted by.
func (w *listWriter) text(side, k int) string {
	return w.sides[side].text(w.lists[side].list[k].node)
}

// sorted tells whether a side's additions, each on one line and right below
// the one before, stand in order among themselves and their neighbors of base.
func (w *listWriter) sorted(side, i int, run []int, form func(string) string) bool {
	list := w.lists[side].list
	var keys []string
	first, last := run[0], run[len(run)-1]
	if last-first != len(run)-1 {
		return false
	}
	typ := list[first].node.Type
	near := func(k int) bool { return k >= 0 && k < len(list) && list[k].node.Type == typ }
	if near(first - 1) {
		first--
	}
	if near(last + 1) {
		last++
	}
	for k := first; k <= last; k++ {
		text := w.text(side, k)
		if list[k].node.Type != typ || strings.Contains(text, "\n") || len(list[k].keys) == 0 ||
			k > first && strings.Count(list[k].space, "\n") > 1 {
			return false
		}
		keys = append(keys, form(text))
	}
	return len(keys) > 1 && slices.IsSorted(keys)
}

func (w *listWriter) sortedOrder(ours, theirs []int, form func(string) string) (out [][2]int) {
	for len(ours) > 0 || len(theirs) > 0 {
		if len(theirs) == 0 || len(ours) > 0 && form(w.text(inOurs, ours[0])) <= form(w.text(inTheirs, theirs[0])) {
			out, ours = append(out, [2]int{inOurs, ours[0]}), ours[1:]
		} else {
			out, theirs = append(out, [2]int{inTheirs, theirs[0]}), theirs[1:]
		}
	}
	return out
}

// kept writes item i of base, or leaves it out where a side deleted it and the
// other left it alone.
func (w *listWriter) kept(i int) bool {
	base := w.lists[inBase].list[i]
	o, hasOurs := w.index[inOurs][base.id]
	t, hasTheirs := w.index[inTheirs][base.id]
	if !hasOurs || !hasTheirs {
		for side, k := range map[int]int{inOurs: o, inTheirs: t} {
			if (side == inOurs && hasOurs || side == inTheirs && hasTheirs) && w.lists[side].list[k].shape != base.shape {
				return false
			}
		}
		switch {
		case hasTheirs:
			w.drop(inOurs, byOurs, base)
		case hasOurs:
			w.drop(inTheirs, byTheirs, base)
		}
		return true
	}
	ours, theirs := w.lists[inOurs].list[o], w.lists[inTheirs].list[t]
	following := ours.space
	if following == "" {
		following = theirs.space
	}
	w.begin(pickSpace(base.space, ours.space, theirs.space), following)
	start := len(w.out)
	if base.free && ours.free && theirs.free {
		w.mark(unchanged)
	}
	lead, ok := pick(base.lead, ours.lead, theirs.lead)
	if !ok {
		r := Text([]byte(base.lead), []byte(ours.lead), []byte(theirs.lead), TextOptions{Algorithm: Histogram, Level: Zealous})
		if r.Conflicts > 0 {
			return false
		}
		lead = string(r.Text)
	}
	w.write(lead)
	nested := len(w.settled)
	if !w.merge(nodeTriple{base.node, ours.node, theirs.node}, w.up) {
		return false
	}
	if len(w.settled) > nested {
		w.rule = true
	}
	after, ok := pick(base.after, ours.after, theirs.after)
	if !ok {
		return false
	}
	note, ok := pick(base.note, ours.note, theirs.note)
	if !ok {
		return false
	}
	if base.free && ours.free && theirs.free {
		w.mark(unchanged)
	}
	w.finish(after, note)
	for side, it := range map[int]item{inOurs: ours, inTheirs: theirs} {
		if it.shape != base.shape || it.note != base.note {
			w.changed(side, start)
		}
	}
	return true
}

// drop leaves an item of base out.
func (w *listWriter) drop(side int, by author, base item) {
	if base.free {
		w.mark(unchanged)
	} else {
		w.mark(by)
	}
	w.changed(side, len(w.out))
}
