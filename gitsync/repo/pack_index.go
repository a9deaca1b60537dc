package repo

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/go-git/go-git/v5/plumbing/format/idxfile"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/program"
)

// tolerated are faults that stand in the histories of many old projects and do
// no harm. What git would take for an attack (.git in a tree, a path upward) is
// not among them. All of them are known to git since 2.17.
const tolerated = "zeroPaddedFilemode=ignore,missingEmail=ignore,missingNameBeforeEmail=ignore,missingSpaceBeforeEmail=ignore," +
	"missingSpaceBeforeDate=ignore,badName=ignore,badEmail=ignore,badDate=ignore,badDateOverflow=ignore,badTimezone=ignore," +
	"zeroPaddedDate=ignore,multipleAuthors=ignore,nulInCommit=ignore"

// index builds the pack's index, and with it checks the hash and the form of
// every object. git does it in a fraction of the time and memory that go-git
// takes.
func (q *quarantine) index(ctx context.Context) error {
	if q.repo.program.Git == "" {
		return q.indexInProcess()
	}
	_, err := q.repo.program.Run(ctx, program.Call{Args: []string{"index-pack", "--strict=" + tolerated, "-o", q.idx, q.pack}, Env: q.environ()})
	if err == nil || ctx.Err() != nil {
		return err
	}
	if e := new(fault.Error); errors.As(err, &e) && e.Kind == fault.Disk {
		return err
	}
	return fmt.Errorf("%w: %s", packfile.ErrMalformedPackFile, err)
}

// environ makes git see the quarantine as the place of new objects, with the
// repository's behind it.
func (q *quarantine) environ() []string {
	return []string{"GIT_OBJECT_DIRECTORY=" + q.dir,
		"GIT_ALTERNATE_OBJECT_DIRECTORIES=" + filepath.Join(q.repo.Common, "objects"), "GIT_QUARANTINE_PATH=" + q.dir}
}

// maxObject bounds a single object that is indexed in memory, in bytes.
const maxObject = 512 << 20

func (q *quarantine) indexInProcess() error {
	f, _, err := durable.Open(q.pack)
	if err != nil {
		return fault.Wrap(err, "%v", err)
	}
	defer f.Close()
	if err := checkSizes(f); err != nil {
		return err
	}
	w := new(idxfile.Writer)
	parser, err := packfile.NewParser(packfile.NewScanner(f), w)
	if err != nil {
		return err
	}
	if _, err := parser.Parse(); err != nil {
		return fmt.Errorf("%w: %w", packfile.ErrMalformedPackFile, err)
	}
	index, err := w.Index()
	if err != nil {
		return err
	}
	var data bytes.Buffer
	if _, err := idxfile.NewEncoder(&data).Encode(index); err != nil {
		return err
	}
	out, err := q.repo.opts.FS.OpenFile(q.idx, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fault.Wrap(err, "%v", err)
	}
	disk := &diskWriter{f: out}
	_, err = disk.Write(data.Bytes())
	if err == nil {
		err = disk.sync()
	}
	if e := out.Close(); err == nil && e != nil {
		err = fault.Wrap(e, "%v", e)
	}
	return err
}

// checkSizes refuses objects that say they are larger than memory should be:
// go-git reads each whole.
func checkSizes(f *os.File) error {
	var head [packHeader]byte
	if _, err := io.ReadFull(f, head[:]); err != nil {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	s := packfile.NewScanner(f)
	for range binary.BigEndian.Uint32(head[8:]) {
		h, err := s.NextObjectHeader()
		if err != nil {
			return fmt.Errorf("%w: %w", packfile.ErrMalformedPackFile, err)
		}
		if h.Length > maxObject {
			return fmt.Errorf("%w: an object of %d bytes: this needs the git binary", packfile.ErrMalformedPackFile, h.Length)
		}
		if _, _, err := s.NextObject(io.Discard); err != nil {
			return fmt.Errorf("%w: %w", packfile.ErrMalformedPackFile, err)
		}
	}
	_, err := f.Seek(0, io.SeekStart)
	return err
}
