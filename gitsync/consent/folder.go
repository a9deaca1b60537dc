package consent

import (
	"os"
	"path/filepath"
)

// Folder tells a folder from another one that comes in its place: by its path
// with all links resolved, who owns it, and what the file system knows it by.
// The device is not among that: it is another one after a restart.
type Folder struct {
	Path  string `json:"path"`
	Owner uint32 `json:"owner"`          // user ID; 0 where the system has none
	Inode uint64 `json:"inode"`          // 0 where the system has none
	Born  int64  `json:"born,omitempty"` // nanoseconds since 1970; 0 where it is not known
}

// Identify looks at what path is now, through links.
func Identify(path string) (Folder, error) {
	path, err := real(path)
	if err != nil {
		return Folder{}, err
	}
	return identifyName(path)
}

// identifyName looks at what a name is itself.
func identifyName(path string) (Folder, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return Folder{}, err
	}
	f := Folder{Path: path}
	f.Owner, f.Inode, f.Born = identity(path, info)
	return f, nil
}

func (f Folder) same(now Folder) bool {
	born := f.Born == now.Born || f.Born == 0 || now.Born == 0
	return f.Path == now.Path && f.Owner == now.Owner && f.Inode == now.Inode && born
}

func real(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(abs)
}

// hasGit reports that something is called .git in a folder, whatever it is.
func hasGit(dir string) bool {
	_, err := os.Lstat(filepath.Join(dir, ".git"))
	return err == nil
}
