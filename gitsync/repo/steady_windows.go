package repo

import "syscall"

// ownGroup keeps a console's ^C from a child that must not stop half-way.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}
