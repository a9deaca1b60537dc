package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/airside-ls/airside/completion/model/store"
	"github.com/airside-ls/airside/lsp/settings"
	"github.com/airside-ls/airside/lsp/workspace"
)

// flightRepository is a repository that takes part in sync, as far as this machine
// knows; its JSON is part of the contract.
type flightRepository struct {
	WorkDir   string `json:"work_dir"`
	LastSync  string `json:"last_sync"` // RFC 3339, of the branch that was in contact last; "" for never
	Ahead     int    `json:"ahead"`     // commits that remotes lack, of all branches
	Behind    int    `json:"behind"`
	Conflicts int    `json:"conflicts"` // branches whose merge is parked
	Auth      bool   `json:"auth"`      // a remote wants a password that nobody is asked for in the background
	Error     string `json:"error,omitempty"`
}

// problem is something that is in the way of working offline, and what mends it.
type problem struct {
	What string `json:"what"`
	Mend string `json:"mend"` // a command, or words; "" where nobody knows
}

const (
	// lookPatience is how long all repositories together may take to be looked at.
	lookPatience = 2 * time.Second
	// lookAtOnce is how many are looked at side by side.
	lookAtOnce = 4
	// longAgo is how old a last contact may be before a flight.
	longAgo = 24 * time.Hour
	// leastDisk is how much of a disk should be free, in bytes.
	leastDisk = 1_000_000_000
)

// flightRepositories looks at every repository that has opted in. Nothing is asked.
func flightRepositories(ctx context.Context, environ []string, open syncOpener, o settings.Options, log *slog.Logger) ([]flightRepository, error) {
	folders, err := consentBook(environ).Synced()
	list := make([]flightRepository, len(folders))
	ctx, cancel := context.WithTimeout(ctx, lookPatience)
	defer cancel()
	turn := make(chan struct{}, lookAtOnce)
	var all sync.WaitGroup
	for i, git := range folders {
		all.Go(func() {
			turn <- struct{}{}
			list[i] = lookAt(ctx, workDirOf(git), environ, open, o, log)
			<-turn
		})
	}
	all.Wait()
	return list, err
}

// workDirOf is the folder to open a repository by, of its git folder.
func workDirOf(git string) string {
	if filepath.Base(git) == ".git" {
		return filepath.Dir(git)
	}
	return git
}

func lookAt(ctx context.Context, dir string, environ []string, open syncOpener, o settings.Options, log *slog.Logger) flightRepository {
	r := flightRepository{WorkDir: dir}
	syncer, err := open(dir, environ, syncSettings(o), workspace.SyncHooks{}, log)
	if err != nil {
		r.Error = err.Error()
		return r
	}
	for _, result := range workspace.SyncResults(syncer.Status(ctx)...) {
		r.Ahead += result.Ahead
		r.Behind += result.Behind
		r.LastSync = max(r.LastSync, result.LastSync)
		if len(result.Conflicts) > 0 || result.State == "CONFLICT" {
			r.Conflicts++
		}
		r.Auth = r.Auth || result.State == "AUTH"
	}
	if ctx.Err() != nil {
		r.Error = "it took too long to look at it"
	}
	return r
}

// problems says what is in the way, and what mends it.
func (r flightRepository) problems(now time.Time) []problem {
	var list []problem
	at := " -C " + shellWord(r.WorkDir)
	name := filepath.Base(r.WorkDir)
	if r.Error != "" {
		return []problem{{name + ": " + r.Error, "airside sync status" + at}}
	}
	if r.Conflicts > 0 {
		list = append(list, problem{fmt.Sprintf("%s: a merge is parked", name), "airside sync resolve" + at})
	}
	if r.Auth {
		list = append(list, problem{fmt.Sprintf("%s: the remote wants a password", name), "git -C " + shellWord(r.WorkDir) + " fetch"})
	}
	last, err := time.Parse(time.RFC3339, r.LastSync)
	switch {
	case r.LastSync == "":
		list = append(list, problem{name + ": it has never met its remote", "airside sync" + at})
	case err == nil && now.Sub(last) > longAgo:
		list = append(list, problem{fmt.Sprintf("%s: the last contact was %s", name, agoDays(now.Sub(last))), "airside fetch-all"})
	}
	if r.Ahead > 0 && r.Conflicts == 0 {
		list = append(list, problem{fmt.Sprintf("%s: commits that its remote lacks: %d", name, r.Ahead), "airside sync" + at})
	}
	return list
}

func agoDays(d time.Duration) string { return fmt.Sprintf("%d days ago", int(d.Hours()/24)) }

// shellWord is a path as a shell takes it.
func shellWord(path string) string {
	if strings.Trim(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+@:") == "" && path != "" {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}

func printRepositories(b *strings.Builder, p colors, list []flightRepository, now time.Time) {
	for i, r := range list {
		mark, title := p.green("✓"), ""
		if i == 0 {
			title = "in sync"
		}
		var parts []string
		switch last, err := time.Parse(time.RFC3339, r.LastSync); {
		case r.Error != "":
			parts = append(parts, r.Error)
		case err != nil:
			parts = append(parts, "never met its remote")
		default:
			parts = append(parts, "last contact "+last.Local().Format("2006-01-02 15:04"))
		}
		if r.Ahead > 0 {
			parts = append(parts, fmt.Sprintf("%d to push", r.Ahead))
		}
		if r.Behind > 0 {
			parts = append(parts, fmt.Sprintf("%d to merge", r.Behind))
		}
		if r.Conflicts > 0 {
			parts = append(parts, "a merge is parked")
		}
		if len(r.problems(now)) > 0 {
			mark = p.yellow("!")
		}
		fmt.Fprintf(b, "%s %-10s %s: %s\n", mark, title, printable(r.WorkDir), printable(strings.Join(parts, ", ")))
	}
}

// freeDisk is how many bytes may be written where airside keeps things, -1 where
// nobody tells.
func freeDisk() int64 {
	for dir := cmp.Or(ownModels(), stateDir()); dir != ""; dir = filepath.Dir(dir) {
		if _, err := os.Stat(dir); err == nil {
			if free, err := store.FreeSpace(dir); err == nil {
				return free
			}
			return -1
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	return -1
}

// machineProblems are those of the disk.
func machineProblems(free int64) []problem {
	if free >= 0 && free < leastDisk {
		return []problem{{"the disk has only " + size(free) + " left", "airside models remove NAME"}}
	}
	return nil
}
