package completion

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/airside-ls/airside/completion/prompt"
	"github.com/airside-ls/airside/completion/recall"
	"github.com/airside-ls/airside/completion/syntax"
)

// place is where a suggestion goes: it replaces the bytes [start, end) of doc
// and begins with selected. The model continues doc.Text[:at] + selected, and what
// follows it is doc.Text[end:].
type place struct {
	doc        syntax.Document
	file       string // whose text doc is
	before     string // see Request.Before
	at         int
	start, end int
	selected   string
	invoked    bool
	length     length
	analysis   syntax.Analysis
	took       time.Duration // the analysis
}

// placeOf checks the request's offsets; reason says why there can be no
// suggestion there.
func placeOf(r Request) (p place, reason string) {
	text := r.Document.Text
	p = place{doc: source(r.Document), file: r.Document.File(), before: r.Before, at: r.Offset, start: r.Offset, end: r.Offset, invoked: r.Trigger == Invoked}
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

// hole is the place as suggestions know it.
func (p place) hole() recall.Place {
	return recall.Place{
		Path: p.doc.Key, Language: p.doc.Language, Text: p.doc.Text,
		Start: p.start, End: p.end, Selected: p.selected, Before: p.before, Multiline: p.multiline(),
	}
}

func insideWord(text string, at int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:at])
	after, _ := utf8.DecodeRuneInString(text[at:])
	return at > 0 && at < len(text) && wordRune(before) && wordRune(after)
}

func wordRune(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

// length is how much is wanted at a place.
type length int

const (
	usual   length = iota // what suits the place: a line or a block
	oneLine               // the rest of the line
	more                  // more than the block
)

// maxMoreLines bounds a suggestion that is longer than usual.
const maxMoreLines = 24

// multiline says whether the suggestion may have more than one line.
func (p place) multiline() bool {
	return p.length != oneLine && (p.length == more || p.analysis.Multiline) && p.selected == ""
}

// ender returns the function that finds where the suggestion ends in the
// answer so far: the bytes to keep, and whether more text cannot change that.
func (p place) ender() func(answer string) (n int, certain bool) {
	if p.length == more && p.selected == "" {
		return p.endOfMore
	}
	return func(answer string) (int, bool) {
		keep, certain := syntax.End(p.analysis, answer)
		if i := strings.IndexByte(answer[:keep], '\n'); i >= 0 && !p.multiline() {
			return i, true // after a selected completion there is one line, wherever it stands
		}
		return keep, certain
	}
}

// endOfMore ends a suggestion that is longer than usual: before the first line that is
// indented less than the place's, which is behind the function or the block.
func (p place) endOfMore(answer string) (n int, certain bool) {
	lines := 0
	for line := range strings.Lines(answer) {
		whole := strings.HasSuffix(line, "\n")
		if code := strings.TrimLeft(line, " \t"); lines > 0 && strings.TrimSpace(code) != "" && len(line)-len(code) < len(p.analysis.Indent) {
			return n, true
		}
		if n += len(line); whole {
			lines++
		}
		if lines == maxMoreLines {
			return n, true
		}
	}
	return n, false
}

// keep are the lines worth keeping when the prefix is cut.
func (p place) keep() []prompt.Range {
	var keep []prompt.Range
	if i := strings.Index(p.before, "\n\n"); i >= 0 { // what the notebook imports
		keep = append(keep, prompt.Range{End: i + 1})
	}
	for _, r := range syntax.Skeleton(p.analysis, p.at) {
		keep = append(keep, prompt.Range{Start: len(p.before) + r.Start, End: len(p.before) + r.End})
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

// placeToAsk is the analyzed place of a request; reason says why nobody is to be
// asked about it, withheld that it is for the status to say.
func (e *Engine) placeToAsk(r Request) (p place, reason string, withheld bool) {
	if reason, withheld = e.refused(r.Document); reason != "" {
		return p, reason, withheld
	}
	p, reason = placeOf(r)
	if reason == "" {
		reason = p.refuse()
	}
	if reason != "" {
		return p, reason, false
	}
	start := time.Now()
	p.analysis = e.trees.Analyze(p.doc, p.at)
	p.took = time.Since(start)
	return p, "", false
}
