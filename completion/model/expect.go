package model

// Expecter knows how a text is likely to go on, beside the model. A backend that
// can ([Info.Expects]) weighs what it says against its own next tokens; the others
// do not ask it.
type Expecter interface {
	// Expect lists how the text is likely to go on behind the prompt and answer,
	// which is what was generated so far ([Request.Begun] included). The probabilities add up to 1 at most:
	// what is missing is for what the expecter cannot think of.
	Expect(answer string) []Continuation
	// Closes is what the text goes on with where an answer ends: tokens that begin
	// so end it.
	Closes() string
}

// Continuation is one way in which a text may go on.
type Continuation struct {
	Text string
	P    float64
	// Ends says that the answer is whole with Text.
	Ends bool
}

// Odds tell how likely a backend found what it generated.
type Odds struct {
	Steps []Step
	// Begin is how many bytes of the answer, at its beginning, they say nothing
	// of.
	Begin int
	// Line is the first line as the model itself writes it, as far as it has come,
	// which need not be that of the answer, and Tokens are those that spell it; "" from
	// who does not tell.
	Line   string
	Tokens []Token
	Ended  bool // the model ended Line itself
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
