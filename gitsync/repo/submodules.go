package repo

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/airside-ls/airside/gitsync/repo/program"
)

// Submodule is one that an index names.
type Submodule struct {
	Within      string // the work tree whose index names it
	Path        string // in that, with slashes
	Initialized bool   // it has a repository
	Has         bool   // the commit that the index names is in that
}

// maxNested is how far submodules of submodules are looked at.
const maxNested = 8

// Submodules looks at those of a work tree, and at theirs. Nobody is contacted, and
// nothing is checked out. What was found before an error comes with it.
func Submodules(ctx context.Context, dir string, o Options) ([]Submodule, error) {
	return submodules(ctx, dir, o, 0)
}

func submodules(ctx context.Context, dir string, o Options, depth int) ([]Submodule, error) {
	if _, err := os.Lstat(filepath.Join(dir, ".gitmodules")); err != nil || depth == maxNested {
		return nil, nil
	}
	git := func(at string, args ...string) ([]byte, error) {
		run := &program.Runner{Git: o.Git, Environ: o.Environ, Dir: at}
		// A partial clone would fetch what it misses, and a folder that is no repository
		// would be looked for above.
		return run.Run(ctx, program.Call{Args: args, Env: []string{"GIT_ALLOW_PROTOCOL=none", "GIT_CEILING_DIRECTORIES=" + filepath.Dir(at)}})
	}
	index, err := git(dir, "ls-files", "--stage", "-z")
	if err != nil {
		return nil, err
	}
	var list []Submodule
	var failed error
	for entry := range strings.SplitSeq(string(index), "\x00") {
		says, path, _ := strings.Cut(entry, "\t")
		fields := strings.Fields(says) // mode, commit, stage
		if len(fields) != 3 || fields[0] != "160000" || fields[2] != "0" || !filepath.IsLocal(filepath.FromSlash(path)) {
			continue
		}
		s := Submodule{Within: dir, Path: path}
		at := filepath.Join(dir, filepath.FromSlash(path))
		if _, err := os.Lstat(filepath.Join(at, ".git")); err == nil {
			s.Initialized = true
			_, err := git(at, "cat-file", "-e", fields[1])
			s.Has = err == nil
		}
		list = append(list, s)
		if s.Initialized {
			nested, err := submodules(ctx, at, o, depth+1)
			list, failed = append(list, nested...), errors.Join(failed, err)
		}
	}
	return list, errors.Join(failed, ctx.Err())
}
