//go:build unix

package journal

import (
	"errors"
	"os"
	"syscall"
)

// lock takes the file's lock: at once or not at all, or whenever it is free.
func lock(file *os.File, wait bool) error {
	how := syscall.LOCK_EX
	if !wait {
		how |= syscall.LOCK_NB
	}
	for {
		err := syscall.Flock(int(file.Fd()), how)
		switch {
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EWOULDBLOCK):
			return ErrLocked
		default:
			return err
		}
	}
}

// held tells whether somebody has the lock, who is no other that asks.
func held(file *os.File) (bool, error) {
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_SH|syscall.LOCK_NB)
		switch {
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EWOULDBLOCK):
			return true, nil
		case err != nil:
			return false, err
		default:
			return false, syscall.Flock(int(file.Fd()), syscall.LOCK_UN)
		}
	}
}
