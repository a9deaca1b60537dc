package gitsync

import (
	"context"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/airside-ls/airside/gitsync/journal"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo"
)

// round is one branch's way through the states.
type round struct {
	*Syncer
	branch  string
	retry   bool // a remote that wanted a password is tried again
	user    bool
	remotes *remotes
	saved   *branchState

	upstream repo.Upstream
	local    object.Hash // our tip, as of COMPARE
	remote   object.Hash // the remote's, as of FETCH
	current  bool        // the branch is HEAD's
	fetches  int
	compares int

	before []string           // paths that were merged as people did it before
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
	if r.saved.State == Auth && r.saved.Local == r.local && !r.user && !r.retry {
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
