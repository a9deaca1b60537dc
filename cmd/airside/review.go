package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/completion/review"
	"github.com/airside-ls/airside/completion/review/diff"
	"github.com/airside-ls/airside/completion/review/dismissed"
	"github.com/airside-ls/airside/completion/review/finding"
	"github.com/airside-ls/airside/gitsync"
	"github.com/airside-ls/airside/gitsync/repo"
)

// exitFindings: the review found something of severity error.
const exitFindings = 3

// reviewCommand is airside review.
type reviewCommand struct {
	std     stdio
	environ []string
	engine  func(*slog.Logger) *completion.Engine // whom to ask
	now     func() time.Time

	dir, base, logLevel        string
	staged, branch             bool
	rulesOnly, asJSON, asSARIF bool
	noOdds                     bool // see the setting review.odds
	log                        *slog.Logger
	changes                    gitsync.ChangeSet
	files                      []diff.File
	started                    time.Time
	cut                        bool  // interrupted
	nobody                     error // why the one backend that the user named does not answer
	done, total                int   // parts for the model
	dismissed                  map[string]bool
	hidden                     int // findings that are dismissed
}

func reviewCmd(std stdio, environ []string) *cobra.Command {
	r := &reviewCommand{std: std, environ: environ, now: time.Now}
	r.engine = r.openEngine
	c := &cobra.Command{
		Use:   "review [PATH...]",
		Short: "Tell what is wrong with a change before it lands",
		Long: `Reviews what is not committed yet, or what --staged, --branch or --base name, in
the given files and folders or everywhere. Rules find what is certain (conflict
markers, credentials, weakened tests, ...); the model that completes code tells
where something else is far likelier than what stands there (see review.odds) and, if
it can chat, is asked about each changed function. Nothing leaves the machine but to
the places you configured.

Exits with 3 when a finding is of severity error, with 1 when the backend that you
named does not answer, and otherwise with 0. Interrupted, it prints what it has found by then.`,
		Example: `  airside review                      # what is not committed
  airside review --branch             # what the branch has that its upstream has not
  airside review --base origin/main --sarif > review.sarif
  airside review --staged --rules-only`,
		RunE: r.run,
	}
	c.Flags().StringVarP(&r.dir, "directory", "C", ".", "the repository that `DIR` is in; PATHs are relative to it")
	c.Flags().BoolVar(&r.staged, "staged", false, "review what is staged for the next commit")
	c.Flags().StringVar(&r.base, "base", "", "review the branch since its merge base with `REV`")
	c.Flags().BoolVar(&r.branch, "branch", false, "review the branch since its merge base with its upstream, or with the remote's default branch")
	c.Flags().BoolVar(&r.rulesOnly, "rules-only", false, "ask no model: done in a moment, fit for hooks")
	c.Flags().BoolVar(&r.asJSON, "json", false, "print the findings as JSON")
	c.Flags().BoolVar(&r.asSARIF, "sarif", false, "print the findings as SARIF 2.1.0")
	logLevelFlag(c, &r.logLevel)
	return c
}

// openEngine is the engine that completes code, to have the same model.
func (r *reviewCommand) openEngine(log *slog.Logger) *completion.Engine {
	o, problems := loadSettings(r.environ)
	for _, p := range problems {
		log.Warn("setting ignored", "error", p)
	}
	r.noOdds = !o.ReviewOdds
	return completion.New(engineOptions(o, log))
}

func (r *reviewCommand) run(c *cobra.Command, paths []string) error {
	switch {
	case r.staged && (r.base != "" || r.branch) || r.base != "" && r.branch:
		return usageError(c, errors.New("--staged, --branch and --base exclude each other"))
	case r.asJSON && r.asSARIF:
		return usageError(c, errors.New("--json and --sarif exclude each other"))
	case c.Flags().Changed("base") && r.base == "":
		return usageError(c, errors.New("--base names no revision"))
	}
	var err error
	if r.log, err = newLogger(r.std.err, r.logLevel); err != nil {
		return usageError(c, err)
	}
	r.started = r.now()
	if err := r.collect(c, paths); err != nil {
		return err
	}
	report, err := r.review(c.Context())
	if r.cut = c.Context().Err() != nil; err != nil && !r.cut {
		return err
	}
	if err := r.print(report); err != nil {
		return err
	}
	switch {
	case r.cut:
		return exitError{exitFailed, r.cutShort()}
	case slices.ContainsFunc(report.Findings, func(f finding.Finding) bool { return f.Severity == finding.Error }):
		return exitError{code: exitFindings}
	case r.nobody != nil && (r.asJSON || r.asSARIF):
		return r.nobody
	case r.nobody != nil:
		return exitError{code: exitFailed} // the summary says why
	}
	return nil
}

func (r *reviewCommand) cutShort() error {
	if r.total == 0 {
		return errors.New("interrupted; what was found by then is above")
	}
	return fmt.Errorf("interrupted with %d of %d parts reviewed; what was found by then is above", r.done, r.total)
}

