package llama

import "math"

// rope holds the rotations of the rotary position embedding (Su et al., 2021,
// https://arxiv.org/abs/2104.09864): for each position the cosines and sines of
// the pairs of a head.
type rope struct {
	pairs    int
	cos, sin []float32 // [position, pair]
	scale    float32   // ratio of neighbouring frequencies
	factor   []float32 // divisors of the frequencies, or nil
}

func newRope(m *Model) *rope {
	return &rope{
		pairs:  m.RopeDims / 2,
		scale:  float32(math.Pow(m.RopeBase, -2/float64(m.RopeDims))),
		factor: m.ropeFactor,
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
			sin, cos := math.Sincos(float64(angle))
			r.cos = append(r.cos, float32(cos))
			r.sin = append(r.sin, float32(sin))
			theta *= r.scale
		}
	}
}

// rotate turns the neighbouring pairs at the beginning of each head of x.
func (r *rope) rotate(x []float32, headDim, position int) {
	cos := r.cos[position*r.pairs:][:r.pairs]
	sin := r.sin[position*r.pairs:][:r.pairs]
	for head := 0; head+headDim <= len(x); head += headDim {
		pairs := x[head:][:2*len(cos)]
		for i, c := range cos {
			s := sin[i]
			a, b := pairs[2*i], pairs[2*i+1]
			pairs[2*i] = float32(a*c) - float32(b*s)
			pairs[2*i+1] = float32(a*s) + float32(b*c)
		}
	}
}
