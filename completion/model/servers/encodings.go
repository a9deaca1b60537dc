package servers

import "sync"

const (
	// A prompt has a few texts; some documents take turns.
	maxTexts = 16
	// maxTextBytes bounds what the cache holds.
	maxTextBytes = 1 << 20
)

// encodings are the token ids of the texts that a server has encoded last, so that a
// keystroke does not have the whole prompt encoded anew. While a person types, what
// follows the cursor stays as it is. The zero value is empty and ready; it is safe for
// concurrent use.
type encodings struct {
	mu      sync.Mutex
	entries []encoding // last used first
	bytes   int
}

type encoding struct {
	text    string
	noSpace bool
	ids     []int
}

// get returns the ids of a text, encoded with or without SentencePiece's leading
// space. They are shared and must not be changed.
func (c *encodings) get(text string, noSpace bool) ([]int, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, e := range c.entries {
		if e.noSpace == noSpace && e.text == text {
			copy(c.entries[1:i+1], c.entries[:i])
			c.entries[0] = e
			return e.ids, true
		}
	}
	return nil, false
}

// put remembers the ids of a text. A text that would fill half of the memory is
// not taken.
func (c *encodings) put(text string, noSpace bool, ids []int) {
	if len(text) > maxTextBytes/2 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.entries = append([]encoding{{text, noSpace, ids}}, c.entries...)
	c.bytes += len(text)
	for len(c.entries) > maxTexts || c.bytes > maxTextBytes {
		last := len(c.entries) - 1
		c.bytes -= len(c.entries[last].text)
		c.entries = c.entries[:last]
	}
}
