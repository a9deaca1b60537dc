package repo

import (
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"

	gogit "github.com/go-git/go-git/v5"
	gitconfig "github.com/go-git/go-git/v5/config"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/storage/filesystem"
	"github.com/go-git/go-git/v5/storage/filesystem/dotgit"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/repo/config"
	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/layout"
	"github.com/airside-ls/airside/gitsync/repo/program"
)

// Repo is a repository with a work tree. Its methods may be called from
// several goroutines: it holds only paths and options and, for a second, the
// configuration; what else it needs of the repository it opens anew each time.
type Repo struct {
	layout.Layout
	opts    Options
	program *program.Runner
	*config.Config
	sweep sync.Once // of what crashes have left
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
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fault.Wrap(err, "%s: %v", path, err)
	}
	at, err := layout.Find(abs)
	if err != nil {
		return nil, err
	}
	environ := program.Environment(o.Environ).WithoutOwn()
	files := config.FromFiles(at, environ)
	if err := files.Owned(); err != nil {
		return nil, err
	}
	if o.FS == nil {
		o.FS = durable.Beneath(at.Git, at.Common, at.Work)
	}
	r := &Repo{
		Layout: at, opts: o, Config: files,
		program: &program.Runner{Git: o.Git, SSH: o.SSH, Environ: environ, Dir: at.Work, Terminal: o.Terminal},
	}
	if o.Git != "" {
		r.Config = config.ByGit(at, r.program, o.Life)
	}
	own, err := files.Own()
	if err != nil {
		return nil, err
	}
	return r, supported(at, own)
}

// supported reads the repository's own config for what go-git or this package
// would get wrong.
func supported(r layout.Layout, c config.Settings) error {
	if v := c.Last("core.repositoryformatversion"); v != "" && v != "0" && v != "1" {
		return fault.New(fault.Unsupported, "repository format %.20q: airside knows 0 and 1", v)
	}
	for _, key := range c.Keys() {
		name, ok := strings.CutPrefix(key, "extensions.")
		if !ok {
			continue
		}
		if why := extensionProblem(name, c.Last(key)); why != "" {
			return fault.New(fault.Unsupported, "%s: airside does not touch %s", r.Work, why)
		}
	}
	switch {
	case c.Bool("core.bare"):
		return fault.New(fault.Unsupported, "%s: core.bare is set: airside keeps branches of work trees in step", r.Git)
	case c.Last("core.worktree") != "" && r.Git == r.Common && !layout.SameDir(layout.From(r.Git, c.Last("core.worktree")), r.Work):
		return fault.New(fault.Unsupported, "%s: core.worktree points elsewhere", r.Work)
	case c.Bool("core.sparsecheckout"):
		return fault.New(fault.Unsupported, "%s: airside does not touch sparse checkouts: git sparse-checkout disable makes it an ordinary one", r.Work)
	}
	for _, dir := range []string{filepath.Join(r.Common, "refs"), filepath.Join(r.Git, "HEAD"), filepath.Join(r.Common, "packed-refs")} {
		if info, err := os.Lstat(dir); err == nil && info.Mode()&fs.ModeSymlink != 0 {
			return fault.New(fault.Unsupported, "%s is a symbolic link: airside changes no refs through it", dir)
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

// ExcludesFiles are the files of patterns, beside those called .gitignore, by
// which git ignores files of the work tree at top, whatever its repository is.
func ExcludesFiles(top string, environ []string) []string { return config.ExcludesFiles(top, environ) }

// open gives go-git's view, for reading and for transfers. It is opened per
// operation: go-git is not safe for concurrent use and does not notice packs
// that appear or vanish later.
func (r *Repo) open() (*gogit.Repository, error) {
	git, err := gogit.Open(storer{r.storage()}, nil)
	if err != nil {
		return nil, fault.Wrap(err, "%s: go-git cannot open it: %v", r.Common, err)
	}
	return git, nil
}

func (r *Repo) storage() *filesystem.Storage {
	dot := dotgit.NewRepositoryFilesystem(gitFiles(r.Git), gitFiles(r.Common))
	return filesystem.NewStorageWithOptions(dot, cache.NewObjectLRUDefault(),
		filesystem.Options{AlternatesFS: gitFiles("/")})
}

// storer hides the extensions that Open has judged: go-git refuses even those
// that change nothing for it.
type storer struct{ *filesystem.Storage }

func (s storer) Config() (*gitconfig.Config, error) {
	c, err := s.Storage.Config()
	if err == nil && c.Raw != nil {
		c.Raw.RemoveSection("extensions")
	}
	return c, err
}
