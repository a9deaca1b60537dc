package llama

import (
	"encoding/binary"
	"math"

	"github.com/airside-ls/airside/completion/model/builtin/gguf"
	"github.com/airside-ls/airside/completion/model/builtin/internal/kernel"
)

// matrix is a weight matrix of rows × cols in one of three encodings.
type matrix struct {
	rows, cols int
	encoding   gguf.TensorType
	// f32 holds the weights of an F32 matrix.
	f32 []float32
	// data refers to the file: the weights of an F16 or Q8_0 matrix.
	data []byte
	// scales are those of the Q8_0 blocks, decoded: an eighth of the data.
	scales []float32
}

// newMatrix takes the weights of t, whose shape has been checked.
func newMatrix(t *gguf.Tensor) (matrix, error) {
	m := matrix{rows: int(t.Dims[1]), cols: int(t.Dims[0]), encoding: t.Type}
	switch t.Type {
	case gguf.F32:
		m.f32 = decodeF32(t.Data)
	case gguf.F16:
		m.data = t.Data
	case gguf.Q8_0:
		m.data = t.Data
		m.scales = kernel.Q8Scales(t.Data)
	default:
		return m, &UnsupportedError{What: "the encoding " + t.Type.String() + " of tensor " + t.Name, Want: "F32, F16 and Q8_0"}
	}
	return m, nil
}

func decodeF32(data []byte) []float32 {
	out := make([]float32, len(data)/4)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
	}
	return out
}

// rowBytes is the size of a row in data.
func (m *matrix) rowBytes() int { return len(m.data) / m.rows }

// row decodes row r to dst.
func (m *matrix) row(dst []float32, r int) {
	switch m.encoding {
	case gguf.F32:
		copy(dst, m.f32[r*m.cols:][:m.cols])
	case gguf.F16:
		kernel.DecodeF16(dst, m.data[r*m.rowBytes():][:m.rowBytes()])
	case gguf.Q8_0:
		kernel.DequantizeQ8(dst, m.data[r*m.rowBytes():][:m.rowBytes()])
	}
}

// mul multiplies rows first to end of m with the vectors x:
//
//	dst[t*stride+r-first] = Σ_c m[r,c] · x[t,c]
func (m *matrix) mul(dst []float32, stride, first, end int, x vectors) {
	switch m.encoding {
	case gguf.F32:
		kernel.MulF32(dst, stride, m.f32[first*m.cols:end*m.cols], end-first, m.cols, x.f32, x.n)
	case gguf.F16:
		row := make([]float32, m.cols)
		for r := first; r < end; r++ {
			m.row(row, r)
			kernel.MulF32(dst[r-first:], stride, row, 1, m.cols, x.f32, x.n)
		}
	case gguf.Q8_0:
		size, blocks := m.rowBytes(), m.cols/kernel.BlockSize
		kernel.MulQ8(dst, stride, m.data[first*size:end*size], m.scales[first*blocks:end*blocks],
			end-first, m.cols, x.q8, x.scales, x.n)
	}
}

// vectors are n activations of cols elements one after another, as float32 and,
// for multiplication with Q8_0 weights, quantised like them.
type vectors struct {
	n, cols int
	f32     []float32
	q8      []int8
	scales  []float32
}

// newVectors makes room for n vectors. quantised says whether Q8_0 will be
// needed; cols is then a multiple of the block size.
func newVectors(n, cols int, quantised bool) vectors {
	v := vectors{n: n, cols: cols, f32: make([]float32, n*cols)}
	if quantised {
		v.q8 = make([]int8, n*cols)
		v.scales = make([]float32, n*cols/kernel.BlockSize)
	}
	return v
}

// slice is the vectors from first to end.
func (v *vectors) slice(first, end int) vectors {
	s := vectors{n: end - first, cols: v.cols, f32: v.f32[first*v.cols : end*v.cols]}
	if v.q8 != nil {
		blocks := v.cols / kernel.BlockSize
		s.q8 = v.q8[first*v.cols : end*v.cols]
		s.scales = v.scales[first*blocks : end*blocks]
	}
	return s
}

// vector is the float32 of vector t.
func (v *vectors) vector(t int) []float32 { return v.f32[t*v.cols:][:v.cols] }

// quantise rounds the elements first to end of vector t, whole blocks, to Q8_0.
func (v *vectors) quantise(t, first, end int) {
	if v.q8 == nil {
		return
	}
	at := t * v.cols
	kernel.QuantizeQ8(v.q8[at+first:at+end], v.scales[(at+first)/kernel.BlockSize:], v.f32[at+first:at+end])
}
