package llama

import (
	"fmt"
	"slices"
	"strings"

	"github.com/airside-ls/airside/completion/model/builtin/gguf"
	"github.com/airside-ls/airside/completion/model/builtin/internal/kernel"
)

// matrix is a weight matrix of rows × cols as it lies in the file.
type matrix struct {
	rows, cols int
	encoding   encoding
	format     kernel.Format // of a block encoding
	data       []byte
}

// encoding is how weights are encoded, and so with which activations they are
// multiplied: rounded to the same kind of number, or to blocks.
type encoding uint8

const (
	inF32     = encoding(kernel.F32)
	inF16     = encoding(kernel.F16)
	inBF16    = encoding(kernel.BF16)
	inBlocks  = inBF16 + 1 // with activations in Q8_0
	inSuper   = inBF16 + 2 // with activations in Q8_K
	encodings = inBF16 + 3
)

// blockFormats are the block encodings that can be computed with.
var blockFormats = map[gguf.TensorType]kernel.Format{
	gguf.Q4_0: kernel.Q4_0, gguf.Q4_1: kernel.Q4_1, gguf.Q5_0: kernel.Q5_0, gguf.Q5_1: kernel.Q5_1,
	gguf.Q8_0: kernel.Q8_0, gguf.Q3_K: kernel.Q3_K, gguf.Q4_K: kernel.Q4_K, gguf.Q5_K: kernel.Q5_K, gguf.Q6_K: kernel.Q6_K,
}

// Encodings names the encodings of weights that are supported.
func Encodings() string {
	names := []string{"F32", "F16", "BF16"}
	var blocks []string
	for t := range blockFormats {
		blocks = append(blocks, t.String())
	}
	slices.Sort(blocks)
	return strings.Join(append(names, blocks...), ", ")
}

// newMatrix takes the weights of t, whose shape has been checked.
func newMatrix(t *gguf.Tensor) (matrix, error) {
	m := matrix{rows: int(t.Dims[1]), cols: int(t.Dims[0]), data: t.Data}
	switch t.Type {
	case gguf.F32:
		m.encoding = inF32
		return m, nil
	case gguf.F16:
		m.encoding = inF16
		return m, nil
	case gguf.BF16:
		m.encoding = inBF16
		return m, nil
	}
	format, ok := blockFormats[t.Type]
	if !ok {
		return m, unsupportedEncoding(t, Encodings())
	}
	m.format, m.encoding = format, inBlocks
	if format.Super() {
		m.encoding = inSuper
	}
	return m, nil
}

func unsupportedEncoding(t *gguf.Tensor, want string) error {
	return &UnsupportedError{
		What: fmt.Sprintf("the encoding %s of tensor %s", t.Type, t.Name), Want: want,
		Advice: "llama-quantize makes another one of the original: llama-quantize ORIGINAL.gguf NEW.gguf Q4_K_M",
	}
}

// rowBytes is the size of a row in data.
func (m *matrix) rowBytes() int { return len(m.data) / m.rows }

// row decodes row r to dst.
func (m *matrix) row(dst []float32, r int) {
	row := m.data[r*m.rowBytes():][:m.rowBytes()]
	if m.encoding < inBlocks {
		kernel.Number(m.encoding).Decode(dst, row)
	} else {
		m.format.Decode(dst, row)
	}
}

// mul multiplies rows first to end of m with the first n of the vectors x:
//
//	dst[t*stride+r-first] = Σ_c m[r,c] · x[t,c]
func (m *matrix) mul(dst []float32, stride, first, end int, x *vectors, n int) {
	rows, size := end-first, m.rowBytes()
	data := m.data[first*size : end*size]
	if m.encoding < inBlocks {
		kernel.Number(m.encoding).Mul(dst, stride, data, rows, m.cols, x.floats[m.encoding], n)
	} else {
		m.format.Mul(dst, stride, data, rows, m.cols, &x.blocks[m.encoding-inBlocks], n)
	}
}

// needs is the encodings that some matrix has: what activations are rounded to.
type needs [encodings]bool

// vectors are activations of cols elements one after another, as float32 and
// rounded as the weights they meet want it.
type vectors struct {
	cols   int
	floats [3][]float32          // inF32, inF16, inBF16
	blocks [2]kernel.Activations // inBlocks, inSuper
}

// newVectors makes room for n vectors.
func newVectors(n, cols int, needs needs) vectors {
	v := vectors{cols: cols}
	for e := range v.floats {
		if encoding(e) == inF32 || needs[e] {
			v.floats[e] = make([]float32, n*cols)
		}
	}
	if needs[inBlocks] && cols%kernel.BlockSize == 0 {
		v.blocks[0] = kernel.NewActivations(n, cols, false)
	}
	if needs[inSuper] && cols%kernel.SuperSize == 0 {
		v.blocks[1] = kernel.NewActivations(n, cols, true)
	}
	return v
}

// vector is the float32 of vector t.
func (v *vectors) vector(t int) []float32 { return v.floats[inF32][t*v.cols:][:v.cols] }

// round rounds vector t as the weights want it.
func (v *vectors) round(t int) {
	x := v.vector(t)
	for e, to := range v.floats {
		if to != nil && encoding(e) != inF32 {
			kernel.Number(e).Round(to[t*v.cols:][:v.cols], x)
		}
	}
	for i := range v.blocks {
		if b := &v.blocks[i]; !b.Empty() {
			b.Quantize(t, x)
		}
	}
}
