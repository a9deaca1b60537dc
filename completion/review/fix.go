package review

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/airside-ls/airside/completion/syntax"
)

// maxFix is the longest text, in bytes, that a model may put in the place of
// another.
const maxFix = 4 << 10

// fixFor makes a model's proposal one that can be applied: indented and ended as
// the text around it, other than what is there, and still parsing where the text
// does. nil is none.
func (s *source) fixFor(start, end int, proposal string, trees *syntax.Cache) *string {
	proposal = strings.Trim(withoutMarks(unfence(proposal)), "\r\n")
	quote := s.text[start:end]
	if strings.TrimSpace(proposal) == "" || len(proposal) > maxFix || !utf8.ValidString(proposal) || leavesOut(proposal, quote) ||
		strings.ContainsFunc(proposal, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r' || isHidden(r) }) {
		return nil
	}
	fix := s.indented(start, strings.ReplaceAll(proposal, "\r\n", "\n"))
	if strings.Contains(s.text, "\r\n") {
		fix = strings.ReplaceAll(fix, "\n", "\r\n")
	}
	if squeeze(fix) == squeeze(quote) || !trees.Judge().Fits(s.document(), syntax.Range{Start: start, End: end}, fix) {
		return nil
	}
	return &fix
}

// isHidden are the characters that change how text is read and are not seen.
func isHidden(r rune) bool {
	return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200b || r == 0xfeff
}

// elision is a line that stands for code which is not written down.
var elision = regexp.MustCompile(`(?m)^\s*(//|#|/\*|--|<!--)?\s*(\.\.\.|…)|(//|#|/\*).*(\.\.\.|…|existing code|rest of)`)

// leavesOut tells whether a proposal has an ellipsis where code should be.
func leavesOut(proposal, quote string) bool {
	return elision.MatchString(proposal) && !elision.MatchString(quote)
}

// indented gives all lines but the first, which stands behind the indentation
// that is there, the indentation of the line that start is in, unless they have
// it already.
func (s *source) indented(start int, text string) string {
	line := s.line(s.lineOf(start))
	base := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
	lines := strings.Split(text, "\n")
	first := lines[0][:len(lines[0])-len(strings.TrimLeft(lines[0], " \t"))]
	lines[0] = lines[0][len(first):]
	has := true
	for _, l := range lines[1:] {
		has = has && (strings.TrimSpace(l) == "" || strings.HasPrefix(l, base))
	}
	for i, l := range lines[1:] {
		if strings.TrimSpace(l) == "" {
			lines[i+1] = ""
		} else if !has && first != base {
			lines[i+1] = base + strings.TrimPrefix(l, first)
		}
	}
	return strings.Join(lines, "\n")
}

func squeeze(text string) string { return strings.Join(strings.Fields(text), "") }
