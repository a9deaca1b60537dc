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
		// Where there is nothing to wait with, pipes block.
		if flags, err := unix.FcntlInt(fd, unix.F_GETFL, 0); err == nil && flags&unix.O_NONBLOCK != 0 {
			n, _ = unix.Write(int(fd), p)
		}
		return true // not to be called again when there is room
	})
	return max(0, n)
}
