package kernel

// MulF32 multiplies a matrix of float32 with vectors of float32:
//
//	dst[t*stride+r] = Σ_c weights[r*cols+c] · x[t*cols+c]   for r < rows, t < tokens
//
// A product adds in eight lanes, and the rest, if cols is no multiple of eight,
// at the end, whatever else goes along.
func MulF32(dst []float32, stride int, weights []float32, rows, cols int, x []float32, tokens int) {
	r := 0
	if tokens < 4 { // four rows share a vector
		for ; r+4 <= rows; r += 4 {
			for t := range tokens {
				four := dots(x[t*cols:][:cols], weights[r*cols:][:4*cols])
				copy(dst[t*stride+r:][:4], four[:])
			}
		}
	}
	for ; r < rows; r++ {
		row, t := weights[r*cols:][:cols], 0
		for ; t+4 <= tokens; t += 4 { // four vectors share a row
			for i, v := range dots(row, x[t*cols:][:4*cols]) {
				dst[(t+i)*stride+r] = v
			}
		}
		for ; t < tokens; t++ {
			dst[t*stride+r] = dot(row, x[t*cols:][:cols])
		}
	}
}

// MulF16 is MulF32 for weights in half precision, little endian.
func MulF16(dst []float32, stride int, weights []byte, rows, cols int, x []float32, tokens int, p *Panel) {
	mulDecoded(DecodeF16, dst, stride, weights, rows, cols, x, tokens, p)
}

// MulBF16 is MulF32 for weights in bfloat16, little endian.
func MulBF16(dst []float32, stride int, weights []byte, rows, cols int, x []float32, tokens int, p *Panel) {
	mulDecoded(DecodeBF16, dst, stride, weights, rows, cols, x, tokens, p)
}

// mulDecoded decodes four rows at a time.
func mulDecoded(decode func([]float32, []byte), dst []float32, stride int, weights []byte, rows, cols int, x []float32, tokens int, p *Panel) {
	if len(p.decoded) < 4*cols {
		p.decoded = make([]float32, 4*cols)
	}
	for r := 0; r < rows; r += 4 {
		n := min(4, rows-r)
		decode(p.decoded[:n*cols], weights[2*r*cols:][:2*n*cols])
		MulF32(dst[r:], stride, p.decoded[:n*cols], n, cols, x, tokens)
	}
}

// dots multiplies a with four vectors one after another in b.
func dots(a, b []float32) (d [4]float32) {
	n := len(a)
	if !useAVX2 || n < lanes {
		for i := range d {
			d[i] = dot(a, b[i*n:][:n])
		}
		return d
	}
	whole := n &^ (lanes - 1)
	b = b[:4*n]
	dotsAVX2(&d, &a[0], &b[0], n, whole/lanes)
	for i := range d {
		for j := whole; j < n; j++ {
			d[i] += float32(a[j] * b[i*n+j])
		}
	}
	return d
}

// dot multiplies two vectors.
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
