package completion

import (
	"math"
	"testing"
)

// TestBegunAsked: a user who asks for more than others is given less, beginnings too.
func TestBegunAsked(t *testing.T) {
	const least = 0.45
	if got := begunAsked(least, DefaultConfidence); math.Abs(got-least) > 1e-9 {
		t.Errorf("at the default: %v", got)
	}
	if low, high := begunAsked(least, 0.1), begunAsked(least, 0.8); low >= least || high <= least || high >= 1 {
		t.Errorf("%v and %v", low, high)
	}
	if none, all := begunAsked(least, 1), begunAsked(least, 0); none != 1 || all != 0 {
		t.Errorf("%v and %v", none, all)
	}
}