// collect asks gitsync for the changes.
func (r *reviewCommand) collect(c *cobra.Command, paths []string) error {
	q := gitsync.ChangesRequest{Scope: gitsync.Uncommitted, Consent: consentBook(r.environ)}
	switch {
	case r.staged:
		q.Scope = gitsync.Staged
	case r.branch || r.base != "":
		q.Scope, q.Base = gitsync.Branch, r.base
	}
	o := repo.Options{Git: program("git"), Environ: r.environ, Log: r.log}
	opened, err := repo.Open(r.dir, o)
	if err != nil {
		return err
	}
	for _, p := range paths {
		name, ok, err := pathWithin(opened.WorkDir(), r.dir, p)
		if err == nil && !ok {
			err = fmt.Errorf("%s lies outside of the repository %s", p, opened.WorkDir())
		}
		if err != nil {
			return usageError(c, err)
		}
		q.Paths = append(q.Paths, name)
	}
	r.changes, err = gitsync.Changes(c.Context(), r.dir, o, q)
	if err != nil {
		return err
	}
	r.files = reviewFiles(r.changes)
	for i, name := range q.Paths {
		known := slices.ContainsFunc(r.files, func(f diff.File) bool {
			return name == "" || f.Path == name || f.OldPath == name || strings.HasPrefix(f.Path, name+"/")
		})
		if _, err := os.Lstat(filepath.Join(opened.WorkDir(), filepath.FromSlash(name))); err != nil && !known {
			return usageError(c, fmt.Errorf("%s: there is no such file, and none was deleted", paths[i]))
		}
	}
	return nil
}

// pathWithin is a path of the command line, as it is seen from dir, as gitsync wants it.
// ok is false when it lies outside of workDir.
func pathWithin(workDir, dir, path string) (name string, ok bool, err error) {
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	if path, err = filepath.Abs(path); err != nil {
		return "", false, err
	}
	if name, ok = gitsync.PathWithin(workDir, path); ok {
		return name, true, nil
	}
	// The work tree may be reached by a link, as /tmp is on some systems.
	folder, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil {
		return "", false, nil
	}
	real, err := filepath.EvalSymlinks(workDir)
	if err != nil {
		return "", false, nil
	}
	name, ok = gitsync.PathWithin(real, filepath.Join(folder, filepath.Base(path)))
	return name, ok, nil
}

// reviewFiles hands gitsync's values to completion, which does not know it.
func reviewFiles(set gitsync.ChangeSet) []diff.File {
	files := make([]diff.File, 0, len(set.Files))
	for _, c := range set.Files {
		f := diff.File{
			Path: c.Path, OldPath: c.OldPath, Old: c.Old, New: c.New,
			Binary: c.Binary, Submodule: c.Submodule, ModeOnly: c.ModeOnly, Skipped: c.Skipped,
			Added: c.Added, Removed: c.Removed,
		}
		for _, h := range c.Hunks {
			f.Hunks = append(f.Hunks, diff.Hunk(h))
		}
		files = append(files, f)
	}
	return files
}

// review runs it, and shows on a terminal what comes.
func (r *reviewCommand) review(ctx context.Context) (review.Report, error) {
	options := review.Options{Siblings: siblings, Log: r.log}
	line := newProgressLine(r.std.err, r.std.language)
	defer line.clear()
	if !r.rulesOnly && len(r.files) > 0 {
		line.show("looking for a model")
		engine := r.engine(r.log)
		defer engine.Close()
		completion.AwaitLoading(ctx, engine.Backends())
		if named := len(engine.Backends()) == 1; named { // or others would stand in
			_, _, r.nobody = engine.Chosen(ctx)
		}
		options.Chosen, options.Withheld = engine.Chosen, engine.Withheld
	}
	var live *findingPrinter
	if !r.asJSON && !r.asSARIF {
		live = newFindingPrinter(r.std, r.files)
	}
	var err error
	if r.dismissed, err = dismissed.Open(stateDir(), r.changes.WorkDir).IDs(); err != nil {
		r.log.Warn("what was dismissed cannot be read", "error", err)
	}
	report, err := review.New(options).Review(ctx, review.Request{Files: r.files, Root: r.changes.WorkDir, RulesOnly: r.rulesOnly, NoOdds: r.noOdds}, func(e review.Event) {
		r.done, r.total = e.Done, max(r.total, e.Total)
		if found := r.undismissed(e.Findings); live != nil && len(found) > 0 {
			line.clear()
			for _, f := range found {
				live.print(f)
			}
		}
		if e.Path != "" {
			line.show(progressOf(e))
		}
	})
	r.hidden = len(report.Findings)
	report.Findings = r.undismissed(report.Findings)
	r.hidden -= len(report.Findings)
	return report, err
}

// undismissed are the findings that nobody has dismissed in an editor.
func (r *reviewCommand) undismissed(list []finding.Finding) []finding.Finding {
	var kept []finding.Finding
	for _, f := range list {
		if !r.dismissed[f.ID()] {
			kept = append(kept, f)
		}
	}
	return kept
}

func progressOf(e review.Event) string {
	at := e.Path
	if e.Unit != "" {
		at += ": " + e.Unit
	}
	if e.Total == 0 {
		return at
	}
	return fmt.Sprintf("%d/%d  %s", e.Done+1, e.Total, at)
}

func (r *reviewCommand) print(report review.Report) error {
	e := json.NewEncoder(r.std.out)
	e.SetEscapeHTML(false) // it is code
	switch {
	case r.asJSON:
		return e.Encode(r.jsonReport(report))
	case r.asSARIF:
		e.SetIndent("", "  ")
		version, _ := buildVersion()
		return e.Encode(sarifLog(version, r.files, report, r.cut))
	}
	_, err := io.WriteString(r.std.out, r.summary(palette(r.std.out), report))
	return err
}
