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
	"github.com/airside-ls/airside/gitsync/repo/lock"
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

	// Patience is how long a program of the user's, such as a hook, may take; 0 is for
	// ever. Waiting is told which one is waited for, and what it returns is called when
	// that is over; may be nil.
	Patience time.Duration
	Waiting  func(what string) (done func())

	Locks *lock.Locks // where a git that moves the work tree is on record; nil keeps none
}

// ErrImpatient ends a program of the user's that has taken longer than Patience.
var ErrImpatient = errors.New("it took too long")

// patiently is the context for a program of the user's own, which may take its time.
func (r *Runner) patiently(ctx context.Context, what string) (context.Context, func()) {
	over := func() {}
	if r.Waiting != nil {
		over = r.Waiting(what)
	}
	stop := func() {}
	if r.Patience > 0 {
		ctx, stop = context.WithTimeoutCause(ctx, r.Patience, ErrImpatient)
	}
	return ctx, func() { stop(); over() }
}

// impatient tells of a program that was ended because it took too long.
func (r *Runner) impatient(ctx context.Context, err error) error {
	if err != nil && context.Cause(ctx) == ErrImpatient {
		return fmt.Errorf("%w: ended after %v", ErrImpatient, r.Patience)
	}
	return err
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
	// Fetches: it may contact a partial clone's remote for what it misses. Nothing does
	// that unasked, but for programs of the user's, which know nothing of it.
	Fetches bool

	// Steady: it changes the work tree, so neither the end of the context nor
	// ^C at the terminal stops it half-way. It is not started after the end.
	Steady bool
	// Moves: it changes the index or the work tree, and what locks it leaves when it
	// is killed have to be known as its.
	Moves bool
}

// repositoryVariables would make git work on another repository than the one
// that was opened: a hook or a shell may have set them.
var repositoryVariables = []string{
	"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR",
	"GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE", "GIT_PREFIX", "GIT_QUARANTINE_PATH", "GIT_SHALLOW_FILE",
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
	err := r.runOnRecord(cmd, c)
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

// runOnRecord runs a command, and has it on record meanwhile if it moves something.
func (r *Runner) runOnRecord(cmd *exec.Cmd, c Call) error {
	if !c.Moves || r.Locks == nil {
		return cmd.Run()
	}
	child, err := r.Locks.Child()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		child.Ended(false)
		return err
	}
	child.Started(cmd.Process.Pid)
	err = cmd.Wait()
	child.Ended(cmd.ProcessState == nil || cmd.ProcessState.ExitCode() < 0)
	return err
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
	if !c.Fetches {
		env = append(env, "GIT_NO_LAZY_FETCH=1")
	}
	return append(env, c.Env...)
}

// GitError says what git said, classed by what can be done about it.
func GitError(args []string, stderr string, err error) *fault.Error {
	if said := overwritten(args, stderr); said != "" {
		return &fault.Error{Kind: fault.Dirty, Message: said, Err: err}
	}
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

// overwritten is for files that git would overwrite: it names them on lines of their
// own, below what it says of them. "" where it names none.
func overwritten(args []string, stderr string) string {
	before, names, ok := "", []string(nil), false
	for line := range strings.Lines(stderr) {
		line = strings.TrimRight(line, "\r\n")
		switch name, named := strings.CutPrefix(line, "\t"); {
		case !ok && strings.HasSuffix(line, ":") && overwriteMark.MatchString(line):
			before, ok = line, true
		case ok && named:
			names = append(names, fault.Plain(name))
		case ok && len(names) > 0:
			ok = false
		}
	}
	if len(names) == 0 {
		return ""
	}
	some, have, are := names[0], "has", "is"
	if len(names) > 1 {
		some, have, are = fmt.Sprintf("%s and %d more", names[0], len(names)-1), "have", "are"
	}
	if strings.Contains(before, "untracked") {
		return fmt.Sprintf("%s %s in the way of git %s, and git does not track what is there: move or add it", some, are, verb(args))
	}
	return fmt.Sprintf("%s %s changes that git %s would overwrite: commit or stash them", some, have, verb(args))
}

// overwriteMark is in the line above the names.
var overwriteMark = regexp.MustCompile(`would be (overwritten|removed) by|would lose untracked files`)

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

// Killed reports that a program did not end by itself.
func Killed(err error) bool {
	var exit *exec.ExitError
	return errors.As(err, &exit) && exit.ExitCode() < 0
}

// NotStarted reports that a program could not be started at all.
func NotStarted(err error) bool {
	var start *exec.Error
	return errors.As(err, &start)
}
