package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/airside-ls/airside/gitsync"
	"github.com/airside-ls/airside/gitsync/repo"
	"github.com/airside-ls/airside/lsp/ext"
	"github.com/airside-ls/airside/lsp/settings"
	"github.com/airside-ls/airside/lsp/workspace"
)

// fetchedRepository is what airside fetch-all brought; its JSON is part of the contract.
type fetchedRepository struct {
	WorkDir  string           `json:"work_dir"`
	Branches []ext.SyncResult `json:"branches"`
	Missing  []problem        `json:"missing"` // what would be missing offline, and what brings it
	Error    string           `json:"error,omitempty"`
}

// fetchAllCommand is airside fetch-all.
type fetchAllCommand struct {
	std      stdio
	environ  []string
	open     syncOpener
	asJSON   bool
	wait     time.Duration
	logLevel string
}

func fetchAllCmd(std stdio, environ []string, open syncOpener) *cobra.Command {
	f := &fetchAllCommand{std: std, environ: environ, open: open}
	c := &cobra.Command{
		Use:   "fetch-all",
		Short: "Before boarding: bring every repository that takes part in sync up to date",
		Long: `Syncs every repository that you have opted in (airside sync enable), and says what
would still be missing offline, with the command that brings it: commits of submodules
and files of Git LFS, whose addresses a repository names, are not fetched by this. What
you have undone, and what was taken back at a remote, is left alone.

Exits with 0 if nothing is missing, and with 3 if a merge needs you.`,
		Args: usageArgs(cobra.NoArgs),
		RunE: f.run,
	}
	c.Flags().BoolVar(&f.asJSON, "json", false, "print the outcome as JSON")
	c.Flags().DurationVar(&f.wait, "wait", time.Minute, "how long another airside that syncs a repository, in an editor, is waited for")
	logLevelFlag(c, &f.logLevel)
	return c
}

func (f *fetchAllCommand) run(c *cobra.Command, _ []string) error {
	log, err := newLogger(f.std.err, f.logLevel)
	if err != nil {
		return usageError(c, err)
	}
	options, problems := loadSettings(f.environ)
	for _, p := range problems {
		log.Warn("setting ignored", "error", p)
	}
	folders, err := consentBook(f.environ).Synced()
	if err != nil {
		return err
	}
	if len(folders) == 0 && !f.asJSON {
		_, err := fmt.Fprintln(f.std.out, "No repository takes part in sync yet (airside sync enable).")
		return err
	}
	list := make([]fetchedRepository, len(folders))
	line := newProgressLine(f.std.err, f.std.language)
	turn := make(chan struct{}, lookAtOnce)
	var all sync.WaitGroup
	for i, git := range folders {
		all.Go(func() {
			turn <- struct{}{}
			list[i] = f.fetch(c, workDirOf(git), options, line, log)
			<-turn
		})
	}
	all.Wait()
	line.clear()
	if c.Context().Err() != nil {
		return errors.New("interrupted; what came by then is there, and the same command goes on")
	}
	return f.report(list)
}

func (f *fetchAllCommand) fetch(c *cobra.Command, dir string, o settings.Options, line *progressLine, log *slog.Logger) fetchedRepository {
	r := fetchedRepository{WorkDir: dir, Branches: []ext.SyncResult{}, Missing: []problem{}}
	name := filepath.Base(dir)
	hooks := workspace.SyncHooks{Progress: func(s string) { line.show(name + ": " + s) }, Name: c.CommandPath(), Wait: f.wait, Life: c.Context()}
	syncer, err := f.open(dir, f.environ, syncSettings(o), hooks, log)
	if err != nil {
		r.Error = err.Error()
		return r
	}
	line.show(name + ": sync")
	r.Branches = workspace.SyncResults(syncer.Round(c.Context(), gitsync.Request{Retry: true})...)
	work := syncer.WorkDir()
	line.show(name + ": what is not here")
	r.Missing = append(r.Missing, f.submodules(c.Context(), work)...)
	r.Missing = append(r.Missing, pointersLeft(work)...)
	return r
}

// treePatience is how long a repository's submodules may take to be looked at.
const treePatience = time.Minute

