//go:build unix

package program

import (
	"os/exec"
	"syscall"
)

// ownGroup keeps a terminal's ^C from a child, and lets it be killed together
// with what it has started.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

func killGroup(cmd *exec.Cmd) error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
