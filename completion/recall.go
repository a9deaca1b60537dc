package completion

import (
	"container/list"
	"hash/maphash"
	"strings"
	"sync"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/prompt"
)

// How says how a request was answered without asking the model.
type How string

const (
	Exact        How = "exact"         // the same place in the same text
	TypedThrough How = "typed through" // the user typed what was suggested
	Speculated   How = "speculated"    // prepared before it was asked for
	Remembered   How = "remembered"    // by the memory of the workspace, until the model has answered
	InPart       How = "in part"       // whole lines of what is being generated
)

// asked is who was asked, and how: suggestions of one are none of another's.
type asked struct {
	backend, endpoint, model, form string
	maxTokens                      int
}

func askedOf(info model.Info, maxTokens int) asked {
	return asked{info.Backend, info.Endpoint, info.Model, prompt.Choose(info).Name, maxTokens}
}

// remembered is a suggestion and the text that it was made for: text goes
// between what stands before start and what stands after the place, both known
// by their hashes.
type remembered struct {
	asked
	path, language string
	start          int
	text           string
	before, after  uint64
	afterLen       int
	how            How    // Exact, or Speculated until it was answered once
	id             string // the trace of the request that brought it
	multiline      bool
	fate           *fate
}

// fixedBytes is what a remembered suggestion takes beside its texts.
const fixedBytes = 256

func (m *remembered) bytes() int {
	return fixedBytes + len(m.path) + len(m.text) + len(m.endpoint) + len(m.model)
}

// suggestions are those of late, kept so that typing what is shown, deleting
// it and typing it again ask nobody: neither the model nor the parser. They are
// bounded by bytes, least recently used first out.
type suggestions struct {
	seed maphash.Seed

	mu    sync.Mutex
	max   int        // bytes
	size  int        // bytes
	order *list.List // front: most recently used; values are *remembered
}

func newSuggestions(maxBytes int) *suggestions {
	return &suggestions{seed: maphash.MakeSeed(), max: maxBytes, order: list.New()}
}

// remember notes what was suggested at p.
func (m *suggestions) remember(by asked, p place, text, id string, how How) remembered {
	return m.put(m.suggested(by, p, text, id, how), m.order.PushFront)
}

// rememberBehind notes an alternative: it is recalled only where the user has
// typed what no other suggestion begins with.
func (m *suggestions) rememberBehind(by asked, p place, text, id string) remembered {
	return m.put(m.suggested(by, p, text, id, Exact), m.order.PushBack)
}

// rememberAlso notes that a suggestion that is known is one for p, too, as text of
// several lines. What becomes of it there becomes of the one suggestion, which
// comes first where both fit.
func (m *suggestions) rememberAlso(known remembered, p place, text string) {
	r := m.suggested(known.asked, p, text, known.id, known.how)
	r.multiline, r.fate = true, known.fate
	m.put(r, func(r any) *list.Element {
		if first := m.order.Front(); first != nil {
			return m.order.InsertAfter(r, first)
		}
		return m.order.PushFront(r)
	})
}

func (m *suggestions) suggested(by asked, p place, text, id string, how How) *remembered {
	after := p.doc.Text[p.end:]
	return &remembered{
		asked: by, path: p.doc.Key, language: p.doc.Language, start: p.start, text: text,
		before: maphash.String(m.seed, p.doc.Text[:p.start]), after: maphash.String(m.seed, after), afterLen: len(after),
		how: how, id: id, multiline: p.multiline(), fate: new(fate),
	}
}

func (m *suggestions) put(r *remembered, push func(any) *list.Element) remembered {
	m.mu.Lock()
	defer m.mu.Unlock()
	for el := m.order.Front(); el != nil; el = el.Next() {
		old := el.Value.(*remembered)
		if old.start == r.start && old.before == r.before && old.after == r.after && // numbers tell most apart
			old.text == r.text && old.path == r.path && old.language == r.language && old.asked == r.asked {
			m.remove(el)
			break
		}
	}
	push(r)
	m.size += r.bytes()
	for m.size > m.max {
		m.remove(m.order.Back())
	}
	return *r
}

