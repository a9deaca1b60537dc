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
	// group is how many elements share a scale: 16 or 32.
	group int
	// affine formats mean scale·u - minimum with u from 0 to 31, the others
	// scale·(u - 128), where u is the byte that unpack gives.
	affine bool
	// super formats are multiplied with activations that share a scale among
	// 256 elements, the others among 32: as ggml pairs them, Q8_K and Q8_0.
	super bool
	// unpack decodes consecutive blocks of a row: a byte for each element, a
	// scale and, of affine formats, a minimum for each group.
	unpack func(u []byte, scale, minimum []float32, blocks []byte)
}

var layouts = [formats]layout{
	Q4_0: {elements: 32, bytes: 18, group: 32, unpack: unpackQ40},
	Q4_1: {elements: 32, bytes: 20, group: 32, affine: true, unpack: unpackQ41},
	Q5_0: {elements: 32, bytes: 22, group: 32, unpack: unpackQ50},
	Q5_1: {elements: 32, bytes: 24, group: 32, affine: true, unpack: unpackQ51},
	Q8_0: {elements: 32, bytes: 34, group: 32, unpack: unpackQ80},
	Q3_K: {elements: 256, bytes: 110, group: 16, super: true, unpack: unpackQ3K},
	Q4_K: {elements: 256, bytes: 144, group: 32, affine: true, super: true, unpack: unpackQ4K},
	Q5_K: {elements: 256, bytes: 176, group: 32, affine: true, super: true, unpack: unpackQ5K},
	Q6_K: {elements: 256, bytes: 210, group: 16, super: true, unpack: unpackQ6K},
}

// kind is which of the products a format needs.
type kind uint8

const (
	biased kind = iota // groups of 32, not affine
	affine             // groups of 32
	halves             // groups of 16, not affine
)

func (l *layout) kind() kind {
	switch {
	case l.affine:
		return affine
	case l.group == BlockSize:
		return biased
	}
	return halves
}

// RowBytes is the size of a row of cols elements, whole blocks.
func (f Format) RowBytes(cols int) int {
	l := &layouts[f]
	return cols / l.elements * l.bytes
}

// Super reports whether the format is multiplied with activations that share a
// scale among 256 elements rather than 32.
func (f Format) Super() bool { return layouts[f].super }

// Decode decodes a row of len(dst) elements.
func (f Format) Decode(dst []float32, row []byte) {
	l := &layouts[f]
	var u [SuperSize]byte
	var scale, minimum [SuperSize / 16]float32
	for ; len(dst) > 0; dst, row = dst[l.elements:], row[l.bytes:] {
		l.unpack(u[:l.elements], scale[:], minimum[:], row[:l.bytes])
		for i := range l.elements {
			g := i / l.group
			if l.affine {
				dst[i] = float32(scale[g]*float32(u[i])) - minimum[g]
			} else {
				dst[i] = scale[g] * float32(int(u[i])-bias)
			}
		}
	}
}
