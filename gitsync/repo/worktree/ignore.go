package worktree

import (
	"bytes"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/format/gitignore"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/repo/layout"
)

// ignores are the patterns of untracked files that are to be left alone, least
// important first.
type ignores []gitignore.Pattern

// ignored reports whether a path is; parts are its names from the top.
func (i ignores) ignored(parts []string, isDir bool) bool {
	for n := len(i) - 1; n >= 0; n-- {
		if m := i[n].Match(parts, isDir); m != gitignore.NoMatch {
			return m == gitignore.Exclude
		}
	}
	return false
}

// with adds the patterns of a file; domain is the folder they are for.
func (i ignores) with(file string, domain []string) ignores {
	data, err := durable.ReadFile(file, layout.MaxRules)
	if err != nil {
		return i
	}
	all := i[:len(i):len(i)] // the folders beside this one keep theirs
	for line := range bytes.Lines(data) {
		text := strings.TrimRight(string(line), "\r\n")
		if text != "" && !strings.HasPrefix(text, "#") {
			all = append(all, gitignore.ParsePattern(text, domain))
		}
	}
	return all
}

// ignores are those that hold for the whole work tree: the user's own and the
// repository's.
func (t *Tree) ignores() (ignores, error) {
	c, err := t.config.All()
	if err != nil {
		return nil, err
	}
	var all ignores
	if name := t.config.UserFile(c, "core.excludesfile", "ignore"); name != "" {
		all = all.with(name, nil)
	}
	return all.with(filepath.Join(t.at.Common, "info", "exclude"), nil), nil
}

// untracked lists the files that are neither tracked nor ignored; a repository
// inside this one is listed as a folder, with a slash at the end.
func (t *Tree) untracked(tracked map[string]leaf) ([]string, error) {
	top, err := t.ignores()
	if err != nil {
		return nil, err
	}
	var found []string
	var walk func(parts []string, all ignores) error
	walk = func(parts []string, all ignores) error {
		dir := filepath.Join(append([]string{t.at.Work}, parts...)...)
		all = all.with(filepath.Join(dir, ".gitignore"), parts)
		entries, err := durable.ReadDir(dir)
		if err != nil {
			t.log.Warn("a folder was not looked into", "error", err)
			return nil
		}
		for _, e := range entries {
			below := append(parts[:len(parts):len(parts)], e.Name())
			name := strings.Join(below, "/")
			if _, known := tracked[name]; known || e.Name() == ".git" || all.ignored(below, e.IsDir()) {
				continue
			}
			switch {
			case e.IsDir() && layout.Exists(filepath.Join(dir, e.Name(), ".git")):
				found = append(found, name+"/")
			case e.IsDir():
				if err := walk(below, all); err != nil {
					return err
				}
			case e.Type().IsRegular() || e.Type()&fs.ModeSymlink != 0:
				found = append(found, name)
			}
		}
		return nil
	}
	return found, walk(nil, top)
}