func (m *suggestions) remove(el *list.Element) {
	m.size -= m.order.Remove(el).(*remembered).bytes()
}

// recall finds the suggestion whose rest goes to p. The one used last wins.
func (m *suggestions) recall(by asked, p place) (found remembered, rest Replacement, how How, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for el := m.order.Front(); el != nil; el = el.Next() {
		r := el.Value.(*remembered)
		if !r.near(p) || r.path != p.doc.Key || r.language != p.doc.Language || r.asked != by {
			continue
		}
		rest, ok := r.rest(p)
		if !ok || !r.fits(m.seed, p.doc.Text) {
			continue
		}
		m.order.MoveToFront(el)
		how := TypedThrough
		if p.start == r.start {
			how = r.how
			r.how = Exact
		}
		return *r, rest, how, true
	}
	return remembered{}, Replacement{}, "", false
}

// empty tells that there is nothing to recall.
func (m *suggestions) empty() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.order.Len() == 0
}

// forget drops all suggestions for a document.
func (m *suggestions) forget(path string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for el := m.order.Front(); el != nil; {
		next := el.Next()
		if el.Value.(*remembered).path == path {
			m.remove(el)
		}
		el = next
	}
}

// maxClosers is how many bytes an editor may have added behind the cursor while
// the suggestion was typed: brackets, quotes, a line with a bracket.
const maxClosers = 64

// closersAndBlanks are what editors add behind the cursor.
const closersAndBlanks = ")]}>\"'` \t\n"

// near tells, by lengths alone, whether there can be a rest at p: of many
// suggestions few are left to look at.
func (r *remembered) near(p place) bool {
	added := len(p.doc.Text) - p.end - r.afterLen
	return p.start >= r.start && p.start-r.start <= 2*len(r.text) && added >= 0 && added <= maxClosers
}

// rest is what of the suggestion is still to come at p, if what stands between
// its start and p is the beginning of it. It compares lengths and the typed
// text; fits compares the rest of the document.
//
// What the editor added behind the cursor while the user typed counts as the
// suggestion's own: taking the rest gives the text that the suggestion promised,
// to the byte.
func (r *remembered) rest(p place) (rest Replacement, ok bool) {
	if !r.near(p) {
		return Replacement{}, false
	}
	text := p.doc.Text
	added := len(text) - p.end - r.afterLen
	remaining, ok := strings.CutPrefix(r.text, unixNewlines(text[r.start:p.start]))
	if !ok {
		return Replacement{}, false
	}
	end := p.end
	if closers := unixNewlines(text[p.end : p.end+added]); strings.HasSuffix(remaining, closers) {
		remaining = strings.TrimSuffix(remaining, closers)
	} else if closes(closers, remaining) {
		end += added
	} else {
		return Replacement{}, false
	}
	more, ok := strings.CutPrefix(remaining, p.selected)
	if !ok || strings.TrimSpace(more) == "" {
		return Replacement{}, false
	}
	return Replacement{Start: p.start, End: end, Text: remaining}, true
}

// fits tells whether text is what the suggestion was made for, typed text and
// added brackets aside.
func (r *remembered) fits(seed maphash.Seed, text string) bool {
	return maphash.String(seed, text[:r.start]) == r.before &&
		maphash.String(seed, text[len(text)-r.afterLen:]) == r.after
}

// closes tells whether closers are closing brackets and quotes only, all of
// which rest writes in this order.
func closes(closers, rest string) bool {
	for _, c := range []byte(closers) {
		if strings.IndexByte(")]}>\"'`", c) < 0 {
			return false
		}
		i := strings.IndexByte(rest, c)
		if i < 0 {
			return false
		}
		rest = rest[i+1:]
	}
	return true
}

func unixNewlines(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }
