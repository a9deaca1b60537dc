package memory

// Place is where a line is to be completed. It is not safe for concurrent use.
type Place struct {
	m          *Memory
	path       string
	head, tail []word // before and after the cursor
	own        *index
	others     []*index
	known      wordSet
	open       bool
}

// At prepares for questions about the place in a text where the bytes [start,
// end) are to be replaced. open says that more lines may follow, so that the line
// need not end as the text goes on.
func (m *Memory) At(path, text string, start, end int, open bool) *Place {
	p := &Place{m: m, path: path, open: open}
	p.head, p.tail = m.around(path, text, start, end)
	p.others = m.others(path)
	head, tail := m.finished(p.head, p.tail, p.others)
	p.own = newIndex(len(head)+len(tail)+2, nearOrders...)
	p.own.add(head[:max(0, len(head)-1)]) // the last word may be half a word
	p.own.add(tail)
	p.known = make(wordSet, (m.vocab.size()+int(firstWord))/64+1)
	p.known.add(head)
	p.known.add(tail)
	return p
}

// wordSet has a bit for each word; those beyond its end it has not.
type wordSet []uint64

func (s wordSet) add(words []word) {
	for _, w := range words {
		s[w/64] |= 1 << (w % 64)
	}
}

func (s wordSet) has(w word) bool { return int(w/64) < len(s) && s[w/64]&(1<<(w%64)) != 0 }

// maxAround is how far from the cursor, in bytes, a text that is not open is
// read.
const maxAround = 128 << 10

func (m *Memory) around(path, text string, start, end int) (before, after []word) {
	bs := &m.buffers
	bs.mu.Lock()
	if b := bs.byPath[path]; b != nil && b.text == text {
		defer bs.mu.Unlock()
		return b.around(m.vocab, start, end)
	}
	bs.mu.Unlock()
	before = m.vocab.cut(nil, text[max(0, start-maxAround):start])
	return before, m.vocab.cut(nil, text[end:min(len(text), end+maxAround)])
}

// Lines are the likeliest rests of the line behind the cursor when added was
// written there; the likeliest first, none if the memory cannot think of any.
func (p *Place) Lines(added string) []Line {
	m := p.m
	context := p.head
	if added != "" {
		// The last words may be one with what was added.
		keep := max(0, len(context)-2)
		last := ""
		for _, w := range context[keep:] {
			last += m.vocab.text(w)
		}
		context = m.vocab.cut(context[:keep:keep], last+added)
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	s := search{
		blender: &blender{tuning: tuned, known: p.known, slots: make(map[word]int)},
		vocab:   m.vocab, seen: make(map[string]prediction), open: p.open,
	}
	if n := len(context); n > 0 && !endsLine(m.vocab.text(context[n-1])) {
		s.partial = m.vocab.text(context[n-1])
		context = context[:n-1]
	}
	s.context, s.after = context, p.tail[:min(len(p.tail), tuned.after)]
	s.texts = m.vocab.snapshot()
	s.blender.texts = s.texts

	s.levels = []level{{p.own, tuned.file, ownLimit, int32(len(p.head)), -1}}
	for _, x := range p.others {
		s.levels = append(s.levels, level{x, tuned.folder, nearLimit, -1, -1})
	}
	folder, hidden, done := m.near(p.path)
	defer done()
	if folder != nil {
		s.levels = append(s.levels, level{folder, tuned.folder, nearLimit, -1, hidden})
	}
	hidden = -1
	if k, ok := m.files[p.path]; ok {
		hidden = k.number
	}
	s.levels = append(s.levels, level{m.repository, tuned.repository, farLimit, -1, hidden})
	return s.lines()
}

// Places looked at for one prediction, for each chain of an index.
const (
	ownLimit  = 300
	nearLimit = 200
	farLimit  = 150
)
