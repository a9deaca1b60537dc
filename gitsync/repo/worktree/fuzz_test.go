package worktree

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	gitindex "github.com/go-git/go-git/v5/plumbing/format/index"
)

// FuzzIndex: whatever lies in .git/index is read or refused, and no more entries come
// out of it than it has bytes for.
func FuzzIndex(f *testing.F) {
	var whole bytes.Buffer
	if err := gitindex.NewEncoder(&whole).Encode(&gitindex.Index{Version: 2, Entries: []*gitindex.Entry{
		{Name: "a/b", Mode: filemode.Regular, Hash: plumbing.NewHash("12"), Size: 3},
		{Name: "a/c", Mode: filemode.Executable, Hash: plumbing.NewHash("34"), Size: 5},
	}}); err != nil {
		f.Fatal(err)
	}
	f.Add(uint32(2), uint32(2), whole.Bytes()[12:whole.Len()-20])
	f.Add(uint32(4), uint32(1<<31), []byte{})
	f.Add(uint32(3), uint32(0), []byte("link\x00\x00\x00\xff"))
	f.Fuzz(func(t *testing.T, version, count uint32, body []byte) {
		data := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32([]byte("DIRC"), version), count)
		data = append(append(data, body...), make([]byte, 20)...) // as with index.skipHash
		entries, err := parseIndex(data)
		if err == nil && len(entries) > len(data)/entrySize {
			t.Errorf("%d entries in %d bytes", len(entries), len(data))
		}
	})
}

// FuzzSparse: a list of patterns, whatever is in it, says of each path whether it is in.
func FuzzSparse(f *testing.F) {
	f.Add("/*\n!/*/\n/a/\n", "a/b/c")
	f.Add("**/x\n!\n#\n[\n\\", "x")
	f.Fuzz(func(t *testing.T, patterns, name string) {
		before, after := sparseSet([]byte(patterns))(name), sparseSet([]byte(patterns))(name)
		if before != after {
			t.Error("it says one thing and another")
		}
	})
}
