package gguf

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"unicode/utf8"
)

// Limits. The first three are the format's own; the rest keep a hostile header
// from costing more than it should, far above what real models have.
const (
	maxDims       = 4
	maxNameBytes  = 64    // of a tensor's name
	maxKeyBytes   = 65535 // of a metadata key
	maxEntries    = 65536 // metadata keys, and tensors
	maxArrayDepth = 4     // arrays within arrays
	maxAlignment  = 1 << 20

	defaultAlignment = 32
	alignmentKey     = "general.alignment"
)

// The least bytes that one entry takes, by which counts are checked before
// anything is allocated for them.
const (
	minKeyBytes    = 8 + 4 + 1             // key length, type, a one-byte value
	minTensorBytes = 8 + 1 + 4 + 8 + 4 + 8 // name, dimension count, one dimension, type, offset
)

// Parse reads a GGUF file that lies in memory. The File and its tensors refer
// to data, which must stay unchanged.
func Parse(data []byte) (*File, error) {
	p := &parser{data: data}
	return p.file()
}

// parser is a cursor over the header. All reads go through take, which is the
// one place that compares with the end of the file.
type parser struct {
	data []byte
	pos  uint64
}

func (p *parser) file() (*File, error) {
	version, tensorCount, keyCount, err := p.header()
	if err != nil {
		return nil, err
	}
	f := &File{
		Version:   version,
		Alignment: defaultAlignment,
		values:    make(map[string]Value, keyCount),
		tensors:   make(map[string]*Tensor, tensorCount),
	}
	for range keyCount {
		if err := p.keyValue(f); err != nil {
			return nil, err
		}
	}
	if err := f.readAlignment(); err != nil {
		return nil, err
	}
	entries := make([]directoryEntry, 0, tensorCount)
	for range tensorCount {
		entry, err := p.directoryEntry(f)
		if err != nil {
			return nil, err
		}
		entries = append(entries, entry)
	}
	return f, p.locateData(f, entries)
}

func (p *parser) header() (version uint32, tensors, keys uint64, err error) {
	const item = "header"
	magic, ok := p.take(4)
	if !ok || string(magic) != "GGUF" {
		return 0, 0, 0, formatErrorf(item, "not a GGUF file: it does not begin with the letters GGUF")
	}
	version, ok = p.uint32()
	if !ok {
		return 0, 0, 0, p.truncated(item)
	}
	switch {
	case version == 2 || version == 3:
	case bits.ReverseBytes32(version) == 3 || bits.ReverseBytes32(version) == 2:
		return 0, 0, 0, formatErrorf(item, "big-endian file; only little-endian files are read")
	default:
		return 0, 0, 0, formatErrorf(item, "version %d; versions 2 and 3 are read", version)
	}
	tensors, ok1 := p.uint64()
	keys, ok2 := p.uint64()
	if !ok1 || !ok2 {
		return 0, 0, 0, p.truncated(item)
	}
	if err := p.checkCount(item, "tensors", tensors, maxEntries, minTensorBytes); err != nil {
		return 0, 0, 0, err
	}
	if err := p.checkCount(item, "metadata keys", keys, maxEntries, minKeyBytes); err != nil {
		return 0, 0, 0, err
	}
	return version, tensors, keys, nil
}

func (p *parser) keyValue(f *File) error {
	const item = "metadata"
	key, err := p.text(item, "key", maxKeyBytes)
	if err != nil {
		return err
	}
	item2 := "key " + quote(key)
	if _, twice := f.values[key]; twice {
		return formatErrorf(item2, "appears twice")
	}
	t, ok := p.uint32()
	if !ok {
		return p.truncated(item2)
	}
	v, err := p.value(item2, ValueType(t), 0)
	if err != nil {
		return err
	}
	f.values[key] = v
	f.keys = append(f.keys, key)
	return nil
}

