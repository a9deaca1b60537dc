package consent

import (
	"io/fs"
	"syscall"

	"golang.org/x/sys/unix"
)

func identity(path string, info fs.FileInfo) (owner uint32, inode uint64, born int64) {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		owner, inode = st.Uid, st.Ino
	}
	var stx unix.Statx_t
	if unix.Statx(unix.AT_FDCWD, path, unix.AT_SYMLINK_NOFOLLOW, unix.STATX_BTIME, &stx) == nil && stx.Mask&unix.STATX_BTIME != 0 {
		born = stx.Btime.Sec*1e9 + int64(stx.Btime.Nsec)
	}
	return owner, inode, born
}
