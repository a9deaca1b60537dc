package program

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

// Hook runs a hook in a group of its own, so that what it has started ends with
// it; but with a person at a terminal, whom it may ask, in theirs. It ends with
// ErrImpatient when that takes too long.
func (r *Runner) Hook(ctx context.Context, hook string, input []byte, args ...string) (string, error) {
	ctx, done := r.patiently(ctx, "the "+strings.TrimSuffix(filepath.Base(hook), filepath.Ext(hook))+" hook")
	defer done()
	said, err := r.hook(ctx, hook, input, args...)
	return said, r.impatient(ctx, err)
}

func (r *Runner) hook(ctx context.Context, hook string, input []byte, args ...string) (string, error) {
	said := &Complaints{}
	start := func(program string, args ...string) error {
		cmd := r.Command(ctx, Call{Write: true, Fetches: true}, program, args...)
		if r.Terminal {
			cmd.SysProcAttr = nil
			cmd.Cancel = func() error { return cmd.Process.Kill() }
		}
		cmd.Stdin = bytes.NewReader(input)
		cmd.Stdout, cmd.Stderr = said, said
		err := cmd.Run()
		if errors.Is(err, syscall.EPIPE) { // it did not read what it was told
			return nil
		}
		return err
	}
	if runtime.GOOS == "windows" { // git brings the shell along
		if !r.Has() {
			return "", errors.New("hooks need the git binary on Windows")
		}
		alias := "alias.airside-hook=!" + Quote(filepath.ToSlash(hook))
		err := start(r.Git, append([]string{"-c", alias, "airside-hook"}, args...)...)
		return said.String(), err
	}
	err := start(hook, args...)
	if errors.Is(err, syscall.ENOEXEC) { // no #! line
		err = start("/bin/sh", append([]string{hook}, args...)...)
	}
	return said.String(), err
}

// Quote quotes a path for a shell, as git does.
func Quote(path string) string {
	return "'" + strings.NewReplacer("'", `'\''`, "!", `'\!'`).Replace(path) + "'"
}
