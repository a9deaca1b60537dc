package worktree

import (
	"io/fs"
	"syscall"
)

// stampOf is what the index remembers of a file; ok is false where the system
// does not tell when an inode changed.
func stampOf(info fs.FileInfo) (s stamp, ok bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return s, false
	}
	return stamp{uint32(st.Ctimespec.Sec), uint32(st.Ctimespec.Nsec), uint32(st.Mtimespec.Sec), uint32(st.Mtimespec.Nsec), uint32(st.Dev), uint32(st.Ino), st.Uid, st.Gid}, true
}
