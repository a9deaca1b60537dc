package kernel

// panelRows is how many rows of weights are multiplied side by side, one in
// each lane of a vector register.
const panelRows = lanes

// panelCols is the most columns of a panel: its bytes fit the first-level cache
// beside the activations.
const panelCols = 1024

// Panel is a worker's room for products: the weights of eight rows, unpacked.
// Its zero value is ready. The assembly knows the offsets up to minimum.
type Panel struct {
	// u holds the bytes of four columns of each of eight rows, then of the next
	// four columns: [column/4][row][column%4].
	u          [panelCols * panelRows]byte
	scale      [panelCols / 16][panelRows]float32
	minimum    [panelCols / 32][panelRows]float32
	rows       [panelRows][panelCols]byte // what unpack gives, where no assembly does it
	rowScale   [panelRows][panelCols / 16]float32
	rowMinimum [panelRows][panelCols / 32]float32
	acc        []float32 // [token][row]
	padded     []byte    // the last rows, if they are not eight
	decoded    []float32 // rows of float16 and bfloat16
}

// Mul multiplies a matrix with the vectors of the first tokens of x:
//
//	dst[t*stride+r] = Σ_c w[r,c] · x[t,c]   for r < rows, t < tokens
//
// weights holds rows of cols elements as they lie in the file. For each group
// of weights the products are added up as integers, then times the scales of
// both to the sum in float32, group after group: a token's result does not
// depend on how many others go along.
func (f Format) Mul(dst []float32, stride int, weights []byte, rows, cols int, x *Activations, tokens int, p *Panel) {
	if rows == 0 || tokens == 0 {
		return
	}
	// The assembly does not check bounds, so this does.
	l, groups := &layouts[f], cols/BlockSize
	rowBytes := f.RowBytes(cols)
	_ = dst[(tokens-1)*stride+rows-1]
	weights = weights[:rows*rowBytes]
	if x.cols != cols || x.super != l.super || cols%l.elements != 0 {
		panic("kernel: weights and activations do not match")
	}
	_ = x.tiles[:(tokens+tileTokens-1)/tileTokens*groups]
	if len(p.acc) < tokens*panelRows {
		p.acc = make([]float32, (tokens+tileTokens)*panelRows)
	}
	first := 0
	if f == Q8_0 && useVNNI && tokens > wideTokens {
		first = mulWide(dst, stride, weights, rows, cols, x, tokens, p)
	}
	for ; first < rows; first += panelRows {
		n := min(panelRows, rows-first)
		panel := weights[first*rowBytes:][:n*rowBytes]
		if n < panelRows && useAVX2 { // the assembly takes eight rows
			p.padded = append(append(p.padded[:0], panel...), make([]byte, (panelRows-n)*rowBytes)...)
			panel = p.padded
		}
		clear(p.acc[:tokens*panelRows])
		for col := 0; col < cols; col += panelCols {
			width := min(panelCols, cols-col)
			f.unpack(p, panel, rowBytes, col, width)
			for tile := 0; tile < tokens; tile += tileTokens {
				at := tile/tileTokens*groups + col/BlockSize
				p.multiply(l, p.acc[tile*panelRows:], x.tiles[at:at+width/BlockSize], min(tileTokens, tokens-tile))
			}
		}
		for t := range tokens {
			copy(dst[t*stride+first:][:n], p.acc[t*panelRows:])
		}
	}
}

// A wide panel has sixteen rows and half the columns, in the same room: Q8_0's,
// the format of the model in the binary, in vectors of sixteen.
const (
	wideRows = 2 * panelRows
	wideCols = panelCols / 2
	// wideTokens is how many tokens are too few for it.
	wideTokens = tileTokens / 2
)

