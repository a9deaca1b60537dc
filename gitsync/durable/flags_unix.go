//go:build unix

package durable

import (
	"io/fs"
	"syscall"
)

const (
	nonBlocking = syscall.O_NONBLOCK // for pipes, which are not waited for
	folder      = syscall.O_DIRECTORY
	noFollow    = syscall.O_NOFOLLOW // a symbolic link is an error
)

// names counts the names of a file.
func names(info fs.FileInfo) uint64 {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(st.Nlink)
	}
	return 1
}
