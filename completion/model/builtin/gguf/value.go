package gguf

import (
	"encoding/binary"
	"fmt"
	"math"
)

// ValueType is the type of a metadata value.
type ValueType uint32

// The types of the format, with its numbers.
const (
	Uint8 ValueType = iota
	Int8
	Uint16
	Int16
	Uint32
	Int32
	Float32
	Bool
	String
	Array
	Uint64
	Int64
	Float64
)

var valueTypeNames = [...]string{"uint8", "int8", "uint16", "int16", "uint32", "int32",
	"float32", "bool", "string", "array", "uint64", "int64", "float64"}

func (t ValueType) String() string {
	if int(t) < len(valueTypeNames) {
		return valueTypeNames[t]
	}
	return fmt.Sprintf("type %d", uint32(t))
}

// size is the bytes of a value of a fixed-size type; 0 for strings and arrays.
func (t ValueType) size() uint64 {
	switch t {
	case Uint8, Int8, Bool:
		return 1
	case Uint16, Int16:
		return 2
	case Uint32, Int32, Float32:
		return 4
	case Uint64, Int64, Float64:
		return 8
	}
	return 0
}

// Value is a metadata value, kept as it lies in the file; its extent has been
// checked.
type Value struct {
	Type ValueType
	// Elem and Len describe an Array: the type of its elements and how many.
	Elem ValueType
	Len  int
	raw  []byte // the encoded value; of an array, the elements; of a string, its bytes
}

// TypeError says that a key is missing or holds another type than asked for.
type TypeError struct {
	Key  string
	Want string
	Got  string // "" when the key is missing
}

func (e *TypeError) Error() string {
	if e.Got == "" {
		return fmt.Sprintf("gguf: key %q: missing (want %s)", e.Key, e.Want)
	}
	return fmt.Sprintf("gguf: key %q: is %s, want %s", e.Key, e.Got, e.Want)
}

func (f *File) typeError(key, want string) error {
	v, ok := f.values[key]
	if !ok {
		return &TypeError{Key: key, Want: want}
	}
	if v.Type == Array {
		return &TypeError{Key: key, Want: want, Got: fmt.Sprintf("an array of %d %s", v.Len, v.Elem)}
	}
	return &TypeError{Key: key, Want: want, Got: v.Type.String()}
}

// Text returns the string of key.
func (f *File) Text(key string) (string, error) {
	v, ok := f.values[key]
	if !ok || v.Type != String {
		return "", f.typeError(key, "string")
	}
	return string(v.raw), nil
}

// Bool returns the boolean of key.
func (f *File) Bool(key string) (bool, error) {
	v, ok := f.values[key]
	if !ok || v.Type != Bool {
		return false, f.typeError(key, "bool")
	}
	return v.raw[0] != 0, nil
}

// Uint returns the integer of key, of whichever integer type, if it is not
// negative.
func (f *File) Uint(key string) (uint64, error) {
	v, ok := f.values[key]
	if ok {
		if n, isInt := v.integer(v.raw, v.Type); isInt && n >= 0 {
			return uint64(n), nil
		}
		if v.Type == Uint64 {
			return binary.LittleEndian.Uint64(v.raw), nil
		}
	}
	return 0, f.typeError(key, "an integer from 0")
}

// Float returns the floating-point number of key.
func (f *File) Float(key string) (float64, error) {
	v, ok := f.values[key]
	switch {
	case ok && v.Type == Float32:
		return float64(math.Float32frombits(binary.LittleEndian.Uint32(v.raw))), nil
	case ok && v.Type == Float64:
		return math.Float64frombits(binary.LittleEndian.Uint64(v.raw)), nil
	}
	return 0, f.typeError(key, "a float")
}

// Strings decodes the array of strings of key: copies, which outlive the file.
func (f *File) Strings(key string) ([]string, error) {
	v, ok := f.values[key]
	if !ok || v.Type != Array || v.Elem != String {
		return nil, f.typeError(key, "an array of strings")
	}
	out := make([]string, v.Len)
	rest := v.raw
	for i := range out {
		n := binary.LittleEndian.Uint64(rest)
		out[i] = string(rest[8 : 8+n])
		rest = rest[8+n:]
	}
	return out, nil
}

// Floats decodes the array of float32 of key.
func (f *File) Floats(key string) ([]float32, error) {
	v, ok := f.values[key]
	if !ok || v.Type != Array || v.Elem != Float32 {
		return nil, f.typeError(key, "an array of float32")
	}
	out := make([]float32, v.Len)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(v.raw[4*i:]))
	}
	return out, nil
}

// Ints decodes the array of integers of key, of whichever integer type but
// uint64.
func (f *File) Ints(key string) ([]int64, error) {
	v, ok := f.values[key]
	if !ok || v.Type != Array {
		return nil, f.typeError(key, "an array of integers")
	}
	size := int(v.Elem.size())
	if _, isInt := v.integer(make([]byte, 8), v.Elem); !isInt {
		return nil, f.typeError(key, "an array of integers")
	}
	out := make([]int64, v.Len)
	for i := range out {
		out[i], _ = v.integer(v.raw[i*size:], v.Elem)
	}
	return out, nil
}

// integer decodes one integer of type t that fits an int64.
func (Value) integer(raw []byte, t ValueType) (int64, bool) {
	switch t {
	case Uint8:
		return int64(raw[0]), true
	case Int8:
		return int64(int8(raw[0])), true
	case Uint16:
		return int64(binary.LittleEndian.Uint16(raw)), true
	case Int16:
		return int64(int16(binary.LittleEndian.Uint16(raw))), true
	case Uint32:
		return int64(binary.LittleEndian.Uint32(raw)), true
	case Int32:
		return int64(int32(binary.LittleEndian.Uint32(raw))), true
	case Int64:
		return int64(binary.LittleEndian.Uint64(raw)), true
	}
	return 0, false
}
