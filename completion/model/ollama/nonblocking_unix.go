//go:build unix

package ollama

import "syscall"

const nonBlocking = syscall.O_NONBLOCK
