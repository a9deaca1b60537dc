package repo

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/config"
	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/layout"
	"github.com/airside-ls/airside/gitsync/repo/lock"
	"github.com/airside-ls/airside/gitsync/repo/pack"
	"github.com/airside-ls/airside/gitsync/repo/program"
	"github.com/airside-ls/airside/gitsync/repo/refs"
	"github.com/airside-ls/airside/gitsync/repo/wire"
	"github.com/airside-ls/airside/gitsync/repo/worktree"
)

// Repo is a repository with a work tree: the rooms below, which it hands out. Its
// methods may be called from several goroutines.
type Repo struct {
	layout.Layout
	*config.Config
	*pack.Database
	*refs.Store
	*worktree.Tree
	*wire.Wire
}

// Open finds the repository that path (a file or a folder) is in, as git
// does, upward. Linked work trees, alternates, shallow and partial clones and sparse
// checkouts work. Unsupported are: bare repositories, SHA-256, reftable, and any
// extension that is not known here, because go-git reads such repositories wrongly or
// not at all.
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
	environ := program.Environment(o.Environ)
	files := config.FromFiles(at, environ)
	if err := files.Owned(); err != nil {
		return nil, err
	}
	if o.FS == nil {
		o.FS = durable.Beneath(at.Git, at.Common, at.Work)
	}
	own, err := files.Own()
	if err == nil {
		err = supported(at, own)
	}
	if err != nil {
		return nil, err
	}
	unchecked := "there is no git here to check it with"
	if o.Quiet {
		unchecked = "it is not checked before you opt in to sync here, as the repository itself may name the program for that"
	}
	locks := &lock.Locks{FS: o.FS, Log: o.Log, Dir: filepath.Join(at.Common, "airside"), At: at}
	run := &program.Runner{Git: o.Git, SSH: o.SSH, Environ: environ, Dir: at.Work, Terminal: o.Terminal, Locks: locks, Patience: o.Patience, Waiting: o.Waiting}
	r := &Repo{Layout: at, Config: config.New(at, run, o.Life), Database: pack.New(at, o.FS, o.Log, run, unchecked)}
	r.Store = refs.New(at, o.FS, r.Config, r.Database, locks)
	r.Tree = worktree.New(at, o.FS, o.Log, r.Config, r.Database, r.Store, locks, run)
	r.Wire = wire.New(at, o.Log, r.Config, r.Database, r.Store, run)
	return r, nil
}

// Together has what is done with the context, until end is called, share what it can:
// one connection for listing a remote's refs and fetching, one look at the work tree
// as long as nothing moves it.
func Together(ctx context.Context) (with context.Context, end func()) {
	return wire.Keep(worktree.LookOnce(ctx))
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
	case "noop", "noop-v1", "worktreeconfig", "preciousobjects", "partialclone":
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
	}
	return fmt.Sprintf("repositories with the extension %.40q", name)
}

// ExcludesFiles are the files of patterns, beside those called .gitignore, by
// which git ignores files of the work tree at top, whatever its repository is.
func ExcludesFiles(top string, environ []string) []string { return config.ExcludesFiles(top, environ) }

// TreeChanges compares two trees and reads of them only what differs. Zero is
// the empty tree.
func TreeChanges(ctx context.Context, reader object.Reader, old, new object.Hash) ([]Change, error) {
	return worktree.TreeChanges(ctx, reader, old, new)
}

// CheckRefName holds a full ref name against git's rules (git-check-ref-format)
// and against what no file system should be asked to hold.
func CheckRefName(name string) error { return refs.CheckName(name) }

// WithoutCredentials is a remote's URL as it may be shown and kept.
func WithoutCredentials(url string) string { return fault.WithoutCredentials(url) }
