package kernel

// Format is a block encoding of weights, as ggml defines them (ggml-common.h):
// runs of elements share a scale, and in some a minimum.
type Format uint8

// The formats, with the names that GGUF files give them.
const (
	Q4_0 Format = iota
	Q4_1
	Q5_0
	Q5_1
	Q8_0
	Q3_K
	Q4_K
	Q5_K
	Q6_K
	formats
)

// layout describes a format.
type layout struct {
	elements, bytes int // of a block
	// bias is what the elements that unpack gives are above their values.
	bias int32
	// affine formats have minimums.
	affine bool
	unpack func(to *block, from []byte)
}

// super formats have blocks of 256 elements with scales of their own within, and
// are multiplied with activations that share a scale among as many; the others
// among 32: as ggml pairs them, Q8_K and Q8_0.
func (l *layout) super() bool { return l.elements == SuperSize }

var layouts = [formats]layout{
	Q4_0: {elements: 32, bytes: 18, bias: 8, unpack: unpackQ40},
	Q4_1: {elements: 32, bytes: 20, affine: true, unpack: unpackQ41},
	Q5_0: {elements: 32, bytes: 22, bias: 16, unpack: unpackQ50},
	Q5_1: {elements: 32, bytes: 24, affine: true, unpack: unpackQ51},
	Q8_0: {elements: 32, bytes: 34, bias: 128, unpack: unpackQ80},
	Q3_K: {elements: 256, bytes: 110, bias: 4, unpack: unpackQ3K},
	Q4_K: {elements: 256, bytes: 144, affine: true, unpack: unpackQ4K},
	Q5_K: {elements: 256, bytes: 176, affine: true, unpack: unpackQ5K},
	Q6_K: {elements: 256, bytes: 210, bias: 32, unpack: unpackQ6K},
}

// block is a block of weights, decoded. Element i of a block of 32 is
//
//	d·(u[i] - bias) + minimum
//
// and of one of 256 with h = i/16
//
//	d·scale[h]·(u[i] - bias) - minimum·least[h]
type block struct {
	u            [SuperSize]uint8
	d, minimum   float32
	scale, least [SuperSize / halfGroup]int32
}

// halfGroup is how many elements share a scale at least.
const halfGroup = 16

// RowBytes is the size of a row of cols elements, whole blocks.
func (f Format) RowBytes(cols int) int {
	l := &layouts[f]
	return cols / l.elements * l.bytes
}

// Super reports whether the format is multiplied with activations that share a
// scale among 256 elements rather than 32.
func (f Format) Super() bool { return layouts[f].super() }

// Decode decodes a row of len(dst) elements.
func (f Format) Decode(dst []float32, row []byte) {
	l := &layouts[f]
	var b block
	for ; len(dst) > 0; dst, row = dst[l.elements:], row[l.bytes:] {
		l.unpack(&b, row[:l.bytes])
		for i := range l.elements {
			v, h := float32(int32(b.u[i])-l.bias), i/halfGroup
			if l.super() {
				dst[i] = float32(float32(b.d*float32(b.scale[h]))*v) - float32(b.minimum*float32(b.least[h]))
			} else {
				dst[i] = float32(b.d*v) + b.minimum
			}
		}
	}
}
