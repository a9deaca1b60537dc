package wire

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/program"
	"github.com/airside-ls/airside/gitsync/repo/refs"
)

// prePush runs the user's pre-push hook as git does: name and URL of the
// remote as arguments, a line per ref on standard input. git-lfs sends its
// files from there.
func (w *Wire) prePush(ctx context.Context, remote, url string, updates []PushUpdate) error {
	hook := w.hook("pre-push")
	if hook == "" {
		return nil
	}
	if remote == "" {
		remote = url
	}
	var input bytes.Buffer
	for _, u := range updates {
		fmt.Fprintf(&input, "%s %s %s %s\n", w.localName(u), u.New, u.Ref, u.Old)
	}
	said, err := w.program.Hook(ctx, hook, input.Bytes(), remote, url)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, program.ErrImpatient):
		return &fault.Error{Kind: fault.Hook, Err: err, Message: fmt.Sprintf(
			"the pre-push hook was not done after %v and was ended, so nothing was pushed: sync.hookSeconds gives it longer, and `git push` waits for it", w.program.Patience)}
	case ctx.Err() != nil:
		return fault.Wrap(ctx.Err(), "the pre-push hook was stopped: %v", ctx.Err())
	}
	return &fault.Error{Kind: fault.Hook, Message: "the pre-push hook says no: " + fault.Plain(firstLine(said, err)), Err: err}
}

// localName is the name of the local branch that is pushed, for the hook.
func (w *Wire) localName(u PushUpdate) string {
	refs, err := w.refs.Refs(refs.Heads)
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
func (w *Wire) hook(name string) string {
	path := filepath.Join(w.config.HooksDir(), name)
	info, err := os.Stat(path)
	if err != nil || info.IsDir() || runtime.GOOS != "windows" && info.Mode()&0o111 == 0 {
		return ""
	}
	return path
}

func firstLine(text string, err error) string {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			return line
		}
	}
	return err.Error()
}
