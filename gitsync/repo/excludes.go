package repo

import (
	"path/filepath"
	"slices"
)

// ExcludesFiles are the files of patterns, beside those called .gitignore, by
// which git ignores files of the work tree at top: the user's, by the environment
// and the user's configuration, that which the repository's own configuration
// names, and its info/exclude. They need not be there. A configuration that cannot
// be read names none.
func ExcludesFiles(top string, environ []string) []string {
	const key = "core.excludesfile"
	r := &Repo{workDir: top, opts: Options{Environ: environ, Quiet: true}}
	users := settings{}
	for _, file := range r.globalFiles() {
		_ = users.readFile(file, r.environ("HOME"))
	}
	var files []string
	add := func(name string) {
		if name == "" {
			return
		}
		name = absFrom(top, name)
		if real, err := filepath.EvalSymlinks(name); err == nil { // as people have them who keep such files elsewhere
			name = real
		}
		if !slices.Contains(files, name) {
			files = append(files, name)
		}
	}
	add(r.userFile(users, key, "ignore"))
	work, git, err := discover(top)
	if err != nil || work != top {
		return files
	}
	r.gitDir = git
	if r.commonDir, err = commonDir(git); err != nil {
		return files
	}
	if own, err := r.ownConfig(); err == nil && own.last(key) != "" {
		add(expandHome(own.last(key), r.environ("HOME")))
	}
	add(filepath.Join(r.commonDir, "info", "exclude"))
	return files
}
