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

	"github.com/spf13/cobra"

	"github.com/airside-ls/airside/completion/shown"
	"github.com/airside-ls/airside/gitsync"
	"github.com/airside-ls/airside/gitsync/journal"
	"github.com/airside-ls/airside/lsp/ext"
	"github.com/airside-ls/airside/lsp/settings"
	"github.com/airside-ls/airside/lsp/workspace"
)

// exitConflicts: done as far as possible, and the user has to merge.
const exitConflicts = 3

// repositorySyncer is what the commands ask of gitsync.Syncer.
type repositorySyncer interface {
	workspace.Syncer
	workspace.Herald
	Log() ([]journal.Operation, error) // newest first
	Undoable([]journal.Operation) map[string]bool
	WhyNot() string // it does not take part, and how it would
}

// syncOpener opens the repository that a path lies in.
type syncOpener func(path string, environ []string, s workspace.SyncSettings, h workspace.SyncHooks, log *slog.Logger) (repositorySyncer, error)

// syncCommand holds what the subcommands of sync share.
type syncCommand struct {
	std     stdio
	environ []string
	open    syncOpener
	now     func() time.Time

	dir      string
	asJSON   bool
	logLevel string
	branches []string
	watch    bool
	wait     time.Duration
	proposal bool
}

func syncCmd(std stdio, environ []string, open syncOpener) *cobra.Command {
	s := &syncCommand{std: std, environ: environ, open: open, now: time.Now}
	c := &cobra.Command{
		Use:   "sync",
		Short: "Keep branches in step with their remotes",
		Long: `Fetches, merges and pushes the branches of this repository that have opted in
(airside sync enable), once. Nothing is ever forced, and nothing is moved that
has open changes; what conflicts is set aside until you resolve it.

Exits with 0 also when the remote cannot be reached: then there was nothing to
do. Exits with 3 when a merge needs you.`,
		Args: usageArgs(cobra.NoArgs),
		RunE: s.runRound,
	}
	c.PersistentFlags().StringVarP(&s.dir, "directory", "C", ".", "the repository that `DIR` is in")
	c.PersistentFlags().BoolVar(&s.asJSON, "json", false, "print the outcome as JSON")
	c.PersistentFlags().StringVar(&s.logLevel, "log-level", "error", "what is logged: debug, info, warn or error")
	c.PersistentFlags().DurationVar(&s.wait, "wait", 2*time.Minute, "how long another airside that syncs this repository, in an editor, is waited for; 0 fails at once")
	c.Flags().StringArrayVar(&s.branches, "branch", nil, "sync this `BRANCH` instead of those that have opted in; may be repeated")
	c.Flags().BoolVar(&s.watch, "watch", false, "go on until interrupted, as an editor would")
	c.AddCommand(
		s.sub("enable [PATTERN...]", "Opt this repository in, with the current branch or those that match", cobra.ArbitraryArgs, s.runEnable),
		s.sub("disable", "Opt this repository out; what was synced stays", cobra.NoArgs, s.runDisable),
		s.sub("status", "Tell where the branches stand", cobra.NoArgs, s.runStatus),
		s.newsCommand(),
		s.logCommand(),
		s.sub("undo [OPERATION]", "Take an operation back (the latest, or one of airside sync log)", cobra.MaximumNArgs(1), s.runUndo),
		s.resolveCommand(),
	)
	return c
}

func (s *syncCommand) sub(use, short string, args cobra.PositionalArgs, run func(*cobra.Command, []string) error) *cobra.Command {
	return &cobra.Command{Use: use, Short: short, Args: usageArgs(args), RunE: run}
}

// start opens the repository; the closing function takes the progress off the
// terminal.
func (s *syncCommand) start(c *cobra.Command) (repositorySyncer, settings.Options, func(), error) {
	log, err := newLogger(s.std.err, s.logLevel)
	if err != nil {
		return nil, settings.Options{}, nil, usageError(c, err)
	}
	o, problems := loadSettings(s.environ)
	for _, p := range problems {
		log.Warn("setting ignored", "error", p)
	}
	line := newProgressLine(s.std.err, s.std.language)
	syncer, err := s.open(s.dir, s.environ, syncSettings(o), s.hooks(c, line.show), log)
	return syncer, o, line.clear, err
}

