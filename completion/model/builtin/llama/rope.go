package llama

import "math"

// rope holds the rotations of the rotary position embedding (Su et al., 2021,
// https://arxiv.org/abs/2104.09864): for each position the cosines and sines of
// the pairs of a head.
type rope struct {
	pairs    int
	cos, sin []float32 // [position, pair]
	scale    float32   // ratio of neighbouring frequencies
	position float32   // multiplies positions
	factor   []float32 // divisors of the frequencies, or nil
	halves   bool      // pairs are half the rotated dimensions apart
}

func newRope(m *Model) *rope {
	return &rope{
		pairs:    m.RopeDims / 2,
		scale:    float32(math.Pow(m.RopeBase, -2/float64(m.RopeDims))),
		position: float32(m.RopeScale),
		factor:   m.ropeFactor,
		halves:   m.RopeHalves,
	}
}

// reserve computes the rotations of the positions before end. Angles are
// multiplied up in float32, rounding as llama.cpp does.
func (r *rope) reserve(end int) {
	for position := len(r.cos) / r.pairs; position < end; position++ {
		theta := float32(position)
		for i := range r.pairs {
			angle := theta
			if r.factor != nil {
				angle /= r.factor[i]
			}
			sin, cos := math.Sincos(float64(angle * r.position))
			r.cos = append(r.cos, float32(cos))
			r.sin = append(r.sin, float32(sin))
			theta *= r.scale
		}
	}
}

// rotate turns the pairs at the beginning of each head of x.
func (r *rope) rotate(x []float32, headDim, position int) {
	cos := r.cos[position*r.pairs:][:r.pairs]
	sin := r.sin[position*r.pairs:][:r.pairs]
	for head := 0; head+headDim <= len(x); head += headDim {
		if r.halves {
			rotatePairs(x[head:][:r.pairs], x[head+r.pairs:][:r.pairs], 1, cos, sin)
		} else {
			rotatePairs(x[head:][:2*r.pairs], x[head+1:][:2*r.pairs-1], 2, cos, sin)
		}
	}
}

// rotatePairs turns the pairs of a and b, each some steps after the other.
func rotatePairs(a, b []float32, step int, cos, sin []float32) {
	for i, c := range cos {
		s, x, y := sin[i], a[i*step], b[i*step]
		a[i*step] = float32(x*c) - float32(y*s)
		b[i*step] = float32(x*s) + float32(y*c)
	}
}
