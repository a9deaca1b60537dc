package wire

import (
	"context"
	"sync"

	"github.com/go-git/go-git/v5/plumbing/transport"

	"github.com/airside-ls/airside/gitsync/repo/fault"
)

// idleConversations are the conversations that have listed a remote's refs and asked for nothing
// yet: the fetch that follows goes on with them, as git's own does.
type idleConversations struct {
	mu   sync.Mutex
	open map[string]*conversation // by the remote's address
	over bool
}

type idleKey struct{}

// Keep has remotes whose refs are listed with the context keep their connection for
// one fetch that follows, until end is called.
func Keep(ctx context.Context) (with context.Context, end func()) {
	k := &idleConversations{open: map[string]*conversation{}}
	return context.WithValue(ctx, idleKey{}, k), k.end
}

func (k *idleConversations) end() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.over = true
	for _, c := range k.open {
		c.end()
	}
	clear(k.open)
}

// keep takes over a conversation, which is ended by somebody else from now on; false
// where none is kept.
func keep(ctx context.Context, url string, c *conversation) bool {
	k, ok := ctx.Value(idleKey{}).(*idleConversations)
	if !ok {
		return false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.over {
		return false
	}
	if before := k.open[url]; before != nil {
		before.end()
	}
	k.open[url] = c
	return true
}

// taken is the conversation that is kept with a remote, for who ends it; nil for none.
func taken(ctx context.Context, url string) *conversation {
	k, ok := ctx.Value(idleKey{}).(*idleConversations)
	if !ok {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	c := k.open[url]
	delete(k.open, url)
	return c
}

// goOn is talk with upload-pack over the connection that is kept, if there is one and
// it still holds.
func (d *dialer) goOn(ctx context.Context, url string, do func(*conversation) error) error {
	if c := taken(ctx, url); c != nil {
		c.limits = d.limits
		err := d.to.explain(c.watch.cause(do(c)))
		c.end()
		if kind := fault.KindOf(err); err == nil || ctx.Err() != nil || kind != fault.Network && kind != fault.Moved {
			return err
		}
	}
	return d.talk(ctx, transport.UploadPackServiceName, do)
}
