package program

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// Driver runs the line of a merge driver, which the user has configured, by a shell in
// the work tree, as git does: without a terminal, in a group that is killed as one. What
// it complained of comes back with its exit status; err is that it could not be run,
// was ended by ctx or by a signal, or took too long (ErrImpatient).
func (r *Runner) Driver(ctx context.Context, name, line string) (said string, status int, err error) {
	if !r.Has() {
		return "", 0, ErrNoGit
	}
	ctx, done := r.patiently(ctx, "the merge driver "+name)
	defer done()
	cmd := r.Command(ctx, Call{Write: true, Fetches: true}, "/bin/sh", "-c", line)
	if runtime.GOOS == "windows" { // git brings the shell along
		cmd = r.Command(ctx, Call{Write: true, Fetches: true}, r.Git, "-c", "alias.airside-driver=!"+line, "airside-driver")
	}
	complaints := &Complaints{}
	cmd.Stdout, cmd.Stderr = complaints, complaints
	err = cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() >= 0 {
		return complaints.String(), exit.ExitCode(), nil
	}
	return complaints.String(), 0, r.impatient(ctx, err)
}

// Stamp tells when the program that a line for a shell begins with was changed, or that
// there is none: "" where that cannot be told.
func (r *Runner) Stamp(line string) string {
	words := strings.Fields(line)
	if len(words) == 0 {
		return ""
	}
	name := strings.Trim(words[0], `'"`)
	dirs := filepath.SplitList(r.Environ.Get("PATH"))
	if strings.ContainsAny(name, `/\`) {
		dirs = []string{r.Dir}
		if filepath.IsAbs(name) {
			dirs = []string{""}
		}
	}
	for _, dir := range dirs {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil && info.Mode().IsRegular() {
			return info.ModTime().UTC().Format("20060102T150405.000000000")
		}
	}
	return "none"
}
