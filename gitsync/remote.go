package gitsync

import (
	"context"
	"crypto/sha1"
	"fmt"
	"strings"
	"time"

	"github.com/airside-ls/airside/gitsync/journal"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo"
)

// remotes asks each remote once per round, however many branches are there.
type remotes struct {
	*Syncer
	verdicts map[string]verdict                // by URL
	tips     map[string]map[string]object.Hash // by URL, then by ref
	failed   map[string]error                  // by URL: why there are no tips
	ends     []func()                          // of what was asked, for the end of the round
}

// listingPatience is how long a remote may take to list its refs before it is probed,
// too: one that is gone lets a connection wait for much longer.
const listingPatience = 3 * time.Second

// reach tells whether a remote can be talked to. One that answered last time is asked
// for its refs at once, which is what comes next; only one that does not answer is
// probed for what is in the way, and one that did not answer last time before it is
// asked for anything.
func (m *remotes) reach(ctx context.Context, up repo.Upstream, last State) verdict {
	if _, asked := m.verdicts[up.URL]; !asked {
		v, known := m.asked(ctx, up, last)
		if !known {
			v = m.probe(ctx, up)
		}
		m.verdicts[up.URL] = v
	}
	return m.verdicts[up.URL]
}

// asked asks a remote for its refs instead of probing it; false where that says
// nothing of whether it can be reached.
func (m *remotes) asked(ctx context.Context, up repo.Upstream, last State) (verdict, bool) {
	if !m.atOnce || last == Offline || last == Portal || last == Backoff {
		return verdict{}, false
	}
	ctx, end := context.WithCancel(ctx)
	m.ends = append(m.ends, end)
	listed := make(chan error, 1)
	go func() {
		_, err := m.advertised(ctx, up, false)
		listed <- err
	}()
	var err error
	select {
	case err = <-listed:
	case <-m.clock.After(listingPatience):
		if v := m.probe(ctx, up); v.state != reachable {
			end()
			<-listed
			return v, true
		}
		err = <-listed
	}
	if err == nil {
		return verdict{state: reachable}, true
	}
	switch kindOf(err) {
	case repo.Auth, repo.Rejected, repo.Unsupported, repo.Disk:
		m.failed[up.URL] = err
		return verdict{state: reachable}, true
	}
	return verdict{}, false
}

// advertised are the remote's refs; again asks anew.
func (m *remotes) advertised(ctx context.Context, up repo.Upstream, again bool) (map[string]object.Hash, error) {
	if refs, asked := m.tips[up.URL]; asked && !again {
		return refs, nil
	}
	if err := m.failed[up.URL]; err != nil && !again {
		return nil, err
	}
	refs, err := m.repo.Advertise(ctx, up)
	if err != nil {
		return nil, err
	}
	m.tips[up.URL] = refs
	return refs, nil
}

// probeRemote is the state PROBE.
func (r *round) probeRemote(ctx context.Context) event {
	v := r.remotes.reach(ctx, r.upstream, r.saved.State)
	r.result.Message = v.message
	switch v.state {
	case reachable:
		r.result.Message = ""
		return reached
	case reachPortal:
		return portal
	case reachAuth:
		return authNeed
	case reachRefused:
		return refused
	}
	return offline
}

// fetch is the state FETCH: the remote's tip, with all that is behind it.
func (r *round) fetch(ctx context.Context) event {
	if r.fetches++; r.fetches > maxFetches {
		r.say("%s at %s moves faster than it can be followed; tried again later", r.branch, r.upstream.Remote)
		return restless
	}
	tips, err := r.remotes.advertised(ctx, r.upstream, r.fetches > 1)
	if err != nil {
		return r.fetchFailed(err)
	}
	seen, err := r.repo.Ref(r.seenRef())
	if err != nil {
		return r.failed(err)
	}
	r.remote = tips[r.upstream.Ref]
	if r.remote.IsZero() {
		return r.missing(seen)
	}
	if r.remote != seen || seen != r.local && !r.here(seen) { // else a ref of ours keeps all that it leads to
		if refusal := r.saved.Refused; refusal != nil && refusal.Tip == r.remote && !r.user {
			r.result.Message = refusal.Why
			return refused
		}
		err := r.repo.Fetch(ctx, r.upstream, []object.Hash{r.remote}, r.opts.Progress)
		if err != nil {
			return r.fetchFailed(err)
		}
	}
	r.saved.Refused = nil
	if err := r.reachBack(ctx, seen); err != nil {
		return r.fetchFailed(err)
	}
	if r.remote != seen && r.untaken(seen) {
		if !r.user {
			r.say("%s reported the push of %s (%s) as taken, and has what it had before (%s): either it did not keep the push, or somebody took it back there; nothing here was changed, and `airside sync` pushes it again", r.upstream.Remote, r.branch, seen.Short(), r.remote.Short())
			return refused
		}
		// The user has read that, and wants it there.
	} else if rewound, err := r.rewound(ctx, seen); err != nil {
		return r.failed(err)
	} else if rewound {
		r.say("%s was rewritten at %s (it was %s, it is %s): nothing was followed; merge or rebase onto what you want, and sync goes on", r.branch, r.upstream.Remote, seen.Short(), r.remote.Short())
		return rewritten
	}
	r.saved.Pushed = nil
	if err := r.see(seen, r.remote); err != nil {
		return r.failed(err)
	}
	return fetched
}

