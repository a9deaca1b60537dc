package wire

import (
	"context"
	"errors"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/capability"

	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/pack"
	"github.com/airside-ls/airside/gitsync/repo/refs"
)

// maxHaves is how many tips, and how many commits below them, the remote is
// told that we have. Without multi_ack it hears them all at once.
const maxHaves = 256

// Fetch brings want, which the remote advertised, and all that it leads to; in a
// partial clone without what its filter leaves at the remote. It writes objects alone,
// no ref. What arrives waits in quarantine until every object is checked and nothing
// is missing; when anything fails, nothing is left of it.
func (w *Wire) Fetch(ctx context.Context, up refs.Upstream, want []object.Hash, progress Progress) error {
	return w.fetch(ctx, up, want, progress, usual)
}

func (w *Wire) fetch(ctx context.Context, up refs.Upstream, want []object.Hash, progress Progress, lim limits) error {
	cfg, err := w.config.All()
	if err != nil {
		return err
	}
	return w.ask(ctx, up, fetchRequest{want: want, promised: cfg.Promises(up.Remote), filter: cfg.Filter(up.Remote)}, progress, lim)
}

// FetchBounded is Fetch for at most so many bytes, and with nothing left out.
func (w *Wire) FetchBounded(ctx context.Context, up refs.Upstream, want []object.Hash, most int64, progress Progress) error {
	cfg, err := w.config.All()
	if err != nil {
		return err
	}
	lim := usual
	lim.pack = most
	return w.ask(ctx, up, fetchRequest{want: want, promised: cfg.Promises(up.Remote)}, progress, lim)
}

// AllDepth is more commits than any history has: with it Deepen brings all.
const AllDepth = 1<<31 - 1

// Deepen has a shallow clone reach further back: to depth commits below want, which
// the remote advertised, or to where its history begins.
func (w *Wire) Deepen(ctx context.Context, up refs.Upstream, want []object.Hash, depth int, progress Progress) error {
	cfg, err := w.config.All()
	if err != nil {
		return err
	}
	return w.ask(ctx, up, fetchRequest{want: want, promised: cfg.Promises(up.Remote), filter: cfg.Filter(up.Remote), depth: depth}, progress, usual)
}

// fetchRequest is what a remote is asked for.
type fetchRequest struct {
	want     []object.Hash
	promised bool   // what is left out can be had of it later
	filter   string // what to leave out, as git's --filter; "" for nothing
	depth    int    // commits below want, beyond where a shallow clone ends; 0 is up to there
}

func (w *Wire) ask(ctx context.Context, up refs.Upstream, a fetchRequest, progress Progress, lim limits) error {
	wants := make([]plumbing.Hash, 0, len(a.want))
	for _, h := range a.want {
		if !h.IsZero() {
			wants = append(wants, gitHash(h))
		}
	}
	plumbing.HashesSort(wants)
	wants = slices.Compact(wants)
	if len(wants) == 0 {
		return nil
	}
	if a.depth == 0 {
		if err := w.objects.Complete(ctx, nil, wants, w.everything, a.promised); err == nil || ctx.Err() != nil {
			return err
		}
	}
	d, err := w.dialer(up, up.URL, lim)
	if err != nil {
		return err
	}
	return d.goOn(ctx, up.URL, func(c *conversation) error {
		return w.download(ctx, c, wants, a, progress)
	})
}

func (w *Wire) download(ctx context.Context, c *conversation, wants []plumbing.Hash, a fetchRequest, progress Progress) error {
	req, err := w.uploadRequest(c.adv, wants, a, progress != nil)
	if err != nil {
		return err
	}
	q, err := w.objects.Quarantine()
	if err != nil {
		return err
	}
	defer q.Remove()
	q.Promised = a.promised
	reach, err := c.transfer(q, req, progress)
	if err != nil {
		if errors.Is(c.watch.cause(err), errTooMuch) {
			return &fault.Error{Kind: fault.Content, Message: "the remote sends more than airside takes at once: git fetch takes all of it", Err: err}
		}
		return err
	}
	c.watch.pause()
	if a.depth > 0 {
		if err := q.Reaches(reach.Shallows, reach.Unshallows); err != nil {
			return err
		}
	}
	if err := q.Index(ctx); err != nil {
		return err
	}
	if err := w.objects.Complete(ctx, q, wants, w.everything, a.promised); err != nil {
		switch {
		case ctx.Err() != nil || fault.KindOf(err) == fault.Disk || pack.OfThisMachine(err):
			return err
		case len(c.adv.Shallows) > 0:
			return &fault.Error{Kind: fault.Unsupported, Message: "the remote is a shallow clone itself, and its history ends where ours goes on: git fetch --update-shallow takes it as it is, git fetch --unshallow there completes it", Err: err}
		}
		return &fault.Error{Kind: fault.Content, Message: "the remote did not send everything that its refs lead to: tell who runs it (" + fault.Plain(err.Error()) + ")", Err: err}
	}
	return q.Publish()
}

