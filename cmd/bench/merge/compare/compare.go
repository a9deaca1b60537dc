package compare

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/airside-ls/airside/gitsync/merge"
	"github.com/airside-ls/airside/gitsync/object"
)

// Git is what git says about a merge.
type Git struct {
	Tree      object.Hash
	Clean     bool
	Conflicts []string // paths, sorted
	Took      time.Duration
}

// mergeTree runs `git merge-tree --write-tree`. What it writes goes to objects,
// a folder outside the repository, whose own objects are at alternate.
func mergeTree(ctx context.Context, dir, objects, alternate string, ours, theirs object.Hash) (Git, error) {
	cmd := exec.CommandContext(ctx, "git", "-C", dir,
		"-c", "merge.renames=true", "-c", "merge.directoryRenames=conflict", "-c", "merge.conflictStyle=merge",
		"merge-tree", "--write-tree", "-z", "--no-messages", ours.String(), theirs.String())
	cmd.Env = append(os.Environ(),
		"GIT_OBJECT_DIRECTORY="+objects, "GIT_ALTERNATE_OBJECT_DIRECTORIES="+alternate,
		"GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1")
	var failure strings.Builder
	cmd.Stderr = &failure
	start := time.Now()
	out, err := cmd.Output()
	g := Git{Took: time.Since(start), Clean: err == nil}
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
		return g, fmt.Errorf("git merge-tree: %w: %s", err, failure.String())
	}
	fields := strings.Split(string(out), "\x00")
	if g.Tree, err = object.ParseHash(fields[0]); err != nil {
		return g, err
	}
	for _, field := range fields[1:] {
		if _, path, ok := strings.Cut(field, "\t"); ok {
			g.Conflicts = append(g.Conflicts, path)
		}
	}
	slices.Sort(g.Conflicts)
	g.Conflicts = slices.Compact(g.Conflicts)
	return g, nil
}

// Verdict is how airside's merge stands beside git's.
type Verdict string

const (
	SameTree      Verdict = "clean, the same tree"
	SameConflicts Verdict = "the same paths in conflict"
	Parked        Verdict = "the same tree, held back for a name" // git has no such check
	OtherTree     Verdict = "clean, another tree"
	OtherPaths    Verdict = "other paths in conflict"
	OnlyOurs      Verdict = "conflict, git is clean"
	OnlyGit       Verdict = "clean, git has a conflict" // the one that must not happen
	Failed        Verdict = "failed"
	GitFailed     Verdict = "git failed" // an assertion of its own, say: nothing to compare with
)

// Agrees reports whether v is what is asked for.
func (v Verdict) Agrees() bool { return v == SameTree || v == SameConflicts || v == Parked }

// Judge compares a result with git's. The detail says how they differ.
func Judge(result merge.Result, git Git) (v Verdict, detail string) {
	var paths []string
	own := 0 // conflicts that git's list of stages has no place for
	for _, c := range result.Conflicts {
		switch {
		case c.Kind == merge.KindName:
		case c.Base == nil && c.Ours == nil && c.Theirs == nil:
			own++
		default:
			paths = append(paths, c.Path)
		}
	}
	slices.Sort(paths)
	paths = slices.Compact(paths)
	clean := own == 0 && len(paths) == 0
	switch {
	case clean && git.Clean && result.Tree != git.Tree:
		return OtherTree, fmt.Sprintf("tree %s, git %s", result.Tree, git.Tree)
	case clean && git.Clean && !result.Clean():
		return Parked, ""
	case clean && git.Clean:
		return SameTree, ""
	case clean:
		return OnlyGit, fmt.Sprintf("git: %q", git.Conflicts)
	case git.Clean:
		return OnlyOurs, fmt.Sprintf("airside: %q", paths)
	case !slices.Equal(paths, git.Conflicts):
		return OtherPaths, fmt.Sprintf("airside: %q, git: %q", paths, git.Conflicts)
	case result.Tree != git.Tree:
		return SameConflicts, fmt.Sprintf("tree %s, git %s", result.Tree, git.Tree)
	}
	return SameConflicts, ""
}

// Session compares merges of one repository.
type Session struct {
	Dir       string
	Reader    *Reader
	objects   string
	alternate string
}

// Start opens the repository at dir; scratch is a folder for what git writes.
func Start(dir, scratch string) (*Session, error) {
	out, err := exec.Command("git", "-C", dir, "rev-parse", "--path-format=absolute", "--git-path", "objects").Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	s := &Session{Dir: dir, objects: filepath.Join(scratch, "objects"), alternate: strings.TrimSpace(string(out))}
	if err := os.MkdirAll(s.objects, 0o755); err != nil {
		return nil, err
	}
	s.Reader, err = Open(dir)
	return s, err
}

// Close ends the session's git.
func (s *Session) Close() error { return s.Reader.Close() }

// Comparison is one merge, done twice.
type Comparison struct {
	Verdict Verdict
	Detail  string
	Result  merge.Result
	Bases   []object.Hash
	Git     Git
	Took    time.Duration // airside's
}

// Merge does one merge with airside and with git.
func (s *Session) Merge(ctx context.Context, ours, theirs object.Hash) Comparison {
	git, gitErr := mergeTree(ctx, s.Dir, s.objects, s.alternate, ours, theirs)
	c := Comparison{Git: git}
	start := time.Now()
	var err error
	c.Result, c.Bases, err = merge.Commits(ctx, s.Reader, ours, theirs, merge.Options{Ours: ours.String(), Theirs: theirs.String()})
	c.Took = time.Since(start)
	if err != nil {
		c.Verdict, c.Detail = Failed, err.Error()
		return c
	}
	if gitErr != nil {
		c.Verdict, c.Detail = GitFailed, strings.TrimSpace(gitErr.Error())
		return c
	}
	c.Verdict, c.Detail = Judge(c.Result, git)
	return c
}