// value checks the extent of a value of type t and steps over it.
func (p *parser) value(item string, t ValueType, depth int) (Value, error) {
	switch {
	case t == String:
		n, ok := p.uint64()
		if !ok {
			return Value{}, p.truncated(item)
		}
		raw, ok := p.take(n)
		if !ok {
			return Value{}, formatErrorf(item, "a string of %d bytes, past the end of the file (%d)", n, len(p.data))
		}
		return Value{Type: String, raw: raw}, nil
	case t == Array:
		return p.array(item, depth)
	case t.size() > 0:
		raw, ok := p.take(t.size())
		if !ok {
			return Value{}, p.truncated(item)
		}
		return Value{Type: t, raw: raw}, nil
	}
	return Value{}, formatErrorf(item, "unknown value type %d", uint32(t))
}

func (p *parser) array(item string, depth int) (Value, error) {
	if depth >= maxArrayDepth {
		return Value{}, formatErrorf(item, "arrays nested deeper than %d", maxArrayDepth)
	}
	elem32, ok1 := p.uint32()
	n, ok2 := p.uint64()
	if !ok1 || !ok2 {
		return Value{}, p.truncated(item)
	}
	elem := ValueType(elem32)
	size := elem.size()
	least := size // the least bytes of an element
	switch elem {
	case String:
		least = 8
	case Array:
		least = 12
	default:
		if size == 0 {
			return Value{}, formatErrorf(item, "an array of unknown value type %d", elem32)
		}
	}
	if n > p.left()/least {
		return Value{}, formatErrorf(item, "an array of %d %s, past the end of the file (%d)", n, elem, len(p.data))
	}
	start := p.pos
	if size > 0 {
		p.pos += n * size
	} else {
		for range n {
			if _, err := p.value(item, elem, depth+1); err != nil {
				return Value{}, err
			}
		}
	}
	return Value{Type: Array, Elem: elem, Len: int(n), raw: p.data[start:p.pos]}, nil
}

func (f *File) readAlignment() error {
	if _, ok := f.values[alignmentKey]; !ok {
		return nil
	}
	n, err := f.Uint(alignmentKey)
	if err != nil {
		return err
	}
	if n == 0 || n&(n-1) != 0 || n > maxAlignment {
		return formatErrorf("key "+quote(alignmentKey), "%d is not a power of two from 1 to %d", n, maxAlignment)
	}
	f.Alignment = n
	return nil
}

// directoryEntry is a tensor before its data is located.
type directoryEntry struct {
	tensor *Tensor
	offset uint64 // from the beginning of the data section
	size   uint64
}

func (p *parser) directoryEntry(f *File) (directoryEntry, error) {
	name, err := p.text("tensor directory", "name", maxNameBytes)
	if err != nil {
		return directoryEntry{}, err
	}
	item := "tensor " + quote(name)
	if _, twice := f.tensors[name]; twice {
		return directoryEntry{}, formatErrorf(item, "appears twice")
	}
	n, ok := p.uint32()
	if !ok {
		return directoryEntry{}, p.truncated(item)
	}
	if n == 0 || n > maxDims {
		return directoryEntry{}, formatErrorf(item, "%d dimensions; 1 to %d are read", n, maxDims)
	}
	t := &Tensor{Name: name, Dims: make([]uint64, n)}
	for i := range t.Dims {
		if t.Dims[i], ok = p.uint64(); !ok {
			return directoryEntry{}, p.truncated(item)
		}
	}
	type32, ok1 := p.uint32()
	offset, ok2 := p.uint64()
	if !ok1 || !ok2 {
		return directoryEntry{}, p.truncated(item)
	}
	t.Type = TensorType(type32)
	size, err := tensorSize(item, t)
	if err != nil {
		return directoryEntry{}, err
	}
	f.tensors[name] = t
	f.names = append(f.names, name)
	return directoryEntry{tensor: t, offset: offset, size: size}, nil
}

