package builtin

import "syscall"

// yieldToOthers lowers the priority of the calling thread, for good: to raise it
// again takes privileges. On Linux priorities are a thread's own.
func yieldToOthers() {
	const low = 10                                                       // of 19
	_ = syscall.Setpriority(syscall.PRIO_PROCESS, syscall.Gettid(), low) // without it, it is one thread among others
}
