package completion

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/airside-ls/airside/completion/prompt"
	"github.com/airside-ls/airside/completion/syntax"
)

// place is where a suggestion goes: it replaces the bytes [start, end) of doc
// and begins with selected. The model continues doc.Text[:at] + selected, and what
// follows it is doc.Text[end:].
type place struct {
	doc        syntax.Document
	at         int
	start, end int
	selected   string
	invoked    bool
	analysis   syntax.Analysis
}

// placeOf checks the request's offsets; reason says why there can be no
// suggestion there.
func placeOf(r Request) (p place, reason string) {
	text := r.Document.Text
	p = place{doc: source(r.Document), at: r.Offset, start: r.Offset, end: r.Offset, invoked: r.Trigger == Invoked}
	if r.Offset < 0 || r.Offset > len(text) {
		return p, "the position lies outside the document"
	}
	if s := r.Selected; s != nil {
		if s.Start < 0 || s.Start > s.End || s.End > len(text) || s.Start > r.Offset || r.Offset > s.End {
			return p, "the selected completion's range lies elsewhere"
		}
		p.at, p.start, p.end, p.selected = s.Start, s.Start, s.End, s.Text
	}
	return p, ""
}

// refuse says why nobody is to be asked about the place, or "".
func (p place) refuse() string {
	if p.selected == "" && p.start == p.end && !p.invoked && insideWord(p.doc.Text, p.at) {
		return "the cursor is inside a word"
	}
	return ""
}

func insideWord(text string, at int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:at])
	after, _ := utf8.DecodeRuneInString(text[at:])
	return at > 0 && at < len(text) && wordRune(before) && wordRune(after)
}

func wordRune(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

// multiline says whether the suggestion may have more than one line.
func (p place) multiline() bool { return p.analysis.Multiline && p.selected == "" }

// ender returns the function that finds where the suggestion ends in the
// answer so far: the bytes to keep, and whether more text cannot change that.
func (p place) ender() func(answer string) (n int, certain bool) {
	return func(answer string) (int, bool) {
		keep, certain := syntax.End(p.analysis, answer)
		if i := strings.IndexByte(answer[:keep], '\n'); i >= 0 && !p.multiline() {
			return i, true // after a selected completion there is one line, wherever it stands
		}
		return keep, certain
	}
}

// keep are the lines worth keeping when the prefix is cut.
func (p place) keep() []prompt.Range {
	var keep []prompt.Range
	for _, r := range syntax.Skeleton(p.analysis, p.at) {
		keep = append(keep, prompt.Range{Start: r.Start, End: r.End})
	}
	return keep
}

// normalizeNewlines shows the model "\n" line ends only, as its training data
// had them. Suggestions come back with "\n"; editors write their own.
func normalizeNewlines(w prompt.Window) prompt.Window {
	return prompt.Window{
		Prefix: strings.ReplaceAll(w.Prefix, "\r\n", "\n"),
		Suffix: strings.ReplaceAll(w.Suffix, "\r\n", "\n"),
	}
}
