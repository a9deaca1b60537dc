// Package store keeps models as files in a folder, and brings them there whole: from a
// file, a folder, or an address that somebody named. A file has its name only once every
// byte of it is there, is what was promised, and passed the caller's check. Until then it
// is called NAME.part, which nothing that looks for models takes, and what came of it is
// kept: the next try goes on where the last one ended, however that was.
package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Suffix is that of the files of models; partial is behind it while one is on its way.
const (
	Suffix  = ".gguf"
	partial = ".part"
)

// Store is a folder of models. The zero value has none; take [Open].
type Store struct {
	Dir string

	// wait is how long a source is left alone that just failed without a byte.
	wait time.Duration
}

// Open is the store in a folder, which comes to be with the first file.
func Open(dir string) *Store { return &Store{Dir: dir, wait: time.Second} }

// Wanted is a file as it has to turn out.
type Wanted struct {
	Name   string // in the store: "qwen.gguf"
	Bytes  int64  // 0: as many as the source says
	SHA256 string // in hex; "" takes what comes, which a source may refuse ([Source])
	// Replace has a file with this SHA256 take the place of another one of its name.
	Replace bool
	// Check says at the end why the file cannot be used; nil looks at nothing. One that
	// has its SHA256 is kept as a part nevertheless.
	Check func(path string) error
	// Progress is told how far it is, in bytes; of is 0 where nobody knows.
	Progress func(done, of int64)
}

// Received is a file that is there.
type Received struct {
	Path   string
	Bytes  int64
	SHA256 string
	Was    bool // it had been there before
}

// ErrBusy says that another process brings the same file.
var ErrBusy = errors.New("another airside fetches this file now; wait for it, or end it and try again")

// NoRoomError says that the disk is too small for a file.
type NoRoomError struct {
	Dir         string
	Needs, Free int64 // bytes; Needs is what is still to come
}

func (e *NoRoomError) Error() string {
	return fmt.Sprintf("there is no room in %s: %d MB are still to come, and %d MB are free; make room, and the same command goes on where it stopped",
		e.Dir, megabytes(e.Needs), megabytes(e.Free))
}

func megabytes(bytes int64) int64 { return (bytes + 999_999) / 1_000_000 }

// WrongFileError says that what a source has is not what was wanted.
type WrongFileError struct {
	Source string
	Why    string
}

func (e *WrongFileError) Error() string {
	return fmt.Sprintf("%s has another file than the one that is wanted: %s; nothing of it is kept", e.Source, e.Why)
}

// CheckName says why a name cannot be that of a model's file.
func CheckName(name string) error {
	switch {
	case name != filepath.Base(name) || strings.ContainsAny(name, `/\:*?"<>|`) || strings.HasPrefix(name, "."),
		strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }), len(name) > 200:
		return fmt.Errorf("%.100q is no name for a file", name)
	case !strings.EqualFold(filepath.Ext(name), Suffix):
		return fmt.Errorf("%.100q is no GGUF file by its name (*%s)", name, Suffix)
	}
	return nil
}

// Receive brings a file into the store. What was there of it before is not fetched
// again. It ends early, with what came kept, when ctx does; the error is then ctx.Err().
func (s *Store) Receive(ctx context.Context, w Wanted, from Source) (got Received, err error) {
	if err := CheckName(w.Name); err != nil {
		return Received{}, err
	}
	if w.SHA256 == "" && from.Distant() {
		return Received{}, fmt.Errorf("nothing says which file %s has to have: name its SHA-256", from)
	}
	if err := os.MkdirAll(s.Dir, 0o755); err != nil {
		return Received{}, err
	}
	unlock, err := lockFile(filepath.Join(s.Dir, "."+w.Name+".lock"))
	if err != nil {
		return Received{}, err
	}
	defer unlock()
	path := filepath.Join(s.Dir, w.Name)
	if got, there := s.has(ctx, path, w); there {
		return got, nil
	} else if _, err := os.Lstat(path); err == nil && w.SHA256 != "" && !w.Replace {
		if ctx.Err() != nil {
			return Received{}, ctx.Err()
		}
		return Received{}, another(path)
	}
	r := &reception{Wanted: w, from: from, dir: s.Dir, part: path + partial, wait: s.wait}
	if err := r.begin(ctx); err != nil {
		return Received{}, err
	}
	err = r.all(ctx)
	if err = errors.Join(err, r.file.Sync(), r.file.Close()); err != nil {
		if r.spoilt || r.done == 0 {
			err = errors.Join(err, os.Remove(r.part))
		}
		if ctx.Err() != nil {
			return Received{}, ctx.Err()
		}
		return Received{}, err
	}
	got = Received{Path: path, Bytes: r.done, SHA256: hex.EncodeToString(r.sum.Sum(nil))}
	if w.Check != nil {
		if err := w.Check(r.part); err != nil {
			if w.SHA256 != "" {
				return Received{}, fmt.Errorf("%s has the right file by its SHA-256, and this airside cannot use it (it is kept as %s): %w", from, r.part, err)
			}
			return Received{}, errors.Join(fmt.Errorf("%s has a file that cannot be used, which is not kept: %w", from, err), os.Remove(r.part))
		}
	}
	return got, s.name(ctx, r.part, got, w)
}

