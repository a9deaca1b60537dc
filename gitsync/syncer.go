// Package gitsync keeps branches in step with their remotes whenever these can
// be reached. It never forces, never moves what is not clean, and writes down
// each step before it is taken.
//
// A round goes from left to right through the table in states.go; each state
// has one function, which says what happened. Nothing is held between rounds
// that could not be found again: refs decide, files only remember.
package gitsync

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/airside-ls/airside/gitsync/consent"
	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/journal"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo"
)

// Clock tells and waits for the time.
type Clock interface {
	Now() time.Time
	After(time.Duration) <-chan time.Time
}

// Options say how a repository is synced.
type Options struct {
	Repo     repo.Options
	Consent  *consent.Book  // where the user's opt-in is kept; nil opts nobody in
	Interval time.Duration  // between rounds of Watch; 0 is a minute
	Clock    Clock          // nil is the real one
	Random   func() float64 // of jitter, in [0,1); nil is math/rand
	Progress func(string)   // told about transfers and waiting; may be nil
	Name     string         // what others are told who wait for this one: "airside in Neovim"
	Wait     time.Duration  // for another sync to be done; 0 is two minutes, less does not wait
	Log      *slog.Logger   // nil logs nothing

	// OpenDirty lists files that an editor holds unsaved; may be nil.
	OpenDirty func() []string

	// ApplySecondLook takes merges by syntax, where lines conflict, without asking.
	ApplySecondLook bool
}

// Conflict is a path that needs the user, and why.
type Conflict struct {
	Path string `json:"path"`
	Kind string `json:"kind"`
}

// Result is how a branch's round ended.
type Result struct {
	State     State
	Branch    string
	Ahead     int // commits that the remote lacks
	Behind    int // commits that the branch lacks
	Pulled    int // commits that came in this round
	Pushed    int // commits that went out
	Merged    bool
	Conflicts []Conflict
	Operation string // its ID in the log; "" when nothing moved
	Message   string // one line
	LastSync  time.Time
	Remote    string // "origin", in what Status tells; "" for none
	Address   string // where that is, without credentials

	Comments *CommentsResult // in the first result of a round: of all remotes; nil for nothing
}

// Request says what a round is for.
type Request struct {
	Branches []string // these instead of the opted-in ones
	User     bool     // a person asks: what waited for one is tried again
	Retry    bool     // a remote that wanted a password is tried again; nothing else that waits for a person is
}

// Syncer syncs one repository.
type Syncer struct {
	parts
	opts    Options
	fs      durable.FS
	clock   Clock
	log     *slog.Logger
	consent *consent.Book
	journal *journal.Journal
	queue   *journal.Queue
	shared  sharedRounds
	waits   *waiter
	poke    chan struct{}    // buffered: a round is wanted now
	trace   func(transition) // for tests
}

func newSyncer(p parts, opts Options) *Syncer {
	s := &Syncer{parts: p, opts: opts, fs: opts.Repo.FS, clock: opts.Clock, log: opts.Log, consent: opts.Consent, waits: p.waits, poke: make(chan struct{}, 1)}
	if s.fs == nil { // that folder may have been made by anybody
		s.fs = durable.Beneath(p.repo.CommonDir())
	}
	if s.consent == nil {
		s.consent = consent.Open("", nil)
	}
	if s.clock == nil {
		s.clock = realClock{}
	}
	if s.waits == nil {
		s.waits = &waiter{}
	}
	s.waits.of, s.waits.long = s, make(chan struct{}, 1)
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.journal = journal.Open(s.dir("journal"), s.fs, s.clock.Now)
	s.queue = journal.NewQueue(s.fs, s.dir("lock"), cmp.Or(opts.Name, "airside"), s.clock.Now)
	return s
}

// Log is every operation, newest first.
func (s *Syncer) Log() ([]journal.Operation, error) { return s.journal.List() }

// Round syncs each opted-in branch once, the current one first. It begins as soon
// as whoever syncs this repository, here or in another process, is done; rounds
// that wait meanwhile and are about the same are one.
func (s *Syncer) Round(ctx context.Context, req Request) []Result {
	if !s.Enabled() {
		return []Result{{State: Idle, Branch: s.currentBranch(), Message: notEnabled + s.WhyNot()}}
	}
	return s.shared.run(ctx, req, s.round)
}