// submodules says which commits of submodules are not here. They are not fetched: their
// addresses are a repository's to name, and their HEADs the user's.
func (f *fetchAllCommand) submodules(ctx context.Context, dir string) []problem {
	ctx, cancel := context.WithTimeout(ctx, treePatience)
	defer cancel()
	list, err := repo.Submodules(ctx, dir, repo.Options{Git: program("git"), Environ: f.environ})
	var missing []problem
	if err != nil {
		missing = append(missing, problem{"submodules: " + err.Error(), "git -C " + shellWord(dir) + " submodule status"})
	}
	for _, s := range list {
		switch {
		case !s.Initialized:
			missing = append(missing, problem{"submodule " + s.Path + " is not initialized", "git -C " + shellWord(s.Within) + " submodule update --init -- " + shellWord(s.Path)})
		case !s.Has:
			missing = append(missing, problem{"submodule " + s.Path + " lacks the commit that is recorded", "git -C " + shellWord(filepath.Join(s.Within, filepath.FromSlash(s.Path))) + " fetch"})
		}
	}
	return missing
}

const (
	// maxPointers bounds how many files of Git LFS are counted.
	maxPointers = 100_000
	// maxPointer is how long a pointer in the place of a file is at most, in bytes.
	maxPointer = 1024
)

// pointersLeft looks for files of Git LFS that are not here. Where they are may be a
// repository's to say (.lfsconfig), so they are not fetched.
func pointersLeft(dir string) []problem {
	n := pointers(dir)
	if n == 0 {
		return nil
	}
	brings, why := "git -C "+shellWord(dir)+" lfs pull", ""
	switch {
	case program("git-lfs") == "":
		why = ", and git-lfs is not installed"
	case exists(filepath.Join(dir, ".lfsconfig")):
		why = "; .lfsconfig names where they come from: look at it first"
	}
	return []problem{{fmt.Sprintf("files of Git LFS that are not here: %d", n) + why, brings}}
}

// pointers counts the files of a work tree that are pointers of Git LFS, 0 where no
// .gitattributes at its top names them.
func pointers(dir string) (n int) {
	attributes, err := os.Open(filepath.Join(dir, ".gitattributes"))
	if err != nil {
		return 0
	}
	defer attributes.Close()
	used := false
	for lines := bufio.NewScanner(attributes); lines.Scan(); {
		used = used || strings.Contains(lines.Text(), "filter=lfs")
	}
	if !used {
		return 0
	}
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil
		case n >= maxPointers:
			return fs.SkipAll
		case d.IsDir() && d.Name() == ".git":
			return fs.SkipDir
		case !d.Type().IsRegular():
			return nil
		}
		if info, err := d.Info(); err == nil && info.Size() < maxPointer && info.Size() > 100 {
			if text, err := os.ReadFile(path); err == nil && strings.HasPrefix(string(text), "version https://git-lfs.github.com/spec/") {
				n++
			}
		}
		return nil
	})
	return n
}

// report prints what came. What is missing is an error.
func (f *fetchAllCommand) report(list []fetchedRepository) error {
	conflicts, missing := false, 0
	p := palette(f.std.out)
	var b strings.Builder
	for _, r := range list {
		fmt.Fprintf(&b, "%s\n", p.bold(printable(r.WorkDir)))
		if r.Error != "" {
			missing++
			fmt.Fprintf(&b, "  %s %s\n", p.red("✗"), printable(r.Error))
		}
		for line := range strings.Lines(renderSync(p, r.Branches, time.Now())) {
			b.WriteString("  " + line)
		}
		for _, result := range r.Branches {
			conflicts = conflicts || len(result.Conflicts) > 0
			if result.State != "IDLE" && len(result.Conflicts) == 0 {
				missing++
			}
		}
		for _, m := range r.Missing {
			missing++
			fmt.Fprintf(&b, "  %s %s: %s\n", p.yellow("!"), printable(m.What), p.bold(printable(m.Mend)))
		}
	}
	var err error
	if f.asJSON {
		e := json.NewEncoder(f.std.out)
		e.SetIndent("", "  ")
		err = e.Encode(map[string][]fetchedRepository{"repositories": list})
	} else {
		_, err = fmt.Fprint(f.std.out, b.String())
	}
	switch {
	case err != nil:
		return err
	case conflicts:
		return exitError{code: exitConflicts}
	case missing > 0:
		return exitError{exitFailed, fmt.Errorf("not everything is here: %d things are missing", missing)}
	}
	return nil
}
