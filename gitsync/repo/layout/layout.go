// Package layout tells where a repository has what: its folders, found as git
// finds them, and how much of its files is read at most.
package layout

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/repo/fault"
)

// Layout is the folders of a repository, as absolute paths.
type Layout struct {
	Git    string // this work tree's own git folder
	Common string // what all work trees share: refs, objects, config; Git except in a linked work tree
	Work   string // the work tree
}

// CommonDir is the absolute path of what all work trees share: refs, objects,
// config. It is the git folder except in a linked work tree.
func (l Layout) CommonDir() string { return l.Common }

// WorkDir is the absolute path of the work tree.
func (l Layout) WorkDir() string { return l.Work }

// InWork is where a slashed path of the work tree is on the disk.
func (l Layout) InWork(name string) string { return filepath.Join(l.Work, filepath.FromSlash(name)) }

// Find finds the repository that an absolute path, of a file or a folder, is in:
// it walks upward to the first folder with a .git.
func Find(path string) (Layout, error) {
	work, git, err := discover(path)
	if err != nil {
		return Layout{}, err
	}
	common, err := commonDir(git)
	return Layout{Git: git, Common: common, Work: work}, err
}

func discover(path string) (work, git string, err error) {
	for dir := path; ; dir = filepath.Dir(dir) {
		dot := filepath.Join(dir, ".git")
		switch info, err := os.Stat(dot); {
		case err == nil && info.IsDir() && IsGitDir(dot):
			return dir, dot, nil
		case err == nil && info.Mode().IsRegular():
			git, err := readGitFile(dot)
			return dir, git, err
		}
		if IsGitDir(dir) {
			return "", "", fault.New(fault.Unsupported, "%s is a bare repository or the inside of one: airside keeps branches of work trees in step", dir)
		}
		if dir == filepath.Dir(dir) {
			return "", "", fault.Wrap(fs.ErrNotExist, "%s is in no git repository", path)
		}
	}
}

// IsGitDir reports a folder that holds what a git folder does.
func IsGitDir(dir string) bool {
	if _, err := os.Lstat(filepath.Join(dir, "HEAD")); err != nil {
		return false
	}
	if _, err := os.Stat(filepath.Join(dir, "commondir")); err == nil {
		return true
	}
	for _, name := range []string{"objects", "refs"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || !info.IsDir() {
			return false
		}
	}
	return true
}

// readGitFile follows the .git file of a linked work tree or submodule.
func readGitFile(dot string) (string, error) {
	data, err := durable.ReadFile(dot, MaxPointer)
	if err != nil {
		return "", fault.Wrap(err, "%s: %v", dot, err)
	}
	target, ok := strings.CutPrefix(strings.TrimRight(string(data), "\r\n"), "gitdir: ")
	if !ok {
		return "", fault.Wrap(nil, "%s is not a git file: no \"gitdir: \"", dot)
	}
	if !filepath.IsAbs(target) {
		target = filepath.Join(filepath.Dir(dot), target)
	}
	if !IsGitDir(target) {
		return "", fault.Wrap(nil, "%s points to %s, which is no git folder: git worktree repair may help", dot, target)
	}
	return filepath.Clean(target), nil
}

func commonDir(git string) (string, error) {
	data, err := durable.ReadFile(filepath.Join(git, "commondir"), MaxPointer)
	if errors.Is(err, fs.ErrNotExist) {
		return git, nil
	}
	if err != nil {
		return "", fault.Wrap(err, "%s: %v", git, err)
	}
	dir := strings.TrimRight(string(data), "\r\n")
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(git, dir)
	}
	return filepath.Clean(dir), nil
}

// From is a path that may be relative to a folder.
func From(base, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(base, path)
}

// SameDir compares two folders by what they are, not by how they are spelled.
func SameDir(a, b string) bool {
	ia, err := os.Stat(a)
	if err != nil {
		return false
	}
	ib, err := os.Stat(b)
	return err == nil && os.SameFile(ia, ib)
}

// Exists reports that something stands at a path, a broken link included.
func Exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