// uploadRequest asks for wants and says what is here.
func (w *Wire) uploadRequest(adv *packp.AdvRefs, wants []plumbing.Hash, a fetchRequest, talkative bool) (*packp.UploadPackRequest, error) {
	if err := offered(adv, wants); err != nil {
		return nil, err
	}
	req := packp.NewUploadPackRequestFromCapabilities(adv.Capabilities)
	req.Wants = wants
	if !talkative && adv.Capabilities.Supports(capability.NoProgress) {
		req.Capabilities.Set(capability.NoProgress)
	}
	if a.filter != "" && adv.Capabilities.Supports(capability.Filter) { // else all comes
		req.Capabilities.Set(capability.Filter)
		req.Filter = packp.Filter(a.filter)
	}
	shallow, err := w.objects.Shallow()
	if err != nil {
		return nil, err
	}
	if len(shallow) > 0 {
		if !adv.Capabilities.Supports(capability.Shallow) {
			return nil, fault.New(fault.Unsupported, "this is a shallow clone, and the remote does not serve those")
		}
		req.Capabilities.Set(capability.Shallow)
		req.Shallows, req.Depth = shallow, packp.DepthCommits(a.depth)
	}
	haves, err := w.haves()
	if err != nil {
		return nil, err
	}
	for _, h := range haves {
		if a.depth > 0 || !slices.Contains(wants, h) {
			req.Haves = append(req.Haves, h)
		}
	}
	return req, nil
}

// offered checks that the remote still has wants: it may have moved since it
// was asked.
func offered(adv *packp.AdvRefs, wants []plumbing.Hash) error {
	if adv.Capabilities.Supports(capability.AllowReachableSHA1InWant) || adv.Capabilities.Supports("allow-any-sha1-in-want") {
		return nil
	}
	have := map[plumbing.Hash]bool{}
	for _, h := range adv.References {
		have[h] = true
	}
	if adv.Head != nil {
		have[*adv.Head] = true
	}
	for _, h := range wants {
		if !have[h] {
			return fault.New(fault.Moved, "the remote has moved: it no longer offers %.10s", h.String())
		}
	}
	return nil
}

// haves are the tips of our branches and of what was fetched before, and the
// newest commits below them.
func (w *Wire) haves() ([]plumbing.Hash, error) {
	tips, err := w.tips("refs/heads/", "refs/remotes/", "refs/airside/remotes/", "refs/airside/threads/", "refs/airside/actors/")
	if err != nil || len(tips) == 0 {
		return nil, err
	}
	below, err := w.objects.Newest(tips, maxHaves)
	if err != nil {
		return nil, err
	}
	list := append(tips[:min(len(tips), maxHaves)], below...)
	plumbing.HashesSort(list)
	return slices.Compact(list), nil
}

// everything is all that our refs name.
func (w *Wire) everything() ([]plumbing.Hash, error) { return w.tips("refs/") }

// tips are the objects of the refs under the prefixes, each once.
func (w *Wire) tips(prefixes ...string) ([]plumbing.Hash, error) {
	var list []plumbing.Hash
	seen := map[object.Hash]bool{}
	for _, prefix := range prefixes {
		refs, err := w.refs.Refs(prefix)
		if err != nil {
			return nil, err
		}
		for _, ref := range refs {
			if !seen[ref.Hash] {
				seen[ref.Hash] = true
				list = append(list, gitHash(ref.Hash))
			}
		}
	}
	return list, nil
}
