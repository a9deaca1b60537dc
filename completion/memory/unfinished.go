package memory

import "slices"

// A name that somebody has begun to type and left is no word: nobody is to be
// offered it anywhere else. It ends its line, and neither its text nor any other
// that is known has it a second time.

// finished are the words of an open text, around the cursor, with a strange one
// for each that was not finished. Others are the other open texts.
func (m *Memory) finished(head, tail []word, others []*index) (before, after []word) {
	texts := m.vocab.snapshot()
	counts := make(map[word]int)
	for _, part := range [][]word{head, tail} {
		for i, w := range part {
			if last := i+1 == len(part) || endsLine(texts[part[i+1]]); last && begunName(texts[w]) {
				counts[w] = 0
			}
		}
	}
	for _, part := range [][]word{head, tail} {
		for _, w := range part {
			if n, ok := counts[w]; ok {
				counts[w] = n + 1
			}
		}
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	for w, n := range counts {
		if n > 1 || m.repository.count(w) > 0 || slices.ContainsFunc(others, func(x *index) bool { return x.count(w) > 0 }) {
			delete(counts, w)
		}
	}
	return without(head, counts), without(tail, counts)
}

// begunName tells whether a word is a name, which may stand behind a space.
func begunName(text string) bool {
	if text != "" && text[0] == ' ' {
		text = text[1:]
	}
	return text != "" && wordByte(text[0]) && (text[0] < '0' || text[0] > '9')
}

// without is words with a strange one in the place of each that is in gone.
func without(words []word, gone map[word]int) []word {
	if len(gone) == 0 {
		return words
	}
	words = slices.Clone(words)
	for i, w := range words {
		if _, ok := gone[w]; ok {
			words[i] = strange
		}
	}
	return words
}
