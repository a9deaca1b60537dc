package private

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
)

// Decoder reads the parts of a saved file, one behind the other: numbers are unsigned
// varints, texts stand behind their length. Once something is bad it reads zeros.
type Decoder struct {
	Rest []byte // not read yet
	Bad  bool
}

// Number is the next number.
func (d *Decoder) Number() uint64 {
	n, size := binary.Uvarint(d.Rest)
	if size <= 0 {
		d.Bad, d.Rest = true, nil
		return 0
	}
	d.Rest = d.Rest[size:]
	return n
}

// Count is the number of things that follow, each of which takes so many bytes at
// least: no number in the file asks for more memory than the file's length warrants.
func (d *Decoder) Count(bytesEach int) int {
	n := d.Number()
	if n > uint64(len(d.Rest)/bytesEach) {
		d.Bad, d.Rest = true, nil
		return 0
	}
	return int(n)
}

// Text is the next text.
func (d *Decoder) Text() string {
	n := d.Count(1)
	text := string(d.Rest[:n])
	d.Rest = d.Rest[n:]
	return text
}

// ErrOfNobody says that a saved file does not begin as one of a workspace does.
var ErrOfNobody = errors.New("the saved file is damaged, or of another version")

// SavedRoot is the workspace that a saved file is of: the text behind its header.
func SavedRoot(file, header string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	const longest = 16 << 10
	data, err := io.ReadAll(io.LimitReader(f, longest))
	if err != nil {
		return "", err
	}
	rest, known := bytes.CutPrefix(data, []byte(header))
	in := Decoder{Rest: rest}
	if root := in.Text(); known && !in.Bad && filepath.IsAbs(root) {
		return root, nil
	}
	return "", ErrOfNobody
}
