package worktree

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/airside-ls/airside/gitsync/object"
)

// Tracked lists the files of the work tree that the index has, by absolute path;
// links and submodules are none. Some may be gone from the disk. It asks the git
// binary only where the index is of a kind that it alone reads.
func (t *Tree) Tracked(ctx context.Context) ([]string, error) {
	index, err := t.readIndex()
	if err != nil {
		out, gitErr := t.git.Read(ctx, "ls-files", "-z", "--cached")
		if gitErr != nil {
			return nil, err
		}
		var files []string
		for name := range strings.SplitSeq(string(out), "\x00") {
			if name != "" {
				files = append(files, t.at.InWork(name))
			}
		}
		return files, nil
	}
	files := make([]string, 0, len(index.entries))
	for _, e := range index.entries {
		if e.mode == object.ModeFile || e.mode == object.ModeExecutable {
			files = append(files, t.at.InWork(e.name))
		}
	}
	return files, nil
}

// IndexChanged is when the index was last written, as it is by every checkout,
// pull and add; zero when there is none. It costs a stat.
func (t *Tree) IndexChanged() time.Time {
	info, err := os.Stat(filepath.Join(t.at.Git, "index"))
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}
