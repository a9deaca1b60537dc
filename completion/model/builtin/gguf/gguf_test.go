package gguf

import (
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/airside-ls/airside/completion/model/builtin/internal/ggufwrite"
)

// small is a valid file with a value of most types and tensors of two
// encodings.
func small() *ggufwrite.Builder {
	return ggufwrite.New().
		Set("general.architecture", "llama").
		Set("a.uint32", uint32(7)).
		Set("a.int32", int32(-7)).
		Set("a.uint64", uint64(math.MaxUint64)).
		Set("a.float", float32(0.5)).
		Set("a.bool", true).
		Set("a.strings", []string{"", "▁x", "<s>"}).
		Set("a.floats", []float32{1, -2}).
		Set("a.ints", []int32{3, -4}).
		Tensor("one", 0, make([]byte, 4*3*2), 3, 2).
		Tensor("two", 8, make([]byte, 34*2), 64)
}

func TestParse(t *testing.T) {
	for _, version := range []uint32{2, 3} {
		b := small()
		b.Version = version
		f, err := Parse(b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if f.Version != version || f.Alignment != 32 {
			t.Errorf("version %d, alignment %d", f.Version, f.Alignment)
		}
		checkSmall(t, f)
	}
}

func checkSmall(t *testing.T, f *File) {
	t.Helper()
	check := func(what string, got any, err error, want any) {
		t.Helper()
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, %v, want %v", what, got, err, want)
		}
	}
	text, err := f.Text("general.architecture")
	check("text", text, err, "llama")
	n, err := f.Uint("a.uint32")
	check("uint32", n, err, uint64(7))
	n, err = f.Uint("a.uint64")
	check("uint64", n, err, uint64(math.MaxUint64))
	x, err := f.Float("a.float")
	check("float", x, err, 0.5)
	yes, err := f.Bool("a.bool")
	check("bool", yes, err, true)
	list, err := f.Strings("a.strings")
	check("strings", list, err, []string{"", "▁x", "<s>"})
	floats, err := f.Floats("a.floats")
	check("floats", floats, err, []float32{1, -2})
	ints, err := f.Ints("a.ints")
	check("ints", ints, err, []int64{3, -4})

	check("names", f.TensorNames(), nil, []string{"one", "two"})
	one, _ := f.Tensor("one")
	check("dims", one.Dims, nil, []uint64{3, 2})
	check("size", len(one.Data), nil, 24)
	two, _ := f.Tensor("two")
	check("type", two.Type, nil, Q8_0)
	check("size", len(two.Data), nil, 68)
}

