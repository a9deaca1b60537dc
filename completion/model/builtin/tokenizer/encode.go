package tokenizer

import "strings"

// spaceMark stands for a space inside pieces.
const spaceMark = "▁"

// Encode returns the tokens of text, without BOS and without a space in front.
// Any bytes are text: those that are not UTF-8 become the tokens of bytes.
func (t *Tokenizer) Encode(text string) []int32 {
	return t.encode(text, false)
}

// EncodeBeginning encodes text at the beginning of a prompt: with a space in
// front if the model was trained so (tokenizer.ggml.add_space_prefix, true when
// the file does not say). BOS is left to the caller.
func (t *Tokenizer) EncodeBeginning(text string) []int32 {
	return t.encode(text, t.addSpacePrefix)
}

// encode cuts the user-defined tokens out of text and merges what lies between
// them. As in llama.cpp the space goes in front of each piece of text that does
// not follow other text.
func (t *Tokenizer) encode(text string, spacePrefix bool) []int32 {
	if text == "" {
		return nil
	}
	out := make([]int32, 0, len(text)/2+1)
	for _, fragment := range t.cutUserDefined(text) {
		if fragment.id != None {
			out = append(out, fragment.id)
			continue
		}
		raw := fragment.text
		if t.bytePairs != nil {
			out = t.mergeBytes(out, raw)
			continue
		}
		if spacePrefix {
			raw = " " + raw
		}
		out = t.merge(out, strings.ReplaceAll(raw, " ", spaceMark))
	}
	return out
}

// fragment is a stretch of text or one user-defined token.
type fragment struct {
	text string
	id   int32 // None for text
}

// cutUserDefined finds user-defined tokens in text, the longest first.
func (t *Tokenizer) cutUserDefined(text string) []fragment {
	fragments := []fragment{{text, None}}
	for _, id := range t.user {
		piece := t.pieces[id]
		if !strings.Contains(text, piece) {
			continue
		}
		var next []fragment
		for _, f := range fragments {
			if f.id != None {
				next = append(next, f)
				continue
			}
			for {
				before, after, found := strings.Cut(f.text, piece)
				if before != "" {
					next = append(next, fragment{before, None})
				}
				if !found {
					break
				}
				next = append(next, fragment{piece, id})
				f.text = after
			}
		}
		fragments = next
	}
	return fragments
}

// symbol is a stretch of the text that is one piece so far, in a linked list.
type symbol struct {
	start, end int // text[start:end]; empty once merged into its neighbour
	prev, next int // -1 at the ends
}

// bigram is two neighbouring symbols that together are a piece.
type bigram struct {
	left, right int
	size        int // bytes of both, by which a bigram that has gone stale is known
	score       float32
}

// queue is a binary heap of bigrams. (container/heap would put each of them on
// the heap of the process as well: it takes half of Encode's time.)
type queue []bigram

// before orders by score, the best first; of equal ones the leftmost.
func (q queue) before(i, j int) bool {
	return q[i].score > q[j].score || q[i].score == q[j].score && q[i].left < q[j].left
}

func (q *queue) push(b bigram) {
	*q = append(*q, b)
	h := *q
	for i := len(h) - 1; i > 0; {
		parent := (i - 1) / 2
		if !h.before(i, parent) {
			break
		}
		h[i], h[parent] = h[parent], h[i]
		i = parent
	}
}

func (q *queue) pop() bigram {
	h := *q
	best, last := h[0], len(h)-1
	h[0] = h[last]
	h = h[:last]
	for i := 0; ; {
		child := 2*i + 1
		if child >= last {
			break
		}
		if right := child + 1; right < last && h.before(right, child) {
			child = right
		}
		if !h.before(child, i) {
			break
		}
		h[i], h[child] = h[child], h[i]
		i = child
	}
	*q = h
	return best
}

// merge appends the tokens of text, in which spaces are marked, to out. It
// starts from single characters and joins the neighbours whose piece has the
// best score until none are left (Sennrich et al., 2016, with scores instead of
// ranks).
func (t *Tokenizer) merge(out []int32, text string) []int32 {
	symbols := splitCharacters(text)
	q := make(queue, 0, len(symbols))
	add := func(left, right int) {
		if left < 0 || right < 0 {
			return
		}
		piece := text[symbols[left].start:symbols[right].end]
		if id, ok := t.merges[piece]; ok {
			q.push(bigram{left, right, len(piece), t.scores[id]})
		}
	}
	join(symbols, &q, add)
	for i := 0; i >= 0; i = symbols[i].next {
		out = t.appendSymbol(out, text[symbols[i].start:symbols[i].end])
	}
	return out
}

// join merges symbols in the order of q. add puts two neighbours there if they
// may be joined.
func join(symbols []symbol, q *queue, add func(left, right int)) {
	for i := 1; i < len(symbols); i++ {
		add(i-1, i)
	}
	for len(*q) > 0 {
		b := q.pop()
		left, right := &symbols[b.left], &symbols[b.right]
		leftSize, rightSize := left.end-left.start, right.end-right.start
		if leftSize == 0 || rightSize == 0 || leftSize+rightSize != b.size {
			continue // one of the two has been merged since
		}
		left.end = right.end
		right.start = right.end
		left.next = right.next
		if right.next >= 0 {
			symbols[right.next].prev = b.left
		}
		add(left.prev, b.left)
		add(b.left, left.next)
	}
}

// appendSymbol appends the token of s, or those of its bytes if it has none.
func (t *Tokenizer) appendSymbol(out []int32, s string) []int32 {
	if id, ok := t.merges[s]; ok {
		return append(out, id)
	}
	for _, b := range []byte(s) {
		out = append(out, t.bytes[b])
	}
	return out
}

// splitCharacters cuts text into characters by their first byte alone, as
// llama.cpp does: a stray byte of a sequence is a character of its own, and a
// sequence cut short takes what follows it along.
func splitCharacters(text string) []symbol {
	symbols := make([]symbol, 0, len(text))
	for at := 0; at < len(text); {
		end := min(at+sequenceLength(text[at]), len(text))
		i := len(symbols)
		symbols = append(symbols, symbol{start: at, end: end, prev: i - 1, next: i + 1})
		at = end
	}
	symbols[len(symbols)-1].next = -1
	return symbols
}

// sequenceLength is the length of the UTF-8 sequence that begins with b.
func sequenceLength(b byte) int {
	switch {
	case b >= 0xF0:
		return 4
	case b >= 0xE0:
		return 3
	case b >= 0xC0:
		return 2
	}
	return 1
}
