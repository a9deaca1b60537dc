package odds

import (
	"math"
	"slices"
	"strings"

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
// the first from bytes of the lines, which stand before the cursor.
func Beginnings(line string, tokens []model.Token, expected []model.Continuation, from int) (list []Beginning) {
	line, _, _ = strings.Cut(line, "\n")
	lines := []string{line}
	for _, x := range expected {
		text, _, _ := strings.Cut(x.Text, "\n")
		if text = strings.TrimRight(text, " \t"); !slices.Contains(lines, text) {
			lines = append(lines, text)
		}
	}
	for i, text := range lines {
		for _, end := range Cuts(text) {
			if end <= from {
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
// string and closing bracket, not within a string, not behind a word that is about to
// be opened.
func Cuts(line string) (ends []int) {
	quote := byte(0)
	for i := 0; i < len(line); i++ {
		c := line[i]
		last := i+1 == len(line)
		switch {
		case quote != 0 && c == '\\':
			i++
		case quote != 0 && c == quote:
			quote = 0
			ends = append(ends, i+1)
		case quote != 0:
		case c == '"' || c == '`' || c == '\'' && (i == 0 || !isWord(line[i-1])):
			quote = c
		case isWord(c) && (last || !isWord(line[i+1]) && line[i+1] != '"' && line[i+1] != '\''):
			ends = append(ends, i+1)
		case strings.IndexByte(")]}", c) >= 0:
			ends = append(ends, i+1)
		}
	}
	return ends
}

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
	rest, ok := strings.CutPrefix(line, text)
	return ok && (rest == "" || text == "" || !(isWord(text[len(text)-1]) && isWord(rest[0])))
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
