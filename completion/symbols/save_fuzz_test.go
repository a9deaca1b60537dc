package symbols

import (
	"encoding/binary"
	"hash/crc32"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion/syntax"
)

// FuzzIndex: a saved index, whoever wrote it, is read or refused, and what was read
// can be asked. The checksum is not what keeps it safe: it is made anew.
func FuzzIndex(f *testing.F) {
	x := New(nil)
	x.Learn("/w/shop/a.go", "package shop\n\n// Cart is what is bought.\ntype Cart struct{ Items []string }\n\nfunc (c *Cart) Add(item string) error { return nil }\n", 1, time.Unix(1, 1))
	x.Close()
	saved := x.encode("/w")
	f.Add(saved[len(header) : len(saved)-crc32.Size])
	f.Add([]byte{})
	trees := syntax.NewCache(syntax.DefaultLimits)
	f.Cleanup(trees.CloseAll)
	at := placeIn(trees, "/w/shop/b.go", "package shop\n\nfunc buy(c *Cart) { c.«» }\n")
	f.Fuzz(func(t *testing.T, body []byte) {
		data := append([]byte(header), body...)
		data = binary.LittleEndian.AppendUint32(data, crc32.ChecksumIEEE(data))
		x, err := parse(data, "/w")
		if err != nil {
			return
		}
		defer x.Close()
		used := 0
		for _, s := range x.Select(at, 4000) {
			used += len(s.Text)
		}
		if used > 4000 {
			t.Errorf("%d bytes chosen of 4000", used)
		}
	})
}
