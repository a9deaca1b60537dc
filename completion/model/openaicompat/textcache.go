package openaicompat

import "sync"

const (
	// A prompt has a few texts; some documents take turns.
	maxTexts = 16
	// maxTextBytes bounds what the cache holds.
	maxTextBytes = 1 << 20
)

// textCache remembers the token ids of the texts encoded last. While a person
// types, what follows the cursor stays as it is.
type textCache struct {
	mu      sync.Mutex
	entries []textEntry // last used first
	bytes   int
}

type textEntry struct {
	text    string
	noSpace bool
	ids     []int
}

func newTextCache() *textCache { return &textCache{} }

func (c *textCache) get(text string, noSpace bool) ([]int, bool) {
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

func (c *textCache) put(text string, noSpace bool, ids []int) {
	if len(text) > maxTextBytes/2 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.entries = append([]textEntry{{text, noSpace, ids}}, c.entries...)
	c.bytes += len(text)
	for len(c.entries) > maxTexts || c.bytes > maxTextBytes {
		last := len(c.entries) - 1
		c.bytes -= len(c.entries[last].text)
		c.entries = c.entries[:last]
	}
}
