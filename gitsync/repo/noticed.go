package repo

import (
	"os"
	"path/filepath"
	"time"
)

// HeadChanged is when this work tree's HEAD was last logged, which it is with
// every commit; zero when that cannot be told. It costs one or two stats.
func (r *Repo) HeadChanged() time.Time {
	for _, name := range []string{"logs/HEAD", "HEAD"} {
		if info, err := os.Stat(filepath.Join(r.gitDir, filepath.FromSlash(name))); err == nil {
			return info.ModTime()
		}
	}
	return time.Time{}
}
