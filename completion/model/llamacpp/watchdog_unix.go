//go:build unix

package llamacpp

import (
	"os/exec"
	"strconv"
	"syscall"
)

// startWatchdog starts a shell that waits on a pipe whose other end only this
// process holds. However this process ends, the pipe is closed then, and the
// shell kills pid. release ends the shell without that.
func startWatchdog(pid int) (release func(), err error) {
	cmd := exec.Command("/bin/sh", "-c", `read -r _; kill -9 "$0"`, strconv.Itoa(pid))
	// Its own group: a Ctrl-C at the terminal is not for it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		_ = pipe.Close()
	}, nil
}
