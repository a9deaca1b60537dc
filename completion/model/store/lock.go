package store

import "os"

// lockFile has the file at path for this process alone, until release. Who waits for
// it is told [ErrBusy] instead.
func lockFile(path string) (release func(), err error) {
	for {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return nil, err
		}
		if err := lock(f); err != nil {
			f.Close()
			return nil, err
		}
		mine, err := f.Stat()
		named, lost := os.Stat(path)
		if err == nil && lost == nil && os.SameFile(mine, named) {
			return func() {
				_ = os.Remove(path) // before it is let go: who opened it meanwhile finds it without a name
				f.Close()
			}, nil
		}
		f.Close() // removed by who had it
	}
}

// FreeSpace is how many bytes a user may still write in a folder.
func FreeSpace(dir string) (int64, error) { return freeSpace(dir) }
