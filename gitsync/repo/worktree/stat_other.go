//go:build !linux && !darwin

package worktree

import "io/fs"

// stampOf is what the index remembers of a file; ok is false where the system
// does not tell when an inode changed: then contents are compared.
func stampOf(info fs.FileInfo) (s stamp, ok bool) {
	s.mtime, s.mtimeNs = uint32(info.ModTime().Unix()), uint32(info.ModTime().Nanosecond())
	return s, false
}
