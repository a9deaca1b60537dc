package builtin

import (
	"math"

	"github.com/airside-ls/airside/completion/model/builtin/schema"
	"github.com/airside-ls/airside/completion/model/builtin/tokenizer"
)

// constraint holds an answer to a JSON schema: it takes the tokens out of the
// choice with which the answer could not be the beginning of a valid value, and,
// until it is whole, those that end it.
type constraint struct {
	machine *schema.Machine
	tok     *tokenizer.Tokenizer
	stops   func() map[int32]bool // known once the model is loaded
	greedy  bool
	read    int // tokens of the prompt and the answer that the machine has seen
}

// newConstraint holds what comes behind a prompt of so many tokens.
func newConstraint(s *schema.Schema, e *Engine, tok *tokenizer.Tokenizer, prompt int, greedy bool) *constraint {
	return &constraint{machine: s.Machine(), tok: tok, stops: func() map[int32]bool { return e.stops }, greedy: greedy, read: prompt}
}

// likelyTries is how many of the likeliest tokens are looked at one by one. Within
// a text nearly every token may come, and the likeliest is the one; where hardly
// any may, most are ruled out by their first byte, so that looking at all of them
// costs little.
const likelyTries = 16

var never = float32(math.Inf(-1))

// adjust is a [GenerateOptions.Adjust].
func (c *constraint) adjust(context []int32, logits []float32) {
	for _, token := range context[c.read:] {
		c.machine.Take(c.tok.Piece(token))
	}
	c.read = len(context)
	if c.greedy {
		for range likelyTries {
			best := argmax(logits)
			if c.allows(best) {
				return
			}
			logits[best] = never
		}
	}
	for token := range logits {
		if logits[token] != never && !c.allows(int32(token)) {
			logits[token] = never
		}
	}
}

func (c *constraint) allows(token int32) bool {
	if c.stops()[token] {
		return c.machine.MayEnd()
	}
	return c.machine.Allows(c.tok.Piece(token))
}
