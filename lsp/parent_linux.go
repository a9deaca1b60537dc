package lsp

import (
	"context"
	"os"

	"golang.org/x/sys/unix"
)

// awaitEnd returns when the process has ended, after it has called gone, or when
// ctx has. It is false at once where the system does not tell (pidfd_open(2),
// Linux 5.3): waiting so wakes nobody up.
func awaitEnd(ctx context.Context, pid int, gone func()) (told bool) {
	fd, err := unix.PidfdOpen(pid, unix.PIDFD_NONBLOCK)
	if err != nil {
		return false
	}
	process := os.NewFile(uintptr(fd), "pidfd")
	defer process.Close()
	stop := context.AfterFunc(ctx, func() { process.Close() }) // which ends the wait below
	defer stop()
	conn, err := process.SyscallConn()
	if err != nil {
		return false
	}
	ended := false
	_ = conn.Read(func(fd uintptr) bool {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 0)
		ended = err == nil && n > 0
		return ended
	})
	if ended {
		gone()
	}
	return ended || ctx.Err() != nil
}
