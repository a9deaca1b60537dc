package llama

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"testing"
)

// FuzzRestore: saved keys and values, whoever wrote them, are taken in or refused, and
// reading goes on behind either. The checksum is made anew: it keeps nothing safe.
func FuzzRestore(f *testing.F) {
	tiny := small
	tiny.Blocks, tiny.Context = 1, 16
	b := tiny.Builder()
	file := parse(f, b)
	m, err := Load(file)
	if err != nil {
		f.Fatal(err)
	}
	s := newSession(f, m, Options{Context: 16, Threads: 1})
	evaluate(f, s, []int32{1, 2, 3})
	var saved bytes.Buffer
	if _, err := s.Save(&saved, "m", 1<<30); err != nil {
		f.Fatal(err)
	}
	f.Add(saved.Bytes()[len(savedHeader) : saved.Len()-4])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, body []byte) {
		data := append([]byte(savedHeader), body...)
		data = binary.LittleEndian.AppendUint32(data, crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli)))
		fresh := NewSession(m, Options{Context: 16, Threads: 1})
		defer fresh.Close()
		if err := fresh.Restore(bytes.NewReader(data), "m"); err != nil && !errors.Is(err, ErrNotSaved) {
			t.Errorf("%v", err)
		}
		if _, err := fresh.Evaluate(t.Context(), []int32{1, 2, 3, 4}); err != nil {
			t.Error(err)
		}
	})
}
