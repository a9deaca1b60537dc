package scoring

import (
	"math"
	"testing"
)

// TestTexts reads texts by a model that gives every next token a probability of its
// own.
func TestTexts(t *testing.T) {
	p := map[int32]float64{1: 0.5, 2: 0.25, 3: 0.001, 4: 0.2}
	see := func(x *Texts, behind ...int32) {
		x.See(behind, func(token int32) (float64, bool) { return math.Log(p[token]), token != 4 }, func() float64 { return 0.5 })
	}
	x := New([][]int32{{1}, {1, 2}, {3, 1}, {4, 2}}, -2)
	for reads := 0; ; reads++ {
		tokens, known := x.Next()
		if tokens == nil {
			if reads != 3 { // behind nothing, behind 1, behind 1 2
				t.Errorf("%d reads", reads)
			}
			break
		}
		see(x, tokens[:known]...)
	}
	scores := x.Scores()
	if s := scores[0]; s.Most || math.Abs(s.Whole()-math.Log(0.25)) > 1e-9 {
		t.Errorf("the first: %+v", s)
	}
	if s := scores[1]; s.Most || math.Abs(s.Text-math.Log(0.125)) > 1e-9 {
		t.Errorf("one that begins with the first: %+v", s)
	}
	if s := scores[2]; !s.Most || math.Abs(s.Text-math.Log(0.001)) > 1e-9 {
		t.Errorf("one that is given up: %+v", s)
	}
	if s := scores[3]; !s.Most || math.Abs(s.Text-math.Log(0.2)) > 1e-9 {
		t.Errorf("one that is not told: %+v", s)
	}
}
