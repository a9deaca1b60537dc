package memory

import (
	"slices"
	"sort"
	"sync"
)

// buffers are the texts that are open in an editor. They count as they are
// there, whatever the disk has.
type buffers struct {
	mu     sync.Mutex
	byPath map[string]*buffer
}

// buffer is a text cut into words, which follows its edits.
type buffer struct {
	text  string
	words []word
	ends  []int32 // by word: the byte after it
	index *index  // nil when an edit has come since
}

// maxBuffer is the largest text, in bytes, that is cut: its index is made anew
// after each edit, which takes 15 ms at this size.
const maxBuffer = 512 << 10

// Edit replaces the bytes [Start, End) of a text by New.
type Edit struct {
	Start, End int
	New        string
}

// Open takes in a text that an editor has opened, or all of one that it has
// changed.
func (m *Memory) Open(path, text string) {
	b := &buffer{}
	if len(text) <= maxBuffer {
		b.text = text
		b.words, b.ends, _ = m.vocab.cutUntil(text, 0, nil)
	}
	bs := &m.buffers
	bs.mu.Lock()
	defer bs.mu.Unlock()
	if bs.byPath == nil {
		bs.byPath = make(map[string]*buffer)
	}
	bs.byPath[path] = b
}

// Change takes in edits, each counted in the result of the one before, that led
// to text. The time it takes grows with the edit, and but for the moving of what
// stands behind it not with the text.
func (m *Memory) Change(path string, edits []Edit, text string) {
	bs := &m.buffers
	bs.mu.Lock()
	b := bs.byPath[path]
	if b == nil || len(edits) != 1 || len(b.text)+len(edits[0].New)-(edits[0].End-edits[0].Start) != len(text) || len(text) > maxBuffer {
		bs.mu.Unlock()
		m.Open(path, text)
		return
	}
	defer bs.mu.Unlock()
	b.edit(m.vocab, edits[0], text)
}

// Close ends what Open began. Closing what is not open does nothing.
func (m *Memory) Close(path string) {
	bs := &m.buffers
	bs.mu.Lock()
	defer bs.mu.Unlock()
	delete(bs.byPath, path)
}

// lookAhead is how many bytes behind its beginning decide what word an operator
// is; see next.
const lookAhead = 3

// edit cuts anew from the words that the edit can have touched to where the cut
// falls in with the old one.
func (b *buffer) edit(v *vocabulary, e Edit, text string) {
	delta := len(text) - len(b.text)
	first := sort.Search(len(b.ends), func(i int) bool { return int(b.ends[i]) >= e.Start-lookAhead })
	first = max(0, first-1)
	begin := 0
	if first > 0 {
		begin = int(b.ends[first-1])
	}
	last := first // the words [first, last) of old are replaced
	words, ends, _ := v.cutUntil(text, begin, func(at int) bool {
		old := at - delta
		if old < e.End {
			return false
		}
		last = sort.Search(len(b.ends), func(i int) bool { return int(b.ends[i]) >= old })
		if last < len(b.ends) && int(b.ends[last]) == old {
			last++
			return true
		}
		last = len(b.ends)
		return false
	})
	for i := last; i < len(b.ends); i++ {
		b.ends[i] += int32(delta)
	}
	b.ends = slices.Replace(b.ends, first, last, ends...)
	// Places have parts of the words, so these are not changed where they are.
	b.words = slices.Concat(b.words[:first], words, b.words[last:])
	b.text, b.index = text, nil
}

// cutUntil is cut from a byte on, until done says of a word's end that it is
// enough; nil for never. at is where it ended.
func (v *vocabulary) cutUntil(text string, from int, done func(at int) bool) (words []word, ends []int32, at int) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	for at = from; at < len(text); {
		n := next(text[at:])
		words = append(words, v.lockedID(unix(text[at:at+n])))
		at += n
		ends = append(ends, int32(at))
		if done != nil && done(at) {
			break
		}
	}
	return words, ends, at
}

// around are the words before and after a cursor that stands between start and
// end; what lies between them does not count.
func (b *buffer) around(v *vocabulary, start, end int) (before, after []word) {
	whole := sort.Search(len(b.ends), func(i int) bool { return int(b.ends[i]) > start })
	before = b.words[:whole:whole]
	begin := 0
	if whole > 0 {
		begin = int(b.ends[whole-1])
	}
	if begin < start {
		before = v.cut(before, b.text[begin:start])
	}
	last := len(b.ends)
	words, _, _ := v.cutUntil(b.text, end, func(at int) bool {
		last = sort.Search(len(b.ends), func(i int) bool { return int(b.ends[i]) >= at })
		if last < len(b.ends) && int(b.ends[last]) == at {
			last++
			return true
		}
		last = len(b.ends)
		return false
	})
	return before, append(words, b.words[min(last, len(b.words)):]...)
}

// others are the indexes of the open texts other than path's, made anew for
// those that were edited. Their total length is bounded: those beyond are passed
// over.
func (m *Memory) others(path string) []*index {
	bs := &m.buffers
	bs.mu.Lock()
	defer bs.mu.Unlock()
	var list []*index
	words := 0
	for p, b := range bs.byPath {
		if p == path || words+len(b.words) > maxFolderWords {
			continue
		}
		words += len(b.words)
		if b.index == nil {
			words, _ := m.finished(b.words, nil, nil)
			b.index = newIndex(len(words)+1, nearOrders...)
			b.index.add(words)
		}
		list = append(list, b.index)
	}
	return list
}
