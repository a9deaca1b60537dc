//go:build unix

package repo

import "syscall"

// ownGroup keeps a terminal's ^C from a child that must not stop half-way.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
