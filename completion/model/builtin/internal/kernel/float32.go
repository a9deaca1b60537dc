package kernel

// MulF32 multiplies a matrix of float32 with vectors of float32:
//
//	dst[t*stride+r] = Σ_c weights[r*cols+c] · x[t*cols+c]   for r < rows, t < tokens
func MulF32(dst []float32, stride int, weights []float32, rows, cols int, x []float32, tokens int) {
	for r := range rows {
		row := weights[r*cols:][:cols]
		for t := range tokens {
			dst[t*stride+r] = dot(row, x[t*cols:][:cols])
		}
	}
}

// dot adds in eight lanes, and the rest, if the length is no multiple of eight,
// at the end.
func dot(a, b []float32) float32 {
	b = b[:len(a)]
	whole := len(a) &^ (lanes - 1)
	var s float32
	if whole > 0 {
		if useAVX2 {
			s = dotAVX2(&a[0], &b[0], whole/lanes)
		} else {
			s = dotGo(a[:whole], b[:whole])
		}
	}
	for i := whole; i < len(a); i++ {
		s += float32(a[i] * b[i])
	}
	return s
}

func dotGo(a, b []float32) float32 {
	var acc [lanes]float32
	for i := 0; i+lanes <= len(a); i += lanes {
		x, y := (*[lanes]float32)(a[i:]), (*[lanes]float32)(b[i:])
		for l := range acc {
			acc[l] += float32(x[l] * y[l])
		}
	}
	return sum(&acc)
}

// DecodeF16 decodes half-precision numbers, little endian.
func DecodeF16(dst []float32, data []byte) {
	data = data[:2*len(dst)]
	for i := range dst {
		dst[i] = Float16(uint16(data[2*i]) | uint16(data[2*i+1])<<8)
	}
}
