package gitsync

import (
	"cmp"
	"context"
	"math/rand/v2"
	"path"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/airside-ls/airside/gitsync/journal"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo"
	"github.com/airside-ls/airside/gitsync/threads"
)

type realClock struct{}

func (realClock) Now() time.Time                         { return time.Now() }
func (realClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

const (
	usualInterval = time.Minute
	lookInterval  = 2 * time.Second        // between looks for a commit or a comment: two stats
	rareLook      = time.Minute            // the same where the system tells of them
	settle        = 500 * time.Millisecond // after the last of what the system tells: git is not done yet
	firstBackoff  = 5 * time.Second
	longestWait   = 15 * time.Minute
)

// Watch syncs until ctx ends: when the network or the machine wakes, after
// commits and comments, when poked, and every interval; less often while a remote
// cannot be reached. What happens during a round is another round's: no commit
// and no poke is missed. changed hears how the branches stand whenever that has changed.
func (s *Syncer) Watch(ctx context.Context, changed func([]Result)) error {
	var hints <-chan struct{}
	if s.hints != nil {
		hints = s.hints(ctx)
	}
	changes := s.repo.Changes(ctx, threads.OwnRefs)
	var told []Result
	failures := 0
	tell := func() {
		if changed != nil {
			told = nil // the result is another, even if it is as the last one
			changed(s.Status(ctx))
		}
	}
	for {
		seen := s.noticed()
		results := s.watched(ctx, tell)
		if ctx.Err() != nil {
			return nil
		}
		if plain := withoutTimes(results); changed != nil && !reflect.DeepEqual(plain, told) {
			told = plain
			changed(results)
		}
		if slices.ContainsFunc(results, func(r Result) bool { return retries(r.State) }) {
			failures++
		} else {
			failures = 0
		}
		if s.wait(ctx, s.pause(failures), seen, hints, changes, tell) {
			failures = 0
		}
		if ctx.Err() != nil {
			return nil
		}
	}
}

// watched is a round, and calls tell when that waits long for something.
func (s *Syncer) watched(ctx context.Context, tell func()) (results []Result) {
	done := make(chan []Result, 1)
	go func() { done <- s.Round(ctx, Request{}) }()
	for {
		select {
		case results = <-done:
			select {
			case <-s.waits.long: // too late
			default:
			}
			return results
		case <-s.waits.long:
			tell()
		}
	}
}

// retries tells which states go away by themselves.
func retries(s State) bool { return s == Offline || s == Portal || s == Backoff }

// pause is the time to the next round: the interval, or after failures a random
// part of twice as long a time as after the one before (full jitter), so that a
// team that lands together does not knock together.
func (s *Syncer) pause(failures int) time.Duration {
	interval := s.opts.Interval
	if interval <= 0 {
		interval = usualInterval
	}
	if failures == 0 {
		return interval
	}
	random := s.opts.Random
	if random == nil {
		random = rand.Float64
	}
	limit := min(firstBackoff<<min(failures-1, 20), longestWait)
	return max(time.Second, time.Duration(random()*float64(limit)))
}

// wait ends after d, and before that when there is a reason to look; fresh says
// that the network may be another. tell is called when a round that somebody else has
// asked for waits long.
func (s *Syncer) wait(ctx context.Context, d time.Duration, seen changeTimes, hints, changes <-chan struct{}, tell func()) (fresh bool) {
	end := s.clock.Now().Add(d)
	every := lookInterval
	if changes != nil {
		every = rareLook
	}
	look := s.clock.After(min(d, every))
	for {
		left := end.Sub(s.clock.Now())
		if left <= 0 {
			return false
		}
		// A clock that was set back must not make a wait of hours.
		if left > d {
			return false
		}
		select {
		case <-ctx.Done():
			return false
		case <-s.poke:
			return true
		case _, open := <-hints:
			if open {
				return true
			}
			hints = nil
		case <-s.waits.long:
			tell()
		case <-changes:
			look = s.clock.After(min(left, settle))
		case <-look:
			if s.noticed() != seen {
				return false
			}
			look = s.clock.After(min(left, every))
		}
	}
}

// changeTimes are when HEAD and our comments changed last. A later one says that there
// is something to sync, whoever did it.
type changeTimes struct{ head, comments time.Time }

func (s *Syncer) noticed() changeTimes {
	return changeTimes{s.repo.HeadChanged(), s.repo.RefsChanged(threads.OwnRefs)}
}

// Poke has Watch look now. It returns at once.
func (s *Syncer) Poke() {
	select {
	case s.poke <- struct{}{}:
	default: // one is pending already
	}
}

func withoutTimes(results []Result) []Result {
	plain := slices.Clone(results)
	for i := range plain {
		plain[i].LastSync = time.Time{}
	}
	return plain
}

// WorkDir is the work tree's folder.
func (s *Syncer) WorkDir() string { return s.repo.WorkDir() }

// Status is where the branches stand, as far as this machine knows: it asks no
// remote and waits for nobody.
func (s *Syncer) Status(ctx context.Context) []Result {
	if !s.Enabled() {
		result := Result{State: Idle, Branch: s.currentBranch(), Message: notEnabled + s.WhyNot()}
		if up, ok, err := s.repo.Upstream(result.Branch); err == nil && ok {
			result.Remote, result.Address = up.Remote, repo.WithoutCredentials(up.URL)
		}
		return []Result{result}
	}
	branches, err := s.branches(nil)
	if err != nil {
		return []Result{{State: Busy, Message: err.Error()}}
	}
	states := s.loadStates()
	var results []Result
	for _, branch := range branches {
		results = append(results, s.standing(ctx, branch, states[branch]))
	}
	if len(results) == 0 {
		return []Result{{State: Idle, Message: noBranch}}
	}
	return s.overlay(results)
}

func (s *Syncer) standing(ctx context.Context, branch string, state *branchState) Result {
	if state == nil {
		state = &branchState{State: Idle, Message: "sync is on, and begins as soon as the remote answers"}
	}
	result := Result{State: state.State, Branch: branch, Message: state.Message, LastSync: state.LastSync}
	if result.State == "" {
		result.State = Idle
	}
	up, ok, err := s.repo.Upstream(branch)
	local, refErr := s.repo.Ref("refs/heads/" + branch)
	if err := cmp.Or(err, refErr); err != nil { // git refuses its configuration, say
		result.State, result.Message = Busy, message(err)
		return result
	}
	if ok {
		result.Remote, result.Address = up.Remote, repo.WithoutCredentials(up.URL)
	}
	if !ok || local.IsZero() {
		return result
	}
	if state.Parked != nil && state.Parked.Ours == local {
		result.State, result.Conflicts, result.Message = Conflicted, state.Parked.Paths, state.Parked.Message
		if begun, err := s.repo.Merging(); err == nil && begun == state.Parked.Theirs && s.currentBranch() == branch {
			result.Message = mergeStands
		}
	}
	r := &round{Syncer: s, branch: branch, upstream: up, local: local}
	r.countKnown(ctx)
	result.Ahead, result.Behind = r.result.Ahead, r.result.Behind
	return result
}

// keptFor is how long refs of old states stay at least.
const keptFor = 30 * 24 * time.Hour

// expire removes refs under refs/airside that are old and whose commits a branch
// or a remote-tracking ref has, once a day. What is nowhere else stays.
func (s *Syncer) expire(ctx context.Context) {
	var last time.Time
	if load(s.dir("expired.json"), &last) == nil && s.clock.Now().Sub(last).Abs() < 24*time.Hour {
		return
	}
	if err := s.removeExpired(ctx); err != nil {
		s.log.Warn("expiring old states failed", "error", err)
	}
	if err := s.save("expired.json", s.clock.Now()); err != nil {
		s.log.Warn("expiring old states failed", "error", err)
	}
}

func (s *Syncer) removeExpired(ctx context.Context) error {
	refs, err := s.repo.Refs("refs/airside/")
	if err != nil || len(refs) == 0 {
		return err
	}
	objects, err := s.repo.Objects()
	if err != nil {
		return err
	}
	var tips []object.Hash
	for _, prefix := range []string{"refs/heads/", "refs/remotes/"} {
		others, err := s.repo.Refs(prefix)
		if err != nil {
			return err
		}
		for _, o := range others {
			tips = append(tips, o.Hash)
		}
	}
	for _, ref := range refs {
		kind, rest, _ := strings.Cut(strings.TrimPrefix(ref.Name, "refs/airside/"), "/")
		id, _, _ := strings.Cut(rest, "/")
		made, ok := journal.IDTime(id)
		if !ok || kind == "remotes" || kind == "actors" || kind == "threads" || s.clock.Now().Sub(made) < keptFor {
			continue
		}
		elsewhere, err := s.elsewhere(ctx, objects, kind, ref.Hash, tips)
		if strings.HasSuffix(ref.Name, "/proposal-part") { // nobody commits that: what it is made of counts
			elsewhere, err = s.bothElsewhere(ctx, objects, ref.Hash, tips)
		}
		if err != nil || !elsewhere {
			continue // what cannot be judged stays
		}
		if err := s.repo.UpdateRef(refUpdate(ref.Name, ref.Hash, object.Zero, "expired")); err != nil {
			return err
		}
	}
	return nil
}

// bothElsewhere tells whether tips have both sides of a merge behind them.
func (s *Syncer) bothElsewhere(ctx context.Context, objects object.Reader, merge object.Hash, tips []object.Hash) (bool, error) {
	c, err := objects.Commit(merge)
	if err != nil {
		return false, err
	}
	for _, side := range c.Parents {
		if ok, err := s.elsewhere(ctx, objects, "conflicts", side, tips); err != nil || !ok {
			return false, err
		}
	}
	return true, nil
}

// elsewhere tells whether a tip has the commit behind it, or, for a snapshot,
// the same files.
func (s *Syncer) elsewhere(ctx context.Context, objects object.Reader, kind string, commit object.Hash, tips []object.Hash) (bool, error) {
	c, err := objects.Commit(commit)
	if err != nil {
		return false, err
	}
	for _, tip := range tips {
		if kind == "wip" {
			t, err := objects.Commit(tip)
			if err == nil && t.Tree == c.Tree && len(c.Parents) < 2 {
				return true, nil
			}
			continue
		}
		if ok, err := s.isAncestor(ctx, objects, commit, tip); err != nil || ok {
			return ok, err
		}
	}
	return false, nil
}

// matches tells whether a branch is one of the patterns'.
func matches(patterns []string, branch string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { ok, _ := path.Match(p, branch); return ok })
}
