package completion

import (
	"container/list"
	"sync"
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
	answer string
}

func (e *entry) bytes() int { return len(e.key) + len(e.answer) }

func newCache(maxBytes int) *cache {
	return &cache{max: maxBytes, order: list.New(), byKey: map[string]*list.Element{}}
}

func (c *cache) get(key string) (answer string, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	el, ok := c.byKey[key]
	if !ok {
		return "", false
	}
	c.order.MoveToFront(el)
	return el.Value.(*entry).answer, true
}

func (c *cache) put(key, answer string) {
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
