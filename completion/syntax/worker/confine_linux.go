package worker

import (
	"time"

	"golang.org/x/sys/unix"
)

// Bounds of the process, in bytes. Trees take some 45 MiB, and a text of 1 MiB
// that is one error a few hundred more.
const (
	maxData = 2 << 30
	maxCore = 0
)

// Confine takes from the calling process what it needs no more once it has its
// pipes: it opens no file, writes none, gains no rights and starts no program
// that has some, leaves no core behind, has 2 GiB of memory at most, and is killed
// when the process that started it ends. What the system refuses is let be: these
// are fences behind a fence.
func Confine() {
	// The runtime opens what it waits with at the first timer, and could not later.
	time.AfterFunc(time.Hour, func() {}).Stop()
	unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{Cur: maxCore, Max: maxCore})
	unix.Setrlimit(unix.RLIMIT_DATA, &unix.Rlimit{Cur: maxData, Max: maxData})
	unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{})
	unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
	// Its pipes tell it of the other's end, but not while it is stopped.
	unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0)
	// The last: no descriptor beyond those that are open now.
	unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{})
}
