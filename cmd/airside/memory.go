package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/gitsync/repo"
)

// tracked lists the files below a folder that git tracks; a folder without git
// has none. It reads the index only when that was written since the last time,
// and starts no program for it.
func tracked(folder string, environ []string, log *slog.Logger) func(context.Context) ([]string, bool, error) {
	var r *repo.Repo
	var seen time.Time
	return func(ctx context.Context) (files []string, changed bool, err error) {
		if r == nil {
			if r, err = repo.Open(folder, repo.Options{Quiet: true, Environ: environ, Log: log}); err != nil {
				return nil, false, err
			}
		}
		now := r.IndexChanged()
		if now.Equal(seen) {
			return nil, false, nil
		}
		all, err := r.Tracked(ctx)
		if err != nil {
			return nil, false, err
		}
		seen = now
		prefix := strings.TrimSuffix(folder, string(filepath.Separator)) + string(filepath.Separator)
		for _, f := range all {
			if strings.HasPrefix(f, prefix) {
				files = append(files, f)
			}
		}
		return files, true, nil
	}
}

// recollect has an engine that is asked once remember the workspace of a file:
// its repository where the user trusts it, or its folder. It returns the file's
// absolute path.
func recollect(ctx context.Context, engine *completion.Engine, file string, environ []string, log *slog.Logger) string {
	path, err := filepath.Abs(file)
	if err != nil {
		return file
	}
	w := completion.Workspace{Root: filepath.Dir(path), List: func(context.Context) ([]string, bool, error) {
		return nil, false, errors.New("the folder is not trusted, so no repository is opened")
	}}
	saved := "" // memories are of folders that are trusted
	if trusted, err := consentBook(environ).Trusted(w.Root); err == nil && trusted {
		if r, err := repo.Open(w.Root, repo.Options{Quiet: true, Environ: environ, Log: log}); err == nil {
			w.Root = r.WorkDir()
		}
		w.List, saved = tracked(w.Root, environ, log), stateDir()
	}
	if err := engine.Recollect(ctx, w, path, saved); err != nil {
		log.Debug("nothing is remembered", "workspace", w.Root, "error", err)
	}
	return path
}

// memoryCheck tells what is remembered of the workspace.
type memoryCheck struct {
	Enabled bool   `json:"enabled"`
	Root    string `json:"root"`
	Files   int    `json:"files"` // learned
	Words   int    `json:"words"`
	Error   string `json:"error"`
}

func checkMemory(enabled bool, root string) memoryCheck {
	check := memoryCheck{Enabled: enabled, Root: root}
	dir := stateDir()
	if !enabled || root == "" || dir == "" {
		return check
	}
	learned, err := completion.SavedMemory(dir, root)
	check.Files, check.Words = learned.Files, learned.Words
	if err != nil {
		check.Error = err.Error()
	}
	return check
}

func (m memoryCheck) print(b *strings.Builder, p colors) {
	switch {
	case !m.Enabled:
		fmt.Fprintf(b, "%s memory     switched off (builtin.memory)\n", p.dim("·"))
	case m.Error != "":
		fmt.Fprintf(b, "%s memory     %s: it is learned anew when an editor opens the workspace\n", p.yellow("!"), printable(m.Error))
	case m.Files == 0:
		fmt.Fprintf(b, "%s memory     nothing learned of this workspace yet: an editor that opens it has it learned\n", p.dim("·"))
	default:
		fmt.Fprintf(b, "%s memory     %d files learned of %s\n", p.green("✓"), m.Files, printable(m.Root))
	}
}
