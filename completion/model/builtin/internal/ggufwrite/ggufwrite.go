// Package ggufwrite writes small GGUF files for tests: metadata and tensors in
// memory, without checks, so that tests can also write what the format forbids.
package ggufwrite

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// Builder collects a file. Its zero value is not ready: use New.
type Builder struct {
	Version   uint32
	Alignment int
	// TensorCount and KeyCount replace the true counts when not nil.
	TensorCount, KeyCount *uint64

	keys    []keyValue
	tensors []tensor
}

type keyValue struct {
	key   string
	value []byte
}

type tensor struct {
	name   string
	dims   []uint64
	typ    uint32
	data   []byte
	offset *uint64
}

// New returns a builder of a version 3 file with alignment 32.
func New() *Builder { return &Builder{Version: 3, Alignment: 32} }

// Set adds a metadata value: uint32, uint64, int32, float32, bool, string,
// []string, []float32, []int32 or Raw.
func (b *Builder) Set(key string, value any) *Builder {
	b.keys = append(b.keys, keyValue{key, encode(value)})
	return b
}

// Drop takes out the metadata values and tensors of that name.
func (b *Builder) Drop(name string) *Builder {
	b.keys = slices.DeleteFunc(b.keys, func(kv keyValue) bool { return kv.key == name })
	b.tensors = slices.DeleteFunc(b.tensors, func(t tensor) bool { return t.name == name })
	return b
}

// RawValue is an encoded metadata value: its type number and its bytes.
type RawValue struct {
	Type  uint32
	Bytes []byte
}

// Tensor adds a tensor with its encoded data.
func (b *Builder) Tensor(name string, typ uint32, data []byte, dims ...uint64) *Builder {
	b.tensors = append(b.tensors, tensor{name: name, dims: dims, typ: typ, data: data})
	return b
}

// TensorAt adds a directory entry with a given offset and no data of its own.
func (b *Builder) TensorAt(name string, typ uint32, offset uint64, dims ...uint64) *Builder {
	b.tensors = append(b.tensors, tensor{name: name, dims: dims, typ: typ, offset: &offset})
	return b
}

// Bytes is the file.
func (b *Builder) Bytes() []byte {
	le := binary.LittleEndian
	tensorCount, keyCount := uint64(len(b.tensors)), uint64(len(b.keys))
	if b.TensorCount != nil {
		tensorCount = *b.TensorCount
	}
	if b.KeyCount != nil {
		keyCount = *b.KeyCount
	}
	out := append([]byte("GGUF"), le.AppendUint32(nil, b.Version)...)
	out = le.AppendUint64(out, tensorCount)
	out = le.AppendUint64(out, keyCount)
	for _, kv := range b.keys {
		out = append(append(out, text(kv.key)...), kv.value...)
	}
	var data []byte
	for _, t := range b.tensors {
		offset := uint64(len(data))
		if t.offset != nil {
			offset = *t.offset
		}
		out = append(out, text(t.name)...)
		out = le.AppendUint32(out, uint32(len(t.dims)))
		for _, d := range t.dims {
			out = le.AppendUint64(out, d)
		}
		out = le.AppendUint32(out, t.typ)
		out = le.AppendUint64(out, offset)
		data = pad(append(data, t.data...), b.Alignment)
	}
	return append(pad(out, b.Alignment), data...)
}

func pad(b []byte, alignment int) []byte {
	for len(b)%alignment != 0 {
		b = append(b, 0)
	}
	return b
}

func text(s string) []byte {
	return append(binary.LittleEndian.AppendUint64(nil, uint64(len(s))), s...)
}

func encode(value any) []byte {
	le := binary.LittleEndian
	typ := func(t uint32) []byte { return le.AppendUint32(nil, t) }
	array := func(elem uint32, n int) []byte { return le.AppendUint64(le.AppendUint32(typ(9), elem), uint64(n)) }
	switch v := value.(type) {
	case uint32:
		return le.AppendUint32(typ(4), v)
	case int32:
		return le.AppendUint32(typ(5), uint32(v))
	case float32:
		return le.AppendUint32(typ(6), math.Float32bits(v))
	case bool:
		if v {
			return append(typ(7), 1)
		}
		return append(typ(7), 0)
	case string:
		return append(typ(8), text(v)...)
	case uint64:
		return le.AppendUint64(typ(10), v)
	case []string:
		out := array(8, len(v))
		for _, s := range v {
			out = append(out, text(s)...)
		}
		return out
	case []float32:
		out := array(6, len(v))
		for _, x := range v {
			out = le.AppendUint32(out, math.Float32bits(x))
		}
		return out
	case []int32:
		out := array(5, len(v))
		for _, x := range v {
			out = le.AppendUint32(out, uint32(x))
		}
		return out
	case RawValue:
		return append(typ(v.Type), v.Bytes...)
	}
	panic(fmt.Sprintf("ggufwrite: no encoding for %T", value))
}
