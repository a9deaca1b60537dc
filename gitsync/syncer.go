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
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"
	"unicode/utf8"

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
	shared  shared
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
	results := s.rounds(ctx, branches, req.User)
	s.expire(ctx)
	return append(results, unknown...)
}

const (
	notEnabled = "this repository does not take part: "
	noBranch   = "HEAD is detached and no other branch is opted in: nothing to sync"
)

func (s *Syncer) rounds(ctx context.Context, branches []string, user bool) []Result {
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
		r := &round{Syncer: s, branch: branch, user: user, remotes: shared, saved: state}
		results = append(results, r.run(ctx))
		if worthSaving(before, *state) {
			if err := s.save("state.json", states); err != nil {
				s.log.Warn("remembering where sync stands failed", "error", err)
			}
		}
	}
	s.waits.about(branches[0])
	results[0].Comments = s.carryComments(ctx, shared, branches, results, user)
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

// round is one branch's way through the states.
type round struct {
	*Syncer
	branch  string
	user    bool
	remotes *remotes
	saved   *branchState

	upstream repo.Upstream
	local    object.Hash // our tip, as of COMPARE
	remote   object.Hash // the remote's, as of FETCH
	current  bool        // the branch is HEAD's
	fetches  int
	compares int

	moved  bool               // by this round already
	half   bool               // a move was cut short and could not be taken back yet
	op     *journal.Operation // begun by the first step that changes something
	result Result
}

// Rounds against a remote or a branch that moves at the same time.
const (
	maxFetches  = 3
	maxCompares = 6
)

// run goes from state to state until one has no way on.
func (r *round) run(ctx context.Context) Result {
	r.result.Branch = r.branch
	state, steps := Idle, r.steps()
	for {
		step := steps[state]
		on := step(ctx)
		to, ok := next(state, on)
		if !ok {
			r.say("airside lost its way: %q in state %s; please report it", on, state)
			to = Busy
		}
		if r.trace != nil {
			r.trace(transition{state, on, to})
		}
		r.log.Debug("sync", "branch", r.branch, "from", state, "event", string(on), "to", to)
		state = to
		if steps[state] == nil || state == Idle {
			break
		}
	}
	if r.compares == 0 && state != Idle {
		r.countKnown(ctx)
	}
	return r.finish(state)
}

func (r *round) steps() map[State]func(context.Context) event {
	return map[State]func(context.Context) event{
		Idle: r.start, Probe: r.probeRemote, Fetch: r.fetch, Compare: r.compare,
		Equal: r.equal, Ahead: r.ahead, Behind: r.forward, Diverged: r.mergeBoth, Push: r.push,
	}
}

// countKnown counts ahead and behind against the remote as it was seen last: what
// a round can still tell that did not come to it.
func (r *round) countKnown(ctx context.Context) {
	if r.local.IsZero() || r.upstream.Remote == "" {
		return
	}
	seen, err := r.repo.Ref(r.seenRef())
	if err == nil && seen.IsZero() { // never synced
		seen, err = r.repo.Ref(r.trackingRef())
	}
	if err != nil || seen.IsZero() || seen == r.local {
		return
	}
	objects, err := r.repo.Objects()
	if err == nil {
		r.result.Ahead, r.result.Behind, err = r.aheadBehind(ctx, objects, r.local, seen)
	}
	if err != nil {
		r.log.Debug("counting commits failed", "branch", r.branch, "error", err)
	}
}

// finish closes the operation and remembers how the round ended.
func (r *round) finish(state State) Result {
	r.result.State = state
	if r.op != nil {
		r.result.Operation = r.op.ID
		if err := r.end(string(state), r.result.Message); err != nil {
			r.log.Warn("closing an operation failed; the next round recovers it", "operation", r.op.ID, "error", err)
		}
	}
	if state == Idle && !r.remote.IsZero() {
		r.saved.LastSync = r.clock.Now()
	}
	r.saved.State, r.saved.Message = state, r.result.Message
	r.saved.Local, r.saved.Remote = r.local, r.remote
	r.result.LastSync = r.saved.LastSync
	return r.result
}

// end ends the operation, or leaves it to the next round if a move is half done.
func (r *round) end(state, message string) error {
	if r.half {
		return r.op.Leave()
	}
	return r.op.End(state, message)
}

func (r *round) say(format string, args ...any) { r.result.Message = fmt.Sprintf(format, args...) }

