package threads

import (
	"strings"
	"unicode"

	"github.com/airside-ls/airside/gitsync/merge"
	"github.com/airside-ls/airside/gitsync/object"
)

// Match is how a place was found again.
type Match string

const (
	FoundSame   Match = "same"  // the text is the one that was commented on
	FoundLines  Match = "lines" // its lines, or most of them, are elsewhere in it
	FoundQuote  Match = "quote" // the quoted text stands in one place only
	FoundNoMore Match = "no more"
)

// Location is where a thread's code is in a text of today.
type Location struct {
	Path  string
	Lines Lines // where it was, or would be, when outdated
	How   Match
}

// Outdated says that the code is not there any more, or not as it was.
func (p Location) Outdated() bool { return p.How == FoundNoMore }

// Text is a file's content, prepared for following anchors into or out of it.
type Text struct {
	blob  object.Hash
	plain []byte // see normal
	lines []string
}

// NewText prepares a file's content.
func NewText(data []byte) *Text {
	plain := normal(data)
	return &Text{blobHash(data), plain, splitLines(plain)}
}

// In follows an anchor into a text of today, which is at path. old is the text
// that was commented on, nil when it is not at hand. A place is never guessed:
// what is not found again with certainty is outdated.
func (a *Anchor) In(path string, old, text *Text) Location {
	return a.in(path, old, text, func() []int { return merge.MatchLines(old.plain, text.plain) })
}

// in is In; match compares the lines of both texts, if that is needed.
func (a *Anchor) in(path string, old, text *Text, match func() []int) Location {
	p := Location{Path: path, Lines: a.Range, How: FoundSame}
	if text.blob == a.Blob && a.quotedAt(text.lines, a.Range.Start) {
		p.Lines.End = min(p.Lines.End, len(text.lines))
		return p
	}
	p.Lines = near(a.Range.Start, len(text.lines))
	p.How = FoundNoMore
	if old != nil && old.blob == a.Blob {
		mapped, all := a.mapped(old, match())
		sure := a.anchored(match())
		if all && sure {
			return Location{path, mapped, FoundLines}
		}
		if quoted, ok := a.quoted(text.lines); ok {
			return Location{path, quoted, FoundQuote}
		}
		if mapped.End > 0 && sure {
			return Location{path, mapped, FoundLines}
		}
		p.Lines = near(mapped.Start, len(text.lines))
		return p
	}
	if quoted, ok := a.quoted(text.lines); ok {
		return Location{path, quoted, FoundQuote}
	}
	return p
}

func near(line, count int) Lines {
	line = max(1, min(line, count))
	return Lines{line, line}
}

// mapped follows the lines by a diff of both texts; all says that each is still
// there. Where more than half of them, by what stands in them, were changed
// there is no End, and Start is the line behind what stood before.
func (a *Anchor) mapped(old *Text, match []int) (at Lines, all bool) {
	if a.Range.Start > len(match) {
		return Lines{Start: 1}, false
	}
	kept, weight := 0, 0
	all = true
	for i := a.Range.Start - 1; i < min(a.Range.End, len(match)); i++ {
		w := letters(old.lines[i])
		weight += w
		if match[i] < 0 {
			all = false
			continue
		}
		kept += w
		if at.End == 0 {
			at.Start = match[i] + 1
		}
		at.End = match[i] + 1
	}
	if all || at.End > 0 && 2*kept > weight {
		return at, all
	}
	at = Lines{Start: 1}
	for i := a.Range.Start - 2; i >= 0; i-- {
		if match[i] >= 0 {
			at.Start = match[i] + 2
			break
		}
	}
	return at, false
}

// anchored tells whether a diff's word for where the lines are can be relied on:
// a single line that stands among others than before may be any that reads
// alike.
func (a *Anchor) anchored(match []int) bool {
	run := 0 // lines that stand one behind the other as before
	for i := max(1, a.Range.Start-1-1); i < min(a.Range.End+1, len(match)); i++ {
		if match[i] >= 0 && match[i-1] >= 0 && match[i] == match[i-1]+1 {
			run++
		}
	}
	return run > 0
}

// letters counts what stands in a line beside space and punctuation.
func letters(line string) (n int) {
	for _, r := range line {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			n++
		}
	}
	return n
}

// leastQuote is how many letters and digits a quote needs to be looked for: a
// brace that happens to be the only one is nobody's place.
const leastQuote = 4

// quoted finds the one place where the quote stands. Of several, the one that
// has the same context.
func (a *Anchor) quoted(lines []string) (at Lines, ok bool) {
	if letters(a.Quote) < leastQuote {
		return Lines{}, false
	}
	length := a.Range.End - a.Range.Start
	found, alike := 0, 0
	var first, withContext Lines
	for i := range lines {
		if !a.quotedAt(lines, i+1) {
			continue
		}
		at := Lines{i + 1, min(i+1+length, len(lines))}
		if found++; found == 1 {
			first = at
		}
		if contextHash(lines, at) == a.ContextHash {
			alike++
			withContext = at
		}
	}
	switch {
	case found == 1:
		return first, true
	case alike == 1:
		return withContext, true
	}
	return Lines{}, false
}

// quotedAt tells whether the quote stands at a line.
func (a *Anchor) quotedAt(lines []string, line int) bool {
	rest := a.Quote
	for i := line - 1; i < len(lines); i++ {
		want, more, several := strings.Cut(rest, "\n")
		got := lines[i]
		if len(want) >= maxQuote-3 && !several { // only the beginning was quoted
			return strings.HasPrefix(strings.ToValidUTF8(got, "\uFFFD"), want)
		}
		if got != want && strings.ToValidUTF8(got, "\uFFFD") != want {
			return false
		}
		if !several {
			return true
		}
		rest = more
	}
	return false
}

// Reanchor moves an anchor from a text that is in no commit to the committed
// one, if all its lines are in both: others can then follow it by that.
func (a Anchor) Reanchor(text, committed *Text) Anchor {
	if committed.blob == a.Blob {
		return a
	}
	at, all := a.mapped(text, merge.MatchLines(text.plain, committed.plain))
	if !all || at.End-at.Start != a.Range.End-a.Range.Start {
		return a
	}
	a.Blob, a.Range = committed.blob, at
	a.ContextHash = contextHash(committed.lines, at)
	return a
}
