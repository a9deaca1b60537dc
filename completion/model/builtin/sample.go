package builtin

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
)

// errNotANumber ends a generation whose network computes nonsense: weights that
// are infinite or not numbers.
var errNotANumber = errors.New("builtin: the model's weights give scores that are not numbers")

// sampler chooses the next token from the logits.
type sampler struct {
	temperature float64
	topK        int
	topP        float64
	random      *rand.Rand
	candidates  []candidate
}

type candidate struct {
	token int32
	logit float64
	p     float64
}

func newSampler(o GenerateOptions) *sampler {
	return &sampler{
		temperature: float64(o.Temperature),
		topK:        o.TopK,
		topP:        float64(o.TopP),
		random:      rand.New(rand.NewPCG(o.Seed, 0)),
	}
}

// next chooses a token: the likeliest at temperature 0, else by chance among
// the topK likeliest that together make up topP of the probability, in
// llama.cpp's order: top-k, top-p, temperature.
func (s *sampler) next(logits []float32) (int32, error) {
	best := argmax(logits)
	if l := float64(logits[best]); math.IsNaN(l) || math.IsInf(l, 0) {
		return 0, errNotANumber
	}
	if s.temperature <= 0 || s.topK == 1 {
		return best, nil
	}
	s.rank(logits)
	s.cutTopP()
	return s.draw(), nil
}

// argmax is the first token with the highest logit.
func argmax(logits []float32) int32 {
	best := 0
	for i, l := range logits {
		if l > logits[best] {
			best = i
		}
	}
	return int32(best)
}

// rank makes the topK likeliest tokens the candidates, the likeliest first.
func (s *sampler) rank(logits []float32) {
	s.candidates = s.candidates[:0]
	for i, l := range logits {
		s.candidates = append(s.candidates, candidate{token: int32(i), logit: float64(l)})
	}
	slices.SortFunc(s.candidates, func(a, b candidate) int {
		switch {
		case a.logit > b.logit:
			return -1
		case a.logit < b.logit:
			return 1
		}
		return int(a.token) - int(b.token)
	})
	if s.topK > 0 && s.topK < len(s.candidates) {
		s.candidates = s.candidates[:s.topK]
	}
}

// cutTopP keeps the fewest candidates whose probabilities reach topP.
func (s *sampler) cutTopP() {
	if s.topP <= 0 || s.topP >= 1 {
		return
	}
	total := s.weigh(1)
	sum := 0.0
	for i, c := range s.candidates {
		sum += c.p / total
		if sum >= s.topP {
			s.candidates = s.candidates[:i+1]
			return
		}
	}
}

// draw takes a candidate at random.
func (s *sampler) draw() int32 {
	at := s.random.Float64() * s.weigh(s.temperature)
	for _, c := range s.candidates {
		at -= c.p
		if at < 0 {
			return c.token
		}
	}
	return s.candidates[0].token
}

// weigh gives each candidate a weight in proportion to its probability at a
// temperature and returns their sum.
func (s *sampler) weigh(temperature float64) float64 {
	total := 0.0
	for i := range s.candidates {
		c := &s.candidates[i]
		c.p = math.Exp((c.logit - s.candidates[0].logit) / temperature)
		total += c.p
	}
	return total
}
