package pack

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/go-git/go-git/v5/plumbing/format/packfile"
	"github.com/go-git/go-git/v5/plumbing/hash"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/layout"
)

// Quarantine is a folder under objects where a pack waits until all of it is
// known to be good. The name is of the kind that `git gc` clears away when a
// crash has left one behind.
type Quarantine struct {
	in   *Database
	dir  string // <objects>/tmp_objdir-airside-…
	pack string // the pack in it
	idx  string
	sum  string // hexadecimal checksum at the pack's end
	size int64  // bytes
}

// packHeader is "PACK", a version and a count of objects, each of 4 bytes.
const packHeader, packTrailer = 12, 20

// quarantinePrefix begins the name of every quarantine; abandonedAfter is when
// one that a crash left behind is cleared away, as by git.
const (
	quarantinePrefix = "tmp_objdir-airside-"
	abandonedAfter   = 24 * time.Hour
)

// Quarantine makes an empty one, and clears away those that crashes have left.
func (d *Database) Quarantine() (*Quarantine, error) {
	d.clearAbandoned()
	var random [8]byte
	rand.Read(random[:])
	q := d.quarantineAt(filepath.Join(d.at.Common, "objects", quarantinePrefix+hex.EncodeToString(random[:])))
	err := d.fs.Mkdir(q.dir, 0o777)
	if err == nil {
		err = d.fs.Mkdir(filepath.Dir(q.pack), 0o777)
	}
	if err != nil {
		q.Remove()
		return nil, fault.Wrap(err, "%v", err)
	}
	return q, nil
}

func (d *Database) quarantineAt(dir string) *Quarantine {
	return &Quarantine{in: d, dir: dir,
		pack: filepath.Join(dir, "pack", "incoming.pack"), idx: filepath.Join(dir, "pack", "incoming.idx")}
}

func (d *Database) clearAbandoned() {
	old, _ := filepath.Glob(filepath.Join(d.at.Common, "objects", quarantinePrefix+"*"))
	for _, dir := range old {
		if info, err := os.Lstat(dir); err == nil && info.IsDir() && time.Since(info.ModTime()) > abandonedAfter {
			d.quarantineAt(dir).Remove()
		}
	}
}

// Remove clears the quarantine away with whatever is in it.
func (q *Quarantine) Remove() {
	entries, _ := durable.ReadDir(filepath.Dir(q.pack))
	for _, e := range entries {
		q.discard(filepath.Join(filepath.Dir(q.pack), e.Name()))
	}
	q.discard(filepath.Dir(q.pack))
	q.discard(q.dir)
}

func (q *Quarantine) discard(name string) {
	if err := q.in.fs.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		q.in.log.Warn("left behind after a fetch", "path", name, "error", err)
	}
}

// Receive writes the pack and checks that it is whole: "PACK" in front, its
// own checksum at the end.
func (q *Quarantine) Receive(from io.Reader) error {
	f, err := q.in.fs.OpenFile(q.pack, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fault.Wrap(err, "%v", err)
	}
	sum := &trailing{hash: hash.New(hash.CryptoType)}
	disk := &diskWriter{f: f}
	q.size, err = io.CopyBuffer(io.MultiWriter(disk, sum), struct{ io.Reader }{from}, make([]byte, 128<<10))
	if err == nil {
		err = disk.sync()
	}
	if e := f.Close(); err == nil && e != nil {
		err = fault.Wrap(e, "%v", e)
	}
	if err != nil {
		return err
	}
	q.sum = hex.EncodeToString(sum.tail)
	switch {
	case q.size < packHeader+packTrailer || !bytes.HasPrefix(sum.head, []byte("PACK")):
		return fmt.Errorf("%w: what it sent is no pack (%d bytes)", packfile.ErrMalformedPackFile, q.size)
	case !bytes.Equal(sum.hash.Sum(nil), sum.tail):
		return fmt.Errorf("%w: the pack is cut short or damaged", packfile.ErrMalformedPackFile)
	}
	return nil
}

// Empty reports a pack without objects: there is nothing to keep.
func (q *Quarantine) Empty() bool { return q.size == packHeader+packTrailer }

// diskWriter tells a failure to write from one to read.
type diskWriter struct{ f durable.File }

func (d *diskWriter) Write(p []byte) (int, error) {
	n, err := d.f.Write(p)
	if err != nil {
		err = fault.Wrap(err, "%v", err)
	}
	return n, err
}

func (d *diskWriter) sync() error {
	if err := d.f.Sync(); err != nil {
		return fault.Wrap(err, "%v", err)
	}
	return nil
}

// trailing hashes all but the last 20 bytes, which it keeps.
type trailing struct {
	hash hash.Hash
	head []byte // the first 4 bytes
	tail []byte
}

func (t *trailing) Write(p []byte) (int, error) {
	if room := 4 - len(t.head); room > 0 {
		t.head = append(t.head, p[:min(room, len(p))]...)
	}
	n := len(p)
	if n >= packTrailer {
		t.hash.Write(t.tail)
		t.hash.Write(p[:n-packTrailer])
		t.tail = append(t.tail[:0], p[n-packTrailer:]...)
		return n, nil
	}
	t.tail = append(t.tail, p...)
	if over := len(t.tail) - packTrailer; over > 0 {
		t.hash.Write(t.tail[:over])
		t.tail = append(t.tail[:0], t.tail[over:]...)
	}
	return n, nil
}

// Publish makes the pack part of the repository: read-only, the index last,
// for git takes a pack to be there once its index is.
func (q *Quarantine) Publish() error {
	fsys := q.in.fs
	folder := filepath.Join(q.in.at.Common, "objects", "pack")
	if err := durable.MkdirAll(fsys, folder, 0o777); err != nil {
		return fault.Wrap(err, "%v", err)
	}
	base := filepath.Join(folder, "pack-"+q.sum)
	if _, err := os.Stat(base + ".idx"); err == nil {
		return nil // the same pack again
	}
	type step struct{ from, to string }
	steps := []step{{q.pack, base + ".pack"}}
	if rev := filepath.Join(filepath.Dir(q.pack), "incoming.rev"); layout.Exists(rev) {
		steps = append(steps, step{rev, base + ".rev"})
	}
	steps = append(steps, step{q.idx, base + ".idx"})
	for _, s := range steps {
		if err := fsys.Chmod(s.from, 0o444); err != nil {
			return fault.Wrap(err, "%v", err)
		}
	}
	for i, s := range steps {
		err := fsys.Rename(s.from, s.to)
		if err == nil && i == 0 { // the pack is on disk before its index is
			err = fsys.SyncDir(folder)
		}
		if err != nil {
			for _, s := range steps { // without an index nobody uses them
				q.discard(s.to)
			}
			return fault.Wrap(err, "%v", err)
		}
	}
	if err := fsys.SyncDir(folder); err != nil {
		return fault.Wrap(err, "%v", err)
	}
	return nil
}
