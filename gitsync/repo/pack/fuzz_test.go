package pack

import (
	"bytes"
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"

	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/repotest"
)

// FuzzPack: what a remote sends as a pack, with a checksum that is right, is indexed
// without git or refused; what was indexed is of plain objects or not. Nothing of it is
// there afterwards.
func FuzzPack(f *testing.F) {
	f.Add(uint32(1), []byte("\x30\x78\x9c\x03\x00\x00\x00\x00\x01"))
	f.Add(uint32(2), []byte("\x30\x78\x9c\x03\x00\x00\x00\x00\x01\x70\x00\x00\x00"))
	f.Add(uint32(1<<31-1), []byte{})
	f.Fuzz(func(t *testing.T, count uint32, body []byte) {
		data := binary.BigEndian.AppendUint32([]byte("PACK\x00\x00\x00\x02"), count)
		data = append(data, body...)
		sum := sha1.Sum(data)
		r := repotest.New(t)
		d := open(t, r)
		q, err := d.Quarantine()
		if err != nil {
			t.Fatal(err)
		}
		defer repotest.NoLeftovers(t, d.at.Common+"/objects")
		defer q.Remove()
		err = q.Receive(bytes.NewReader(append(data, sum[:]...)))
		if err == nil {
			err = q.Index(t.Context())
		}
		if err == nil {
			q.harmless()
			err = d.Complete(t.Context(), q, []plumbing.Hash{plumbing.NewHash("12")}, func() ([]plumbing.Hash, error) { return nil, nil }, false)
			if err == nil {
				t.Error("a commit that nobody sent is complete")
			}
			return
		}
		if kind := fault.KindOf(err); kind == fault.Disk || !errors.Is(err, ErrContent) && !errors.Is(err, packfile.ErrMalformedPackFile) && kind != fault.Content {
			t.Logf("%v (%s)", err, kind)
		}
	})
}
