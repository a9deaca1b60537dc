package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/completion/edit/next"
	"github.com/airside-ls/airside/completion/review"
	"github.com/airside-ls/airside/completion/secrecy"
	"github.com/airside-ls/airside/gitsync/repo"
	"github.com/airside-ls/airside/lsp"
	"github.com/airside-ls/airside/lsp/reviewing"
	"github.com/airside-ls/airside/lsp/settings"
	"github.com/airside-ls/airside/lsp/workspace"
	"github.com/spf13/cobra"
)

// serveCommand speaks LSP on standard input and output.
type serveCommand struct {
	std      stdio
	environ  []string
	open     syncOpener
	logFile  string
	logLevel string
}

func serveCmd(std stdio, environ []string, open syncOpener) *cobra.Command {
	s := &serveCommand{std: std, environ: environ, open: open}
	c := &cobra.Command{
		Use:   "serve",
		Short: "Speak LSP on standard input and output (what editors start)",
		Args:  usageArgs(cobra.NoArgs),
		RunE:  s.run,
	}
	s.flags(c)
	return c
}

func (s *serveCommand) flags(c *cobra.Command) {
	c.Flags().StringVar(&s.logFile, "log", "", "append the log to this file instead of standard error")
	c.Flags().StringVar(&s.logLevel, "log-level", "warn", "what is logged: debug, info, warn or error")
	// Editors add it for every server that speaks on standard input.
	c.Flags().Bool("stdio", true, "accepted and ignored: there is no other way to speak")
	c.Flags().MarkHidden("stdio")
}

func (s *serveCommand) run(c *cobra.Command, _ []string) error {
	if f, ok := s.std.in.(*os.File); ok && isTerminal(f) {
		fmt.Fprintln(s.std.err, s.std.language.Text("airside speaks LSP on standard input, which is a terminal here; editors start it. See: airside --help"))
	}
	log, closeLog, err := s.openLog()
	if err != nil {
		return usageError(c, err)
	}
	defer closeLog()

	base, problems := loadSettings(s.environ)
	for _, p := range problems {
		log.Warn("setting ignored", "error", p)
	}
	cfg := &configurator{base: base, current: base, editor: base, log: log}
	options := staying(engineOptions(base, log), base)
	// No backend is looked for before it is known which: an editor that wants the
	// one in the binary has nobody else called.
	settled := make(chan struct{})
	options.Hold, cfg.hold = settled, settled
	cfg.rules = options.Secrecy
	cfg.engine = completion.New(options)
	defer cfg.engine.Close()
	life, end := context.WithCancel(c.Context())
	defer end()
	files := &folderFiles{}
	cfg.next = next.New(next.Options{Search: files.search, Read: files.read})
	defer cfg.next.Close()
	cfg.next.Enable(base.NextEdits)
	v, _ := buildVersion()
	cfg.server = lsp.New(lsp.Options{
		Engine: learningEngine{cfg.engine, files, func(folder string) func(context.Context) ([]string, bool, error) {
			return tracked(folder, s.environ, log)
		}},
		Log: log, Version: v,
		Configure: cfg.apply, Settled: func() { close(settled) }, SelectModel: cfg.selectModel,
		Ending: func(outcome error) {
			end()
			s.ending(outcome)
		},
		Workspace: workspace.Options{
			OpenRepository: func(folder string, settings workspace.SyncSettings, hooks workspace.SyncHooks) (workspace.Syncer, error) {
				return s.open(folder, s.environ, settings, hooks, log)
			},
			Trust: consentBook(s.environ),
			Files: func(folder string) func(context.Context) ([]string, bool, error) {
				return tracked(folder, s.environ, log)
			},
		},
		NextEdits: cfg.next,
		CommitMessage: (&commitWriter{
			repo:  repo.Options{Git: program("git"), Environ: s.environ, Log: log, Life: life},
			model: func() (*completion.Engine, func()) { return cfg.engine, func() {} },
		}).write,
		Review: reviewing.Options{
			Reviewer: review.New(review.Options{Chosen: cfg.engine.Chosen, Siblings: siblings, Withheld: cfg.engine.Withheld, Log: log}),
			Changes:  gitChanges{repo.Options{Git: program("git"), Environ: s.environ, Log: log, Life: life}, consentBook(s.environ)},
			StateDir: stateDir(),
		},
	})
	cfg.server.SetSync(syncSettings(base))
	cfg.server.SetReview(reviewSettings(base))
	err = cfg.server.Serve(c.Context(), lsp.Join(s.std.in, s.std.out))
	if errors.Is(err, context.Canceled) && c.Context().Err() != nil {
		return nil // asked to end by a signal
	}
	return err
}

