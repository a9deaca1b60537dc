package memory

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"time"

	"github.com/airside-ls/airside/completion/private"
)

// header begins every saved memory; the number is the format's. A memory with
// another is learned anew.
const header = "airside memory 1\n"

// errCorrupt says that a saved memory is not what was written.
var errCorrupt = errors.New("the saved memory is damaged")

// maxSaved is far above what maxMemoryWords take on the disk.
const maxSaved = 1 << 30

// Save writes the memory of the workspace at root to a file: whole and on the
// disk, or not at all. It writes nothing if nothing has changed since the last
// time.
func (m *Memory) Save(file, root string) error {
	m.learning.Lock() // nothing changes meanwhile, and readers go on
	defer m.learning.Unlock()
	if !m.dirty {
		return nil
	}
	if err := private.Replace(file, func(w io.Writer) error { return m.write(w, root) }); err != nil {
		return err
	}
	m.mu.Lock()
	m.dirty = false
	m.mu.Unlock()
	return nil
}

// write writes header, root, the words of the vocabulary that files have, and the
// files, each with its words; all numbers are unsigned varints, texts stand
// behind their length. A CRC-32 ends it.
func (m *Memory) write(w io.Writer, root string) error {
	sum := crc32.NewIEEE()
	out := encoder{w: bufio.NewWriterSize(io.MultiWriter(w, sum), 1<<16)}
	out.raw(header)
	out.text(root)

	// Words are numbered anew: those of files that are gone, and what was typed
	// once, are left behind.
	numbers := make([]uint32, m.vocab.size()+int(firstWord))
	var used []word
	for _, k := range m.files {
		f := m.repository.files[k.number]
		for _, w := range m.repository.words[f.start:f.end] {
			if w >= firstWord && numbers[w] == 0 {
				used = append(used, w)
				numbers[w] = uint32(len(used)) + uint32(firstWord) - 1
			}
		}
	}
	texts := m.vocab.snapshot()
	out.number(uint64(len(used)))
	for _, w := range used {
		out.text(texts[w])
	}
	out.number(uint64(len(m.files)))
	for path, k := range m.files {
		f := m.repository.files[k.number]
		out.text(path)
		out.number(uint64(k.size))
		out.number(uint64(max(0, k.modified.UnixNano())))
		out.number(uint64(f.end - f.start))
		for _, w := range m.repository.words[f.start:f.end] {
			if w >= firstWord {
				w = word(numbers[w])
			}
			out.number(uint64(w))
		}
	}
	if err := errors.Join(out.err, out.w.Flush()); err != nil {
		return err
	}
	return binary.Write(w, binary.LittleEndian, sum.Sum32())
}

// encoder writes the parts of a saved memory and keeps the first error.
type encoder struct {
	w   *bufio.Writer
	err error
}

func (e *encoder) raw(s string) {
	if _, err := e.w.WriteString(s); err != nil && e.err == nil {
		e.err = err
	}
}

func (e *encoder) number(n uint64) {
	if _, err := e.w.Write(binary.AppendUvarint(e.w.AvailableBuffer(), n)); err != nil && e.err == nil {
		e.err = err
	}
}

func (e *encoder) text(s string) {
	e.number(uint64(len(s)))
	e.raw(s)
}

// Load reads the saved memory of the workspace at root. The error says why there
// is none: nothing is lost by it, the files are learned again.
func Load(file, root string) (*Memory, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSaved+1))
	if err != nil {
		return nil, err
	}
	return parse(data, root)
}

// SavedRoot is the workspace that a saved memory is of.
func SavedRoot(file string) (string, error) { return private.SavedRoot(file, header) }

func parse(data []byte, root string) (*Memory, error) {
	if len(data) > maxSaved || len(data) < len(header)+crc32.Size || !bytes.HasPrefix(data, []byte(header)) {
		return nil, fmt.Errorf("%w, or of another version", errCorrupt)
	}
	body, sum := data[:len(data)-crc32.Size], data[len(data)-crc32.Size:]
	if crc32.ChecksumIEEE(body) != binary.LittleEndian.Uint32(sum) {
		return nil, errCorrupt
	}
	in := private.Decoder{Rest: body[len(header):]}
	if in.Text() != root {
		return nil, errors.New("the saved memory is of another workspace")
	}
	m := New()
	kinds := in.Count(1)
	words := make([]word, kinds+int(firstWord)) // by their number in the file
	words[strange] = strange
	for i := range kinds {
		text := in.Text()
		if text == "" {
			return nil, errCorrupt
		}
		words[int(firstWord)+i] = m.vocab.id(text)
	}
	m.reserve(int64(len(in.Rest)) / bytesPerSavedWord * leastWord)
	for range in.Count(4) {
		path := in.Text()
		k := learnedFile{size: int64(in.Number()), modified: time.Unix(0, int64(in.Number()))}
		file := make([]word, in.Count(1))
		for i := range file {
			n := in.Number()
			if n >= uint64(len(words)) {
				return nil, errCorrupt
			}
			file[i] = words[n]
		}
		if in.Bad {
			return nil, errCorrupt
		}
		m.take(path, file, k)
	}
	if in.Bad || len(in.Rest) > 0 {
		return nil, errCorrupt
	}
	m.dirty = false
	return m, nil
}

// bytesPerSavedWord is what a word of a file takes on the disk, more or less.
const bytesPerSavedWord = 2
