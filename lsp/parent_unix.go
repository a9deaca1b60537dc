//go:build unix

package lsp

import (
	"errors"
	"syscall"
)

// processExists sends the null signal. A process that may not be signalled
// exists as well.
func processExists(pid int) bool {
	return pid > 0 && !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
}
