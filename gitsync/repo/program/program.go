// Package program starts the programs that a repository is worked with: git, ssh,
// hooks. Each is started without a terminal and without questions, in a group that
// is killed as one, and is told nothing of airside's own settings. Whether one may
// run at all is decided where a Runner is made: one without git starts no git.
package program

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/airside-ls/airside/gitsync/repo/fault"
)

// What a child process may cost.
const (
	KillDelay = time.Second // after the context's end, for grandchildren that have left the group and hold the pipes
	MaxStderr = 64 << 10    // bytes kept of what git complains about
)

// Runner starts programs for one repository.
type Runner struct {
	Git      string      // path of the git binary; "" for none
	SSH      string      // path of the ssh binary; "" for none
	Environ  Environment // of what is started
	Dir      string      // the work tree
	Terminal bool        // a person at one waits for what is done
}

// Environment are variables, "NAME=value" each.
type Environment []string

// Get is the last value of a variable, "" for none.
func (e Environment) Get(name string) string {
	for _, kv := range slices.Backward(e) {
		if value, ok := strings.CutPrefix(kv, name+"="); ok {
			return value
		}
	}
	return ""
}

// ErrNoGit says that there is no git binary to be asked, or that none may run.
var ErrNoGit error = fault.New(fault.Unsupported, "this needs the git binary, and none was found")

// Call is one run of the git binary.
type Call struct {
	Args  []string
	Env   []string // added to the usual ones
	Stdin []byte
	Write bool // may take git's optional locks
	Okay  int  // an exit status beside 0 that is no failure

	// Steady: it changes the work tree, so neither the end of the context nor
	// ^C at the terminal stops it half-way. It is not started after the end.
	Steady bool
}

// repositoryVariables would make git work on another repository than the one
// that was opened: a hook or a shell may have set them.
var repositoryVariables = []string{
	"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR",
	"GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE", "GIT_PREFIX", "GIT_QUARANTINE_PATH",
	"GIT_REFLOG_ACTION", "GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS",
	"GIT_ICASE_PATHSPECS", "GIT_EDITOR", "GIT_SEQUENCE_EDITOR", "GIT_TRACE", "LC_ALL", "LANGUAGE",
}

// Has tells whether there is a git binary.
func (r *Runner) Has() bool { return r.Git != "" }

// Read runs git for its output, taking no lock.
func (r *Runner) Read(ctx context.Context, args ...string) ([]byte, error) {
	return r.Run(ctx, Call{Args: args})
}

// Run starts the git binary: without a terminal, without questions, with its
// own words in English, killed when ctx ends. Its standard output comes back;
// an error's message holds the first line of what it complained about, and
// wraps *exec.ExitError.
func (r *Runner) Run(ctx context.Context, c Call) ([]byte, error) {
	if !r.Has() {
		return nil, ErrNoGit
	}
	args := append([]string{
		"-c", "core.quotepath=false", "-c", "core.fsmonitor=false", "-c", "gc.auto=0", "-c", "maintenance.auto=false",
		"-c", "submodule.recurse=false", "-c", "core.checkStat=default", "-c", "core.trustctime=true",
		"-c", "advice.addEmbeddedRepo=false", "--no-pager",
	}, c.Args...)
	if err := ctx.Err(); err != nil {
		return nil, stopped(c, err)
	}
	if c.Steady {
		ctx = context.WithoutCancel(ctx)
	}
	cmd := r.Command(ctx, c, r.Git, args...)
	stderr := &Complaints{}
	var stdout bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, stderr
	if c.Stdin != nil {
		cmd.Stdin = bytes.NewReader(c.Stdin)
	}
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) && c.Okay != 0 && exit.ExitCode() == c.Okay {
		err = nil
	}
	if err == nil {
		return stdout.Bytes(), nil
	}
	if ctx.Err() != nil {
		return nil, stopped(c, ctx.Err())
	}
	return stdout.Bytes(), GitError(c.Args, stderr.String(), err)
}

// Command is a program with what it starts in a group of its own, killed as one
// when ctx ends: a credential helper that hangs is a child of git, not of ours.
func (r *Runner) Command(ctx context.Context, c Call, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.SysProcAttr = ownGroup()
	cmd.Cancel = func() error { return killGroup(cmd) }
	cmd.Dir = r.Dir
	cmd.Env = r.childEnv(c)
	cmd.WaitDelay = KillDelay
	return cmd
}

