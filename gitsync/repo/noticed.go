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

// RefsChanged is when a ref directly below prefix, which ends in "/", was last
// written or removed; zero when there was none. It costs one stat.
func (r *Repo) RefsChanged(prefix string) time.Time {
	if info, err := os.Stat(filepath.Join(r.commonDir, filepath.FromSlash(prefix))); err == nil {
		return info.ModTime()
	}
	return time.Time{}
}