// start asks whether there is anything to sync, and nobody else at work.
func (r *round) start(context.Context) event {
	if !utf8.ValidString(r.branch) {
		r.say("a branch whose name is not UTF-8 is not synced")
		return busy
	}
	head, err := r.repo.Head()
	if err != nil {
		return r.failed(err)
	}
	r.current = head.Branch == r.branch
	if r.local, err = r.repo.Ref(r.ref()); err != nil {
		return r.failed(err)
	}
	if r.local.IsZero() {
		r.say("%s has no commit yet", r.branch)
		return nothing
	}
	if err := r.repo.Busy(); err != nil {
		return r.failed(err)
	}
	up, ok, err := r.repo.Upstream(r.branch)
	if err != nil {
		return r.failed(err)
	}
	if !ok || up.Remote == "" || up.Remote == "." {
		r.say("%s has no upstream: `git push -u <remote> %s` once, then it is synced", r.branch, r.branch)
		return nothing
	}
	r.upstream = up
	if r.saved.State == Auth && r.saved.Local == r.local && !r.user {
		r.result.Message, r.remote = r.saved.Message, r.saved.Remote
		return waits
	}
	return ready
}

// failed says what went wrong in a step that moves nothing and in which only the
// repository can be at fault.
func (r *round) failed(err error) event {
	r.result.Message = message(err)
	return busy
}

// remoteFailed sorts the error of a transfer.
func (r *round) remoteFailed(err error) event {
	r.result.Message = message(err)
	switch kindOf(err) {
	case repo.Network, repo.Protocol:
		return broke
	case repo.Auth:
		return authNeed
	case repo.Rejected, repo.Hook, repo.Content:
		return refused
	case repo.NonFastForward, repo.Moved:
		return overtaken
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return broke
	}
	return busy
}

// movedOrBusy sorts the error of a step that moves a ref or the work tree.
func (r *round) movedOrBusy(err error) event {
	r.result.Message = message(err)
	switch kindOf(err) {
	case repo.Moved:
		return moved
	case repo.Network: // what a partial clone lacks did not come
		return broke
	}
	return busy
}

func kindOf(err error) repo.Kind {
	var e *repo.Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return repo.Failed
}

func message(err error) string { return err.Error() }

// ref is the branch's full name.
func (r *round) ref() string { return "refs/heads/" + r.branch }

// step writes down what is about to be done, does it, and marks it. The first
// one begins the operation.
func (r *round) step(s journal.Step, do func() error) error {
	if err := r.begin(); err != nil {
		return err
	}
	return step(r.op, r.log, s, do)
}

// step is a step of an operation that has begun.
func step(op *journal.Operation, log *slog.Logger, s journal.Step, do func() error) error {
	n, err := op.Step(s)
	if err != nil {
		return fmt.Errorf("writing the journal failed, so nothing was moved: %w", err)
	}
	if err := do(); err != nil {
		return err
	}
	// A mark that cannot be written is found again by recovery.
	if err := op.Done(n); err != nil {
		log.Warn("marking a step failed", "operation", op.ID, "error", err)
	}
	return nil
}

func (r *round) begin() (err error) {
	if r.op != nil {
		return nil
	}
	r.op, err = r.journal.Begin(kindSync, r.branch, r.upstream.Remote)
	if err != nil {
		return fmt.Errorf("writing the journal failed, so nothing was moved: %w", err)
	}
	return nil
}

// setRef is a step that moves one ref.
func (r *round) setRef(name string, old, new object.Hash, reason string) error {
	if old == new {
		return nil
	}
	return r.step(journal.Step{Do: doRef, Ref: name, Old: old, New: new}, func() error {
		return r.repo.UpdateRef(repo.RefUpdate{Name: name, Old: old, New: new, Reason: reason})
	})
}

// Kinds of operations and of their steps, as the journal has them.
const (
	kindSync    = "sync"
	kindUndo    = "undo"
	kindResolve = "resolve"

	kindComments = "comments" // moves no branch, and is not taken back

	doRef     = "ref"     // a ref of airside's or a remote-tracking one
	doWip     = "wip"     // a snapshot of the work tree
	doKeep    = "keep"    // an old tip
	doForward = "forward" // a branch, with its work tree
	doRestore = "restore" // a branch back to where it was
	doPush    = "push"    // a branch at the remote
	doPark    = "park"    // a conflict
	doMerge   = "merge"   // the start of a merge in the work tree
	doUndoes  = "undoes"  // says which operation an undo takes back
)
