//go:build unix

package llamaserver

import (
	"io"
	"os/exec"
	"strconv"
	"syscall"
)

// watchdog is a shell that waits on a pipe whose other end only this process
// holds. However this process ends, the pipe is closed then, and the shell kills
// the process that it watches.
type watchdog struct {
	cmd  *exec.Cmd
	pipe io.Closer
}

func watch(pid int) (*watchdog, error) {
	cmd := exec.Command("/bin/sh", "-c", `read -r _; kill -9 "$0"`, strconv.Itoa(pid))
	cmd.Env = []string{"PATH=/usr/bin:/bin"} // it needs nothing, and has no business with the rest
	// Its own group: a Ctrl-C at the terminal is not for it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &watchdog{cmd, pipe}, nil
}

// release ends the watchdog; it kills nobody any more.
func (w *watchdog) release() {
	_ = w.cmd.Process.Kill()
	_ = w.cmd.Wait()
	_ = w.pipe.Close()
}
