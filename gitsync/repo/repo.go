package repo

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"

	gogit "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/config"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/storage/filesystem"
	"github.com/go-git/go-git/v5/storage/filesystem/dotgit"

	"github.com/airside-ls/airside/gitsync/durable"
)

// Repo is a repository with a work tree. Its methods may be called from
// several goroutines: it holds only paths and options and, for a second, the
// configuration; what else it needs of the repository it opens anew each time.
type Repo struct {
	gitDir, commonDir, workDir string
	opts                       Options
	configured                 configCache
	sweep                      sync.Once // of what crashes have left
}

// Open finds the repository that path (a file or a folder) is in, as git
// does, upward. Linked work trees and alternates work. Unsupported are: bare
// repositories, SHA-256, reftable, partial clones, sparse checkouts, and any
// extension that is not known here, because go-git reads such repositories
// wrongly or not at all.
func Open(path string, o Options) (*Repo, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Quiet {
		o.Git, o.SSH = "", ""
	}
	o.Environ = slices.DeleteFunc(slices.Clone(o.Environ), ownVariable)
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, failed(err, "%s: %v", path, err)
	}
	work, git, err := discover(abs)
	if err != nil {
		return nil, err
	}
	r := &Repo{gitDir: git, workDir: work, opts: o}
	if r.commonDir, err = commonDir(git); err != nil {
		return nil, err
	}
	if err := r.owned(); err != nil {
		return nil, err
	}
	if r.opts.FS == nil {
		r.opts.FS = durable.Beneath(r.gitDir, r.commonDir, r.workDir)
	}
	return r, r.supported()
}

// GitDir is the absolute path of this work tree's own git folder.
func (r *Repo) GitDir() string { return r.gitDir }

// CommonDir is the absolute path of what all work trees share: refs, objects,
// config. It is GitDir except in a linked work tree.
func (r *Repo) CommonDir() string { return r.commonDir }

// WorkDir is the absolute path of the work tree.
func (r *Repo) WorkDir() string { return r.workDir }

// discover walks upward from path to the first folder with a .git.
func discover(path string) (work, git string, err error) {
	for dir := path; ; dir = filepath.Dir(dir) {
		dot := filepath.Join(dir, ".git")
		switch info, err := os.Stat(dot); {
		case err == nil && info.IsDir() && isGitDir(dot):
			return dir, dot, nil
		case err == nil && info.Mode().IsRegular():
			git, err := readGitFile(dot)
			return dir, git, err
		}
		if isGitDir(dir) {
			return "", "", unsupported("%s is a bare repository or the inside of one: airside keeps branches of work trees in step", dir)
		}
		if dir == filepath.Dir(dir) {
			return "", "", failed(fs.ErrNotExist, "%s is in no git repository", path)
		}
	}
}

func isGitDir(dir string) bool {
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
	data, err := durable.ReadFile(dot, maxPointer)
	if err != nil {
		return "", failed(err, "%s: %v", dot, err)
	}
	target, ok := strings.CutPrefix(strings.TrimRight(string(data), "\r\n"), "gitdir: ")
	if !ok {
		return "", failed(nil, "%s is not a git file: no \"gitdir: \"", dot)
	}
	if !filepath.IsAbs(target) {
		target = filepath.Join(filepath.Dir(dot), target)
	}
	if !isGitDir(target) {
		return "", failed(nil, "%s points to %s, which is no git folder: git worktree repair may help", dot, target)
	}
	return filepath.Clean(target), nil
}

func commonDir(git string) (string, error) {
	data, err := durable.ReadFile(filepath.Join(git, "commondir"), maxPointer)
	if errors.Is(err, fs.ErrNotExist) {
		return git, nil
	}
	if err != nil {
		return "", failed(err, "%s: %v", git, err)
	}
	dir := strings.TrimRight(string(data), "\r\n")
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(git, dir)
	}
	return filepath.Clean(dir), nil
}

