package completion

import (
	"container/list"
	"sync"

	"github.com/airside-ls/airside/completion/model"
)

// cache remembers model answers by the exact prompt they answer, least
// recently used first out, bounded by bytes.
type cache struct {
	mu    sync.Mutex
	max   int // bytes
	size  int
	order *list.List // front: most recently used; values are *entry
	byKey map[string]*list.Element
}

type entry struct {
	key    string
	answer answered
}

// answered is what a model has answered.
type answered struct {
	text   string
	tokens []model.Token // of what it wrote, the prompt's echo included; nil if it does not tell
}

// tokenBytesHeld is about what a token takes.
const tokenBytesHeld = 400

func (e *entry) bytes() int {
	return len(e.key) + len(e.answer.text) + tokenBytesHeld*len(e.answer.tokens)
}

func newCache(maxBytes int) *cache {
	return &cache{max: maxBytes, order: list.New(), byKey: map[string]*list.Element{}}
}

func (c *cache) get(key string) (answer answered, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	el, ok := c.byKey[key]
	if !ok {
		return answered{}, false
	}
	c.order.MoveToFront(el)
	return el.Value.(*entry).answer, true
}

func (c *cache) put(key string, answer answered) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if el, ok := c.byKey[key]; ok {
		c.remove(el)
	}
	e := &entry{key, answer}
	if e.bytes() > c.max {
		return
	}
	c.byKey[key] = c.order.PushFront(e)
	c.size += e.bytes()
	for c.size > c.max {
		c.remove(c.order.Back())
	}
}

func (c *cache) remove(el *list.Element) {
	e := c.order.Remove(el).(*entry)
	delete(c.byKey, e.key)
	c.size -= e.bytes()
}
