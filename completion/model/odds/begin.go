package odds

import (
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/airside-ls/airside/completion/model"
)

// Beginning is how a line begins that an answer could go on with.
type Beginning struct {
	Text    string
	Own     bool    // the network's line begins so
	Network float64 // ln of how likely the network found it, at most
	Memory  float64 // how likely it is expected that a line begins so
	Left    int     // how many bytes the line goes on behind it
}

// Begins are the weights for the beginnings of lines.
type Begins struct {
	Own, Other Weights
	Unseen     float64
	// Least is how likely a beginning has to be to be shown; Whole how likely the whole
	// line has to be for it to be shown instead, and Alone where there is no beginning
	// or but a character less.
	Least, Whole, Alone float64
}

// Of is how likely it is that what is wanted begins so.
func (b Begins) Of(x Beginning) float64 {
	other := b.Other.score(Option{Network: x.Network, Memory: x.Memory}, b.Unseen)
	if x.Own {
		own := b.Own.score(Option{Network: x.Network, Memory: x.Memory}, b.Unseen)
		if x.Memory > 0 {
			own = max(own, other)
		}
		return 1 / (1 + math.Exp(-own))
	}
	return 1 / (1 + math.Exp(-other))
}

// Beginnings are those of a network's own line, by its tokens, and of the lines that
// are expected: each whole word, string or pair of brackets further. All are told with
// the first from bytes of the lines, which stand before the cursor. ended tells that the
// network ended its line itself: of one that was cut, nobody knows whether its last word goes
// on.
func Beginnings(line string, tokens []model.Token, ended bool, expected []model.Continuation, from int) (list []Beginning) {
	line, _, over := strings.Cut(line, "\n")
	lines := []string{line}
	for _, x := range expected {
		text, _, _ := strings.Cut(x.Text, "\n")
		if text = strings.TrimRight(text, " \t"); !slices.Contains(lines, text) {
			lines = append(lines, text)
		}
	}
	for i, text := range lines {
		for _, end := range Cuts(text) {
			if end <= from || i == 0 && !over && !ended && len(text)-end < leastBehind || !utf8.ValidString(text[:end]) {
				continue
			}
			b := Beginning{Text: text[:end], Own: i == 0, Left: len(text) - end}
			if slices.ContainsFunc(list, func(o Beginning) bool { return o.Text == b.Text }) {
				continue
			}
			b.Network = spelling(tokens, line, b.Text, from)
			for _, x := range expected {
				if HasBeginning(x.Text, b.Text) {
					b.Memory += x.P
				}
			}
			list = append(list, b)
		}
	}
	return list
}

// leastBehind is how many bytes tell that a word does not go on: 0 could become 0.5, and 1e
// 1e-9.
const leastBehind = 2

// leastTold is ln of what is taken for a probability that is not told.
const leastTold = -9

// spelling is ln of how likely a network was, while it wrote a line, to write a text:
// that of the tokens which both share, and where they part of another one.
func spelling(tokens []model.Token, line, text string, from int) (ln float64) {
	shared := 0
	for shared < len(line) && shared < len(text) && line[shared] == text[shared] {
		shared++
	}
	start := 0
	for _, t := range tokens {
		if start >= len(text) {
			break
		}
		switch {
		case t.End <= from:
		case t.End > shared && shared < len(text):
			return ln + max(math.Log(max(1-math.Exp(t.Ln), 1e-12)), leastTold)
		default:
			ln += t.Ln
		}
		start = t.End
	}
	if start < len(text) && shared < len(text) { // it ends before that
		return ln + leastTold
	}
	return ln
}

// Cuts are where a line could be cut, in bytes from its beginning: behind each word,
// number, string and closing bracket, not within a string, not behind a word that is about
// to be opened.
func Cuts(line string) []int {
	ends, _ := scan(line)
	return ends
}

func scan(line string) (ends []int, open bool) {
	quote, depth := "", 0
	for i := 0; i < len(line); i++ {
		c := line[i]
		end := i + 1
		switch {
		case quote == "`" && strings.HasPrefix(line[i:], "\\`"):
			return ends, true // some languages have it end here, and some not
		case quote != "" && quote != "`" && c == '\\':
			i++
		case quote != "" && strings.HasPrefix(line[i:], quote):
			i += len(quote) - 1
			quote = ""
			ends = append(ends, i+1)
		case quote != "":
		case c == '"' || c == '`' || c == '\'' && (i == 0 || !isWord(line[i-1])):
			if quote = line[i:end]; strings.HasPrefix(line[i:], strings.Repeat(quote, 3)) {
				quote = strings.Repeat(quote, 3)
				i += 2
			}
		case isWord(c) && apart(line, end) && (end == len(line) || strings.IndexByte("\"'`", line[end]) < 0):
			ends = append(ends, end)
		case strings.IndexByte("([{", c) >= 0:
			depth++
		case strings.IndexByte(")]}", c) >= 0:
			depth--
			ends = append(ends, end)
		}
	}
	return ends, depth > 0 || quote != ""
}

// apart tells whether what stands before an offset of a line and what stands behind it are
// two: not one word, number or opening of a string.
func apart(line string, at int) bool {
	if at == 0 || at == len(line) {
		return true
	}
	a, b := line[at-1], line[at]
	digits := at+1 < len(line) && isDigit(line[at+1])
	switch {
	case isWord(a) && isWord(b):
		return false
	case isDigit(a) && b == '.':
		return !digits
	case (b == '-' || b == '+') && strings.IndexByte("eEpP", a) >= 0 && digits:
		start := at
		for start > 0 && isWord(line[start-1]) {
			start--
		}
		return !isDigit(line[start])
	case (b == '"' || b == '\'') && at >= 2:
		return a != b || line[at-2] != b
	}
	return true
}

// Open tells whether a bracket or a string is open at the end of a line.
func Open(line string) bool {
	_, open := scan(line)
	return open
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }

func isWord(b byte) bool {
	return b == '_' || b >= 0x80 || '0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z'
}

// LeastSaved is how many characters a beginning saves at least, blanks aside.
const LeastSaved = 4

// Saved is how many characters of a text are no blanks.
func Saved(text string) (n int) {
	for _, r := range text {
		if r != ' ' && r != '\t' && r != '\n' && r != '\r' {
			n++
		}
	}
	return n
}

// HasBeginning tells whether a line begins with a text, and its words with those.
func HasBeginning(line, text string) bool {
	return strings.HasPrefix(line, text) && apart(line, len(text))
}

// Best is the beginning that is worth the most of those that are as likely as least, or
// -1: how likely it is times what it saves. from is as in [Beginnings].
func (b Begins) Best(list []Beginning, from int, least float64) (best int, p float64) {
	best = -1
	worth := 0.0
	for i, x := range list {
		saved := Saved(x.Text[from:])
		if saved < LeastSaved {
			continue
		}
		if of := b.Of(x); of >= least && of*float64(saved) > worth {
			best, p, worth = i, of, of*float64(saved)
		}
	}
	return best, p
}
