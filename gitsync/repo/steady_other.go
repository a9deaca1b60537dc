//go:build !unix && !windows

package repo

import "syscall"

func ownGroup() *syscall.SysProcAttr { return nil }
