package syntax

import "github.com/airside-ls/airside/completion/syntax/lang"

// Judge answers one question for everybody who puts text in the place of other
// text, be it a suggestion, a fix or a merge: does it still parse? What cannot be
// parsed, for want of a grammar or because it is too large, is never held against
// anybody.
type Judge struct{ trees *Cache }

// Judge returns the judge that goes by the trees of c, which may be nil: then
// [Judge.Flaw] knows the languages with a parser of their own, and nothing else is
// to be asked.
func (c *Cache) Judge() Judge { return Judge{c} }

// Flaw returns the first place at which a document does not parse, nil for
// none. Go and JSON are judged by their own parsers, all others by their
// grammars. known is false where there is neither, or no time.
func (j Judge) Flaw(d Document) (flaw *lang.Flaw, known bool) {
	if parse := lang.Of(d.Language).Parse; parse != nil {
		return parse(d.Text), true
	}
	if j.trees == nil {
		return nil, false
	}
	root, ok := j.trees.Nodes(d)
	for n := range root.Flaws() {
		return &lang.Flaw{At: n.Start}, ok
	}
	return nil, ok
}

// Fits tells whether a document has no more syntax errors than before when
// text stands in the place of the bytes r of it.
func (j Judge) Fits(d Document, r Range, text string) bool {
	before, ok := j.Errors(d)
	if !ok {
		return true
	}
	after, ok := j.Errors(Document{Language: d.Language, Text: d.Text[:r.Start] + text + d.Text[r.End:]})
	return ok && after <= before
}

// Errors counts the syntax errors of a document; ok is false where it is not
// parsed.
func (j Judge) Errors(d Document) (n int, ok bool) {
	if !j.trees.limits.parses(languageOf(d.Language), d.Text) {
		return 0, false
	}
	return j.trees.trees.errors(d)
}

// Breaks tells whether replacing the bytes r of d by suggestion brings syntax
// errors that were not there before, and how many bytes of the suggestion can
// be kept without any: whole lines, or a part of its only line, 0 when none.
//
// Code is seldom complete while it is typed. So the errors before and after
// are compared by number, and so are the brackets that lack their counterpart.
func (j Judge) Breaks(d Document, r Range, suggestion string) (breaks bool, keep int) {
	r.Start = clamp(r.Start, len(d.Text))
	r.End = max(r.Start, clamp(r.End, len(d.Text)))
	if !j.trees.limits.parses(languageOf(d.Language), d.Text) {
		return false, len(suggestion)
	}
	return j.trees.trees.breaks(d, r, suggestion)
}