// round waits for its turn, and asks then what it is for.
func (s *Syncer) round(ctx context.Context, begin func() Request) []Result {
	lock, err := s.lock(ctx)
	req := begin()
	if err != nil {
		return []Result{{State: Busy, Branch: s.currentBranch(), Message: err.Error()}}
	}
	defer lock.Release()
	s.waits.round(lock)
	defer s.waits.round(nil)
	if err := s.recover(ctx); err != nil {
		return []Result{{State: Busy, Branch: s.currentBranch(), Message: message(err)}}
	}
	branches, err := s.branches(req.Branches)
	if err != nil {
		return []Result{{State: Busy, Message: message(err)}}
	}
	var unknown []Result
	for _, name := range req.Branches {
		if !slices.Contains(branches, name) {
			unknown = append(unknown, Result{State: Busy, Branch: name, Message: fmt.Sprintf("there is no branch %s here: `git branch` lists them", name)})
		}
	}
	if len(branches) == 0 && len(unknown) > 0 {
		return unknown
	}
	if len(branches) == 0 {
		if err := s.repo.Busy(); err != nil { // a rebase detaches HEAD
			return []Result{{State: Busy, Message: err.Error()}}
		}
		return []Result{{State: Idle, Message: noBranch}}
	}
	results := s.rounds(ctx, branches, req)
	s.expire(ctx)
	return append(results, unknown...)
}

const (
	notEnabled = "this repository does not take part: "
	noBranch   = "HEAD is detached and no other branch is opted in: nothing to sync"
)

func (s *Syncer) rounds(ctx context.Context, branches []string, req Request) []Result {
	states := s.loadStates()
	s.wentOn(branches, states)
	shared := &remotes{Syncer: s, verdicts: map[string]verdict{}, tips: map[string]map[string]object.Hash{}, failed: map[string]error{}}
	ctx, end := repo.Together(ctx)
	defer func() {
		end()
		for _, end := range shared.ends {
			end()
		}
	}()
	var results []Result
	for _, branch := range branches {
		state := states[branch]
		if state == nil {
			state = &branchState{}
			states[branch] = state
		}
		before := *state
		s.waits.about(branch)
		r := &round{Syncer: s, branch: branch, user: req.User, retry: req.Retry, remotes: shared, saved: state}
		results = append(results, r.run(ctx))
		if worthSaving(before, *state) {
			if err := s.save("state.json", states); err != nil {
				s.log.Warn("remembering where sync stands failed", "error", err)
			}
		}
	}
	s.waits.about(branches[0])
	results[0].Comments = s.carryComments(ctx, shared, branches, results, req.User)
	return results
}

// worthSaving spares the disk a write for each round in which nothing happened.
func worthSaving(before, after branchState) bool {
	recent := after.LastSync.Sub(before.LastSync) < time.Minute
	before.LastSync = after.LastSync
	return before != after || !recent
}

func (s *Syncer) currentBranch() string {
	head, err := s.repo.Head()
	if err != nil {
		return ""
	}
	return head.Branch
}

// branches are those to sync, the current one first.
func (s *Syncer) branches(asked []string) ([]string, error) {
	head, err := s.repo.Head()
	if err != nil {
		return nil, err
	}
	in, err := s.consent.Sync(s.repo.CommonDir())
	if err != nil {
		return nil, err
	}
	patterns := in.Branches
	if len(asked) == 0 && len(patterns) == 0 {
		return slices.DeleteFunc([]string{head.Branch}, func(b string) bool { return b == "" }), nil
	}
	all, err := s.repo.Branches()
	if err != nil {
		return nil, err
	}
	if head.Branch != "" { // an unborn branch is not among them
		all = append([]string{head.Branch}, slices.DeleteFunc(slices.Clone(all), func(b string) bool { return b == head.Branch })...)
	}
	return slices.DeleteFunc(all, func(b string) bool {
		if len(asked) > 0 {
			return !slices.Contains(asked, b)
		}
		return !matches(patterns, b)
	}), nil
}
