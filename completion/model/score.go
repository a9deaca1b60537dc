package model

// Score is how likely a text is to come next, in the place of an answer.
type Score struct {
	Text float64 // ln of the probability of its tokens
	End  float64 // ln of the probability that the answer ends behind it
	// Most says that it was not read to its end, being less likely than it had to be
	// ([Request.Beyond]), or that the backend told no more: Text is what it is at most
	// and End is 0.
	Most bool
}

// Whole is ln of the probability that the answer is the text and nothing else.
func (s Score) Whole() float64 { return s.Text + s.End }
