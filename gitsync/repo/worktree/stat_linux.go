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
	return stamp{uint32(st.Ctim.Sec), uint32(st.Ctim.Nsec), uint32(st.Mtim.Sec), uint32(st.Mtim.Nsec), uint32(st.Dev), uint32(st.Ino), st.Uid, st.Gid}, true
}
