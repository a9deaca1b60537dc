package pack

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
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

	// Promised says that what the objects lead to may have stayed at the remote: it is
	// a partial clone's.
	Promised bool
	here     bool    // it was read by this process and not by git
	bounds   *bounds // nil unless the fetch reaches further back
}

// packHeader is "PACK", a version and a count of objects, each of 4 bytes.
const packHeader, packTrailer = 12, 20

// leastEntry is how many bytes an object takes in a pack at least: one for its kind and
// size, and eight for the zlib stream of nothing (gitformat-pack, RFC 1950).
const leastEntry = 9

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
	if q.bounds != nil {
		q.discard(q.bounds.file(q))
	}
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
	sum := &trailerHash{hash: hash.New(hash.CryptoType)}
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
	// Whoever indexes it, git too, makes room for as many as it says before it reads one.
	if count, room := sum.count(), (q.size-packHeader-packTrailer)/leastEntry; count > room {
		return fault.New(fault.Content, "the remote's pack says that it holds %d objects, and is as long as %d at most: tell who runs it", count, room)
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

// trailerHash hashes all but the last 20 bytes, which it keeps.
type trailerHash struct {
	hash hash.Hash
	head []byte // the pack's header, or as much of it as there is
	tail []byte
}

func (t *trailerHash) Write(p []byte) (int, error) {
	if room := packHeader - len(t.head); room > 0 {
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

// count is how many objects the header promises.
func (t *trailerHash) count() int64 { return int64(binary.BigEndian.Uint32(t.head[8:])) }

// beside is a file that belongs to the pack, by the end of its name.
func (q *Quarantine) beside(end string) string {
	return strings.TrimSuffix(q.pack, ".pack") + end
}

// promise marks the pack, as git does, if what its objects lead to may be missing.
func (q *Quarantine) promise() error {
	if name := q.beside(".promisor"); q.Promised && !layout.Exists(name) {
		if err := durable.Create(q.in.fs, name, nil, 0o600); err != nil {
			return fault.Wrap(err, "%v", err)
		}
	}
	return nil
}

// Publish makes what has come part of the repository: first the pack, if there is
// one, then where its history ends.
func (q *Quarantine) Publish() error {
	if !q.Empty() {
		if err := q.publishPack(); err != nil {
			return err
		}
	}
	if q.bounds == nil {
		return nil
	}
	return q.bounds.publish(q.in)
}

// publishPack makes the pack part of the repository: read-only, the index last,
// for git takes a pack to be there once its index is.
func (q *Quarantine) publishPack() error {
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
	if promisor := q.beside(".promisor"); layout.Exists(promisor) {
		steps = append(steps, step{promisor, base + ".promisor"})
	}
	if rev := q.beside(".rev"); layout.Exists(rev) {
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
