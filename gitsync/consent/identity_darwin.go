package consent

import (
	"io/fs"
	"syscall"
)

func identity(_ string, info fs.FileInfo) (owner uint32, inode uint64, born int64) {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		owner, inode, born = st.Uid, st.Ino, st.Birthtimespec.Nano()
	}
	return owner, inode, born
}
