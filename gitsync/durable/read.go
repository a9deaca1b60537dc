package durable

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// What a folder from outside may hold in the place of a file.
var (
	ErrNotRegular = errors.New("it is no regular file")
	ErrTooLarge   = errors.New("it is larger than what is read of such a file")
)

// Open opens a regular file for reading, or the one that a link leads to. What
// else there may be (a pipe, a device, a folder) is ErrNotRegular at once: a
// pipe is not waited for. The error is an *fs.PathError.
func Open(path string) (*os.File, fs.FileInfo, error) {
	wrong := func(err error) (*os.File, fs.FileInfo, error) {
		return nil, nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	// To open a device may be to use it, so it is looked at first; and again when
	// it is open, as it may be another one by then.
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return wrong(ErrNotRegular)
	}
	f, err := os.OpenFile(path, os.O_RDONLY|nonBlocking, 0)
	if err != nil {
		return nil, nil, err
	}
	if info, err = f.Stat(); err == nil && !info.Mode().IsRegular() {
		err = ErrNotRegular
	}
	if err != nil {
		f.Close()
		return wrong(err)
	}
	return f, info, nil
}

// ReadDir lists a folder, or the one that a link leads to, by name. Anything else
// is an error at once, also a pipe.
func ReadDir(path string) ([]fs.DirEntry, error) {
	d, err := os.OpenFile(path, os.O_RDONLY|folder|nonBlocking, 0)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	list, err := d.ReadDir(-1)
	slices.SortFunc(list, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return list, err
}

// ReadFile reads a regular file of at most limit bytes; a larger one is
// ErrTooLarge, and is not read. See Open.
func ReadFile(path string, limit int64) ([]byte, error) {
	f, info, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info.Size() > limit {
		return nil, &fs.PathError{Op: "read", Path: path, Err: fmt.Errorf("%w: %d bytes, and %d are the most", ErrTooLarge, info.Size(), limit)}
	}
	data := make([]byte, 0, info.Size()+1)
	for {
		if len(data) == cap(data) {
			data = append(data, 0)[:len(data)]
		}
		n, err := f.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		switch {
		case int64(len(data)) > limit: // it has grown
			return nil, &fs.PathError{Op: "read", Path: path, Err: fmt.Errorf("%w: more than %d bytes", ErrTooLarge, limit)}
		case err == io.EOF:
			return data, nil
		case err != nil:
			return nil, err
		}
	}
}
