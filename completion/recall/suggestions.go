// Package recall is what is at hand for a place without asking a model: suggestions
// made before that go on there, the one that is prepared for where the cursor will be
// next, and what models have answered to the same prompt. It asks neither a model nor
// the parser.
package recall

import (
	"container/list"
	"hash/maphash"
	"sync"
)

// Shortcut says how a request was answered without asking the model.
type Shortcut string

const (
	Exact        Shortcut = "exact"         // the same place in the same text
	TypedThrough Shortcut = "typed through" // the user typed what was suggested
	Speculated   Shortcut = "speculated"    // prepared before it was asked for
)

// Suggestions are those of late, kept so that typing what is shown, deleting
// it and typing it again ask nobody: neither the model nor the parser. They are
// bounded by bytes, least recently used first out, and safe for concurrent use.
type Suggestions struct {
	seed maphash.Seed

	mu   sync.Mutex
	kept lru[*Suggestion]
}

// NewSuggestions keeps so many bytes of them.
func NewSuggestions(maxBytes int) *Suggestions {
	return &Suggestions{seed: maphash.MakeSeed(), kept: lru[*Suggestion]{max: maxBytes}}
}

// Remember notes what was suggested at p.
func (ss *Suggestions) Remember(by Origin, p Place, text, id string, how Shortcut) Suggestion {
	return ss.put(ss.Suggested(by, p, text, id, how), ss.kept.PushFront)
}

// RememberBegun notes the beginning of a line, of which the rest was not sure enough.
func (ss *Suggestions) RememberBegun(by Origin, p Place, text, id string, how Shortcut) Suggestion {
	s := ss.Suggested(by, p, text, id, how)
	s.Begun = true
	return ss.put(s, ss.kept.PushFront)
}

// RememberBehind notes an alternative: it is recalled only where the user has
// typed what no other suggestion begins with.
func (ss *Suggestions) RememberBehind(by Origin, p Place, text, id string) Suggestion {
	return ss.put(ss.Suggested(by, p, text, id, Exact), ss.kept.PushBack)
}

// RememberAlso notes that a suggestion that is known is one for p, too, as text of
// several lines. What becomes of it there becomes of the one suggestion, which
// comes first where both fit.
func (ss *Suggestions) RememberAlso(known Suggestion, p Place, text string) {
	s := ss.Suggested(known.Origin, p, text, known.ID, known.How)
	s.Multiline, s.Fate = true, known.Fate
	ss.put(s, func(s any) *list.Element {
		if first := ss.kept.Front(); first != nil {
			return ss.kept.InsertAfter(s, first)
		}
		return ss.kept.PushFront(s)
	})
}

// Suggested is a suggestion for p, which nobody remembers yet.
func (ss *Suggestions) Suggested(by Origin, p Place, text, id string, how Shortcut) *Suggestion {
	after := p.Text[p.End:]
	return &Suggestion{
		Origin: by, Path: p.Path, Text: text, How: how, ID: id, Multiline: p.Multiline, Fate: new(Fate),
		language: p.Language, start: p.Start, seed: ss.seed,
		before: maphash.String(ss.seed, p.Text[:p.Start]), after: maphash.String(ss.seed, after), afterLen: len(after),
		notebook: maphash.String(ss.seed, p.Before),
	}
}

func (ss *Suggestions) put(s *Suggestion, push func(any) *list.Element) Suggestion {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	for el := ss.kept.Front(); el != nil; el = el.Next() {
		old := ss.kept.of(el)
		if old.start == s.start && old.before == s.before && old.after == s.after && old.notebook == s.notebook && // numbers tell most apart
			old.Text == s.Text && old.Path == s.Path && old.language == s.language && old.Origin == s.Origin {
			ss.kept.drop(el)
			break
		}
	}
	ss.kept.pushed(push(s))
	return *s
}

// Recall finds the suggestion whose rest goes to p. The one used last wins.
func (ss *Suggestions) Recall(by Origin, p Place) (found Suggestion, rest Replacement, how Shortcut, ok bool) {
	notebook := maphash.String(ss.seed, p.Before)
	ss.mu.Lock()
	defer ss.mu.Unlock()
	for el := ss.kept.Front(); el != nil; el = el.Next() {
		s := ss.kept.of(el)
		if !s.near(p) || s.notebook != notebook || s.Path != p.Path || s.language != p.Language || s.Origin != by {
			continue
		}
		rest, ok := s.Rest(p)
		if !ok || !s.fits(p.Text) {
			continue
		}
		ss.kept.MoveToFront(el)
		how := TypedThrough
		if p.Start == s.start {
			how = s.How
			s.How = Exact
		}
		return *s, rest, how, true
	}
	return Suggestion{}, Replacement{}, "", false
}

// Empty tells that there is nothing to recall.
func (ss *Suggestions) Empty() bool {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	return ss.kept.Len() == 0
}

// Forget drops all suggestions for a document.
func (ss *Suggestions) Forget(path string) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	for el := ss.kept.Front(); el != nil; {
		next := el.Next()
		if ss.kept.of(el).Path == path {
			ss.kept.drop(el)
		}
		el = next
	}
}
