package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/capability"
	"github.com/go-git/go-git/v5/plumbing/transport"

	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/pack"
	"github.com/airside-ls/airside/gitsync/repo/refs"
)

// PushUpdate asks a remote to move one ref of its own, never by force.
type PushUpdate struct {
	Ref string      // full name at the remote
	Old object.Hash // what the remote advertised; Zero creates
	New object.Hash
}

// ownRefs never leave this machine.
var ownRefs = []string{"refs/airside/wip/", "refs/airside/keep/", "refs/airside/merge/", "refs/airside/conflicts/", "refs/airside/remotes/", "refs/airside/threads/"}

// Push moves refs of the remote forward, never by force: Old must be what the
// remote has and an ancestor of New. The user's pre-push hook is asked first.
// Where the answer was lost, and for other refs than branches, the remote is listed
// again, and the push counts by what is there.
func (w *Wire) Push(ctx context.Context, up refs.Upstream, updates []PushUpdate, progress Progress) error {
	return w.push(ctx, up, updates, progress, usual)
}

func (w *Wire) push(ctx context.Context, up refs.Upstream, updates []PushUpdate, progress Progress, lim limits) error {
	to := up.Push
	if to == "" {
		to = up.URL
	}
	s, err := w.objects.Transfer()
	if err != nil {
		return err
	}
	defer s.Close()
	cfg, err := w.config.All()
	if err != nil {
		return err
	}
	s.Promised = cfg.Promises(up.Remote)
	if updates, err = allowed(ctx, s, updates); err != nil || len(updates) == 0 {
		return err
	}
	if err := w.prePush(ctx, up.Remote, to, updates); err != nil {
		return err
	}
	d, err := w.dialer(up, to, lim)
	if err != nil {
		return err
	}
	p := &pusher{store: s, updates: updates, progress: progress}
	err = d.talk(ctx, transport.ReceivePackServiceName, func(c *conversation) error { return p.send(ctx, c) })
	// A host may take other refs than branches and show them to nobody.
	if !p.sent || !p.unanswered && (err == nil && !hidable(updates) || err != nil && !worthAnotherLook(err)) {
		return err
	}
	return d.confirm(ctx, updates, err)
}

// worthAnotherLook reports that the answer to a push may have been lost.
func worthAnotherLook(err error) bool {
	kind := fault.KindOf(err)
	return kind == fault.Network || kind == fault.Protocol || kind == fault.Failed
}

// allowed refuses what must not be pushed, before anything goes out, and drops
// what changes nothing.
func allowed(ctx context.Context, s *pack.Transfer, updates []PushUpdate) ([]PushUpdate, error) {
	var list []PushUpdate
	for _, u := range updates {
		switch {
		case refs.CheckName(u.Ref) != nil:
			return nil, fault.Wrap(nil, "%.100q is not the name of a ref", u.Ref)
		case slices.ContainsFunc(ownRefs, func(p string) bool { return strings.HasPrefix(u.Ref+"/", p) }):
			return nil, fault.Wrap(nil, "%s is airside's own and is not pushed", u.Ref)
		case u.New.IsZero():
			return nil, fault.Wrap(nil, "%s: airside deletes nothing at a remote", u.Ref)
		case u.Old == u.New:
			continue
		}
		if !u.Old.IsZero() {
			behind, err := s.Contains(ctx, gitHash(u.New), gitHash(u.Old))
			if errors.Is(err, plumbing.ErrObjectNotFound) || errors.Is(err, pack.ErrNotCommit) || err == nil && !behind {
				return nil, &fault.Error{Kind: fault.NonFastForward, Message: fmt.Sprintf("%s at the remote has commits (%s) that are not in %s: fetch and merge first", u.Ref, u.Old.Short(), u.New.Short()), Err: err}
			}
			if err != nil {
				return nil, fault.Wrap(err, "%s: %v", u.Ref, err)
			}
		}
		list = append(list, u)
	}
	return list, nil
}

// pusher sends one push.
type pusher struct {
	store    *pack.Transfer
	updates  []PushUpdate
	progress Progress

	sent       bool // the request went out
	unanswered bool // the request went out, and no report came
}

func (p *pusher) send(ctx context.Context, c *conversation) error {
	refs := advertised(c.adv)
	delete(refs, "HEAD")
	req := packp.NewReferenceUpdateRequestFromCapabilities(c.adv.Capabilities)
	var tips []plumbing.Hash
	for _, u := range p.updates {
		switch refs[u.Ref] {
		case u.New: // there already: an earlier push whose answer was lost
			continue
		case u.Old:
		default:
			return fault.New(fault.NonFastForward, "%s has moved at the remote since it was listed: fetch again", u.Ref)
		}
		req.Commands = append(req.Commands, &packp.Command{Name: plumbing.ReferenceName(u.Ref), Old: gitHash(u.Old), New: gitHash(u.New)})
		tips = append(tips, gitHash(u.New))
	}
	if len(req.Commands) == 0 {
		return nil
	}
	for _, name := range []capability.Capability{capability.Sideband64k, capability.Atomic} {
		if c.adv.Capabilities.Supports(name) && (name != capability.Atomic || len(req.Commands) > 1) {
			req.Capabilities.Set(name)
		}
	}
	pack, err := p.store.Packer(ctx, tips, p.haves(refs))
	if err != nil {
		return fault.Wrap(err, "what to push could not be read: %v", err)
	}
	return p.exchange(c, req, c.watch.patient(pack))
}

