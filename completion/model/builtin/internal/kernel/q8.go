package kernel

import "math"

// BlockSize is the number of elements that share a scale in Q8_0.
const BlockSize = 32

// q8BlockBytes is a block of Q8_0 in a file: a float16 scale and 32 int8.
const q8BlockBytes = 2 + BlockSize

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

// Q8Scales decodes the scales of a Q8_0 tensor's blocks.
func Q8Scales(data []byte) []float32 {
	scales := make([]float32, len(data)/q8BlockBytes)
	for b := range scales {
		scales[b] = Float16(uint16(data[b*q8BlockBytes]) | uint16(data[b*q8BlockBytes+1])<<8)
	}
	return scales
}

// DequantizeQ8 decodes consecutive Q8_0 blocks into dst.
func DequantizeQ8(dst []float32, blocks []byte) {
	for b := range len(dst) / BlockSize {
		block := (*[q8BlockBytes]byte)(blocks[b*q8BlockBytes:])
		scale := Float16(uint16(block[0]) | uint16(block[1])<<8)
		out := (*[BlockSize]float32)(dst[b*BlockSize:])
		for i := range out {
			out[i] = float32(int8(block[2+i])) * scale
		}
	}
}

// MulQ8 multiplies a matrix in Q8_0 with vectors in Q8_0:
//
//	dst[t*stride+r] = Σ_c w[r,c] · x[t,c]   for r < rows, t < tokens
//
// weights holds rows of cols/32 blocks as they lie in the file, weightScale the
// scales of the same blocks; q and scale hold tokens vectors of cols elements,
// one after another, as QuantizeQ8 made them. A token's result does not depend
// on how many others go along.
func MulQ8(dst []float32, stride int, weights []byte, weightScale []float32, rows, cols int, q []int8, scale []float32, tokens int) {
	if rows == 0 || tokens == 0 {
		return
	}
	// The assembly does not check bounds, so this does.
	blocks := cols / BlockSize
	_ = dst[(tokens-1)*stride+rows-1]
	weights = weights[:rows*blocks*q8BlockBytes]
	weightScale = weightScale[:rows*blocks]
	q = q[:tokens*cols]
	scale = scale[:tokens*blocks]
	if !useAVX2 {
		mulQ8Go(dst, stride, weights, weightScale, rows, cols, q, scale, tokens)
		return
	}
	t := 0
	for ; t+4 <= tokens; t += 4 {
		mulQ8x4AVX2(&dst[t*stride], stride, &weights[0], &weightScale[0], rows, blocks, &q[t*cols], &scale[t*blocks])
	}
	for ; t < tokens; t++ {
		mulQ8x1AVX2(&dst[t*stride], &weights[0], &weightScale[0], rows, blocks, &q[t*cols], &scale[t*blocks])
	}
}

func mulQ8Go(dst []float32, stride int, weights []byte, weightScale []float32, rows, cols int, q []int8, scale []float32, tokens int) {
	blocks := cols / BlockSize
	for r := range rows {
		row := weights[r*blocks*q8BlockBytes:][:blocks*q8BlockBytes]
		rowScale := weightScale[r*blocks:][:blocks]
		for t := range tokens {
			x, xScale := q[t*cols:][:cols], scale[t*blocks:][:blocks]
			// Eight variables rather than an array: they stay in registers.
			var a0, a1, a2, a3, a4, a5, a6, a7 float32
			for b, ws := range rowScale {
				w := (*[BlockSize]byte)(row[b*q8BlockBytes+2:])
				v := (*[BlockSize]int8)(x[b*BlockSize:])
				s := float32(ws * xScale[b])
				a0 += float32(dot4(w, v, 0) * s)
				a1 += float32(dot4(w, v, 4) * s)
				a2 += float32(dot4(w, v, 8) * s)
				a3 += float32(dot4(w, v, 12) * s)
				a4 += float32(dot4(w, v, 16) * s)
				a5 += float32(dot4(w, v, 20) * s)
				a6 += float32(dot4(w, v, 24) * s)
				a7 += float32(dot4(w, v, 28) * s)
			}
			acc := [lanes]float32{a0, a1, a2, a3, a4, a5, a6, a7}
			dst[t*stride+r] = sum(&acc)
		}
	}
}

// dot4 adds the products of four neighbours, what one lane holds of a block.
func dot4(w *[BlockSize]byte, x *[BlockSize]int8, at int) float32 {
	return float32(int32(int8(w[at]))*int32(x[at]) +
		int32(int8(w[at+1]))*int32(x[at+1]) +
		int32(int8(w[at+2]))*int32(x[at+2]) +
		int32(int8(w[at+3]))*int32(x[at+3]))
}
