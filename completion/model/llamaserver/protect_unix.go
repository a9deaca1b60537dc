//go:build unix && !linux

package llamaserver

import (
	"os"
	"os/exec"
)

// protect has nothing to ask of the kernel.
func protect(*exec.Cmd) {}

// guard has a watchdog kill the process when airside is gone.
func guard(p *os.Process) (release func(), err error) {
	w, err := watch(p.Pid)
	if err != nil {
		return nil, err
	}
	return w.release, nil
}
