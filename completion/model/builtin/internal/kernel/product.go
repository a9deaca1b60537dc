package kernel

// Mul multiplies a matrix with the vectors of the first tokens of x:
//
//	dst[t*stride+r] = Σ_c w[r,c] · x[t,c]   for r < rows, t < tokens
//
// weights holds rows of cols elements as they lie in the file. Within a block
// the products are added up as integers, and those of a super format times the
// scales of its groups; times the scales of both they go to the sum in float32,
// block after block: a token's result does not depend on how many others go
// along. It panics with ErrGone if the weights cannot be read any more.
func (f Format) Mul(dst []float32, stride int, weights []byte, rows, cols int, x *Activations, tokens int) {
	if rows == 0 || tokens == 0 {
		return
	}
	// Native code does not check bounds, so this does.
	l := &layouts[f]
	_ = dst[(tokens-1)*stride+rows-1]
	weights = weights[:rows*f.RowBytes(cols)]
	if x.cols != cols || x.super != l.super() || cols%l.elements != 0 || tokens > x.tokens {
		panic("kernel: weights and activations do not match")
	}
	if level == PureGo {
		f.mulGo(dst, stride, weights, rows, cols, x, tokens)
		return
	}
	level.product(f, dst, stride, weights, rows, cols, x, tokens)
}

func (f Format) mulGo(dst []float32, stride int, weights []byte, rows, cols int, x *Activations, tokens int) {
	l := &layouts[f]
	var b block
	for r := range rows {
		for t := range tokens {
			dst[t*stride+r] = 0
		}
		for i := range cols / l.elements {
			l.unpack(&b, weights[:l.bytes])
			weights = weights[l.bytes:]
			for t := range tokens {
				at := t*x.stride() + i*l.elements
				to := &dst[t*stride+r]
				*to = l.addProduct(*to, &b, x.q[at:][:l.elements], x.scale[t*cols/l.elements+i])
			}
		}
	}
}

// addProduct adds the product of a block with as many activations.
func (l *layout) addProduct(sum float32, b *block, q []int8, scale float32) float32 {
	var products, least int32
	for h := range len(q) / halfGroup {
		var p, s int32
		w := b.u[h*halfGroup:][:halfGroup]
		for i, v := range q[h*halfGroup:][:halfGroup] {
			p += (int32(w[i]) - l.bias) * int32(v)
			s += int32(v)
		}
		if l.super() {
			p, s = p*b.scale[h], s*b.least[h]
		}
		products, least = products+p, least+s
	}
	sum += float32(float32(products) * float32(b.d*scale))
	switch {
	case l.affine && l.super():
		sum -= float32(float32(least) * float32(b.minimum*scale))
	case l.affine:
		sum += float32(b.minimum * float32(scale*float32(least)))
	}
	return sum
}
