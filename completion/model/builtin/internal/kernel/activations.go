package kernel

import "math"

// The numbers of activations that share a scale: with weights in Q8_0 and its
// kin, and with the super-blocks of the K formats.
const (
	BlockSize = 32
	SuperSize = 256
)

// Activations are vectors of cols elements rounded to int8, cols a multiple of
// 32, or of 256 with super-blocks. Its zero value holds none.
type Activations struct {
	cols, tokens int
	super        bool
	q            []int8    // [token, stride]
	scale        []float32 // [token, block]: of 32 elements or 256
	// sum is Σ q of each block of 32 or, in those of 256, of each half of a
	// group: the first halves before the second ones. It spares the product
	// with what the weights of a block have in common.
	sum []int16
}

// NewActivations makes room for the vectors of that many tokens.
func NewActivations(tokens, cols int, super bool) Activations {
	a := Activations{cols: cols, tokens: tokens, super: super}
	a.q = make([]int8, tokens*a.stride())
	a.scale = make([]float32, tokens*cols/a.block())
	a.sum = make([]int16, tokens*a.sums())
	return a
}

// stride is how many places in q a token has: with powers of two for it, the
// tokens would share few lines of a cache.
func (a *Activations) stride() int { return a.cols + 64 }

func (a *Activations) block() int {
	if a.super {
		return SuperSize
	}
	return BlockSize
}

// sums is how many there are for a token.
func (a *Activations) sums() int {
	if a.super {
		return a.cols / halfGroup
	}
	return a.cols / BlockSize
}

// Empty reports whether there is no room.
func (a *Activations) Empty() bool { return a.tokens == 0 }

// Quantize rounds x, cols elements, to be the vector of a token.
func (a *Activations) Quantize(token int, x []float32) {
	blocks := a.cols / a.block()
	q, scale := a.q[token*a.stride():][:a.cols], a.scale[token*blocks:][:blocks]
	sum := a.sum[token*a.sums():][:a.sums()]
	x = x[:a.cols]
	if level != PureGo {
		level.quantize(q, scale, sum, x, a.super)
		return
	}
	if !a.super {
		for b := range scale {
			in := (*[BlockSize]int8)(q[b*BlockSize:])
			scale[b] = quantizeBlock(in, (*[BlockSize]float32)(x[b*BlockSize:]))
			sum[b] = total(in[:])
		}
		return
	}
	for b := range scale {
		in := (*[SuperSize]int8)(q[b*SuperSize:])
		scale[b] = quantizeSuper(in, (*[SuperSize]float32)(x[b*SuperSize:]))
		to := sum[b*len(in)/halfGroup:][:len(in)/halfGroup]
		for i := range to {
			to[i%2*len(to)/2+i/2] = total(in[i*halfGroup:][:halfGroup])
		}
	}
}

func total(q []int8) (s int16) {
	for _, v := range q {
		s += int16(v)
	}
	return s
}

// leastMagnitude is the least one that is told from zero: below, the inverse may
// overflow.
const leastMagnitude = 1e-30

// quantizeSuper rounds 256 elements as ggml does for the K formats ("Q8_K"):
// the element of the largest magnitude becomes -127.
func quantizeSuper(q *[SuperSize]int8, x *[SuperSize]float32) (scale float32) {
	largest, magnitude := float32(0), float32(0)
	for _, v := range x {
		if m := float32(math.Abs(float64(v))); m > magnitude {
			largest, magnitude = v, m
		}
	}
	inverse := float32(0)
	if magnitude >= leastMagnitude {
		inverse = -127 / largest
		scale = 1 / inverse
	}
	for i, v := range x {
		q[i] = int8(min(roundToEven(float32(inverse*v)), 127))
	}
	return scale
}

// quantizeBlock rounds 32 elements to Q8_0 as ggml does: x ≈ q·scale with q from
// -127 to 127 and a scale that float16 can hold.
func quantizeBlock(q *[BlockSize]int8, x *[BlockSize]float32) (scale float32) {
	largest := float32(0)
	for _, v := range x {
		largest = max(largest, float32(math.Abs(float64(v))))
	}
	inverse := float32(0)
	if largest >= leastMagnitude {
		inverse = 127 / largest
	}
	for i, v := range x {
		q[i] = int8(roundToEven(float32(v * inverse)))
	}
	return roundToFloat16(largest / 127)
}

// roundToEven rounds |x| < 2^22 to the nearest integer, halves to the even one:
// at this magnitude a float32 has no bits left for the fraction.
func roundToEven(x float32) float32 {
	const magic = 3 << 22
	return float32(x+magic) - magic
}
