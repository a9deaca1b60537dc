package kernel

import "math"

// The numbers of activations that share a scale: with weights in Q8_0 and its
// kin, and with the super-blocks of the K formats.
const (
	BlockSize = 32
	SuperSize = 256
)

// tileTokens is how many tokens lie side by side in a tile.
const tileTokens = 8

// tileGroup is 32 activations of each of eight tokens, in int8 with a scale:
// what meets one group of weights. The sums spare the product with what the
// weights have in common. The assembly knows the offsets.
type tileGroup struct {
	q     [tileTokens][BlockSize]int8
	scale [tileTokens]float32
	// minusBias is -128 · Σ q, for formats that are not affine; minusBiasHalf
	// the same for the 16 first and the 16 last.
	minusBias     [tileTokens]int32
	minusBiasHalf [2][tileTokens]int32
	sum           [tileTokens]float32 // scale · Σ q, for affine formats
}

// Activations are vectors of cols elements rounded to int8, cols a multiple of
// 32, or of 256 with super-blocks. Its zero value holds none.
type Activations struct {
	cols  int
	super bool
	tiles []tileGroup // [token/8, group]
}

// NewActivations makes room for the vectors of that many tokens.
func NewActivations(tokens, cols int, super bool) Activations {
	tiles := (tokens + tileTokens - 1) / tileTokens
	return Activations{cols: cols, super: super, tiles: make([]tileGroup, tiles*(cols/BlockSize))}
}

// Empty reports whether there is no room.
func (a *Activations) Empty() bool { return len(a.tiles) == 0 }

// Quantize rounds x, cols elements, to be the vector of a token. Neighbouring
// tokens must not be written at the same time if they share a tile of eight.
func (a *Activations) Quantize(token int, x []float32) {
	groups := a.cols / BlockSize
	tiles, lane := a.tiles[token/tileTokens*groups:][:groups], token%tileTokens
	var q [SuperSize]int8
	var scale [SuperSize / BlockSize]float32
	for g := 0; g < groups; {
		n := min(len(scale), groups-g)
		if a.super {
			quantizeSuper(&q, &scale, (*[SuperSize]float32)(x[g*BlockSize:]))
		} else {
			QuantizeQ8(q[:n*BlockSize], scale[:n], x[g*BlockSize:][:n*BlockSize])
		}
		for i := range n {
			tiles[g+i].set(lane, (*[BlockSize]int8)(q[i*BlockSize:]), scale[i])
		}
		g += n
	}
}

func (t *tileGroup) set(lane int, q *[BlockSize]int8, scale float32) {
	t.q[lane] = *q
	var first, last int32
	for i := range BlockSize / 2 {
		first += int32(q[i])
		last += int32(q[i+BlockSize/2])
	}
	t.scale[lane] = scale
	t.minusBias[lane] = -bias * (first + last)
	t.minusBiasHalf[0][lane] = -bias * first
	t.minusBiasHalf[1][lane] = -bias * last
	t.sum[lane] = scale * float32(first+last)
}

// quantizeSuper rounds 256 elements as ggml does for the K formats ("Q8_K"):
// the element of the largest magnitude becomes -127.
func quantizeSuper(q *[SuperSize]int8, scale *[SuperSize / BlockSize]float32, x *[SuperSize]float32) {
	largest, magnitude := float32(0), float32(0)
	for _, v := range x {
		if m := float32(math.Abs(float64(v))); m > magnitude {
			largest, magnitude = v, m
		}
	}
	inverse, s := float32(0), float32(0)
	if magnitude > 0 {
		inverse = -127 / largest
		s = 1 / inverse
	}
	for i, v := range x {
		q[i] = int8(min(roundToEven(float32(inverse*v)), 127))
	}
	for i := range scale {
		scale[i] = s
	}
}

// QuantizeQ8 rounds x to Q8_0 as ggml does: in each block of 32, x ≈ q·scale
// with q from -127 to 127 and a scale that float16 can hold. len(x) must be a
// multiple of BlockSize, q as long, and scale have a place for each block.
func QuantizeQ8(q []int8, scale []float32, x []float32) {
	if useAVX2 {
		quantizeQ8AVX2(q, scale, x)
		return
	}
	quantizeQ8Go(q, scale, x)
}

func quantizeQ8Go(q []int8, scale []float32, x []float32) {
	for b := range len(x) / BlockSize {
		in := (*[BlockSize]float32)(x[b*BlockSize:])
		out := (*[BlockSize]int8)(q[b*BlockSize:])
		largest := float32(0)
		for _, v := range in {
			largest = max(largest, float32(math.Abs(float64(v))))
		}
		inverse := float32(0)
		if largest >= 1e-30 { // below, the scale is 0 in float16 and the inverse may overflow
			inverse = 127 / largest
		}
		for i, v := range in {
			out[i] = int8(roundToEven(float32(v * inverse)))
		}
		scale[b] = roundToFloat16(largest / 127)
	}
}

// roundToEven rounds |x| < 2^22 to the nearest integer, halves to the even one:
// at this magnitude a float32 has no bits left for the fraction.
func roundToEven(x float32) float32 {
	const magic = 3 << 22
	return float32(x+magic) - magic
}
