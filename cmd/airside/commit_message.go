package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/completion/edit/message"
	"github.com/airside-ls/airside/gitsync"
	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/repo"
	"github.com/airside-ls/airside/lsp/ext"
	"github.com/spf13/cobra"
)

const (
	// pastCommits are those whose style is learned.
	pastCommits = 50
	// maxCommitText is how much of a commit is read, in bytes of both sides.
	maxCommitText = 16 << 20
	// hookWait is as long as a hook takes at most, and hookModel what of it a model may have.
	hookWait  = 2 * time.Second
	hookModel = 1500 * time.Millisecond
	// maxMessageFile is larger than any message that git hands to a hook, but for "commit -v"
	// of a great change.
	maxMessageFile = 8 << 20
)

// commitWriter introduces gitsync, which has the change, to completion, which has the words.
type commitWriter struct {
	repo repo.Options
	// model is who is asked, and what to do afterwards.
	model func() (*completion.Engine, func())
}

// write writes a message for what is staged in the repository that path lies in; where
// nothing is, for all that is not committed.
func (w *commitWriter) write(ctx context.Context, path string, rulesOnly bool) (ext.CommitMessage, error) {
	scope := gitsync.Staged
	set, err := gitsync.Changes(ctx, path, w.repo, gitsync.ChangesRequest{Scope: scope, MaxText: maxCommitText})
	if err == nil && len(set.Files) == 0 {
		scope = gitsync.Uncommitted
		set, err = gitsync.Changes(ctx, path, w.repo, gitsync.ChangesRequest{Scope: scope, MaxText: maxCommitText})
	}
	if err != nil {
		return ext.CommitMessage{}, err
	}
	past, err := gitsync.ReadPast(ctx, path, w.repo, pastCommits)
	if err != nil && ctx.Err() == nil {
		return ext.CommitMessage{}, err
	}
	c := message.Change{Files: reviewFiles(set), Root: set.WorkDir, Branch: past.Branch, Author: past.Author, Email: past.Email}
	for _, p := range past.Commits {
		c.Past = append(c.Past, message.Commit(p))
	}
	var o message.Options
	if !rulesOnly && w.model != nil && len(c.Files) > 0 {
		engine, done := w.model()
		defer done()
		o.Chosen, o.Withheld = engine.Chosen, engine.Withheld
	}
	m := message.Write(ctx, c, o)
	result := ext.CommitMessage{
		Message: m.String(), Subject: m.Subject, Body: m.Body, Trailers: append([]string{}, m.Trailers...),
		Verb: m.Verb, Object: m.Object, Scope: string(scope), Files: len(c.Files),
		Backend: m.Backend, Model: m.Model, NoModel: m.NoModel,
	}
	switch {
	case len(c.Files) == 0:
		result.Note = "nothing has changed, so there is nothing to say"
	case scope == gitsync.Uncommitted:
		result.Note = "nothing is staged: the message is for all that is not committed"
	}
	return result, nil
}

// commitMessageCommand is airside commit-message.
type commitMessageCommand struct {
	std     stdio
	environ []string

	dir, into, logLevel     string
	asJSON, rulesOnly, hook bool
}

func commitMessageCmd(std stdio, environ []string) *cobra.Command {
	m := &commitMessageCommand{std: std, environ: environ}
	c := &cobra.Command{
		Use:   "commit-message",
		Short: "Write a message for what is staged",
		Long: `Writes a message for what is staged, or for all that is not committed where nothing
is. Rules say what the syntax of both sides shows: what was added, removed, renamed
or moved. A model that chats, if one answers, words it; an answer that names what is
not in the change is dropped. Case, prefix, length and sign-off follow the latest
50 commits. Nothing is committed, and nothing leaves the machine but to the places
you configured.

--hook prints a prepare-commit-msg hook, which has git's editor begin with the
message. It takes two seconds at most and never keeps a commit from being made.`,
		Example: `  airside commit-message
  git commit -e -m "$(airside commit-message)"
  airside commit-message --hook > .git/hooks/prepare-commit-msg
  chmod +x .git/hooks/prepare-commit-msg`,
		Args: usageArgs(cobra.NoArgs),
		RunE: m.run,
	}
	c.Flags().StringVarP(&m.dir, "directory", "C", ".", "the repository that `DIR` is in")
	c.Flags().BoolVar(&m.asJSON, "json", false, "print the message and how it came about as JSON")
	c.Flags().BoolVar(&m.rulesOnly, "rules-only", false, "ask no model")
	c.Flags().BoolVar(&m.hook, "hook", false, "print a prepare-commit-msg hook")
	c.Flags().StringVar(&m.into, "into", "", "put the message before what `FILE` holds, if that has none: what the hook does")
	logLevelFlag(c, &m.logLevel)
	return c
}

