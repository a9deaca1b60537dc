package program

import (
	"os/exec"
	"syscall"
)

// ownGroup keeps a console's ^C from a child.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}

func killGroup(cmd *exec.Cmd) error { return cmd.Process.Kill() }
