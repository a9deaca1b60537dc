package wire

import (
	"context"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/capability"
	"github.com/go-git/go-git/v5/plumbing/transport"

	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/refs"
)

// maxHaves is how many tips, and how many commits below them, the remote is
// told that we have. Without multi_ack it hears them all at once.
const maxHaves = 256

// Fetch brings want, which the remote advertised, and all that it leads to. It
// writes objects alone, no ref. What arrives waits in quarantine until every
// object is checked and nothing is missing; when anything fails, nothing is
// left of it.
func (w *Wire) Fetch(ctx context.Context, up refs.Upstream, want []object.Hash, progress Progress) error {
	return w.fetch(ctx, up, want, progress, usual)
}

// FetchBounded is Fetch for at most so many bytes.
func (w *Wire) FetchBounded(ctx context.Context, up refs.Upstream, want []object.Hash, most int64, progress Progress) error {
	lim := usual
	lim.pack = most
	return w.fetch(ctx, up, want, progress, lim)
}

func (w *Wire) fetch(ctx context.Context, up refs.Upstream, want []object.Hash, progress Progress, lim limits) error {
	wants := make([]plumbing.Hash, 0, len(want))
	for _, h := range want {
		if !h.IsZero() {
			wants = append(wants, gitHash(h))
		}
	}
	plumbing.HashesSort(wants)
	wants = slices.Compact(wants)
	if len(wants) == 0 {
		return nil
	}
	if err := w.objects.Complete(ctx, nil, wants, w.everything); err == nil || ctx.Err() != nil {
		return err
	}
	d, err := w.dialer(up, up.URL, lim)
	if err != nil {
		return err
	}
	return d.talk(ctx, transport.UploadPackServiceName, func(c *conversation) error {
		return w.download(ctx, c, wants, progress)
	})
}

func (w *Wire) download(ctx context.Context, c *conversation, wants []plumbing.Hash, progress Progress) error {
	req, err := w.uploadRequest(ctx, c.adv, wants, progress != nil)
	if err != nil {
		return err
	}
	q, err := w.objects.Quarantine()
	if err != nil {
		return err
	}
	defer q.Remove()
	if err := c.transfer(q, req, progress); err != nil {
		return err
	}
	c.watch.pause()
	if !q.Empty() {
		if err := q.Index(ctx); err != nil {
			return err
		}
	}
	if err := w.objects.Complete(ctx, q, wants, w.everything); err != nil {
		if ctx.Err() != nil || fault.KindOf(err) == fault.Disk {
			return err
		}
		return &fault.Error{Kind: fault.Protocol, Message: "the remote did not send everything that its refs lead to: " + fault.Plain(err.Error()), Err: err}
	}
	if q.Empty() {
		return nil
	}
	return q.Publish()
}

// uploadRequest asks for wants and says what is here.
func (w *Wire) uploadRequest(ctx context.Context, adv *packp.AdvRefs, wants []plumbing.Hash, talkative bool) (*packp.UploadPackRequest, error) {
	if err := offered(adv, wants); err != nil {
		return nil, err
	}
	req := packp.NewUploadPackRequestFromCapabilities(adv.Capabilities)
	req.Wants = wants
	if !talkative && adv.Capabilities.Supports(capability.NoProgress) {
		req.Capabilities.Set(capability.NoProgress)
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
		req.Shallows = shallow
	}
	haves, err := w.haves(ctx)
	if err != nil {
		return nil, err
	}
	for _, h := range haves {
		if !slices.Contains(wants, h) {
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
func (w *Wire) haves(ctx context.Context) ([]plumbing.Hash, error) {
	tips, err := w.tips("refs/heads/", "refs/remotes/", "refs/airside/remotes/", "refs/airside/threads/", "refs/airside/actors/")
	if err != nil || len(tips) == 0 {
		return nil, err
	}
	below, err := w.objects.Newest(ctx, tips, maxHaves)
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
