// Package machine tells what of this machine a process may use: its processors,
// its memory, and whether a GPU is there. A container has a part of a machine, and
// on Linux its control groups (cgroups, versions 1 and 2) say which.
package machine

import (
	"fmt"
	"runtime"
)

// Memory in bytes; zero where nobody tells.
type Memory struct {
	// Total is what this process may ever have: of the machine, or of its container.
	Total int64
	// Free is what can be had now without swapping. What files are cached in counts
	// as free: the system gives it away.
	Free int64
}

// Processors is how many threads can compute at once, at least 1: those that this
// process may run on, or the share that its container has of them, rounded up.
func Processors() int {
	n := float64(runtime.NumCPU())
	if quota := here().quota(); quota > 0 {
		n = min(n, quota)
	}
	return max(1, int(n+0.999))
}

// Name names what a model's speed depends on here beside the model: figures that
// were measured under another name are of another machine.
func Name() string {
	gpu := GPU()
	if gpu == "" {
		gpu = "no GPU"
	}
	return fmt.Sprintf("%s/%s, %s, %d processors, %s", runtime.GOOS, runtime.GOARCH, processor(), Processors(), gpu)
}