func TestWrongTypes(t *testing.T) {
	f, err := Parse(small().Bytes())
	if err != nil {
		t.Fatal(err)
	}
	fails := map[string]func() error{
		`gguf: key "none": missing (want string)`:                                   func() error { _, err := f.Text("none"); return err },
		`gguf: key "a.bool": is bool, want string`:                                  func() error { _, err := f.Text("a.bool"); return err },
		`gguf: key "a.int32": is int32, want an integer from 0`:                     func() error { _, err := f.Uint("a.int32"); return err },
		`gguf: key "a.strings": is an array of 3 string, want a float`:              func() error { _, err := f.Float("a.strings"); return err },
		`gguf: key "a.strings": is an array of 3 string, want an array of float32`:  func() error { _, err := f.Floats("a.strings"); return err },
		`gguf: key "a.floats": is an array of 2 float32, want an array of integers`: func() error { _, err := f.Ints("a.floats"); return err },
		`gguf: key "a.ints": is an array of 2 int32, want an array of strings`:      func() error { _, err := f.Strings("a.ints"); return err },
		`gguf: key "a.uint32": is uint32, want bool`:                                func() error { _, err := f.Bool("a.uint32"); return err },
	}
	for want, fail := range fails {
		err := fail()
		var typed *TypeError
		if !errors.As(err, &typed) || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// hostile lists files that break the format and what the error must say.
func hostile() map[string]struct {
	data []byte
	want string
} {
	type file = struct {
		data []byte
		want string
	}
	le := binary.LittleEndian
	huge := uint64(math.MaxUint64)
	many := uint64(60000)
	count := func(set func(*ggufwrite.Builder)) []byte {
		b := small()
		set(b)
		return b.Bytes()
	}
	str := func(n uint64, s string) []byte { return append(le.AppendUint64(nil, n), s...) }
	arr := func(elem uint32, n uint64, elems ...byte) []byte {
		return append(le.AppendUint64(le.AppendUint32(nil, elem), n), elems...)
	}
	nested := arr(0, 0)
	for range 40 {
		nested = append(arr(9, 1), nested...)
	}
	set := func(key string, v any) []byte { return ggufwrite.New().Set(key, v).Bytes() }
	data32 := make([]byte, 32)
	return map[string]file{
		"empty":                {nil, "not a GGUF file"},
		"magic":                {[]byte("GGML....................."), "not a GGUF file"},
		"version 1":            {count(func(b *ggufwrite.Builder) { b.Version = 1 }), "header: version 1; versions 2 and 3 are read"},
		"big endian":           {count(func(b *ggufwrite.Builder) { b.Version = 3 << 24 }), "big-endian"},
		"header ends":          {[]byte("GGUF\x03\x00\x00\x00\x01"), "ends in the middle"},
		"tensor count huge":    {count(func(b *ggufwrite.Builder) { b.TensorCount = &huge }), "18446744073709551615 tensors"},
		"tensor count many":    {count(func(b *ggufwrite.Builder) { b.TensorCount = &many }), "60000 tensors"},
		"key count huge":       {count(func(b *ggufwrite.Builder) { b.KeyCount = &huge }), "metadata keys"},
		"key count off":        {count(func(b *ggufwrite.Builder) { n := uint64(10); b.KeyCount = &n }), "gguf: "},
		"key twice":            {ggufwrite.New().Set("k", true).Set("k", false).Bytes(), `key "k": appears twice`},
		"key empty":            {set("", true), "a key of 0 bytes"},
		"key not UTF-8":        {set("\xff", true), "not UTF-8"},
		"value type":           {set("k", ggufwrite.RawValue{Type: 13}), `key "k": unknown value type 13`},
		"string huge":          {set("k", ggufwrite.RawValue{Type: 8, Bytes: str(huge, "x")}), "a string of 18446744073709551615 bytes, past the end of the file"},
		"array huge":           {set("k", ggufwrite.RawValue{Type: 9, Bytes: arr(10, huge/8+1)}), "past the end of the file"},
		"array of strings":     {set("k", ggufwrite.RawValue{Type: 9, Bytes: arr(8, 1<<60)}), "past the end of the file"},
		"array elem type":      {set("k", ggufwrite.RawValue{Type: 9, Bytes: arr(99, 1)}), "unknown value type 99"},
		"array of type 13 x 0": {set("k", ggufwrite.RawValue{Type: 9, Bytes: arr(13, 0)}), "unknown value type 13"},
		"array nesting":        {set("k", ggufwrite.RawValue{Type: 9, Bytes: nested}), "nested deeper than 4"},
		"alignment 0":          {set(alignmentKey, uint32(0)), "not a power of two"},
		"alignment 3":          {set(alignmentKey, uint32(3)), "not a power of two"},
		"alignment huge":       {set(alignmentKey, uint64(1)<<63), "not a power of two from 1"},
		"alignment type":       {set(alignmentKey, "32"), "is string, want an integer"},
		"tensor twice":         {ggufwrite.New().Tensor("t", 0, data32, 8).Tensor("t", 0, data32, 8).Bytes(), `tensor "t": appears twice`},
		"tensor name":          {ggufwrite.New().Tensor(strings.Repeat("n", 65), 0, data32, 8).Bytes(), "a name of 65 bytes"},
		"tensor type":          {ggufwrite.New().Tensor("t", 4, data32, 32).Bytes(), "unknown tensor type 4"},
		"no dims":              {ggufwrite.New().Tensor("t", 0, data32).Bytes(), "0 dimensions"},
		"five dims":            {ggufwrite.New().Tensor("t", 0, data32, 1, 1, 1, 1, 1).Bytes(), "5 dimensions"},
		"dim 0":                {ggufwrite.New().Tensor("t", 0, data32, 8, 0).Bytes(), "impossible dimensions"},
		"dims overflow":        {ggufwrite.New().Tensor("t", 0, data32, 1<<32, 1<<32).Bytes(), "impossible dimensions"},
		"bytes overflow":       {ggufwrite.New().Tensor("t", 0, data32, 1<<31, 1<<32).Bytes(), "impossible dimensions"},
		"row not blocks":       {ggufwrite.New().Tensor("t", 8, data32, 33).Bytes(), "rows of 33 elements are not whole blocks of 32 (Q8_0)"},
		"data past end":        {ggufwrite.New().Tensor("t", 0, data32, 9).Bytes(), `tensor "t": data ends at 100, past the end of the file (96)`},
		"offset past end":      {ggufwrite.New().TensorAt("t", 0, 1<<40, 8).Bytes(), "past the end of the file"},
		"offset overflow":      {ggufwrite.New().TensorAt("t", 0, huge&^31, 8).Bytes(), "impossible offset"},
		"offset unaligned":     {ggufwrite.New().TensorAt("t", 0, 4, 1).Bytes(), "not a multiple of the alignment 32"},
		"overlap":              {ggufwrite.New().Tensor("t", 0, make([]byte, 64), 16).TensorAt("u", 0, 32, 1).Bytes(), `tensor "u": data overlaps that of tensor "t"`},
		"same place":           {ggufwrite.New().Tensor("t", 0, make([]byte, 64), 16).TensorAt("u", 0, 0, 1).Bytes(), "overlaps"},
		"control characters":   {ggufwrite.New().Set("a\x1b[31m\n", true).Set("a\x1b[31m\n", true).Bytes(), `key "a\x1b[31m\n": appears twice`},
	}
}

func TestHostile(t *testing.T) {
	for name, c := range hostile() {
		t.Run(name, func(t *testing.T) {
			_, err := Parse(c.data)
			if err == nil {
				t.Fatal("accepted")
			}
			if !strings.HasPrefix(err.Error(), "gguf: ") || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q in it", err, c.want)
			}
		})
	}
}

func TestTruncated(t *testing.T) {
	whole := small().Bytes()
	last := len(whole) - 28 // the padding behind the last tensor may be missing
	for n := range last {
		if _, err := Parse(whole[:n]); err == nil {
			t.Fatalf("accepted %d of %d bytes", n, len(whole))
		}
	}
	if _, err := Parse(whole[:last]); err != nil {
		t.Errorf("without the padding: %v", err)
	}
}

// TestMemory checks that a header full of the smallest entries costs a bounded
// multiple of its bytes.
func TestMemory(t *testing.T) {
	b := ggufwrite.New()
	for i := range 20000 {
		b.Set(string([]byte{'a' + byte(i%26), 'a' + byte(i/26%26), 'a' + byte(i/676%26), 'a' + byte(i/17576)}), true)
	}
	data := b.Bytes()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := Parse(data); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 32*uint64(len(data)) {
		t.Errorf("%d bytes allocated for a file of %d", used, len(data))
	}
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "m.gguf")
	if err := os.WriteFile(path, small().Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	checkSmall(t, f)
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if err := f.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
	if _, err := Open(filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	var format *FormatError
	if _, err := Open(dir); !errors.As(err, &format) {
		t.Errorf("folder: %v", err)
	}
	empty := filepath.Join(dir, "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(empty); !errors.As(err, &format) {
		t.Errorf("empty file: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(small().Bytes())
	for _, c := range hostile() {
		f.Add(c.data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Parse(data)
		if err != nil {
			var format *FormatError
			var typed *TypeError
			if !errors.As(err, &format) && !errors.As(err, &typed) {
				t.Fatalf("untyped error %v", err)
			}
			return
		}
		// Whatever was accepted can be read through every accessor.
		for _, key := range file.Keys() {
			_, _ = file.Text(key)
			_, _ = file.Bool(key)
			_, _ = file.Uint(key)
			_, _ = file.Float(key)
			_, _ = file.Strings(key)
			_, _ = file.Floats(key)
			_, _ = file.Ints(key)
		}
		for _, name := range file.TensorNames() {
			tensor, _ := file.Tensor(name)
			for _, b := range tensor.Data {
				_ = b
			}
		}
	})
}