// name gives a whole file its name.
func (s *Store) name(ctx context.Context, part string, got Received, w Wanted) error {
	if w.SHA256 == "" { // it must not take the place of another one
		if sum, err := sumOf(ctx, got.Path); err == nil && sum != got.SHA256 {
			return errors.Join(another(got.Path), os.Remove(part))
		}
	}
	if err := errors.Join(os.Chmod(part, 0o644), os.Rename(part, got.Path)); err != nil {
		return err
	}
	if d, err := os.Open(s.Dir); err == nil { // some systems cannot sync a folder
		_ = d.Sync()
		_ = d.Close()
	}
	return nil
}

func another(path string) error {
	return fmt.Errorf("there is another file %s: remove it first, or give the new one another name", path)
}

// has tells whether the wanted file is there already.
func (s *Store) has(ctx context.Context, path string, w Wanted) (Received, bool) {
	info, err := os.Stat(path)
	if err != nil || w.SHA256 == "" || w.Bytes > 0 && info.Size() != w.Bytes {
		return Received{}, false
	}
	sum, err := sumOf(ctx, path)
	return Received{Path: path, Bytes: info.Size(), SHA256: sum, Was: true}, err == nil && strings.EqualFold(sum, w.SHA256)
}

// sumOf is a file's SHA-256 in hex.
func sumOf(ctx context.Context, path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, untilEnd{ctx, f}); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// untilEnd reads until ctx ends.
type untilEnd struct {
	ctx context.Context
	io.Reader
}

func (r untilEnd) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}

// Entry is a file of a store.
type Entry struct {
	Name  string
	Bytes int64
	Part  bool // it is not whole yet
}

// List is what there is, by name. A folder that is not there has nothing.
func (s *Store) List() ([]Entry, error) {
	files, err := os.ReadDir(s.Dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	var list []Entry
	for _, f := range files {
		name, part := strings.CutSuffix(f.Name(), partial)
		info, err := os.Stat(filepath.Join(s.Dir, f.Name()))
		if err == nil && info.Mode().IsRegular() && CheckName(name) == nil {
			list = append(list, Entry{name, info.Size(), part})
		}
	}
	slices.SortStableFunc(list, func(a, b Entry) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

// Remove removes a file and what there is of it in parts. It returns how many bytes
// that frees.
func (s *Store) Remove(name string) (freed int64, err error) {
	if err := CheckName(name); err != nil {
		return 0, err
	}
	if _, err := os.Stat(s.Dir); err != nil {
		return 0, err
	}
	unlock, err := lockFile(filepath.Join(s.Dir, "."+name+".lock"))
	if err != nil {
		return 0, err
	}
	defer unlock()
	found := false
	for _, path := range []string{filepath.Join(s.Dir, name), filepath.Join(s.Dir, name+partial)} {
		info, statErr := os.Lstat(path)
		if statErr != nil {
			continue
		}
		found = true
		if removeErr := os.Remove(path); removeErr != nil {
			err = errors.Join(err, removeErr)
			continue
		}
		freed += info.Size()
	}
	if !found {
		err = fmt.Errorf("there is no %s in %s", name, s.Dir)
	}
	return freed, err
}