func stopped(c Call, err error) error {
	return &fault.Error{Kind: fault.Failed, Message: fmt.Sprintf("git %s was stopped: %v", verb(c.Args), err), Err: err}
}

// verb is the first of git's arguments that is no option.
func verb(args []string) string {
	for i := 0; i < len(args); i++ {
		if args[i] == "-c" {
			i++
		} else if !strings.HasPrefix(args[i], "-") {
			return args[i]
		}
	}
	return ""
}

// ownVariable tells airside's own settings, among them keys of models' servers:
// no program that is started here, hooks of others' included, is told of them.
func ownVariable(name string) bool { return strings.HasPrefix(strings.ToUpper(name), "AIRSIDE_") }

func (r *Runner) childEnv(c Call) []string {
	env := make([]string, 0, len(r.Environ)+8)
	for _, kv := range r.Environ {
		if name, _, _ := strings.Cut(kv, "="); !ownVariable(name) && !slices.Contains(repositoryVariables, name) {
			env = append(env, kv)
		}
	}
	env = append(env, "LC_ALL=C", "GIT_TERMINAL_PROMPT=0", "GIT_EDITOR=false", "GIT_SEQUENCE_EDITOR=false",
		"GIT_MERGE_AUTOEDIT=no", "GIT_NO_REPLACE_OBJECTS=1", "SSH_ASKPASS_REQUIRE=never", "GIT_ASKPASS=", "GIT_LITERAL_PATHSPECS=0")
	if !c.Write {
		env = append(env, "GIT_OPTIONAL_LOCKS=0")
	}
	return append(env, c.Env...)
}

// GitError says what git said, classed by what can be done about it.
func GitError(args []string, stderr string, err error) *fault.Error {
	kind := fault.Failed
	switch {
	case strings.Contains(stderr, ".lock': File exists"):
		kind = fault.Busy
	case strings.Contains(stderr, "No space left on device"), strings.Contains(stderr, "Read-only file system"):
		kind = fault.Disk
	case strings.Contains(stderr, "would be overwritten"):
		kind = fault.Dirty
	}
	return &fault.Error{Kind: kind, Message: fmt.Sprintf("git %s: %s", verb(args), cmp.Or(filterTrouble(stderr), complaint(stderr, err))), Err: err}
}

// filterTrouble is for a filter of .gitattributes that does not run, such as Git
// LFS where that is not installed: of what git says of it no line tells the
// trouble by itself. "" for other trouble.
func filterTrouble(stderr string) string {
	if !filterMark.MatchString(stderr) {
		return ""
	}
	name, program := "", ""
	if m := filterName.FindStringSubmatch(stderr); m != nil {
		name = " '" + fault.Plain(m[1]) + "'"
	}
	if m := notFound.FindStringSubmatch(stderr); m != nil {
		program = fault.Plain(m[1])
	}
	switch {
	case program == "git-lfs" || program == "" && strings.Contains(stderr, "git-lfs"):
		return "Git LFS, which .gitattributes asks for, does not run: install it (git lfs install), or nothing here can be compared"
	case program != "":
		return fmt.Sprintf("the filter%s that .gitattributes asks for does not run: %s is not found: install it", name, program)
	}
	return fmt.Sprintf("the filter%s that .gitattributes asks for failed: %s", name, complaint(stderr, errors.New("it said nothing")))
}

var (
	filterMark = regexp.MustCompile(`packet write with format failed|(clean|smudge) filter '|external filter '|filter-process`)
	filterName = regexp.MustCompile(`(?:clean|smudge) filter '([^'\n]*)'`)
	notFound   = regexp.MustCompile(`(?m)([^\s:]+): (?:command )?not found$`)
)

// complaint is the first line that carries git's fatal or error.
func complaint(stderr string, err error) string {
	first := ""
	for line := range strings.Lines(stderr) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "fatal:") || strings.HasPrefix(line, "error:") {
			return line
		}
		if first == "" {
			first = line
		}
	}
	if first == "" {
		return err.Error()
	}
	return first
}

// Complaints keeps the first MaxStderr bytes written to it and swallows the rest.
// It is no reader: what copies to it would read past Write otherwise.
type Complaints struct{ kept bytes.Buffer }

func (b *Complaints) Write(p []byte) (int, error) {
	if room := MaxStderr - b.kept.Len(); room > 0 {
		b.kept.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

func (b *Complaints) String() string { return b.kept.String() }