// ending has the process end in time whatever does not: a parser, a disk, a
// remote, a program. What is written is written whole or not at all, and programs
// that were started for a sync or a model are killed by then.
func (s *serveCommand) ending(outcome error) {
	if s.std.leave == nil {
		return
	}
	code := 0
	if outcome != nil && !errors.Is(outcome, context.Canceled) {
		code = exitFailed
	}
	time.AfterFunc(graceAtEnd, func() { s.std.leave(code) })
}

func (s *serveCommand) openLog() (*slog.Logger, func() error, error) {
	if s.logFile == "" {
		log, err := newLogger(s.std.err, s.logLevel)
		return log, func() error { return nil }, err
	}
	f, err := os.OpenFile(s.logFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("--log: %w", err)
	}
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() && info.Mode()&0o077 != 0 {
		_ = f.Chmod(0o600) // what is logged is nobody else's business
	}
	log, err := newLogger(f, s.logLevel)
	return log, f.Close, err
}

// configurator carries the editor's settings into the running parts.
type configurator struct {
	base   settings.Options // defaults, config.toml, environment
	log    *slog.Logger
	engine *completion.Engine
	server *lsp.Server
	next   *next.Watcher
	hold   <-chan struct{} // closed once the editor's settings are known

	mu      sync.Mutex
	current settings.Options
	rules   *secrecy.Rules          // of current
	editor  settings.Options        // base with the editor's settings over it
	chosen  func(*settings.Options) // lays airside.model.select over it; nil for none
}

// apply lays the editor's settings over base. The backends are made anew only
// when a setting of theirs has changed: a model in memory is not dropped
// because the debounce is another.
func (c *configurator) apply(values map[string]any) []error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.editor = c.base
	problems := masked(c.editor.Apply(values))
	c.refresh()
	return problems
}

// refresh has the running parts follow the settings and what was chosen by hand;
// mu is held.
func (c *configurator) refresh() {
	next := c.editor
	if c.chosen != nil {
		c.chosen(&next)
	}
	if next == c.current {
		return
	}
	opts := staying(engineTuning(next, c.log), next)
	opts.Hold = c.hold
	if next.PrivacySecrets == c.current.PrivacySecrets && next.PrivacyHere == c.current.PrivacyHere {
		opts.Secrecy = c.rules
	}
	c.rules = opts.Secrecy
	opts.Backends = c.engine.Backends()
	if backendSettings(next) != backendSettings(c.current) {
		opts.Backends = backends(next, c.log)
	}
	c.current = next
	if err := c.engine.Reconfigure(opts); err != nil {
		c.log.Warn("old backend did not close", "error", err)
	}
	c.next.Enable(next.NextEdits)
	c.server.SetSync(syncSettings(next))
	c.server.SetReview(reviewSettings(next))
}

// staying are an engine's options for a client that stays.
func staying(o completion.Options, s settings.Options) completion.Options {
	o.Speculate, o.SelfTest, o.StateDir = true, true, stateDir()
	o.ReadAhead = func() bool { return s.ReadAhead && !savesPower() }
	return o
}

// stateDir is where statistics are kept, "" when the user has no such folder.
func stateDir() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "airside")
}

func reviewSettings(o settings.Options) reviewing.Settings {
	return reviewing.Settings{OnSave: o.ReviewOnSave, NoOdds: !o.ReviewOdds}
}
