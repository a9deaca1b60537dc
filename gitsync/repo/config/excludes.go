package config

import (
	"path/filepath"
	"slices"

	"github.com/airside-ls/airside/gitsync/repo/layout"
)

// ExcludesFiles are the files of patterns, beside those called .gitignore, by
// which git ignores files of the work tree at top: the user's, by the environment
// and the user's configuration, that which the repository's own configuration
// names, and its info/exclude. They need not be there. A configuration that cannot
// be read names none.
func ExcludesFiles(top string, environ []string) []string {
	const key = "core.excludesfile"
	c := FromFiles(layout.Layout{Work: top}, environ)
	users := Settings{}
	for _, file := range c.globalFiles() {
		_ = users.readFile(file, c.environ.Get("HOME"))
	}
	var files []string
	add := func(name string) {
		if name == "" {
			return
		}
		name = layout.From(top, name)
		if real, err := filepath.EvalSymlinks(name); err == nil { // as people have them who keep such files elsewhere
			name = real
		}
		if !slices.Contains(files, name) {
			files = append(files, name)
		}
	}
	add(c.UserFile(users, key, "ignore"))
	at, err := layout.Find(top)
	if err != nil || at.Work != top {
		return files
	}
	c.at = at
	if own, err := c.Own(); err == nil && own.Last(key) != "" {
		add(ExpandHome(own.Last(key), c.environ.Get("HOME")))
	}
	add(filepath.Join(at.Common, "info", "exclude"))
	return files
}
