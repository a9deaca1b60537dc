package gguf

import (
	"fmt"
	"math"
	"os"
)

// Open maps the file at path into memory and parses it. Pages come in from the
// disk only as they are touched and stay shared with the page cache. The
// returned File must be closed.
//
// A file that another process truncates afterwards makes reads of its tensors
// fault; see runtime/debug.SetPanicOnFault.
func Open(path string) (*File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("gguf: %w", err)
	}
	defer file.Close() // a mapping outlives its descriptor
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("gguf: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, formatErrorf("file", "%s is not a regular file", path)
	}
	size := info.Size()
	if size == 0 {
		return nil, formatErrorf("file", "%s is empty", path)
	}
	if size > math.MaxInt {
		return nil, formatErrorf("file", "%s has %d bytes, more than this machine can address", path, size)
	}
	data, release, err := mapFile(file, int(size))
	if err != nil {
		return nil, fmt.Errorf("gguf: mapping %s into memory: %w", path, err)
	}
	f, err := Parse(data)
	if err != nil {
		_ = release()
		return nil, err
	}
	f.release = release
	return f, nil
}
