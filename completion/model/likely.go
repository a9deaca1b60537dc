package model

// Likelihood takes in, as an answer grows, how likely the model found what it wrote. It
// is written before [Request.OnText] hears of the text, by the same goroutine.
type Likelihood struct{ Tokens []Token }

// Token is a token of an answer.
type Token struct {
	End int     // bytes of the answer up to and with it
	Ln  float64 // of its probability, whatever was demanded
	// Best are the likeliest tokens in its place, as text; none if the backend does
	// not tell.
	Best []Alternative
}

// Alternative is a token that could have come.
type Alternative struct {
	Text string
	Ln   float64 // of its probability
}

// Alternatives is how many of the likeliest tokens a backend is asked for.
const Alternatives = 10
