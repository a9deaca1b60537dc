package review

import (
	"bytes"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/airside-ls/airside/completion/review/diff"
	"github.com/airside-ls/airside/completion/review/rules"
	"github.com/airside-ls/airside/completion/syntax"
	"github.com/airside-ls/airside/completion/syntax/lang"
)

// source is the new text of a changed file, by lines, which count from 0 here.
type source struct {
	file     diff.File
	text     string
	masked   string // text as a model sees it: without credentials, as long as it
	language string // LSP language identifier, "" for one that is not known
	starts   []int  // offsets of the lines, and the text's length

	changed []bool           // by line
	beside  []bool           // by line: it is a neighbour of lines that were only taken out
	removed map[int][]string // old lines, without line ends, by the new line before which they stood

	root   syntax.Node
	parsed bool
	decls  []syntax.Declaration
}

// newSource looks at a file whose texts are there.
func newSource(file diff.File, trees *syntax.Cache) *source {
	s := &source{file: file, text: string(file.New), language: lang.IdentifierOf(file.Path)}
	s.masked = rules.Mask(file.Path, s.text)
	s.starts = lineStarts(s.text)
	n := s.lines()
	s.changed, s.beside, s.removed = make([]bool, n), make([]bool, n), map[int][]string{}
	old := rules.Mask(file.Path, string(file.Old))
	oldStarts := lineStarts(old)
	for _, h := range file.Hunks {
		first := h.NewStart - 1
		if h.NewLines == 0 {
			first = h.NewStart
			for _, line := range []int{first - 1, first} {
				if line >= 0 && line < n {
					s.beside[line] = true
				}
			}
		}
		for line := max(first, 0); line < min(first+h.NewLines, n); line++ {
			s.changed[line] = true
		}
		for line := max(h.OldStart-1, 0); line < min(h.OldStart-1+h.OldLines, len(oldStarts)-1) && h.OldLines > 0; line++ {
			s.removed[first] = append(s.removed[first], strings.TrimRight(old[oldStarts[line]:oldStarts[line+1]], "\r\n"))
		}
	}
	d := s.document()
	if s.root, s.parsed = trees.Nodes(d); s.parsed {
		s.decls = syntax.Outline(d, s.root)
	}
	return s
}

func (s *source) document() syntax.Document {
	return syntax.Document{Language: s.language, Text: s.text}
}

// lineStarts returns the offsets at which lines begin, and the text's length
// after them.
func lineStarts(text string) []int {
	var starts []int
	for at := 0; at < len(text); {
		starts = append(starts, at)
		i := strings.IndexByte(text[at:], '\n')
		if i < 0 {
			break
		}
		at += i + 1
	}
	return append(starts, len(text))
}

// lines is how many there are.
func (s *source) lines() int { return len(s.starts) - 1 }

// line is the text of one without its line end.
func (s *source) line(i int) string {
	return strings.TrimRight(s.text[s.starts[i]:s.starts[i+1]], "\r\n")
}

// maskedLine is line as a model sees it.
func (s *source) maskedLine(i int) string {
	return strings.TrimRight(s.masked[s.starts[i]:s.starts[i+1]], "\r\n")
}

// open is the part of a range of bytes that may be quoted: before the first
// credential in it, or behind it where nothing is said before. ok is false if
// there is none.
func (s *source) open(start, end int) (int, int, bool) {
	for at := start; at < end; at++ {
		if s.text[at] == s.masked[at] {
			continue
		}
		if strings.ContainsFunc(s.text[start:at], unicode.IsLetter) {
			return start, at, true
		}
		for at < end && s.text[at] != s.masked[at] {
			at++
		}
		start = at
	}
	return start, end, strings.TrimSpace(s.text[start:end]) != ""
}

// lineOf is the line that holds an offset.
func (s *source) lineOf(offset int) int {
	low, high := 0, s.lines()
	for low < high-1 {
		if mid := (low + high) / 2; s.starts[mid] <= offset {
			low = mid
		} else {
			high = mid
		}
	}
	return low
}

// touched tells whether a finding may speak of a line: it changed, or stands
// where lines were taken out.
func (s *source) touched(line int) bool { return s.changed[line] || s.beside[line] }

// span is the lines from first to last, both included.
type span struct{ first, last int }

func (p span) holds(line int) bool { return p.first <= line && line <= p.last }

// spanOf are the lines of a range of bytes.
func (s *source) spanOf(start, end int) span {
	return span{s.lineOf(start), s.lineOf(max(start, end-1))}
}

// differs tells whether any of the lines of a span was touched.
func (s *source) differs(p span) bool {
	for line := p.first; line <= p.last; line++ {
		if s.changed[line] || len(s.removed[line]) > 0 {
			return true
		}
	}
	return p.last == s.lines()-1 && len(s.removed[s.lines()]) > 0
}

// generatedMark is how generators say that nobody wrote a file: Go's convention
// (go.dev/s/generatedcode), and that of many others.
var generatedMark = regexp.MustCompile(`(?m)^\W{0,4}Code generated .* DO NOT EDIT|@generated\b`)

// longestLine is the longest line, in bytes, that somebody wrote.
const longestLine = 4 << 10

// unwanted says why a file is not reviewed at all, "" when it is.
func unwanted(f diff.File) string {
	switch {
	case f.Skipped != "":
		return f.Skipped
	case f.Submodule:
		return "a submodule"
	case f.Binary || bytes.IndexByte(f.New, 0) >= 0:
		return "a binary file"
	case f.ModeOnly:
		return "only its mode changed"
	case !utf8.Valid(f.New):
		return "not valid UTF-8"
	case generatedMark.Match(f.New[:min(len(f.New), 2<<10)]):
		return "generated, as it says itself"
	}
	for _, dir := range []string{"vendor/", "node_modules/"} {
		if strings.HasPrefix(f.Path, dir) || strings.Contains(f.Path, "/"+dir) {
			return "the code of others (" + strings.TrimSuffix(dir, "/") + ")"
		}
	}
	return ""
}

// unread says why the model does not read a file that the rules have read, "".
func (s *source) unread() string {
	switch {
	case s.language == "":
		return "read by the rules alone: no language that airside knows"
	case lang.Of(s.language).Lexis.Prose:
		return "read by the rules alone: prose"
	}
	for i := range s.lines() {
		if s.starts[i+1]-s.starts[i] > longestLine {
			return "read by the rules alone: it has a line that nobody wrote"
		}
	}
	return ""
}