// hooks name the command to those that wait for it.
func (s *syncCommand) hooks(c *cobra.Command, progress func(string)) workspace.SyncHooks {
	h := workspace.SyncHooks{Progress: progress, Name: c.CommandPath(), Wait: s.wait, Life: c.Context()}
	if f, ok := s.std.in.(*os.File); ok {
		h.Terminal = isTerminal(f)
	}
	if s.watch {
		h.Name += " --watch"
	}
	if s.wait == 0 {
		h.Wait = -1
	}
	return h
}

// runRound is airside sync.
func (s *syncCommand) runRound(c *cobra.Command, _ []string) error {
	syncer, _, done, err := s.start(c)
	if err != nil {
		return err
	}
	if s.watch && len(s.branches) > 0 {
		return usageError(c, errors.New("--watch syncs the branches that have opted in; leave --branch away"))
	}
	if !syncer.Enabled() {
		return fmt.Errorf("%s does not take part in sync, so nothing was fetched or pushed; %s", printable(syncer.WorkDir()), printable(syncer.WhyNot()))
	}
	if s.watch {
		return s.runWatch(c.Context(), syncer, done)
	}
	results := workspace.SyncResults(syncer.Round(c.Context(), gitsync.Request{Branches: s.branches, User: true})...)
	done()
	if c.Context().Err() != nil {
		return errors.New("interrupted; what was begun is on record and goes on with the next sync")
	}
	if err := s.finish(results); err != nil {
		return err
	}
	if err := s.tellArrived(c.Context(), syncer, results); err != nil { // the sync itself went well
		s.std.warn("what came in cannot be told: %s", s.std.language.Say(shown.Text(err.Error())))
	}
	return nil
}

func (s *syncCommand) runWatch(ctx context.Context, syncer repositorySyncer, done func()) error {
	var failed error
	err := syncer.Watch(ctx, func(results []gitsync.Result) {
		done()
		if err := s.print(workspace.SyncResults(results...)); err != nil && failed == nil {
			failed = err
		}
	})
	done()
	if ctx.Err() != nil { // interrupted, as it should end
		return failed
	}
	return errors.Join(err, failed)
}

// runEnable is airside sync enable.
func (s *syncCommand) runEnable(c *cobra.Command, patterns []string) error {
	syncer, o, done, err := s.start(c)
	if err != nil {
		return err
	}
	defer done()
	if len(patterns) == 0 {
		patterns = o.SyncBranches.List()
	}
	if err := syncer.Enable(patterns); err != nil {
		return err
	}
	if s.asJSON {
		return s.encode(standing(syncer, workspace.SyncResults(syncer.Status(c.Context())...)))
	}
	which := "its current branch"
	if len(patterns) > 0 {
		which = "branches " + strings.Join(patterns, ", ")
	}
	p := palette(s.std.out)
	return s.say("%s %s takes part: %s, from the next sync on (`airside sync`, or an open editor)\n",
		p.green("✓"), p.bold(printable(syncer.WorkDir())), printable(which))
}

// runDisable is airside sync disable.
func (s *syncCommand) runDisable(c *cobra.Command, _ []string) error {
	syncer, _, done, err := s.start(c)
	if err != nil {
		return err
	}
	defer done()
	if err := syncer.Disable(); err != nil {
		return err
	}
	if s.asJSON {
		return s.encode(standing(syncer, workspace.SyncResults(syncer.Status(c.Context())...)))
	}
	return s.say("%s takes no part any more; branches and remotes stay as they are\n", printable(syncer.WorkDir()))
}