// maxPushHaves is how many of the remote's refs are looked for here.
const maxPushHaves = 512

// haves are commits that the remote has: first what the branches stand at that
// are pushed to, then its other branches, then the rest.
func (p *pusher) haves(refs map[string]object.Hash) []plumbing.Hash {
	var list []plumbing.Hash
	for _, u := range p.updates {
		if !u.Old.IsZero() {
			list = append(list, gitHash(u.Old))
		}
	}
	for _, branches := range []bool{true, false} {
		for name, h := range refs {
			if len(list) < maxPushHaves && strings.HasPrefix(name, "refs/heads/") == branches {
				list = append(list, gitHash(h))
			}
		}
	}
	return list
}

func (p *pusher) exchange(c *conversation, req *packp.ReferenceUpdateRequest, pack func(io.Writer) error) error {
	session, ok := c.session.(transport.ReceivePackSession)
	if !ok {
		return fault.Wrap(nil, "not a session for pushing")
	}
	words := &chatter{tell: p.progress, left: c.limits.chatter}
	req.Progress = words
	if c.pack != nil {
		c.pack(pack)
	} else {
		r, w := io.Pipe()
		defer r.Close() // ends the writing
		c.work.Go(func() { w.CloseWithError(pack(w)) })
		req.Packfile = r
	}
	c.watch.allow(c.limits.report)
	c.watch.moved()
	p.sent, p.unanswered = true, true
	report, err := session.ReceivePack(c.watch.ctx, req)
	if report == nil {
		return err
	}
	p.unanswered = false
	return judge(report, req, words.words)
}

// judge reads the remote's report. Its words are shown: they say what to do.
func judge(report *packp.ReportStatus, req *packp.ReferenceUpdateRequest, words []string) error {
	if report.UnpackStatus != "ok" {
		return refusal("", report.UnpackStatus, words)
	}
	status := map[plumbing.ReferenceName]string{}
	for _, s := range report.CommandStatuses {
		status[s.ReferenceName] = s.Status
	}
	for _, c := range req.Commands {
		switch s, ok := status[c.Name]; {
		case !ok:
			return fault.New(fault.Protocol, "the remote says nothing of %s", c.Name)
		case s != "ok":
			return refusal(c.Name.String(), s, words)
		}
	}
	return nil
}

// movedMarks are in the reasons of git and of the hosts when somebody else was
// faster.
var movedMarks = []string{"fetch first", "non-fast-forward", "non-fast forward", "stale info", "failed to lock",
	"cannot lock ref", "failed to update ref", "reference already exists", "but expected", "incorrect old value", "atomic transaction failed"}

func refusal(ref, reason string, words []string) *fault.Error {
	kind := fault.Rejected
	lower := strings.ToLower(reason)
	if slices.ContainsFunc(movedMarks, func(m string) bool { return strings.Contains(lower, m) }) && !strings.Contains(lower, "hook") {
		kind = fault.NonFastForward
	}
	if strings.Contains(lower, "no space left") {
		kind = fault.Rejected
	}
	message := "the remote refuses the push"
	if ref != "" {
		message = "the remote refuses " + ref
	}
	message += ": " + fault.Plain(reason)
	if len(words) > 0 {
		message += " (" + fault.Plain(strings.Join(words, " / ")) + ")"
	}
	return &fault.Error{Kind: kind, Message: message}
}

// hidable tells whether a host may keep any of the refs to itself.
func hidable(updates []PushUpdate) bool {
	return slices.ContainsFunc(updates, func(u PushUpdate) bool { return !strings.HasPrefix(u.Ref, "refs/heads/") })
}

// confirm lists the remote again, where its report is missing or does not tell enough. pushed is what the push
// itself came to.
func (d *dialer) confirm(ctx context.Context, updates []PushUpdate, pushed error) error {
	refs, err := d.advertise(ctx, "")
	if err != nil {
		return pushed // nothing better is known
	}
	for _, u := range updates {
		switch now := refs[u.Ref]; {
		case now == u.New:
		case pushed != nil:
			return pushed
		case now == u.Old:
			return fault.New(fault.Protocol, "the remote has not taken %s, and does not say why", u.Ref)
		default:
			return fault.New(fault.NonFastForward, "%s has moved on at the remote: fetch again", u.Ref)
		}
	}
	return nil
}
