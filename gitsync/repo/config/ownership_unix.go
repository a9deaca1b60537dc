//go:build unix

package config

import (
	"os"
	"strconv"
	"syscall"
)

// ownedByUser reports that a path, itself and not what it links to, is the
// user's. Root may work in the repositories of whom it was called by (sudo).
func ownedByUser(path, sudo string) bool {
	info, err := os.Lstat(path)
	if err != nil {
		return false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return false
	}
	user := os.Geteuid()
	if user == 0 && st.Uid != 0 {
		if by, err := strconv.ParseUint(sudo, 10, 32); err == nil {
			return st.Uid == uint32(by)
		}
	}
	return st.Uid == uint32(user)
}