// supported reads the repository's own config for what go-git or this package
// would get wrong.
func (r *Repo) supported() error {
	c, err := r.ownConfig()
	if err != nil {
		return err
	}
	if v := c.last("core.repositoryformatversion"); v != "" && v != "0" && v != "1" {
		return unsupported("repository format %.20q: airside knows 0 and 1", v)
	}
	for _, key := range c.keys() {
		name, ok := strings.CutPrefix(key, "extensions.")
		if !ok {
			continue
		}
		if why := extensionProblem(name, c.last(key)); why != "" {
			return unsupported("%s: airside does not touch %s", r.workDir, why)
		}
	}
	switch {
	case c.bool("core.bare"):
		return unsupported("%s: core.bare is set: airside keeps branches of work trees in step", r.gitDir)
	case c.last("core.worktree") != "" && r.gitDir == r.commonDir && !sameDir(absFrom(r.gitDir, c.last("core.worktree")), r.workDir):
		return unsupported("%s: core.worktree points elsewhere", r.workDir)
	case c.bool("core.sparsecheckout"):
		return unsupported("%s: airside does not touch sparse checkouts: git sparse-checkout disable makes it an ordinary one", r.workDir)
	}
	for _, dir := range []string{filepath.Join(r.commonDir, "refs"), filepath.Join(r.gitDir, "HEAD"), filepath.Join(r.commonDir, "packed-refs")} {
		if info, err := os.Lstat(dir); err == nil && info.Mode()&fs.ModeSymlink != 0 {
			return unsupported("%s is a symbolic link: airside changes no refs through it", dir)
		}
	}
	return nil
}

func extensionProblem(name, value string) string {
	switch name {
	case "noop", "noop-v1", "worktreeconfig", "preciousobjects":
		return ""
	case "objectformat":
		if strings.EqualFold(value, "sha1") {
			return ""
		}
		return value + " repositories: go-git reads SHA-1 alone"
	case "refstorage":
		if strings.EqualFold(value, "files") {
			return ""
		}
		return "refs stored as " + value
	case "partialclone":
		return "partial clones, whose objects may be elsewhere"
	}
	return fmt.Sprintf("repositories with the extension %.40q", name)
}

// open gives go-git's view, for reading and for transfers. It is opened per
// operation: go-git is not safe for concurrent use and does not notice packs
// that appear or vanish later.
func (r *Repo) open() (*gogit.Repository, error) {
	git, err := gogit.Open(storer{r.storage()}, nil)
	if err != nil {
		return nil, failed(err, "%s: go-git cannot open it: %v", r.commonDir, err)
	}
	return git, nil
}

func (r *Repo) storage() *filesystem.Storage {
	dot := dotgit.NewRepositoryFilesystem(gitFiles(r.gitDir), gitFiles(r.commonDir))
	return filesystem.NewStorageWithOptions(dot, cache.NewObjectLRUDefault(),
		filesystem.Options{AlternatesFS: gitFiles("/")})
}

// storer hides the extensions that Open has judged: go-git refuses even those
// that change nothing for it.
type storer struct{ *filesystem.Storage }

func (s storer) Config() (*config.Config, error) {
	c, err := s.Storage.Config()
	if err == nil && c.Raw != nil {
		c.Raw.RemoveSection("extensions")
	}
	return c, err
}

func failed(err error, format string, args ...any) *Error {
	return &Error{Kind: kindOf(err), Message: fmt.Sprintf(format, args...), Err: err}
}

func unsupported(format string, args ...any) *Error {
	return &Error{Kind: Unsupported, Message: fmt.Sprintf(format, args...)}
}

func busy(format string, args ...any) *Error {
	return &Error{Kind: Busy, Message: fmt.Sprintf(format, args...)}
}

// kindOf tells a full or read-only disk from other errors.
func kindOf(err error) Kind {
	var e *Error
	switch {
	case errors.As(err, &e):
		return e.Kind
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EROFS), errors.Is(err, syscall.EDQUOT):
		return Disk
	}
	return Failed
}

func absFrom(base, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(base, path)
}

// sameDir compares two folders by what they are, not by how they are spelled.
func sameDir(a, b string) bool {
	ia, err := os.Stat(a)
	if err != nil {
		return false
	}
	ib, err := os.Stat(b)
	return err == nil && os.SameFile(ia, ib)
}
