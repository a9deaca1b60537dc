package recall

import "container/list"

// lru is a list that is bounded by bytes: least recently used first out. It is
// for one goroutine at a time.
type lru[V interface{ bytes() int }] struct {
	max, size int // bytes
	list.List     // front: most recently used
	dropped   func(V)
}

// pushed takes in the element that a value was just put into.
func (b *lru[V]) pushed(el *list.Element) {
	b.size += b.of(el).bytes()
	for b.size > b.max {
		b.drop(b.Back())
	}
}

func (b *lru[V]) drop(el *list.Element) {
	v := b.Remove(el).(V)
	b.size -= v.bytes()
	if b.dropped != nil {
		b.dropped(v)
	}
}

func (b *lru[V]) of(el *list.Element) V { return el.Value.(V) }