func (m *commitMessageCommand) run(c *cobra.Command, _ []string) error {
	log, err := newLogger(m.std.err, m.logLevel)
	switch {
	case err != nil:
		return usageError(c, err)
	case m.hook && (m.into != "" || m.asJSON), m.asJSON && m.into != "":
		return usageError(c, errors.New("--hook, --into and --json exclude each other"))
	case m.hook:
		_, err := io.WriteString(m.std.out, hookScript(ownPath()))
		return err
	case c.Flags().Changed("into"):
		m.prepare(c.Context(), log)
		return nil
	}
	result, err := m.writer(log).write(c.Context(), m.dir, m.rulesOnly)
	if err != nil {
		return err
	}
	if m.asJSON {
		e := json.NewEncoder(m.std.out)
		e.SetEscapeHTML(false) // it is code
		return e.Encode(result)
	}
	if result.Note != "" {
		fmt.Fprintln(m.std.err, "airside:", m.std.language.Say(result.Note))
	}
	_, err = io.WriteString(m.std.out, result.Message)
	return err
}

func (m *commitMessageCommand) writer(log *slog.Logger) *commitWriter {
	return &commitWriter{
		repo: repo.Options{Git: program("git"), Environ: m.environ, Log: log},
		model: func() (*completion.Engine, func()) {
			o, problems := loadSettings(m.environ)
			for _, p := range problems {
				log.Warn("setting ignored", "error", p)
			}
			engine := completion.New(engineOptions(o, log))
			return engine, func() { engine.Close() }
		},
	}
}

// prepare is what the hook runs. Whatever is wrong, the commit goes on as it would without.
func (m *commitMessageCommand) prepare(ctx context.Context, log *slog.Logger) {
	if m.std.leave != nil {
		defer time.AfterFunc(hookWait, func() { m.std.leave(0) }).Stop()
	}
	text, err := durable.ReadFile(m.into, maxMessageFile)
	if err != nil || hasMessage(string(text)) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, hookModel)
	defer cancel()
	w := m.writer(log)
	result, err := w.write(ctx, m.dir, m.rulesOnly)
	if err != nil || result.Message == "" || result.Scope != string(gitsync.Staged) {
		log.Debug("no message", "error", err)
		return
	}
	info, err := os.Stat(m.into)
	if err != nil {
		return
	}
	rest := strings.TrimLeft(string(text), "\r\n")
	written := result.Message
	for _, trailer := range result.Trailers {
		if strings.Contains("\n"+rest+"\n", "\n"+trailer+"\n") { // git has signed it
			written = strings.TrimRight(strings.TrimSuffix(written, trailer+"\n"), "\n") + "\n"
		}
	}
	if err := durable.WriteFile(durable.OS, m.into, []byte(written+"\n"+rest), info.Mode().Perm()); err != nil {
		log.Warn("the message could not be written", "error", err)
	}
}

// hasMessage tells whether somebody has written something that git does not take for a
// comment. What stands below git's scissors is the diff.
func hasMessage(text string) bool {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.Contains(line, "------------------------ >8 ------------------------") {
			return false
		}
		if line != "" && !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "Signed-off-by:") {
			return true
		}
	}
	return false
}

// ownPath is the program that runs, "airside" where that cannot be told.
func ownPath() string {
	if path, err := os.Executable(); err == nil && !strings.HasSuffix(path, ".test") {
		return path
	}
	return "airside"
}

// hookScript is a prepare-commit-msg hook. It steps back where a message was given, by -m,
// a merge, a squash or an older commit, and where the program is gone.
func hookScript(program string) string {
	return `#!/bin/sh
# prepare-commit-msg: has git's editor begin with a message for what is staged.
# Made by: airside commit-message --hook
case "$2" in
"" | template) ;;
*) exit 0 ;;
esac
airside='` + strings.ReplaceAll(program, "'", `'\''`) + `'
[ -x "$airside" ] || airside=airside
"$airside" commit-message --into "$1" </dev/null >/dev/null 2>&1 || :
exit 0
`
}
