package memory

import (
	"slices"
	"sort"
)

// maxOrder is how many words before a place are compared at most.
const maxOrder = 10

// index finds where the last words of a context stand in a sequence of words.
//
// For a few orders n it links the places that stand behind the same n words, the
// last first; the words before those are compared on the way. So one walk gives
// the counts of all orders from n up, the sequence is stored once, and adding to
// it costs a step per word and order. Places are never removed: a file that is
// gone is passed over until the index is made anew.
type index struct {
	words  []word
	chains []chain // the highest order first
	files  []fileRange
	dead   int      // words in files that are gone
	counts []uint32 // by word, in files that are not gone
}

// chain links the places that stand behind the same order words.
type chain struct {
	order int
	heads []int32 // by hash: the last place plus 1, 0 for none
	prev  []int32 // by place: the one before it, as in heads
}

// fileRange is a file's words: words[start:end].
type fileRange struct {
	start, end int32
	gone       bool
}

// newIndex links by these orders, the highest first, with room for capacity
// words.
func newIndex(capacity int, orders ...int) *index {
	x := &index{words: make([]word, 0, capacity+1)}
	for _, o := range orders {
		x.chains = append(x.chains, chain{order: o, heads: make([]int32, headsFor(capacity)), prev: make([]int32, 0, capacity+1)})
	}
	return x
}

// headsFor is a power of two.
func headsFor(words int) int {
	n := 1 << 8
	for n < words/2 && n < 1<<22 {
		n <<= 1
	}
	return n
}

// add appends a file. It returns its number.
func (x *index) add(words []word) int {
	x.push(edge)
	start := len(x.words)
	for _, w := range words {
		x.push(w)
	}
	x.files = append(x.files, fileRange{start: int32(start), end: int32(len(x.words))})
	x.grow()
	return len(x.files) - 1
}

// reserve makes room for so many words more, at once: growing step by step leaves
// twice as much behind.
func (x *index) reserve(words int) {
	x.words = slices.Grow(x.words, words)
	for i := range x.chains {
		c := &x.chains[i]
		c.prev = slices.Grow(c.prev, words)
		x.widen(c, len(x.words)+words)
	}
}

// remove passes over a file from now on.
func (x *index) remove(file int) {
	f := &x.files[file]
	if !f.gone {
		f.gone = true
		x.dead += int(f.end-f.start) + 1 // with the edge before it
		for _, w := range x.words[f.start:f.end] {
			x.counts[w]--
		}
	}
}

// live is how many words are in files that are not gone.
func (x *index) live() int { return len(x.words) - x.dead }

func (x *index) push(w word) {
	at := len(x.words)
	for i := range x.chains {
		c := &x.chains[i]
		p := int32(0)
		if at >= c.order {
			h := &c.heads[hashWords(x.words[at-c.order:])&uint64(len(c.heads)-1)]
			p, *h = *h, int32(at+1)
		}
		c.prev = append(c.prev, p)
	}
	x.words = append(x.words, w)
	if int(w) >= len(x.counts) {
		x.counts = append(x.counts, make([]uint32, int(w)+1-len(x.counts))...)
	}
	x.counts[w]++
}

// count is how often a word stands in files that are not gone.
func (x *index) count(w word) int {
	if int(w) >= len(x.counts) {
		return 0
	}
	return int(x.counts[w])
}

// grow keeps the heads in proportion, so that chains of different words seldom
// are one.
func (x *index) grow() {
	for i := range x.chains {
		x.widen(&x.chains[i], len(x.words))
	}
}

// widen makes the heads of a chain anew if they are few for so many words.
func (x *index) widen(c *chain, words int) {
	want := headsFor(words)
	if len(c.heads)*2 > want {
		return
	}
	c.heads = make([]int32, want)
	for at := c.order; at < len(x.words); at++ {
		h := &c.heads[hashWords(x.words[at-c.order:at])&uint64(want-1)]
		c.prev[at], *h = *h, int32(at+1)
	}
}

func hashWords(words []word) uint64 {
	h := uint64(len(words))
	for _, w := range words {
		h = (h ^ uint64(w)) * 0x9E3779B97F4A7C15
		h ^= h >> 29
	}
	return h
}

// fileAt is the number of the file that holds a place.
func (x *index) fileAt(place int32) int {
	return sort.Search(len(x.files), func(i int) bool { return x.files[i].end > place })
}

// match is how many words before a place are those before the end of context.
func (x *index) match(place int32, context []word) int {
	n, most := 0, min(maxOrder, len(context), int(place))
	for n < most && x.words[int(place)-1-n] == context[len(context)-1-n] && context[len(context)-1-n] != edge {
		n++
	}
	return n
}

// enough places behind the same words leave those that share fewer no say.
const enough = 64

// walk visits the places that stand behind the last words of context, with how
// many they share: the last ones first, those that share many words before those
// that share few, no more than limit for each chain. Those of the file hidden,
// -1 for none, are passed over.
func (x *index) walk(context []word, limit, hidden int, visit func(place int32, shared int)) {
	var hide fileRange
	if hidden >= 0 {
		hide = x.files[hidden]
	}
	above := maxOrder + 1 // places that share so many have been visited
	found := 0
	for i := range x.chains {
		c := &x.chains[i]
		if len(context) < c.order || len(c.heads) == 0 {
			continue
		}
		h := hashWords(context[len(context)-c.order:])
		at := c.heads[h&uint64(len(c.heads)-1)]
		steps := 0
		for ; at != 0 && steps < limit; steps++ {
			place := at - 1
			at = c.prev[place]
			shared := x.match(place, context)
			if shared < c.order || shared >= above || x.words[place] <= strange || place >= hide.start && place < hide.end {
				continue
			}
			if x.dead > 0 && x.files[x.fileAt(place)].gone {
				continue
			}
			visit(place, shared)
			found++
		}
		if found >= enough {
			break
		}
		above = c.order
	}
}
