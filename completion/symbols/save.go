package symbols

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/airside-ls/airside/completion/private"
	"github.com/airside-ls/airside/completion/syntax"
	"github.com/airside-ls/airside/completion/syntax/lang"
)

// header begins every saved index; the number is the format's, and that of what is
// looked for in files. An index with another is built anew.
const header = "airside symbols 2\n"

// errCorrupt says that a saved index is not what was written.
var errCorrupt = errors.New("the saved index is damaged")

// maxSaved is far above what maxBytes take on the disk.
const maxSaved = 256 << 20

// Save writes the index of the workspace at root to a file: whole and on the disk,
// or not at all. It writes nothing if nothing has changed since the last time.
func (x *Index) Save(file, root string) error {
	x.mu.Lock()
	if !x.dirty {
		x.mu.Unlock()
		return nil
	}
	x.dirty = false
	data := x.encode(root)
	x.mu.Unlock()
	err := private.Replace(file, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
	if err != nil {
		x.mu.Lock()
		x.dirty = true
		x.mu.Unlock()
	}
	return err
}

// encode is header, root and the files, each with its definitions; numbers are
// unsigned varints, texts stand behind their length. A CRC-32 ends it. The lock is
// held.
func (x *Index) encode(root string) []byte {
	data := make([]byte, 0, x.bytes)
	number := func(n uint64) { data = binary.AppendUvarint(data, n) }
	text := func(s string) {
		number(uint64(len(s)))
		data = append(data, s...)
	}
	data = append(data, header...)
	text(root)
	number(uint64(len(x.files)))
	for path, f := range x.files {
		text(path)
		number(uint64(f.size))
		number(uint64(max(0, f.modified.UnixNano())))
		number(uint64(len(f.definitions)))
		for i := range f.definitions {
			d := &f.definitions[i]
			text(string(d.Kind))
			text(d.Name)
			text(d.Owner)
			text(d.Text)
			text(d.Doc)
			number(uint64(max(0, d.Line)))
		}
	}
	return binary.LittleEndian.AppendUint32(data, crc32.ChecksumIEEE(data))
}

// Load reads the saved index of the workspace at root. The error says why there is
// none: nothing is lost by it, the files are read again.
func Load(file, root string) (*Index, error) {
	info, err := os.Lstat(file)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxSaved {
		return nil, errCorrupt
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return parse(data, root)
}

func parse(data []byte, root string) (*Index, error) {
	if len(data) < len(header)+crc32.Size || !bytes.HasPrefix(data, []byte(header)) {
		return nil, fmt.Errorf("%w, or of another version", errCorrupt)
	}
	body, sum := data[:len(data)-crc32.Size], data[len(data)-crc32.Size:]
	if crc32.ChecksumIEEE(body) != binary.LittleEndian.Uint32(sum) {
		return nil, errCorrupt
	}
	in := private.Decoder{Rest: body[len(header):]}
	if in.Text() != root {
		return nil, errors.New("the saved index is of another workspace")
	}
	x := New(nil) // it learns nothing
	kinds := map[string]syntax.Kind{}
	for range in.Count(4) {
		path := in.Text()
		f := &file{path: path, size: int64(in.Number()), modified: time.Unix(0, int64(in.Number()))}
		f.language, _ = lang.OfFile(path)
		f.bytes = fileBytes + len(path)
		f.definitions = make([]Definition, in.Count(6))
		for i := range f.definitions {
			kind := in.Text()
			if _, ok := kinds[kind]; !ok {
				kinds[kind] = syntax.Kind(kind)
			}
			f.definitions[i] = Definition{Kind: kinds[kind], Name: in.Text(), Owner: in.Text(), Text: in.Text(), Doc: in.Text(), Line: int(in.Number())}
		}
		if in.Bad || !filepath.IsAbs(path) {
			return nil, errCorrupt
		}
		x.take(f)
	}
	if in.Bad || len(in.Rest) > 0 {
		return nil, errCorrupt
	}
	x.dirty = false
	return x, nil
}

// SavedRoot is the workspace that a saved index is of.
func SavedRoot(file string) (string, error) { return private.SavedRoot(file, header) }
