package durable

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	tempSuffix = ".airside-tmp"
	// abandonedAfter is how old a temporary file is whose writer is dead.
	abandonedAfter = time.Hour
)

// TempName is a name in dir, that begins with prefix, for a file that lives for a
// moment: nobody can have put something there before. It is made with O_EXCL, and
// Sweep finds it after a crash.
func TempName(dir, prefix string) string { return tempName(filepath.Join(dir, prefix)) }

func tempName(path string) string { return path + "." + rand.Text() + tempSuffix }

// Sweep removes files of TempName, and those beside which WriteFile writes, that
// a crash has left in a folder.
func Sweep(f FS, dir, prefix string) {
	entries, _ := ReadDir(dir)
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), prefix) || !strings.HasSuffix(e.Name(), tempSuffix) {
			continue
		}
		name := filepath.Join(dir, e.Name())
		if info, err := os.Lstat(name); err == nil && info.Mode().IsRegular() && time.Since(info.ModTime()) > abandonedAfter {
			f.Remove(name)
		}
	}
}
