package builtin

import (
	"math"
	"strings"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/builtin/internal/kernel"
	"github.com/airside-ls/airside/completion/model/builtin/tokenizer"
	"github.com/airside-ls/airside/completion/model/odds"
)

// candidateLine is a line that the answer may go on with, and what the network thinks
// of it as far as it has read.
type candidateLine struct {
	own    bool // the network's
	text   string
	tokens []int32
	each   []float64 // of the network's own: how likely each token was
	memory float64   // how likely it is expected
	ends   bool      // the answer is whole with it
	indent string    // of the line after it, where that is expected

	goal  string  // text, and what has to follow for the line to be over
	depth int     // tokens whose probability is in along
	at    int     // bytes of goal that they spell
	along float64 // ln of the probability of the first depth tokens
	whole float64 // of the line with its end, by the tokens seen
	over  bool    // there is no more to see
	apart bool    // the network's own line goes on otherwise
	known float64 // ln of what it was at most before it was read by itself

	shown  bool   // as it came
	reason string // why the network ended with it, "" if only the line did
}

// newCandidate is an expected line. indent is what it was asked behind, which is
// not in the answer yet; closes is what follows the answer, "" if that may have
// more lines. It is nil if there is nothing to write.
func newCandidate(tok *tokenizer.Tokenizer, indent, closes string, x model.Continuation) *candidateLine {
	c := &candidateLine{memory: x.P, ends: x.Ends}
	c.text = indent + x.Text
	if line, rest, ok := strings.Cut(c.text, "\n"); ok {
		if closes != "" {
			c.text = line
		} else {
			c.text, c.indent = line+"\n", rest
			if strings.Contains(rest, "\n") || strings.TrimSpace(rest) != "" {
				c.indent = ""
			}
		}
	}
	if c.tokens = tok.Encode(c.text); len(c.tokens) == 0 {
		return nil
	}
	c.goal = c.text + closes
	return c
}

// see takes in what the network says behind the first depth tokens: how likely
// the line is over with the next token, however that spells the rest of it, and
// how likely the next token of its own spelling is.
func (c *candidateLine) see(v *view) {
	rest := c.goal[min(c.at, len(c.goal)):]
	c.whole += math.Exp(c.along) * v.begins(rest, c.depth == len(c.tokens))
	if c.depth == len(c.tokens) {
		c.over = true
		return
	}
	token := c.tokens[c.depth]
	c.along += math.Log(max(v.of(token), 1e-9))
	c.at += len(v.tok.Piece(token))
	c.depth++
	if c.depth == len(c.tokens) && c.at >= len(c.goal) {
		c.over = true // its last token ends the line, and is in whole
	}
}

// option is the candidate as it is known.
func (c *candidateLine) option() odds.Option {
	if c.own {
		return odds.Option{Text: c.text, Own: true, Network: c.along, Memory: c.memory}
	}
	return odds.Option{Text: c.text, Network: math.Log(max(c.whole, 1e-12)), Memory: c.memory, Known: c.known}
}

// spelled is its own line, as far as it was written, by token.
func (c *candidateLine) spelled(tok *tokenizer.Tokenizer) (text string, tokens []model.Token) {
	end := 0
	for i, t := range c.tokens {
		end += len(tok.Piece(t))
		tokens = append(tokens, model.Token{End: end, Ln: math.Log(max(c.each[i], 1e-9))})
	}
	return c.text, tokens
}

// most is the candidate as good as it can still become.
func (c *candidateLine) most() odds.Option {
	p := c.whole
	if !c.over {
		p += math.Exp(c.along)
	}
	return odds.Option{Text: c.text, Network: math.Log(max(p, 1e-12)), Memory: c.memory}
}

// view is what the network says of the next token.
type view struct {
	tok    *tokenizer.Tokenizer
	stops  map[int32]bool
	closes string

	probabilities []float32
	size          int
	likely        []int32 // tokens that have a say
	best          int32   // the likeliest token that does not end the answer
	ends          float64 // the probability of those that do, together
}

// leastSay is how likely a token has to be for its spelling to be looked at.
const leastSay = 1e-4

// look takes in logits, of which it leaves those that go along with what is
// demanded.
func (v *view) look(logits []float32, demand string) error {
	hold(v.tok, logits, demand)
	top := logits[argmax(logits)]
	if math.IsNaN(float64(top)) || math.IsInf(float64(top), 0) {
		return errNotANumber
	}
	v.size = len(logits)
	if whole := (v.size + 7) &^ 7; len(v.probabilities) != whole {
		v.probabilities = make([]float32, whole)
	}
	n := copy(v.probabilities, logits)
	for ; n < len(v.probabilities); n++ {
		v.probabilities[n] = float32(math.Inf(-1))
	}
	kernel.Softmax(v.probabilities)
	v.likely, v.best, v.ends = v.likely[:0], -1, 0
	for i, p := range v.probabilities[:v.size] {
		if p > leastSay {
			v.likely = append(v.likely, int32(i))
			if v.ending(int32(i)) {
				v.ends += float64(p)
				continue
			}
		}
		if v.best < 0 || p > v.probabilities[v.best] {
			v.best = int32(i)
		}
	}
	return nil
}

// of is the probability of a token.
func (v *view) of(token int32) float64 { return float64(v.probabilities[token]) }

// ending tells whether a token ends the answer: the model says so, or the text
// goes on like it behind the answer.
func (v *view) ending(token int32) bool {
	if v.stops[token] {
		return true
	}
	piece := string(v.tok.Piece(token))
	return v.closes != "" && piece != "" && (strings.HasPrefix(piece, v.closes) || strings.HasPrefix(v.closes, piece))
}

// begins is the probability that the text goes on with what is left of a goal, in
// one token; or, the line being spelled out, that the answer ends.
func (v *view) begins(goal string, spelled bool) float64 {
	p := 0.0
	for _, token := range v.likely {
		switch piece := string(v.tok.Piece(token)); {
		case goal != "" && strings.HasPrefix(piece, goal):
			p += v.of(token)
		case spelled && v.stops[token]:
			p += v.of(token)
		}
	}
	return p
}
