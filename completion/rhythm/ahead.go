package rhythm

import "time"

const (
	// payingLatency is the median latency of a model up to which the suggestion
	// after the one shown is prepared. People look at a suggestion for about a
	// second before they take it: a slower model would seldom be done by then, and
	// would spend the machine on what is mostly thrown away. Until a model was
	// asked once, its latency counts as too long.
	payingLatency = 2 * time.Second
	// maxRequestsAstray is the share of requests of late that no suggestion foresaw
	// from which on nothing is prepared: who departs from nearly every suggestion will
	// from this one, too.
	maxRequestsAstray = 0.9
	// requestShare is the share of the latest request in it.
	requestShare = 0.2
)

// Payoff says whether it pays to prepare a suggestion. It is for one goroutine at a
// time.
type Payoff struct {
	requests strayShare
}

// Foreseen takes in whether a request's answer was at hand.
func (a *Payoff) Foreseen(atHand bool) { a.requests = a.requests.foreseen(atHand, requestShare) }

// Taken takes in that a suggestion was taken whole.
func (a *Payoff) Taken() { a.requests = 0 }

// Pays tells whether it does, with a model of this median latency; 0 is not known.
func (a *Payoff) Pays(latency time.Duration) bool {
	return latency > 0 && latency <= payingLatency && a.requests <= maxRequestsAstray
}
