package model

import (
	"maps"

	"github.com/tmc/langchaingo/llms"
)

// Expecter knows how a text is likely to go on, beside the model. A backend that
// can ([Info.Expects]) weighs what it says against its own next tokens; the others
// do not ask it.
type Expecter interface {
	// Expect lists how the text is likely to go on behind the prompt and answer,
	// which is what was generated so far. The probabilities add up to 1 at most:
	// what is missing is for what the expecter cannot think of.
	Expect(answer string) []Expected
	// Closes is what the text goes on with where an answer ends: tokens that begin
	// so end it.
	Closes() string
}

// Expected is one way in which a text may go on.
type Expected struct {
	Text string
	P    float64
	// Ends says that the answer is whole with Text.
	Ends bool
}

// Expectation asks a backend to weigh an expecter's word.
type Expectation struct {
	Expecter
	// Least is how likely the answer has to be to be of use: once what was
	// generated is less so, the backend stops.
	Least float64
	// Told takes in the odds as the answer grows, each step before the text is heard.
	Told *Odds
	// Prompt is what the first prompt was, as [Prompt.String] has it: what stands
	// behind it in a later one is the beginning of the answer.
	Prompt string
}

const expectKey = "airside.expect"

// withExpecter passes e through langchaingo.
func withExpecter(p Prompt, e Expecter, least float64, told *Odds) llms.CallOption {
	return func(o *llms.CallOptions) {
		metadata := maps.Clone(o.Metadata)
		if metadata == nil {
			metadata = map[string]any{}
		}
		metadata[expectKey] = &Expectation{Expecter: e, Least: least, Told: told, Prompt: p.String()}
		o.Metadata = metadata
	}
}

// ExpectationOf unwraps what a [Request] with Expect passes; nil if it has none.
func ExpectationOf(o llms.CallOptions) *Expectation {
	e, _ := o.Metadata[expectKey].(*Expectation)
	return e
}

// Odds tell how likely a backend found what it generated.
type Odds struct {
	Steps []Step
	// Begin is how many bytes of the answer, at its beginning, they say nothing
	// of.
	Begin int
}

// Step is one token, or what stands for one.
type Step struct {
	End      int     // bytes of the answer up to and with it
	P        float64 // how likely it was, after what stands before it
	Expected bool    // the [Expecter] named it
}

// Of is how likely the first n bytes of the answer are right and end there: the
// token that comes next, which may be the end, counts.
func (o *Odds) Of(n int) float64 {
	p, start := 1.0, o.Begin
	for _, s := range o.Steps {
		if start > n {
			break
		}
		p *= s.P
		start = s.End
	}
	return p
}

// Expected is how many of the first n bytes the [Expecter] had named.
func (o *Odds) Expected(n int) int {
	bytes, start := 0, o.Begin
	for _, s := range o.Steps {
		if s.Expected && start < n {
			bytes += min(s.End, n) - start
		}
		start = s.End
	}
	return bytes
}
