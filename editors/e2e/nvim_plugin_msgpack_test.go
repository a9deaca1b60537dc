//go:build e2e

package e2e

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// pack appends v in MessagePack. Of Go's types it knows those that the tests
// send.
func pack(b []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, 0xc0)
	case bool:
		if v {
			return append(b, 0xc3)
		}
		return append(b, 0xc2)
	case int:
		return binary.BigEndian.AppendUint64(append(b, 0xd3), uint64(v))
	case string:
		return append(binary.BigEndian.AppendUint32(append(b, 0xdb), uint32(len(v))), v...)
	case []any:
		b = binary.BigEndian.AppendUint32(append(b, 0xdd), uint32(len(v)))
		for _, e := range v {
			b = pack(b, e)
		}
		return b
	case map[string]any:
		b = binary.BigEndian.AppendUint32(append(b, 0xdf), uint32(len(v)))
		for k, e := range v {
			b = pack(pack(b, k), e)
		}
		return b
	}
	panic(fmt.Sprintf("pack: %T", v))
}

// unpack reads one value: nil, bool, int, float64, string (bin too), []any or
// map[string]any. Neovim's handles (extensions) become nil.
func unpack(r *bufio.Reader) (any, error) {
	c, err := r.ReadByte()
	if err != nil {
		return nil, err
	}
	number := func(size int) uint64 {
		var n uint64
		for range size {
			var c byte
			if c, err = r.ReadByte(); err != nil {
				return 0
			}
			n = n<<8 | uint64(c)
		}
		return n
	}
	text := func(n uint64) (any, error) {
		b := make([]byte, n)
		if err == nil {
			_, err = io.ReadFull(r, b)
		}
		return string(b), err
	}
	list := func(n uint64) (any, error) {
		l := []any{}
		for range n {
			v, err := unpack(r)
			if err != nil {
				return nil, err
			}
			l = append(l, v)
		}
		return l, err
	}
	table := func(n uint64) (any, error) {
		m := map[string]any{}
		for range n {
			k, err := unpack(r)
			if err != nil {
				return nil, err
			}
			if m[fmt.Sprint(k)], err = unpack(r); err != nil {
				return nil, err
			}
		}
		return m, err
	}
	extension := func(n uint64) (any, error) {
		_, err := text(n + 1) // and its type
		return nil, err
	}
	switch {
	case c < 0x80:
		return int(c), nil
	case c < 0x90:
		return table(uint64(c & 0x0f))
	case c < 0xa0:
		return list(uint64(c & 0x0f))
	case c < 0xc0:
		return text(uint64(c & 0x1f))
	case c >= 0xe0:
		return int(int8(c)), nil
	}
	switch c {
	case 0xc0:
		return nil, nil
	case 0xc2, 0xc3:
		return c == 0xc3, nil
	case 0xc4, 0xc5, 0xc6:
		return text(number(1 << (c - 0xc4)))
	case 0xc7, 0xc8, 0xc9:
		return extension(number(1 << (c - 0xc7)))
	case 0xca:
		return float64(math.Float32frombits(uint32(number(4)))), err
	case 0xcb:
		return math.Float64frombits(number(8)), err
	case 0xcc, 0xcd, 0xce, 0xcf:
		return int(number(1 << (c - 0xcc))), err
	case 0xd0:
		return int(int8(number(1))), err
	case 0xd1:
		return int(int16(number(2))), err
	case 0xd2:
		return int(int32(number(4))), err
	case 0xd3:
		return int(int64(number(8))), err
	case 0xd4, 0xd5, 0xd6, 0xd7, 0xd8:
		return extension(1 << (c - 0xd4))
	case 0xd9, 0xda, 0xdb:
		return text(number(1 << (c - 0xd9)))
	case 0xdc, 0xdd:
		return list(number(2 << (c - 0xdc)))
	case 0xde, 0xdf:
		return table(number(2 << (c - 0xde)))
	}
	return nil, fmt.Errorf("unpack: byte %#x", c)
}
