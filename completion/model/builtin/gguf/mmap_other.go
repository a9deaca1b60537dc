//go:build !unix && !windows

package gguf

import (
	"io"
	"os"
)

// mapFile reads the first size bytes of file into memory, where there is no
// mapping of files.
func mapFile(file *os.File, size int) (data []byte, release func() error, err error) {
	data = make([]byte, size)
	if _, err := io.ReadFull(file, data); err != nil {
		return nil, nil, err
	}
	return data, func() error { return nil }, nil
}
