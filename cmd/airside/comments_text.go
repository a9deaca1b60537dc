package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"github.com/airside-ls/airside/gitsync"
	"github.com/airside-ls/airside/gitsync/threads"
)

// body is the text of a comment: that of -m, of standard input, or what the user
// writes in an editor, which begins with old and shows about below.
func (s *commentsCommand) body(ctx context.Context, syncer *gitsync.Syncer, about, old string) (string, error) {
	text := strings.Join(s.text, "\n\n")
	if !s.flagged {
		var err error
		if text, err = s.typed(ctx, syncer, about, old); err != nil {
			return "", err
		}
	}
	if strings.TrimSpace(text) == "" {
		return "", errNoText
	}
	return text, nil
}

func (s *commentsCommand) typed(ctx context.Context, syncer *gitsync.Syncer, about, old string) (string, error) {
	f, ok := s.std.in.(*os.File)
	if ok && isTerminal(f) {
		return s.edited(ctx, syncer, about, old)
	}
	data, err := io.ReadAll(io.LimitReader(s.std.in, threads.MaxBody+1))
	return string(data), err
}

// scissors is the line below which nothing counts, spelled as git does.
const scissors = "------------------------ >8 ------------------------"

// edited opens the editor that git would open.
func (s *commentsCommand) edited(ctx context.Context, syncer *gitsync.Syncer, about, old string) (string, error) {
	below := "# " + scissors + "\n# " + strings.ReplaceAll(printableLines(about), "\n", "\n# ") + "\n"
	path, err := syncer.WriteOwn("COMMENT_EDITMSG.md", []byte(old+"\n"+below))
	if err != nil {
		return "", err
	}
	if err := s.runEditor(ctx, path); err != nil {
		return "", fmt.Errorf("the editor failed, so nothing was said; what you wrote is in %s: %w", path, err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	text, _, _ := strings.Cut(string(data), "# "+scissors)
	if len(text) <= threads.MaxBody { // a longer one is refused, and must not be lost
		os.Remove(path)
	}
	return text, nil
}

func (s *commentsCommand) runEditor(ctx context.Context, path string) error {
	editor := s.editor(ctx)
	shell, flag := "/bin/sh", "-c"
	line := editor + ` "$@"`
	args := []string{flag, line, editor, path}
	if runtime.GOOS == "windows" {
		shell, args = "cmd", []string{"/c", editor + ` "` + path + `"`}
	}
	cmd := exec.CommandContext(ctx, shell, args...)
	cmd.Env = s.environ
	cmd.Stdin, cmd.Stdout, cmd.Stderr = s.std.in, s.std.out, s.std.err
	return cmd.Run()
}

// editor is what git finds: GIT_EDITOR, core.editor, VISUAL, EDITOR, vi.
func (s *commentsCommand) editor(ctx context.Context) string {
	cmd := exec.CommandContext(ctx, "git", "var", "GIT_EDITOR")
	cmd.Dir, cmd.Env = s.dir, s.environ
	if out, err := cmd.Output(); err == nil {
		if editor := strings.TrimSpace(string(out)); editor != "" {
			return editor
		}
	}
	for _, name := range []string{"VISUAL", "EDITOR"} {
		if editor := os.Getenv(name); editor != "" {
			return editor
		}
	}
	return "vi"
}

// printableLines is printable for a text of several lines.
func printableLines(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = printable(strings.ReplaceAll(line, "\t", "    "))
	}
	return strings.Join(lines, "\n")
}
