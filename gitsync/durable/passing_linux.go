package durable

import "golang.org/x/sys/unix"

// passing opens a folder to go on from, which needs no right to list it.
const passing = unix.O_PATH
