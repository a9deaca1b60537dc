package llamaserver

import (
	"os"
	"os/exec"
	"syscall"
)

// protect has the kernel kill the child when the thread that starts it ends,
// and so also when airside is killed. The thread has to outlive the child
// otherwise: see supervise.
func protect(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}

// guard has nothing to add.
func guard(*os.Process) (release func(), err error) { return func() {}, nil }