// runStatus is airside sync status.
func (s *syncCommand) runStatus(c *cobra.Command, _ []string) error {
	syncer, _, done, err := s.start(c)
	if err != nil {
		return err
	}
	defer done()
	results := workspace.SyncResults(syncer.Status(c.Context())...)
	switch {
	case s.asJSON:
		err = s.encode(standing(syncer, results))
	case !syncer.Enabled():
		err = s.say("%s takes no part in sync; %s\n", printable(syncer.WorkDir()), printable(syncer.WhyNot()))
	default:
		err = errors.Join(s.print(results), s.sayNews(c.Context(), syncer))
	}
	if err != nil || !syncer.Enabled() {
		return err
	}
	if exitOf(results) == exitConflicts {
		return exitError{code: exitConflicts}
	}
	return nil
}

// runUndo is airside sync undo.
func (s *syncCommand) runUndo(c *cobra.Command, args []string) error {
	syncer, _, done, err := s.start(c)
	if err != nil {
		return err
	}
	result, err := syncer.Undo(c.Context(), first(args))
	done()
	if err != nil {
		return err
	}
	return s.finish(workspace.SyncResults(result))
}

func (s *syncCommand) resolveCommand() *cobra.Command {
	c := s.sub("resolve [BRANCH]", "Put a parked conflict into the work tree, as an ordinary git merge", cobra.MaximumNArgs(1), s.runResolve)
	c.Flags().BoolVar(&s.proposal, "proposal", false, "take the merge by structure that airside proposes, where it has one")
	return c
}

// runResolve is airside sync resolve. That there are conflicts is what it is
// for: it has done its work when the merge stands in the work tree.
func (s *syncCommand) runResolve(c *cobra.Command, args []string) error {
	syncer, _, done, err := s.start(c)
	if err != nil {
		return err
	}
	settle := syncer.Resolve
	if s.proposal {
		settle = syncer.TakeProposal
	}
	result, err := settle(c.Context(), first(args))
	done()
	if err != nil {
		return err
	}
	results := workspace.SyncResults(result)
	if s.asJSON {
		return s.encode(results[0])
	}
	return s.print(results)
}

func first(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}

// finish prints how a round ended, and has the exit code say it too.
func (s *syncCommand) finish(results []ext.SyncResult) error {
	if err := s.print(results); err != nil {
		return err
	}
	if code := exitOf(results); code != 0 {
		return exitError{code: code}
	}
	return nil
}

// exitOf is 3 with conflicts, 1 when a branch could not be synced although its
// remote was there, and 0 otherwise, offline included.
func exitOf(results []ext.SyncResult) int {
	code := 0
	for _, r := range results {
		switch r.State {
		case "CONFLICT":
			return exitConflicts
		case "IDLE", "OFFLINE", "PORTAL":
		default:
			code = exitFailed
		}
		if len(r.Conflicts) > 0 {
			return exitConflicts
		}
	}
	return code
}

// standingJSON is what status, enable and disable print.
type standingJSON struct {
	Enabled bool   `json:"enabled"`
	WorkDir string `json:"work_dir"`
	ext.SyncResult
}

func standing(syncer repositorySyncer, results []ext.SyncResult) standingJSON {
	return standingJSON{syncer.Enabled(), syncer.WorkDir(), workspace.OneSyncResult(results)}
}

func (s *syncCommand) encode(v any) error { return json.NewEncoder(s.std.out).Encode(v) }

func (s *syncCommand) say(format string, args ...any) error {
	_, err := io.WriteString(s.std.out, s.std.language.Say(fmt.Sprintf(format, args...)))
	return err
}

// print prints results as they are wanted.
func (s *syncCommand) print(results []ext.SyncResult) error {
	if s.asJSON {
		return s.encode(workspace.OneSyncResult(results))
	}
	_, err := io.WriteString(s.std.out, s.std.language.Say(renderSync(palette(s.std.out), results, s.now())))
	return err
}

// syncSettings are those of lsp.
func syncSettings(o settings.Options) workspace.SyncSettings {
	return workspace.SyncSettings{
		Enabled:         o.SyncEnabled,
		Branches:        string(o.SyncBranches),
		Interval:        time.Duration(o.SyncIntervalSeconds) * time.Second,
		ApplyStructured: o.SyncApplyStructured,
		HookPatience:    time.Duration(o.SyncHookSeconds) * time.Second,
		Mark:            time.Duration(o.SyncMarkMinutes) * time.Minute,
	}
}
