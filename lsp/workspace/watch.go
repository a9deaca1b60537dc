package workspace

import (
	"context"
	"time"

	"go.lsp.dev/protocol"

	"github.com/airside-ls/airside/gitsync"
	"github.com/airside-ls/airside/lsp/ext"
)

// beatInterval is how often it is looked up what nobody tells the server: "airside
// trust", "airside sync enable" and comments in a terminal. It is one beat for all
// of them, as each waking costs a battery.
const beatInterval = 10 * time.Second

// rareBeat is the same where the system tells of the first two.
const rareBeat = 20 * time.Second

// follow has the repository synced for as long as it takes part.
func (w *Workspace) follow(ctx context.Context, r *repository) {
	var under watcher
	defer func() { under.end() }()
	for {
		switch takesPart := r.automatic && r.syncer.Enabled(); {
		case takesPart && !under.running():
			under = w.beginWatch(ctx, r)
		case !takesPart && under.running():
			under.end()
			w.endWatch(r)
		}
		select {
		case <-ctx.Done():
			return
		case err := <-under.ended:
			under.end()
			if err != nil && ctx.Err() == nil {
				w.log.Warn("watching a repository failed", "repository", r.workDir, "err", err)
			}
			select { // the next try
			case <-ctx.Done():
				return
			case <-r.wake:
			case <-r.beat:
			}
		case <-r.wake:
		case <-r.beat:
			w.comments.refreshLater(r, "")
			if under.running() { // another program may have synced, or shown it
				w.lookForNewsLater(r)
			}
		}
	}
}

// watcher is one Watch under way; the zero value is none.
type watcher struct {
	cancel context.CancelFunc
	ended  chan error // gets its error, and is closed
}

func (w *watcher) running() bool { return w.ended != nil }

// end stops it and waits until it has ended.
func (w *watcher) end() {
	if w.running() {
		w.cancel()
		for range w.ended {
		}
		*w = watcher{}
	}
}

func (w *Workspace) beginWatch(ctx context.Context, r *repository) watcher {
	ctx, cancel := context.WithCancel(ctx)
	r.setWatched(true)
	under := watcher{cancel, make(chan error, 1)}
	go func() {
		defer close(under.ended)
		// What is known from before, until the first round is over.
		if known := r.syncer.Status(ctx); ctx.Err() == nil {
			w.stands(r, SyncResults(known...), true)
			w.lookForNewsLater(r)
		}
		under.ended <- r.syncer.Watch(ctx, func(results []gitsync.Result) {
			if ctx.Err() == nil {
				w.synced(r, SyncResults(results...), true)
			}
		})
	}()
	return under
}

func (w *Workspace) endWatch(r *repository) {
	r.setWatched(false)
	w.tellSync()
}

// signal sends to a channel with room for one, unless something is in it.
func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// synced takes in how a round has ended: the status, the log, and the open
// files that it has changed. See stands for whole.
func (w *Workspace) synced(r *repository, results []ext.SyncResult, whole bool) {
	w.stands(r, results, whole)
	w.comments.refreshLater(r, "")
	moved := false
	for _, result := range results {
		if c := result.Comments; c != nil && c.Problem != "" {
			w.client.Log(protocol.MessageTypeWarning, "sync: comments: "+c.Problem)
		}
		if !r.unheard(result.Operation) {
			continue
		}
		moved = true
		if result.Message != "" {
			w.client.Log(protocol.MessageTypeInfo, "sync: "+name(result)+result.Message)
		}
	}
	if moved {
		w.board.RereadClosed()
		w.tellFilesChanged(r)
	}
	w.lookForNewsLater(r)
}

// stands takes in how branches stand; see repository.take.
func (w *Workspace) stands(r *repository, results []ext.SyncResult, whole bool) {
	if r.take(results, whole) {
		w.tellSync()
	}
}

func name(result ext.SyncResult) string {
	if result.Branch == "" {
		return ""
	}
	return result.Branch + ": "
}
