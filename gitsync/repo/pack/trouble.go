package pack

import (
	"errors"
	"regexp"
	"syscall"

	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/program"
)

// OfThisMachine tells whether a check of what a remote has sent failed because of this
// machine: no memory, no more processes, a folder that may not be read, a git that was
// killed. That says nothing of what was sent.
func OfThisMachine(err error) bool {
	var errno syscall.Errno
	return program.Killed(err) || errors.As(err, &errno) || program.NotStarted(err) || err != nil && machineWords.MatchString(err.Error())
}

// machineWords are git's for such trouble.
var machineWords = regexp.MustCompile(`(?i)out of memory|malloc|mmap failed|cannot allocate|resource temporarily unavailable|unable to create|` +
	`cannot (create|open|fork|store)|unable to (open|write|fork)|permission denied|too many open files|input/output error|no space left`)

// uncheckable is the error for it.
func uncheckable(err error) error {
	return fault.Wrap(err, "what the remote sent could not be checked on this machine: %s", fault.Plain(err.Error()))
}