// tensorSize is the bytes of t's data, from its extents and encoding.
func tensorSize(item string, t *Tensor) (uint64, error) {
	layout, ok := tensorLayouts[t.Type]
	if !ok {
		return 0, formatErrorf(item, "unknown tensor type %d", uint32(t.Type))
	}
	elements := uint64(1)
	for _, d := range t.Dims {
		hi, lo := bits.Mul64(elements, d)
		if d == 0 || hi != 0 {
			return 0, formatErrorf(item, "impossible dimensions %v", t.Dims)
		}
		elements = lo
	}
	if t.Dims[0]%layout.elements != 0 {
		return 0, formatErrorf(item, "rows of %d elements are not whole blocks of %d (%s)", t.Dims[0], layout.elements, layout.name)
	}
	hi, size := bits.Mul64(elements/layout.elements, layout.bytes)
	if hi != 0 {
		return 0, formatErrorf(item, "impossible dimensions %v", t.Dims)
	}
	return size, nil
}

// locateData gives each tensor its bytes in the data section, which begins at
// the first aligned place after the directory.
func (p *parser) locateData(f *File, entries []directoryEntry) error {
	fileSize := uint64(len(p.data))
	start := (p.pos + f.Alignment - 1) &^ (f.Alignment - 1)
	for _, e := range entries {
		item := "tensor " + quote(e.tensor.Name)
		if e.offset%f.Alignment != 0 {
			return formatErrorf(item, "offset %d is not a multiple of the alignment %d", e.offset, f.Alignment)
		}
		begin, carry1 := bits.Add64(start, e.offset, 0)
		end, carry2 := bits.Add64(begin, e.size, 0)
		if carry1|carry2 != 0 || end > fileSize {
			if carry1|carry2 != 0 {
				return formatErrorf(item, "impossible offset %d", e.offset)
			}
			return formatErrorf(item, "data ends at %d, past the end of the file (%d)", end, fileSize)
		}
		e.tensor.Data = p.data[begin:end:end]
	}
	slices.SortFunc(entries, func(a, b directoryEntry) int {
		if a.offset < b.offset {
			return -1
		} else if a.offset > b.offset {
			return 1
		}
		return 0
	})
	for i := 1; i < len(entries); i++ {
		before, e := entries[i-1], entries[i]
		if before.offset+before.size > e.offset {
			return formatErrorf("tensor "+quote(e.tensor.Name), "data overlaps that of tensor %s", quote(before.tensor.Name))
		}
	}
	return nil
}

// left is the count of bytes not yet read.
func (p *parser) left() uint64 { return uint64(len(p.data)) - p.pos }

// take steps over n bytes and returns them; false when the file is shorter.
func (p *parser) take(n uint64) ([]byte, bool) {
	if n > p.left() {
		return nil, false
	}
	b := p.data[p.pos : p.pos+n : p.pos+n]
	p.pos += n
	return b, true
}

func (p *parser) uint32() (uint32, bool) {
	b, ok := p.take(4)
	if !ok {
		return 0, false
	}
	return binary.LittleEndian.Uint32(b), true
}

func (p *parser) uint64() (uint64, bool) {
	b, ok := p.take(8)
	if !ok {
		return 0, false
	}
	return binary.LittleEndian.Uint64(b), true
}

// text reads a name: a string of 1 to max bytes of UTF-8.
func (p *parser) text(item, what string, max uint64) (string, error) {
	n, ok := p.uint64()
	if !ok {
		return "", p.truncated(item)
	}
	if n == 0 || n > max {
		return "", formatErrorf(item, "a %s of %d bytes; 1 to %d are read", what, n, max)
	}
	b, ok := p.take(n)
	if !ok {
		return "", p.truncated(item)
	}
	if !utf8.Valid(b) {
		return "", formatErrorf(item, "a %s that is not UTF-8: %q", what, clip(string(b)))
	}
	return string(b), nil
}

// checkCount refuses a count that a limit or the bytes left rule out.
func (p *parser) checkCount(item, what string, n, limit, least uint64) error {
	if n > limit || n > p.left()/least {
		return formatErrorf(item, "%d %s in a file of %d bytes (at most %d are read)", n, what, len(p.data), limit)
	}
	return nil
}

func (p *parser) truncated(item string) error {
	return formatErrorf(item, "the file ends in the middle of it (at byte %d)", len(p.data))
}
