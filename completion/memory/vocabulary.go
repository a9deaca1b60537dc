package memory

import (
	"strings"
	"sync"
)

// word names a text in a vocabulary.
type word uint32

const (
	// edge stands where a text begins or was cut: nothing is alike there.
	edge word = iota
	// strange is every text that the vocabulary has no room for.
	strange
	firstWord
)

// maxWords bounds a vocabulary: 10,000 files have about 300,000.
const maxWords = 1 << 20

// arenaBytes is how much text of words is allocated at once.
const arenaBytes = 64 << 10

// vocabulary numbers the different words. It is safe for concurrent use.
type vocabulary struct {
	mu    sync.RWMutex
	ids   map[string]word
	texts []string
	arena strings.Builder // holds the texts, so that each is no object of its own
}

func newVocabulary() *vocabulary {
	return &vocabulary{ids: make(map[string]word), texts: make([]string, firstWord)}
}

// cut appends the words of text. Line ends count as "\n" whatever they are.
func (v *vocabulary) cut(words []word, text string) []word {
	v.mu.RLock()
	defer v.mu.RUnlock()
	for len(text) > 0 {
		n := next(text)
		words = append(words, v.lockedID(unix(text[:n])))
		text = text[n:]
	}
	return words
}

// lockedID is id for who holds mu for reading.
func (v *vocabulary) lockedID(text string) word {
	if id, ok := v.ids[text]; ok {
		return id
	}
	v.mu.RUnlock()
	defer v.mu.RLock()
	return v.id(text)
}

// id numbers a word.
func (v *vocabulary) id(text string) word {
	v.mu.Lock()
	defer v.mu.Unlock()
	if id, ok := v.ids[text]; ok {
		return id
	}
	if len(v.texts) >= maxWords {
		return strange
	}
	if v.arena.Len()+len(text) > v.arena.Cap() {
		v.arena = strings.Builder{}
		v.arena.Grow(max(arenaBytes, len(text)))
	}
	at := v.arena.Len()
	v.arena.WriteString(text)
	own := v.arena.String()[at:]
	id := word(len(v.texts))
	v.texts = append(v.texts, own)
	v.ids[own] = id
	return id
}

// text spells a word; "" for those that stand for nothing.
func (v *vocabulary) text(w word) string {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.texts[w]
}

// snapshot are the texts of all words there are now, by word.
func (v *vocabulary) snapshot() []string {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.texts
}

// size is how many words there are.
func (v *vocabulary) size() int {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return len(v.texts) - int(firstWord)
}

// unix spells a line's end with "\n" alone.
func unix(word string) string {
	if endsLine(word) && strings.IndexByte(word, '\r') >= 0 {
		return strings.ReplaceAll(strings.ReplaceAll(word, "\r\n", "\n"), "\r", "\n")
	}
	return word
}
