//go:build !linux && !darwin

package consent

import "io/fs"

// identity knows a folder by its path alone here.
func identity(string, fs.FileInfo) (owner uint32, inode uint64, born int64) { return 0, 0, 0 }
