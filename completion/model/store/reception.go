package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"strings"
	"syscall"
	"time"
)

const (
	// spare is how much of a disk is left free, in bytes.
	spare = 64 << 20
	// tries is how often a source may fail in a row without a byte.
	tries = 3
	// most bounds a file of which nobody said how long it is: nothing that fits into
	// the memory of a machine is longer.
	most = 1 << 40
	// chunk is how much is read at once.
	chunk = 256 << 10
)

// magic is how every GGUF file begins.
var magic = []byte("GGUF")

// reception is a file on its way.
type reception struct {
	Wanted
	from Source
	dir  string
	part string
	wait time.Duration

	file *os.File
	sum  hash.Hash
	done int64 // bytes in file, and in sum
	size int64 // of all; 0 while nobody knows
	// resumed says that a part of an earlier run is in it: another source may have
	// had another file.
	resumed bool
	spoilt  bool // what came is of no use
}

// begin opens what there is.
func (r *reception) begin(ctx context.Context) (err error) {
	if info, err := os.Lstat(r.part); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s is no plain file; remove it", r.part)
	}
	if r.file, err = os.OpenFile(r.part, os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return err
	}
	r.size, r.sum = r.Bytes, sha256.New()
	if r.SHA256 == "" { // nothing would tell whether the parts belong together
		err = r.restart()
	} else {
		r.done, err = io.Copy(r.sum, untilEnd{ctx, r.file})
		r.resumed = r.done > 0
	}
	if err == nil && r.size > 0 && r.done > r.size {
		err = r.restart()
	}
	if err != nil {
		return errors.Join(err, r.file.Close())
	}
	return nil
}

func (r *reception) restart() error {
	r.done, r.resumed = 0, false
	r.sum.Reset()
	_, err := r.file.Seek(0, io.SeekStart)
	return errors.Join(r.file.Truncate(0), err)
}

// all has everything come, and looks whether it is what was wanted.
func (r *reception) all(ctx context.Context) error {
	for {
		if r.resumed && strings.EqualFold(hex.EncodeToString(r.sum.Sum(nil)), r.SHA256) {
			return nil // all of it was there
		}
		if err := r.rest(ctx); err != nil {
			return err
		}
		if r.SHA256 == "" {
			return nil
		}
		sum := hex.EncodeToString(r.sum.Sum(nil))
		if strings.EqualFold(sum, r.SHA256) {
			return nil
		}
		if !r.resumed {
			r.spoilt = true
			return &WrongFileError{r.from.String(), fmt.Sprintf("its SHA-256 is %s, and has to be %s", sum, r.SHA256)}
		}
		if err := r.restart(); err != nil { // the earlier part may have been of another file
			return err
		}
	}
}

// rest has come what is missing, over as many connections as it takes.
func (r *reception) rest(ctx context.Context) error {
	failed := 0
	for {
		before := r.done
		err := r.once(ctx)
		var passing *PassingError
		switch {
		case err == nil, ctx.Err() != nil:
			return errors.Join(err, ctx.Err())
		case !errors.As(err, &passing):
			return err
		case r.done > before:
			failed = 0
			continue
		}
		if failed++; failed == tries {
			return fmt.Errorf("%w; what came is kept, and the same command goes on", err)
		}
		pause := time.NewTimer(r.wait * time.Duration(failed))
		select {
		case <-ctx.Done():
		case <-pause.C:
		}
		pause.Stop()
	}
}

// once has come what one connection gives.
func (r *reception) once(ctx context.Context) error {
	if r.size > 0 && r.done == r.size {
		return nil
	}
	body, at, total, err := r.from.Open(ctx, r.done)
	if err != nil {
		return err
	}
	defer body.Close()
	if r.size > 0 && total > 0 && total != r.size {
		return &WrongFileError{r.from.String(), fmt.Sprintf("it is %d bytes long, and has to be %d", total, r.size)}
	}
	if r.size == 0 {
		r.size = total
	}
	if at != r.done { // the source gives the whole or nothing
		if err := r.restart(); err != nil {
			return err
		}
	}
	if free, err := freeSpace(r.dir); err == nil && r.size > 0 && r.size-r.done+spare > free {
		return &NoRoomError{r.dir, r.size - r.done, max(free-spare, 0)}
	}
	return r.copy(ctx, body)
}

func (r *reception) copy(ctx context.Context, body io.Reader) error {
	buffer := make([]byte, chunk)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		least := 1
		if r.done == 0 {
			least = len(magic)
		}
		n, err := io.ReadAtLeast(body, buffer, least)
		if r.done == 0 && n > 0 && !bytes.HasPrefix(buffer[:n], magic) {
			return &WrongFileError{r.from.String(), "it is no GGUF file"}
		}
		if limit := r.limit(); r.done+int64(n) > limit {
			r.spoilt = true
			return &WrongFileError{r.from.String(), fmt.Sprintf("it is longer than %d bytes", limit)}
		}
		if n > 0 {
			if err := r.write(buffer[:n]); err != nil {
				return err
			}
		}
		switch {
		case err == nil:
		case !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
			return err
		case r.size > 0 && r.done < r.size:
			return &PassingError{r.from.String(), io.ErrUnexpectedEOF}
		case r.done < int64(len(magic)):
			return &WrongFileError{r.from.String(), "it is empty"}
		default:
			r.size = r.done
			return nil
		}
	}
}

func (r *reception) limit() int64 {
	if r.size > 0 {
		return r.size
	}
	return most
}

func (r *reception) write(b []byte) error {
	n, err := r.file.Write(b)
	r.sum.Write(b[:n])
	r.done += int64(n)
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return &NoRoomError{r.dir, max(r.size-r.done, 0), 0}
	}
	if err == nil && r.Progress != nil {
		r.Progress(r.done, r.size)
	}
	return err
}