// mulWide is Mul for the rows of Q8_0 up to the last whole sixteen; it returns
// their number. acc has no room for them yet.
func mulWide(dst []float32, stride int, weights []byte, rows, cols int, x *Activations, tokens int, p *Panel) int {
	whole := rows - rows%wideRows
	groups, rowBytes := cols/BlockSize, Q8_0.RowBytes(cols)
	if len(p.acc) < (tokens+tileTokens)*wideRows {
		p.acc = make([]float32, (tokens+tileTokens)*wideRows)
	}
	for first := 0; first < whole; first += wideRows {
		panel := weights[first*rowBytes:][:wideRows*rowBytes]
		clear(p.acc[:tokens*wideRows])
		for col := 0; col < cols; col += wideCols {
			blocks := min(wideCols, cols-col) / BlockSize
			at := col / BlockSize * layouts[Q8_0].bytes
			unpackQ80Wide(p, &panel[at], rowBytes, blocks, blocks*layouts[Q8_0].bytes)
			for tile := 0; tile < tokens; tile += tileTokens {
				mulBiased8Wide(&p.acc[tile*wideRows], p, &x.tiles[tile/tileTokens*groups+col/BlockSize], 0, blocks)
			}
		}
		for t := range tokens {
			copy(dst[t*stride+first:][:wideRows], p.acc[t*wideRows:])
		}
	}
	return whole
}

// unpack fills p with the columns from col of the rows in panel.
func (f Format) unpack(p *Panel, panel []byte, rowBytes, col, width int) {
	l := &layouts[f]
	blocks := width / l.elements
	at := col / l.elements * l.bytes
	if useAVX2 {
		ahead := blocks * l.bytes // the next columns
		if at+ahead == rowBytes { // the first columns of the next rows
			ahead = panelRows*rowBytes - at
		}
		if f.unpackAssembly(p, &panel[at], rowBytes, blocks, ahead) {
			return
		}
	}
	for r := range len(panel) / rowBytes {
		row := panel[r*rowBytes+at:][:blocks*l.bytes]
		l.unpack(p.rows[r][:width], p.rowScale[r][:], p.rowMinimum[r][:], row)
	}
	if useAVX2 {
		p.transpose(l, width)
	}
}

// transpose brings rows into the order of the assembly.
func (p *Panel) transpose(l *layout, width int) {
	transposeAVX2(&p.u[0], &p.rows[0][0], panelCols, width/BlockSize)
	for g := range width / l.group {
		for r := range panelRows {
			p.scale[g][r] = p.rowScale[r][g]
		}
	}
	if l.affine {
		for g := range width / l.group {
			for r := range panelRows {
				p.minimum[g][r] = p.rowMinimum[r][g]
			}
		}
	}
}

// multiply adds the products of the panel with the first tokens of a tile.
func (p *Panel) multiply(l *layout, acc []float32, x []tileGroup, tokens int) {
	if !useAVX2 {
		for t := range tokens {
			for r := range panelRows {
				acc[t*panelRows+r] = p.multiplyGo(l, acc[t*panelRows+r], r, t, x)
			}
		}
		return
	}
	switch {
	case tokens == 1:
		p.multiplyAssembly(l, &acc[0], &x[0], 1, 0, len(x))
	case tokens > 4 && useVNNI:
		p.multiplyAssembly(l, &acc[0], &x[0], 8, 0, len(x))
	default:
		p.multiplyAssembly(l, &acc[0], &x[0], 4, 0, len(x))
		if tokens > 4 {
			p.multiplyAssembly(l, &acc[4*panelRows], &x[0], 4, 4, len(x))
		}
	}
}

func (p *Panel) multiplyGo(l *layout, acc float32, row, token int, x []tileGroup) float32 {
	u, scale, minimum := p.rows[row][:], p.rowScale[row][:], p.rowMinimum[row][:]
	for g := range x {
		w, t := (*[BlockSize]byte)(u[g*BlockSize:]), &x[g]
		v := &t.q[token]
		first, last := dot16(w, v, 0), dot16(w, v, BlockSize/2)
		switch {
		case l.affine:
			acc += float32(float32(first+last) * float32(scale[g]*t.scale[token]))
			acc -= float32(minimum[g] * t.sum[token])
		case l.group == BlockSize:
			acc += float32(float32(first+last+t.minusBias[token]) * float32(scale[g]*t.scale[token]))
		default:
			acc += float32(float32(first+t.minusBiasHalf[0][token]) * float32(scale[2*g]*t.scale[token]))
			acc += float32(float32(last+t.minusBiasHalf[1][token]) * float32(scale[2*g+1]*t.scale[token]))
		}
	}
	return acc
}

// dot16 adds sixteen products.
func dot16(w *[BlockSize]byte, x *[BlockSize]int8, at int) (s int32) {
	a, b := w[at:at+16], x[at:at+16]
	for i := range a {
		s += int32(a[i]) * int32(b[i])
	}
	return s
}
