//go:build unix

package worker

import (
	"io"
	"syscall"

	"golang.org/x/sys/unix"
)

// writeNow writes of p what a pipe has room for, and returns how much that was.
func writeNow(pipe io.Writer, p []byte) (n int) {
	file, ok := pipe.(syscall.Conn)
	if !ok {
		return 0
	}
	raw, err := file.SyscallConn()
	if err != nil {
		return 0
	}
	raw.Write(func(fd uintptr) bool {
		n, err = unix.Write(int(fd), p)
		return true // not to be called again when there is room
	})
	return max(0, n)
}
