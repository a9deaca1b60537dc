// Package wire talks to remotes: over http, ssh, git's own protocol, and to folders
// of this machine. It lists their refs, fetches and pushes, with bounds on what one
// that hangs, lies or never ends can cost.
package wire

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/transport"

	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/config"
	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/layout"
	"github.com/airside-ls/airside/gitsync/repo/pack"
	"github.com/airside-ls/airside/gitsync/repo/program"
	"github.com/airside-ls/airside/gitsync/repo/refs"
)

// Wire talks to the remotes of one repository. Its methods may be called from
// several goroutines.
type Wire struct {
	at      layout.Layout
	log     *slog.Logger
	config  *config.Config
	objects *pack.Database
	refs    *refs.Store
	program *program.Runner
	local   func(*dialer, *watch) (transport.Transport, error) // to folders of this machine
}

// New is the wire of a repository over its rooms. The folders of this machine are
// served by git, if it has a binary, and else by go-git, to be read alone.
func New(at layout.Layout, log *slog.Logger, c *config.Config, objects *pack.Database, refs *refs.Store, git *program.Runner) *Wire {
	w := &Wire{at, log, c, objects, refs, git, byHand}
	if git.Has() {
		w.local = byGit
	}
	return w
}

// limits bound what a remote can cost: one that hangs, lies or never ends.
type limits struct {
	connect       time.Duration // for a connection to stand
	idle          time.Duration // without one byte in either direction
	advertisement int64         // bytes of the list of refs
	pack          int64         // bytes of a fetch's answer
	chatter       int64         // bytes of progress messages during one transfer
	report        int64         // bytes of the answer to a push
}

var usual = limits{
	connect:       15 * time.Second,
	idle:          30 * time.Second, // git's servers send a keepalive every 5 s
	advertisement: 64 << 20,
	pack:          8 << 30,
	chatter:       16 << 20,
	report:        16 << 20,
}

// Advertise lists the remote's refs by full name, and "HEAD" where it has one.
// Peeled tags and names that git would not accept are left out. An empty
// repository has no refs.
func (w *Wire) Advertise(ctx context.Context, up refs.Upstream) (map[string]object.Hash, error) {
	return w.advertise(ctx, up, up.URL, usual)
}

func (w *Wire) advertise(ctx context.Context, up refs.Upstream, url string, lim limits) (map[string]object.Hash, error) {
	d, err := w.dialer(up, url, lim)
	if err != nil {
		return nil, err
	}
	return d.advertise(ctx, url)
}

func (d *dialer) advertise(ctx context.Context, url string) (map[string]object.Hash, error) {
	var refs map[string]object.Hash
	err := d.talk(ctx, transport.UploadPackServiceName, func(c *conversation) error {
		refs = advertised(c.adv)
		c.kept = url != "" && keep(ctx, url, c)
		return nil
	})
	return refs, err
}

func advertised(adv *packp.AdvRefs) map[string]object.Hash {
	list := make(map[string]object.Hash, len(adv.References)+1)
	for name, h := range adv.References {
		if !h.IsZero() && refs.CheckName(name) == nil {
			list[name] = object.Hash(h)
		}
	}
	if adv.Head != nil && !adv.Head.IsZero() {
		list["HEAD"] = object.Hash(*adv.Head)
	}
	return list
}

// conversation is an open session with a remote that has listed its refs. The
// deadline on silence stands still until a transfer starts.
type conversation struct {
	watch   *watch
	adv     *packp.AdvRefs
	session transport.Session
	pack    func(write func(w io.Writer) error) // http: what goes out after the commands of a push
	limits  limits
	work    sync.WaitGroup // what must be over before the conversation is
	kept    bool           // somebody else ends it, see Keep
}

// end ends the conversation and waits for what is part of it.
func (c *conversation) end() {
	if c.session != nil {
		c.session.Close()
	}
	c.watch.end()
	c.work.Wait()
}

// dialer knows how to reach one remote during one operation, and keeps the
// credentials for it that long.
type dialer struct {
	wire   *Wire
	config config.Settings
	remote string // "origin"
	to     location
	limits limits
	auth   *credential // nil until the remote asks
}

func (w *Wire) dialer(up refs.Upstream, url string, lim limits) (*dialer, error) {
	to, err := w.locate(url)
	if err != nil {
		return nil, err
	}
	cfg, err := w.config.All()
	return &dialer{wire: w, config: cfg, remote: up.Remote, to: to, limits: lim}, err
}

// talk opens a session, once more with credentials where the remote asks for
// them, and hands it over. Every error comes back as a *fault.Error.
func (d *dialer) talk(ctx context.Context, service string, do func(*conversation) error) error {
	for {
		err := d.once(ctx, service, do)
		if !d.to.web() || !errors.Is(err, transport.ErrAuthenticationRequired) {
			return d.to.explain(err)
		}
		if err := d.askForCredentials(ctx); err != nil {
			return d.to.explain(err)
		}
	}
}

func (d *dialer) once(ctx context.Context, service string, do func(*conversation) error) error {
	w := newWatch(ctx, d.limits)
	w.allow(d.limits.advertisement)
	c := &conversation{watch: w, limits: d.limits}
	defer func() {
		if !c.kept {
			c.end()
		}
	}()
	if err := d.open(w, c, service); err != nil {
		return w.cause(err)
	}
	w.pause()
	if err := d.approve(ctx); err != nil {
		d.wire.log.Debug("git credential approve", "error", err)
	}
	return w.cause(do(c))
}

func (d *dialer) open(w *watch, c *conversation, service string) error {
	t, err := d.transport(w, c)
	if err != nil {
		return err
	}
	ep := *d.to.endpoint // go-git changes it
	var auth transport.AuthMethod
	if d.auth != nil {
		auth = d.auth.method()
	}
	if service == transport.UploadPackServiceName {
		c.session, err = t.NewUploadPackSession(&ep, auth)
	} else {
		c.session, err = t.NewReceivePackSession(&ep, auth)
	}
	if err != nil {
		c.session = nil // go-git returns one with nothing in it
		return err
	}
	c.adv, err = c.session.AdvertisedReferencesContext(w.ctx)
	if errors.Is(err, transport.ErrEmptyRemoteRepository) {
		c.adv, err = packp.NewAdvRefs(), nil
	}
	if err != nil {
		return err
	}
	for _, format := range c.adv.Capabilities.Get("object-format") {
		if format != "sha1" {
			return fault.New(fault.Unsupported, "%s has other object names than SHA-1", d.to.shown)
		}
	}
	return nil
}

// gitHash names the same 20 bytes in go-git's words.
func gitHash(h object.Hash) plumbing.Hash { return plumbing.Hash(h) }
