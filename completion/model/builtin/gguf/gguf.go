// Package gguf reads model files in the GGUF format, versions 2 and 3, little
// endian: the metadata, the tensor directory and the bytes of each tensor.
//
// A GGUF file is a header (counts), then key-value metadata, then the tensor
// directory, then the tensors' data, aligned. The format is specified at
// https://github.com/ggml-org/ggml/blob/master/docs/gguf.md.
//
// Files come from anywhere, so every count, length and offset is checked
// against the bytes that are really there before it is believed; what a parse
// allocates is bounded by a small multiple of the header's own size. Arrays
// stay undecoded in the file until they are asked for.
package gguf

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// FormatError says what in a file breaks the format, or a limit of this reader.
type FormatError struct {
	// Item names the part of the file at fault: "header", `key "x"`,
	// `tensor "x"`.
	Item string
	// Reason is the fault, in words.
	Reason string
}

func (e *FormatError) Error() string { return "gguf: " + e.Item + ": " + e.Reason }

func formatErrorf(item, format string, args ...any) error {
	return &FormatError{Item: item, Reason: fmt.Sprintf(format, args...)}
}

// File is a parsed GGUF file. Its methods may be called from several
// goroutines; none may be in use when Close is called.
type File struct {
	// Version of the format, 2 or 3.
	Version uint32
	// Alignment in bytes of the data section and of each tensor in it.
	Alignment uint64

	values  map[string]Value
	keys    []string
	tensors map[string]*Tensor
	names   []string
	release func() error
}

// Keys lists the metadata keys in the order of the file.
func (f *File) Keys() []string { return slices.Clone(f.keys) }

// Value returns the metadata value of key.
func (f *File) Value(key string) (Value, bool) {
	v, ok := f.values[key]
	return v, ok
}

// TensorNames lists the tensors in the order of the file.
func (f *File) TensorNames() []string { return slices.Clone(f.names) }

// Tensor returns the tensor of that name.
func (f *File) Tensor(name string) (*Tensor, bool) {
	t, ok := f.tensors[name]
	return t, ok
}

// Close gives back the mapping of a file that Open mapped; afterwards the bytes
// of its tensors and undecoded arrays must not be touched. For a file that
// Parse read it does nothing.
func (f *File) Close() error {
	release := f.release
	f.release = nil
	if release == nil {
		return nil
	}
	return release()
}

// Tensor is one entry of the tensor directory with its data.
type Tensor struct {
	Name string
	// Dims are the extents, the fastest-running one first, as GGUF stores
	// them: a matrix of R rows and C columns, row after row, is [C, R].
	Dims []uint64
	Type TensorType
	// Data is the tensor's bytes inside the file, little endian, read-only.
	Data []byte
}

// TensorType is the encoding of a tensor's elements ("ggml type").
type TensorType uint32

// The encodings that airside computes with; the reader knows the sizes of
// others too (see tensorLayouts) so that it can check their extents.
const (
	F32  TensorType = 0
	F16  TensorType = 1
	Q4_0 TensorType = 2
	Q4_1 TensorType = 3
	Q5_0 TensorType = 6
	Q5_1 TensorType = 7
	Q8_0 TensorType = 8
	Q3_K TensorType = 11
	Q4_K TensorType = 12
	Q5_K TensorType = 13
	Q6_K TensorType = 14
	BF16 TensorType = 30
)

// tensorLayout gives the unit in which an encoding stores elements.
type tensorLayout struct {
	name     string
	elements uint64 // elements in a block; rows are whole blocks
	bytes    uint64 // bytes of a block
}

var tensorLayouts = map[TensorType]tensorLayout{
	0:  {"F32", 1, 4},
	1:  {"F16", 1, 2},
	2:  {"Q4_0", 32, 18},
	3:  {"Q4_1", 32, 20},
	6:  {"Q5_0", 32, 22},
	7:  {"Q5_1", 32, 24},
	8:  {"Q8_0", 32, 34},
	9:  {"Q8_1", 32, 36},
	10: {"Q2_K", 256, 84},
	11: {"Q3_K", 256, 110},
	12: {"Q4_K", 256, 144},
	13: {"Q5_K", 256, 176},
	14: {"Q6_K", 256, 210},
	15: {"Q8_K", 256, 292},
	16: {"IQ2_XXS", 256, 66},
	17: {"IQ2_XS", 256, 74},
	18: {"IQ3_XXS", 256, 98},
	19: {"IQ1_S", 256, 50},
	20: {"IQ4_NL", 32, 18},
	21: {"IQ3_S", 256, 110},
	22: {"IQ2_S", 256, 82},
	23: {"IQ4_XS", 256, 136},
	24: {"I8", 1, 1},
	25: {"I16", 1, 2},
	26: {"I32", 1, 4},
	27: {"I64", 1, 8},
	28: {"F64", 1, 8},
	29: {"IQ1_M", 256, 56},
	30: {"BF16", 1, 2},
	34: {"TQ1_0", 256, 54},
	35: {"TQ2_0", 256, 66},
	39: {"MXFP4", 32, 17},
}

func (t TensorType) String() string {
	if layout, ok := tensorLayouts[t]; ok {
		return layout.name
	}
	return fmt.Sprintf("type %d", uint32(t))
}

// quote writes a name from the file for a message: quoted, control characters
// escaped, and not longer than a line.
func quote(name string) string { return strconv.Quote(clip(name)) }

func clip(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
