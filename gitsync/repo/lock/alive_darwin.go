package lock

import (
	"bytes"
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/airside-ls/airside/gitsync/repo/layout"
)

// startOf tells a process from any other that had or will have its number: the
// moment of its start. One that has ended and was not yet waited for does not live.
func startOf(pid int) (start string, alive bool) {
	p, err := unix.SysctlKinfoProc("kern.proc.pid", pid)
	if err != nil || int(p.Proc.P_pid) != pid {
		return unknown, false
	}
	return fmt.Sprintf("%d.%06d", p.Proc.P_starttime.Sec, p.Proc.P_starttime.Usec), p.Proc.P_stat != zombie
}

const zombie = 5 // SZOMB of <sys/proc.h>

// inUse tells whether a git may work in the repository: where one does is not to be
// seen here.
func inUse(string, layout.Layout) bool {
	list, err := unix.SysctlKinfoProcSlice("kern.proc.all")
	if err != nil {
		return true
	}
	for _, p := range list {
		name, _, _ := bytes.Cut(p.Proc.P_comm[:], []byte{0})
		if p.Proc.P_stat != zombie && (string(name) == "git" || bytes.HasPrefix(name, []byte("git-"))) {
			return true
		}
	}
	return false
}

// namespace: all processes are seen here.
func namespace() string { return unknown }
