package repo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

// prePush runs the user's pre-push hook as git does: name and URL of the
// remote as arguments, a line per ref on standard input. git-lfs sends its
// files from there.
func (r *Repo) prePush(ctx context.Context, remote, url string, updates []PushUpdate) error {
	hook := r.hook("pre-push")
	if hook == "" {
		return nil
	}
	if remote == "" {
		remote = url
	}
	var input bytes.Buffer
	for _, u := range updates {
		fmt.Fprintf(&input, "%s %s %s %s\n", r.localName(u), u.New, u.Ref, u.Old)
	}
	said, err := r.runHook(ctx, hook, input.Bytes(), remote, url)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return failed(ctx.Err(), "the pre-push hook was stopped: %v", ctx.Err())
	}
	return &Error{Kind: Hook, Message: "the pre-push hook says no: " + plain(firstLine(said, err)), Err: err}
}

// localName is the name of the local branch that is pushed, for the hook.
func (r *Repo) localName(u PushUpdate) string {
	refs, err := r.Refs(headsPrefix)
	if err != nil {
		return u.New.String()
	}
	name := u.New.String()
	for _, ref := range refs {
		if ref.Hash == u.New {
			name = ref.Name
		}
		if name == u.Ref {
			break
		}
	}
	return name
}

// hook is the path of an executable hook, or "".
func (r *Repo) hook(name string) string {
	path := filepath.Join(r.hooksDir(), name)
	info, err := os.Stat(path)
	if err != nil || info.IsDir() || runtime.GOOS != "windows" && info.Mode()&0o111 == 0 {
		return ""
	}
	return path
}

// runHook runs a hook in a group of its own, so that what it has started ends with
// it; but with a person at a terminal, whom it may ask, in theirs.
func (r *Repo) runHook(ctx context.Context, hook string, input []byte, args ...string) (string, error) {
	said := &bounded{limit: maxStderr}
	start := func(program string, args ...string) error {
		cmd := r.command(ctx, call{write: true}, program, args...)
		if r.opts.Terminal {
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
		if r.opts.Git == "" {
			return "", errors.New("hooks need the git binary on Windows")
		}
		alias := "alias.airside-hook=!" + quoteForShell(filepath.ToSlash(hook))
		err := start(r.opts.Git, append([]string{"-c", alias, "airside-hook"}, args...)...)
		return said.String(), err
	}
	err := start(hook, args...)
	if errors.Is(err, syscall.ENOEXEC) { // no #! line
		err = start("/bin/sh", append([]string{hook}, args...)...)
	}
	return said.String(), err
}

func firstLine(text string, err error) string {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			return line
		}
	}
	return err.Error()
}
