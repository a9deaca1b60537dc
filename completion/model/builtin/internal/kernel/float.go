package kernel

import (
	"encoding/binary"
	"math"
)

// Number is an encoding of weights that are numbers by themselves, little
// endian.
type Number uint8

// The encodings.
const (
	F32 Number = iota
	F16
	BF16
)

// Bytes is the size of a number.
func (n Number) Bytes() int {
	if n == F32 {
		return 4
	}
	return 2
}

// Mul multiplies a matrix with vectors of float32:
//
//	dst[t*stride+r] = Σ_c weights[r*cols+c] · x[t*cols+c]   for r < rows, t < tokens
//
// A product runs over sixteen partial sums, and the rest, if cols is no multiple
// of them, at the end, whatever else goes along. It panics with ErrGone if the
// weights cannot be read any more.
func (n Number) Mul(dst []float32, stride int, weights []byte, rows, cols int, x []float32, tokens int) {
	if rows == 0 || tokens == 0 {
		return
	}
	_ = dst[(tokens-1)*stride+rows-1]
	weights, x = weights[:rows*cols*n.Bytes()], x[:tokens*cols]
	if level != PureGo {
		level.floatProduct(n, dst, stride, weights, rows, cols, x, tokens)
		return
	}
	row := make([]float32, cols)
	for r := range rows {
		n.Decode(row, weights[r*cols*n.Bytes():])
		for t := range tokens {
			dst[t*stride+r] = dot(row, x[t*cols:][:cols])
		}
	}
}

func dot(a, b []float32) float32 {
	var acc [2 * lanes]float32
	i := 0
	for ; i+len(acc) <= len(a); i += len(acc) {
		for l := range acc {
			acc[l] = fused(a[i+l], b[i+l], acc[l])
		}
	}
	for n := len(acc) / 2; n > 0; n /= 2 {
		for l := range n {
			acc[l] += acc[l+n]
		}
	}
	for ; i < len(a); i++ {
		acc[0] = fused(a[i], b[i], acc[0])
	}
	return acc[0]
}

// fused is x·y + z, rounded once. The product is exact in float64; the sum is
// rounded to an odd last bit, so that rounding it again does no harm (Boldo and
// Melquiond, 2008).
func fused(x, y, z float32) float32 {
	p := float64(x) * float64(y)
	s := p + float64(z)
	if s-s != 0 { // an infinity, or no number
		return float32(s)
	}
	back := s - p
	rest := (p - (s - back)) + (float64(z) - back)
	if bits := math.Float64bits(s); rest != 0 && bits&1 == 0 {
		if (rest > 0) == (s > 0) {
			bits++
		} else {
			bits--
		}
		s = math.Float64frombits(bits)
	}
	return float32(s)
}

// Decode decodes numbers.
func (n Number) Decode(dst []float32, data []byte) {
	data = data[:n.Bytes()*len(dst)]
	for i := range dst {
		switch n {
		case F32:
			dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
		case F16:
			dst[i] = Float16(binary.LittleEndian.Uint16(data[2*i:]))
		case BF16:
			dst[i] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(data[2*i:])) << 16)
		}
	}
}

// Round rounds x to be numbers of that encoding, halves to even.
func (n Number) Round(dst, x []float32) {
	x = x[:len(dst)]
	switch {
	case n == F32:
		copy(dst, x)
	case level != PureGo:
		level.roundFloats(n, dst, x)
	case n == F16:
		for i, v := range x {
			dst[i] = roundToFloat16(v)
		}
	default:
		for i, v := range x {
			bits := math.Float32bits(v)
			if v == v {
				bits += 0x7fff + bits>>16&1
			}
			dst[i] = math.Float32frombits(bits &^ 0xffff)
		}
	}
}
