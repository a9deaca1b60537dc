package recall

import (
	"hash/maphash"
	"strings"
)

// Place is where a suggestion goes: it replaces the bytes [Start, End) of a document's
// text and begins with Selected.
type Place struct {
	Path, Language, Text string
	Start, End           int
	Selected             string
	Before               string // what a notebook has before the text
	Multiline            bool   // it may have more than one line
}

// Origin is who was asked, and how: suggestions of one are none of another's.
type Origin struct {
	Backend, Endpoint, Model, Form string
	MaxTokens                      int
}

// Suggestion is a text and the document that it was made for: it goes between what
// stands before start and what stands after the place, both known by their hashes.
type Suggestion struct {
	Origin
	Path      string
	Text      string
	How       Shortcut // Exact, or Speculated until it was answered once
	ID        string   // the trace of the request that brought it
	Multiline bool
	Begun     bool // it is but the beginning of a line: who asks by a key wants more
	Fate      *Fate

	language      string
	start         int
	seed          maphash.Seed
	before, after uint64
	notebook      uint64 // Place.Before
	afterLen      int
}

// fixedBytes is what a suggestion takes beside its texts.
const fixedBytes = 256

func (s *Suggestion) bytes() int {
	return fixedBytes + len(s.Path) + len(s.Text) + len(s.Endpoint) + len(s.Model)
}

// maxClosers is how many bytes an editor may have added behind the cursor while
// the suggestion was typed: brackets, quotes, a line with a bracket.
const maxClosers = 64

// closersAndBlanks are what editors add behind the cursor.
const closersAndBlanks = ")]}>\"'` \t\n"

// near tells, by lengths alone, whether there can be a rest at p: of many
// suggestions few are left to look at.
func (s *Suggestion) near(p Place) bool {
	added := len(p.Text) - p.End - s.afterLen
	return p.Start >= s.start && p.Start-s.start <= 2*len(s.Text) && added >= 0 && added <= maxClosers
}

// Replacement is a text put in the place of the bytes [Start, End).
type Replacement struct {
	Start, End int
	Text       string
}

// Rest is what of the suggestion is still to come at p, if what stands between
// its start and p is the beginning of it. It compares lengths and the typed
// text; fits compares the rest of the document.
//
// What the editor added behind the cursor while the user typed counts as the
// suggestion's own: taking the rest gives the text that the suggestion promised,
// to the byte.
func (s *Suggestion) Rest(p Place) (rest Replacement, ok bool) {
	if !s.near(p) {
		return Replacement{}, false
	}
	added := len(p.Text) - p.End - s.afterLen
	remaining, ok := strings.CutPrefix(s.Text, UnixNewlines(p.Text[s.start:p.Start]))
	if !ok {
		return Replacement{}, false
	}
	end := p.End
	if closers := UnixNewlines(p.Text[p.End : p.End+added]); strings.HasSuffix(remaining, closers) {
		remaining = strings.TrimSuffix(remaining, closers)
	} else if closes(closers, remaining) {
		end += added
	} else {
		return Replacement{}, false
	}
	more, ok := strings.CutPrefix(remaining, p.Selected)
	if !ok || strings.TrimSpace(more) == "" {
		return Replacement{}, false
	}
	return Replacement{Start: p.Start, End: end, Text: remaining}, true
}

// fits tells whether text is what the suggestion was made for, typed text and
// added brackets aside.
func (s *Suggestion) fits(text string) bool {
	return s.seed != (maphash.Seed{}) && // or it was made for no place at all
		maphash.String(s.seed, text[:s.start]) == s.before &&
		maphash.String(s.seed, text[len(text)-s.afterLen:]) == s.after
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

// IsTypedIn tells whether text differs from what the suggestion was made for at
// most by a beginning of it and by brackets that the editor added.
func (s *Suggestion) IsTypedIn(path, text string) bool {
	end := len(text) - s.afterLen
	if path != s.Path || end < s.start || !s.fits(text) {
		return false
	}
	typed := UnixNewlines(text[s.start:end])
	i := 0
	for i < len(typed) && i < len(s.Text) && typed[i] == s.Text[i] {
		i++
	}
	return len(typed)-i <= maxClosers && strings.Trim(typed[i:], closersAndBlanks) == ""
}

// isAccepted tells whether p stands behind the whole suggestion.
func (s *Suggestion) isAccepted(p Place) bool {
	return p.Path == s.Path && p.Selected == "" && p.Start == p.End && p.Start >= s.start && len(p.Text)-p.Start == s.afterLen &&
		UnixNewlines(p.Text[s.start:p.Start]) == s.Text && s.fits(p.Text)
}

// Serves tells whether a suggestion of which there is only the beginning yet goes on
// at p: what was typed since it was begun is a part of that.
func (s *Suggestion) Serves(p Place) bool {
	added := len(p.Text) - p.End - s.afterLen
	if s.Path != p.Path || s.language != p.Language || p.Start < s.start || added < 0 || added > maxClosers {
		return false
	}
	return strings.Trim(p.Text[p.End:p.End+added], closersAndBlanks) == "" && s.fits(p.Text) && s.notebook == maphash.String(s.seed, p.Before) &&
		strings.HasPrefix(s.Text, UnixNewlines(p.Text[s.start:p.Start])+p.Selected)
}

// MayServe tells whether text differs from the document of a suggestion that is not
// complete by nothing but a beginning of it, as far as that is known, and brackets
// that the editor added.
func (s *Suggestion) MayServe(text string) bool {
	if s.IsTypedIn(s.Path, text) {
		return true
	}
	end := len(text) - s.afterLen
	return end >= s.start && s.fits(text) && strings.HasPrefix(UnixNewlines(text[s.start:end]), s.Text)
}

// UnixNewlines is a text with the line ends of suggestions.
func UnixNewlines(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }
