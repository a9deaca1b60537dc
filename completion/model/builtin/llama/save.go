package llama

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"unsafe"
)

// savedHeader begins saved sequences. It changes with their format and with what
// the same tokens are computed to.
const savedHeader = "airside keys and values 1\n"

// ErrNotSaved says that what was read are no saved sequences of this model.
var ErrNotSaved = errors.New("llama: no keys and values of this model")

var savedSum = crc32.MakeTable(crc32.Castagnoli)

// Save writes the sequences that were used last, as far as their keys and values
// take no more than so many bytes, and how many these are. Model names the model
// file as it is now. Numbers are little-endian; what follows is summed up in a
// CRC-32C at the end: header and model, how many sequences there are, and of each
// its tokens, keys and values.
func (s *Session) Save(w io.Writer, model string, bytes int) (saved int, err error) {
	for _, q := range s.kept.list {
		if bytes -= q.cache.savedBytes(len(q.tokens)); bytes < 0 {
			break
		}
		saved++
	}
	sum := crc32.New(savedSum)
	buffered := bufio.NewWriterSize(io.MultiWriter(w, sum), 1<<16)
	out := &saver{w: buffered}
	out.raw([]byte(savedHeader))
	out.number(len(model))
	out.raw([]byte(model))
	out.number(saved)
	for _, q := range s.kept.list[:saved] {
		out.number(len(q.tokens))
		for _, t := range q.tokens {
			out.number(int(t))
		}
		q.cache.each(len(q.tokens), func(part []float32) error {
			out.raw(bytesOf(part))
			return out.err
		})
	}
	if err := errors.Join(out.err, buffered.Flush()); err != nil {
		return 0, err
	}
	return saved, binary.Write(w, binary.LittleEndian, sum.Sum32())
}

// saver writes and keeps the first error.
type saver struct {
	w   io.Writer
	err error
}

func (o *saver) raw(b []byte) {
	if o.err == nil {
		_, o.err = o.w.Write(b)
	}
}

func (o *saver) number(n int) { o.raw(binary.LittleEndian.AppendUint32(nil, uint32(n))) }

// Restore takes in what Save wrote for the same model, behind the sequences that
// there are. The error is [ErrNotSaved], possibly wrapped, or the reader's; nothing
// is taken in then.
func (s *Session) Restore(r io.Reader, model string) error {
	sum := crc32.New(savedSum)
	in := &restorer{r: io.TeeReader(bufio.NewReaderSize(r, 1<<16), sum)}
	if in.text(len(savedHeader)) != savedHeader || in.text(in.number(1<<12)) != model {
		return ErrNotSaved
	}
	var list []*sequence
	for range in.number(1 << 8) {
		q := newSequence(s.model)
		n := in.number(s.context)
		for range n {
			q.tokens = append(q.tokens, int32(in.number(s.model.Vocabulary-1)))
		}
		q.prompt = n
		if in.err != nil {
			break
		}
		q.cache.reserve(n, n)
		_ = q.cache.each(n, func(part []float32) error {
			in.bytes(bytesOf(part))
			return in.err
		})
		list = append(list, q)
	}
	want := sum.Sum32()
	if got := binary.LittleEndian.Uint32(in.bytes(make([]byte, 4))); in.err != nil || got != want {
		return fmt.Errorf("%w (%v)", ErrNotSaved, in.err)
	}
	s.kept.list = append(s.kept.list, list...)
	return nil
}

// restorer reads and keeps the first error; numbers beyond what they may be are
// one.
type restorer struct {
	r   io.Reader
	err error
}

func (i *restorer) bytes(b []byte) []byte {
	if i.err == nil {
		_, i.err = io.ReadFull(i.r, b)
	}
	return b
}

func (i *restorer) number(most int) int {
	n := binary.LittleEndian.Uint32(i.bytes(make([]byte, 4)))
	if i.err == nil && int64(n) > int64(most) {
		i.err = fmt.Errorf("a number of %d", n)
	}
	if i.err != nil {
		return 0
	}
	return int(n)
}

func (i *restorer) text(n int) string { return string(i.bytes(make([]byte, n))) }

// bytesOf is x as it lies in memory. Machines of the other byte order write other
// files, whose header they do not share: a saved file never leaves its machine.
func bytesOf(x []float32) []byte {
	if len(x) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&x[0])), 4*len(x))
}
