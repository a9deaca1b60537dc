package llama

import "slices"

// DefaultKeepBytes bounds the keys and values that are kept of the texts before
// the last one: some 4,000 tokens of a model of 1.5 billion parameters.
const DefaultKeepBytes = 256 << 20

// sequence is tokens whose keys and values are cached.
type sequence struct {
	tokens []int32
	prompt int // how many of them were evaluated as one; others were added
	cache  *kvCache
}

func newSequence(m *Model) *sequence { return &sequence{cache: newKVCache(m)} }

// sequences are sequences, that which was used last in front.
type sequences struct {
	list []*sequence
	most int // bytes of all but the first
}

// add puts a sequence in front and drops those that there is no room for.
func (k *sequences) add(q *sequence) *sequence {
	bytes := 0
	for i, other := range k.list {
		if bytes += other.cache.bytes(); bytes > k.most {
			k.list = slices.Delete(k.list, i, len(k.list))
			break
		}
	}
	k.list = slices.Insert(k.list, 0, q)
	return q
}

// choose takes the sequence that tokens have most in common with to the front. One
// that is of another text is kept as it is: then a new one begins with what they
// have in common. Beside has nothing of one be lost, if tokens are an edit of it or not.
func (k *sequences) choose(tokens []int32, m *Model, beside bool) *sequence {
	best, shared := 0, -1
	for i, q := range k.list {
		if n := common(q.tokens, tokens); n > shared {
			best, shared = i, n
		}
	}
	q := k.list[best]
	if len(q.tokens)-shared <= strayTokens || !beside && q.sameText(tokens, shared) {
		k.list = slices.Delete(k.list, best, best+1)
		return k.add(q)
	}
	fresh := newSequence(m)
	if shared > 0 {
		fresh.cache.copy(q.cache, shared)
		fresh.tokens = slices.Clone(tokens[:shared])
	}
	return k.add(fresh)
}

// strayTokens are so few that they are read again rather than kept: what a request at
// a cursor will show is some forty tokens for a slow model in a file just opened, half
// a second's reading.
const strayTokens = 16

// sameText tells whether tokens, which begin with so many of q's, are the text of q
// after an edit or at another place of it: most of its prompt is in them, before and
// behind the edit.
func (q *sequence) sameText(tokens []int32, shared int) bool {
	prompt := q.tokens[:min(q.prompt, len(q.tokens))]
	behind := 0
	for behind < min(len(prompt), len(tokens))-shared && prompt[len(prompt)-1-behind] == tokens[len(tokens)-1-behind] {
		behind++
	}
	return 2*(shared+behind) >= len(prompt)
}

// common is how many tokens at their beginning a and b share.
func common(a, b []int32) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}
