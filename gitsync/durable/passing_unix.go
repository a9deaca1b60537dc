//go:build unix && !linux

package durable

import "golang.org/x/sys/unix"

// passing opens a folder to go on from.
const passing = unix.O_RDONLY
