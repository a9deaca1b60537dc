package odds

import (
	"math"
	"testing"
)

// TestChoose: what each side says moves the choice, and how likely it is.
func TestChoose(t *testing.T) {
	o := Odds{Own: Weights{2, 1.5, 0.5}, Other: Weights{2, 0.1, 2}, Unseen: 0.1}
	own := func(ln, memory float64) Option { return Option{Own: true, Network: ln, Memory: memory} }
	other := func(ln, memory float64) Option { return Option{Network: ln, Memory: memory} }
	for _, tt := range []struct {
		name    string
		options []Option
		chosen  int
		low     float64 // the bounds of how likely the choice is
		high    float64
	}{
		{"a sure network, alone", []Option{own(-0.1, 0)}, 0, 0.6, 0.95},
		{"an unsure one", []Option{own(-4, 0)}, 0, 0, 0.05},
		{"a sure memory against an unsure network", []Option{own(-4, 0), other(-6, 0.9)}, 1, 0.7, 1},
		{"an unsure memory against a sure network", []Option{own(-0.1, 0), other(-6, 0.05)}, 0, 0.6, 0.95},
		{"both say it: no less than the memory's word", []Option{own(-4, 0.9)}, 0, o.Alone(other(-4, 0.9)) - 1e-9, 1},
	} {
		chosen, p := o.Choose(tt.options)
		if chosen != tt.chosen || p < tt.low || p > tt.high {
			t.Errorf("%s: %d, %.3f", tt.name, chosen, p)
		}
	}
}

// TestBySize: the largest size that a network has reached is its own, and what is
// behind a server has no line taken unread.
func TestBySize(t *testing.T) {
	for parameters, want := range map[int64]int64{0: 0, 6e6: 0, 135e6: 0, 494e6: 3e8, 1543e6: 1e9, 7e9: 1e9} {
		for _, of := range []func(int64) (Odds, bool){Of, OfServer} {
			if o, ok := of(parameters); o.Parameters != want || ok != (want > 0) {
				t.Errorf("%d parameters: %+v, %v", parameters, o, ok)
			}
		}
	}
	for _, list := range [][]Odds{engine, server} {
		before := int64(math.MaxInt64)
		for _, o := range list {
			if o.Parameters >= before || o.Unseen <= 0 || o.Own.Network <= 0 {
				t.Errorf("%+v", o)
			}
			before = o.Parameters
		}
	}
}
