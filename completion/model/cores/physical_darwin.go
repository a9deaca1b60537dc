package cores

import "golang.org/x/sys/unix"

// physical is how many fast cores the machine has: who waits for a slow one is as
// slow. 0 where the kernel does not tell.
func physical() int {
	n, err := unix.SysctlUint32("hw.perflevel0.physicalcpu")
	if err != nil {
		n, _ = unix.SysctlUint32("hw.physicalcpu")
	}
	return int(n)
}