// here tells whether a commit can be read.
func (r *round) here(commit object.Hash) bool {
	objects, err := r.repo.Objects()
	if err != nil {
		return false
	}
	_, err = objects.Commit(commit)
	return err == nil
}

// fetchFailed sorts the error of a fetch: there is nothing to be overtaken by.
func (r *round) fetchFailed(err error) event {
	if kindOf(err) == repo.Content && !r.remote.IsZero() { // the same would come again, with all its bytes
		r.result.Message = fmt.Sprintf("%s; it is fetched again when %s moves there, or by `airside sync`", message(err), r.branch)
		r.saved.Refused = &refusedTip{r.remote, r.result.Message}
		return refused
	}
	if on := r.remoteFailed(err); on != overtaken {
		return on
	}
	return broke
}

// missing says what it means that the remote has no such branch.
func (r *round) missing(seen object.Hash) event {
	tracking, err := r.repo.Ref(r.trackingRef())
	if err != nil {
		return r.failed(err)
	}
	if seen.IsZero() && tracking.IsZero() {
		return absent
	}
	r.say("%s was deleted at %s; nothing here was changed, and it is not pushed again: git push %s %s brings it back", r.branch, r.upstream.Remote, r.upstream.Remote, r.branch)
	return gone
}

// untaken tells whether the remote has what it had before the push that it reported as
// taken last, and was never seen with what was pushed: that is no history rewritten.
func (r *round) untaken(seen object.Hash) bool {
	p := r.saved.Pushed
	return p != nil && p.New == seen && p.Old == r.remote
}

// rewound tells whether the remote has dropped what it had, other than by a push
// of ours.
func (r *round) rewound(ctx context.Context, seen object.Hash) (bool, error) {
	if seen.IsZero() || seen == r.remote {
		return false, nil
	}
	objects, err := r.repo.Objects()
	if err != nil {
		return false, err
	}
	follows, err := r.isAncestor(ctx, objects, seen, r.remote)
	if err != nil || follows {
		return false, err
	}
	// The user has taken the new history already, or made it.
	local, err := r.repo.Ref(r.ref())
	if err != nil {
		return false, err
	}
	taken, err := r.isAncestor(ctx, objects, r.remote, local)
	if err != nil || !taken {
		return true, err
	}
	// While ours holds what was dropped there, pushing it would undo the rewind.
	return r.isAncestor(ctx, objects, seen, local)
}

// see notes the remote's tip, for airside and, as git fetch does, for the user.
func (r *round) see(seen, tip object.Hash) error {
	if err := r.setRef(r.seenRef(), seen, tip, "airside sync: seen"); err != nil {
		return err
	}
	name := r.trackingRef()
	tracking, err := r.repo.Ref(name)
	if err != nil || tracking == tip {
		return err
	}
	err = r.setRef(name, tracking, tip, "airside sync: fetched")
	if kind := kindOf(err); kind == repo.Moved || kind == repo.Busy {
		return nil // somebody else is fetching: theirs is as good
	}
	return err
}

// seenRef is the remote's tip as airside saw it last.
func (r *round) seenRef() string {
	return "refs/airside/remotes/" + remoteName(r.upstream.Remote) + "/" + strings.TrimPrefix(r.upstream.Ref, "refs/heads/")
}

func (r *round) trackingRef() string {
	return "refs/remotes/" + remoteName(r.upstream.Remote) + "/" + strings.TrimPrefix(r.upstream.Ref, "refs/heads/")
}

// remoteName is the remote's name as a part of a ref: an address, which stands
// in the place of a name at times, cannot be one.
func remoteName(remote string) string {
	if repo.CheckRefName("refs/remotes/"+remote) == nil && !strings.Contains(remote, "/") {
		return remote
	}
	return fmt.Sprintf("url-%x", sha1.Sum([]byte(remote)))[:14]
}

// ahead is the state AHEAD: whether what is ours is to be handed over.
func (r *round) ahead(context.Context) event {
	if r.saved.State == Rejected && r.saved.Local == r.local && r.saved.Remote == r.remote && !r.user {
		r.result.Message = r.saved.Message
		return waits
	}
	return ready
}

// push is the state PUSH.
func (r *round) push(ctx context.Context) event {
	update := repo.PushUpdate{Ref: r.upstream.Ref, Old: r.remote, New: r.local}
	err := r.step(journal.Step{Do: doPush, Ref: update.Ref, Old: update.Old, New: update.New}, func() error {
		return r.repo.Push(ctx, r.upstream, []repo.PushUpdate{update}, r.opts.Progress)
	})
	if err != nil {
		return r.remoteFailed(err)
	}
	seen, err := r.repo.Ref(r.seenRef())
	if err != nil {
		return r.failed(err)
	}
	if err := r.see(seen, r.local); err != nil {
		return r.failed(err)
	}
	r.saved.Pushed = &pushedTip{update.Old, update.New}
	r.remote = r.local
	r.result.Pushed, r.result.Ahead = max(r.result.Ahead, 1), 0
	r.say("%s", r.outcome())
	return pushed
}
