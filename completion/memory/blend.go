package memory

import (
	"cmp"
	"math"
	"slices"
)

// tuning are the numbers of the model, chosen on held-out files other than those
// that the figures are taken on (see cmd/bench/memory).
type tuning struct {
	file, folder, repository float64 // what one occurrence there counts
	near                     float64 // how much more one at the cursor counts
	nearWords                float64 // at which distance that has fallen to 1/e
	escape                   float64 // times Witten and Bell's estimate of what is new
	whole                    float64 // how much likelier than its continuation a word is that is one already
	after                    int     // words of what follows that a line's end must fit
	afterPower               float64 // how much that fit counts
	otherEnd                 float64 // what the end of a line other than the one that follows counts
	foreign                  float64 // what an occurrence elsewhere of a name counts that the file does not have
	strange                  float64 // how likely a word that was not seen is the one at the cursor
}

var tuned = tuning{
	file: 8, folder: 1.5, repository: 0.4,
	near: 3, nearWords: 300,
	escape: 0.8, whole: 8,
	after: 4, afterPower: 0.4, otherEnd: 0.05, foreign: 0.2, strange: 0.3,
}

// level is one ring of the nest: the file, its folder, its repository.
type level struct {
	index  *index
	weight float64
	limit  int   // places visited at most, for each chain
	cursor int32 // the place that nearness is counted from; -1 for none
	hidden int   // the file of the index that does not count; -1 for none
}

// likelyWord is a word that may come next.
type likelyWord struct {
	word word
	p    float64
}

// prediction is what may come next. The probabilities and rest add up to 1.
type prediction struct {
	words []likelyWord // the likeliest first
	rest  float64      // the probability of what the memory has not seen there
	order int          // words of context that were seen before, with what came then
}

func (p prediction) of(w word) float64 {
	for _, l := range p.words {
		if l.word == w {
			return l.p
		}
	}
	return 0
}

// blender makes predictions. It holds room that is used again; it is not safe for
// concurrent use.
type blender struct {
	tuning
	slots  map[word]int
	words  []word
	counts [][maxOrder + 1]float64 // by slot: occurrences, weighed, by words shared
	known  wordSet                 // of the file
	texts  []string                // of words
}

// predict blends the levels: at each order the occurrences of all levels
// together, each with its level's weight; then, from the lowest order up,
//
//	P[n](w) = (count[n](w) + e T[n] P[n-1](w)) / (N[n] + e T[n])
//
// in which T[n] is how many different words were seen: the more kinds of them
// for their number, the less the order is trusted (Witten and Bell 1991, method
// C, with the factor e).
func (b *blender) predict(levels []level, context []word) prediction {
	clear(b.slots)
	b.words, b.counts = b.words[:0], b.counts[:0]
	for _, l := range levels {
		if l.index == nil {
			continue
		}
		l.index.walk(context, l.limit, l.hidden, func(place int32, shared int) {
			weight := l.weight
			if l.cursor >= 0 {
				weight *= 1 + b.near*math.Exp(-math.Abs(float64(place-l.cursor))/b.nearWords)
			}
			w := l.index.words[place]
			if l.cursor < 0 && !b.known.has(w) && isName(b.texts[w]) {
				weight *= b.foreign
			}
			b.count(w, shared, weight)
		})
	}
	return b.blend()
}

func (b *blender) count(w word, shared int, weight float64) {
	slot, ok := b.slots[w]
	if !ok {
		slot = len(b.words)
		b.slots[w] = slot
		b.words = append(b.words, w)
		b.counts = append(b.counts, [maxOrder + 1]float64{})
	}
	b.counts[slot][shared] += weight
}

func (b *blender) blend() prediction {
	out := prediction{rest: 1}
	if len(b.words) == 0 {
		return out
	}
	// What shares n words shares n-1 too.
	var total [maxOrder + 1]float64
	var kinds [maxOrder + 1]float64
	for s := range b.counts {
		c := &b.counts[s]
		for n := maxOrder; n >= 1; n-- {
			if n < maxOrder {
				c[n] += c[n+1]
			}
			if c[n] > 0 {
				total[n] += c[n]
				kinds[n]++
			}
		}
	}
	out.words = make([]likelyWord, len(b.words))
	for s, w := range b.words {
		out.words[s].word = w
	}
	for n := 1; n <= maxOrder && total[n] > 0; n++ {
		out.order = n
		unsure := b.escape * kinds[n]
		scale := 1 / (total[n] + unsure)
		for s := range out.words {
			p := &out.words[s].p
			*p = (b.counts[s][n] + unsure**p) * scale
		}
		out.rest *= unsure * scale
	}
	slices.SortFunc(out.words, func(a, b likelyWord) int {
		return cmp.Or(cmp.Compare(b.p, a.p), cmp.Compare(a.word, b.word))
	})
	return out
}

func isName(text string) bool { return wordByte(text[len(text)-1]) }
