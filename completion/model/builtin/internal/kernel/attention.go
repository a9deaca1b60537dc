package kernel

import "math"

// TilePositions is the number of positions in a tile of keys.
const TilePositions = lanes

// Scores computes the attention scores of one query against cached keys:
//
//	dst[p] = scale · Σ_d query[d] · key[p,d]
//
// Keys lie in tiles of eight positions, within a tile dimension after
// dimension: keys[(p/8)*8*D + d*8 + p%8], so that eight positions are computed
// at a time without adding across a register. dst has eight places per tile.
func Scores(dst, query, keys []float32, scale float32) {
	tiles := len(dst) / TilePositions
	if tiles == 0 {
		return
	}
	keys = keys[:tiles*TilePositions*len(query)]
	if level != PureGo && len(query)%2 == 0 {
		level.scores(dst[:tiles*TilePositions], query, keys, scale)
		return
	}
	scoresGo(dst, query, keys, scale)
}

func scoresGo(dst, query, keys []float32, scale float32) {
	for tile := range len(dst) / TilePositions {
		key := keys[tile*TilePositions*len(query):]
		var even, odd [lanes]float32
		for d, q := range query {
			acc := &even
			if d%2 == 1 {
				acc = &odd
			}
			k := (*[lanes]float32)(key[d*TilePositions:])
			for i := range acc {
				acc[i] += float32(q * k[i])
			}
		}
		out := (*[lanes]float32)(dst[tile*TilePositions:])
		for i := range out {
			out[i] = float32(even[i]+odd[i]) * scale
		}
	}
}

// WeightedSum computes dst = Σ_p weight[p] · value[p], where values holds the
// vectors, as long as dst, one after another.
func WeightedSum(dst, weight, values []float32) {
	if len(weight) == 0 {
		clear(dst)
		return
	}
	dim := len(dst)
	values = values[:len(weight)*dim]
	if level != PureGo && dim%lanes == 0 {
		level.weightedSum(dst, weight, values)
		return
	}
	weightedSumGo(dst, weight, values)
}

func weightedSumGo(dst, weight, values []float32) {
	dim := len(dst)
	for d := range dst {
		var even, odd float32
		for p := 0; p+1 < len(weight); p += 2 {
			even += float32(weight[p] * values[p*dim+d])
			odd += float32(weight[p+1] * values[(p+1)*dim+d])
		}
		if n := len(weight); n%2 == 1 {
			even += float32(weight[n-1] * values[(n-1)*dim+d])
		}
		dst[d] = even + odd
	}
}

// Softmax replaces x by exp(x - max) / Σ exp(x - max). len(x) must be a
// multiple of eight; places that do not count hold -Inf.
func Softmax(x []float32) {
	if len(x) == 0 {
		return
	}
	if level != PureGo {
		level.softmax(x)
		return
	}
	softmaxGo(x)
}

func softmaxGo(x []float32) {
	largest := x[0]
	for _, v := range x {
		largest = max(largest, v)
	}
	var acc [lanes]float32
	for i, v := range x {
		e := exp(v - largest)
		x[i] = e
		acc[i%lanes] += e
	}
	inverse := 1 / sum(&acc)
	for i := range x {
		x[i] *= inverse
	}
}

// SwiGLU computes dst = gate / (1 + exp(-gate)) · up (Shazeer, 2020,
// https://arxiv.org/abs/2002.05202). The three are equally long; dst may be
// gate or up.
func SwiGLU(dst, gate, up []float32) {
	n := len(dst)
	gate, up = gate[:n], up[:n]
	done := 0
	if level != PureGo {
		done = n &^ (lanes - 1)
		level.swiglu(dst[:done], gate, up)
	}
	swigluGo(dst[done:], gate[done:], up[done:])
}

func swigluGo(dst, gate, up []float32) {
	for i, g := range gate {
		dst[i] = float32(g/(1+exp(-g))) * up[i]
	}
}

// The constants of exp. ln 2 is split so that n·ln2High is exact.
const (
	log2e   = 1.44269504088896341
	ln2High = 0.693359375
	ln2Low  = -2.12194440e-4
	expMin  = -87.0 // exp stays a normal number from here
	expMax  = 88.0  // and finite up to here
)

// exp computes e^x to about two units in the last place, in the steps that the
// assembly takes for eight numbers at a time (the polynomial of Cephes' expf:
// Moshier). Outside expMin to expMax it gives the value at the nearer end.
func exp(x float32) float32 {
	// The order of the comparisons is that of VMAXPS and VMINPS.
	if !(x > expMin) {
		x = expMin
	}
	if !(x < expMax) {
		x = expMax
	}
	n := roundToEven(float32(x * log2e))
	r := float32(x-float32(n*ln2High)) - float32(n*ln2Low)
	p := float32(1.9875691500e-4)
	p = float32(p*r) + 1.3981999507e-3
	p = float32(p*r) + 8.3334519073e-3
	p = float32(p*r) + 4.1665795894e-2
	p = float32(p*r) + 1.6666665459e-1
	p = float32(p*r) + 5.0000001201e-1
	y := float32(float32(float32(p*float32(r*r))+r) + 1)
	// n is an integer from -126 to 127: 2^n by its exponent bits.
	return y * math.Float32frombits(uint32(int32(n)+127)<<23)
}
