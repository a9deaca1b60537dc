package lsp

import (
	"context"
	"slices"
	"sync"
	"time"

	"go.lsp.dev/protocol"

	"github.com/airside-ls/airside/lsp/editor"
	"github.com/airside-ls/airside/lsp/ext"
)

// beatInterval is how often it is looked up what nobody tells the server: "airside
// trust", "airside sync enable" and comments in a terminal. It is one beat for all
// of them, as each waking costs a battery.
const beatInterval = 10 * time.Second

// repository is one that a workspace folder lies in.
type repository struct {
	folder    string // as the client names it
	workDir   string
	syncer    Syncer
	automatic bool               // the setting sync.enabled
	wake      chan struct{}      // the opt-in may have changed
	beat      chan struct{}      // every beatInterval
	cancel    context.CancelFunc // of its watcher, and
	done      chan struct{}      // its end; both nil before it is watched
	comments  comments

	mu       sync.Mutex
	watching bool
	results  []ext.SyncResult  // the latest; none while it does not take part
	latest   string            // the ID of the latest operation that the user was told of
	dirty    map[string]bool   // what openDirty told last
	poked    time.Time         // when a saved file last had it looked at
	progress []editor.Progress // of the commands that run or wait
}

// watch follows a repository until it is let go or the server shuts down.
func (s *Server) watch(r *repository) {
	s.syncs.mu.Lock()
	defer s.syncs.mu.Unlock()
	if !s.syncs.running {
		return
	}
	var ctx context.Context
	ctx, r.cancel = context.WithCancel(s.syncs.ctx)
	r.done = make(chan struct{})
	s.refreshCommentsLater(r, "")
	s.syncs.wait.Go(func() {
		defer close(r.done)
		s.follow(ctx, r)
	})
}

// stop ends the watcher and waits for it: the next one of the same repository
// would find it locked.
func (r *repository) stop() {
	if r.cancel != nil {
		r.cancel()
		<-r.done
	}
}

// follow has the repository synced for as long as it takes part.
func (s *Server) follow(ctx context.Context, r *repository) {
	var w watcher
	defer func() { w.end() }()
	for {
		switch takesPart := r.automatic && r.syncer.Enabled(); {
		case takesPart && !w.running():
			w = s.beginWatch(ctx, r)
		case !takesPart && w.running():
			w.end()
			s.endWatch(r)
		}
		select {
		case <-ctx.Done():
			return
		case err := <-w.ended:
			w.end()
			if err != nil && ctx.Err() == nil {
				s.log.Warn("watching a repository failed", "repository", r.workDir, "err", err)
			}
			select { // the next try
			case <-ctx.Done():
				return
			case <-r.wake:
			case <-r.beat:
			}
		case <-r.wake:
		case <-r.beat:
			s.refreshCommentsLater(r, "")
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

func (s *Server) beginWatch(ctx context.Context, r *repository) watcher {
	ctx, cancel := context.WithCancel(ctx)
	r.mu.Lock()
	r.watching = true
	r.mu.Unlock()
	w := watcher{cancel, make(chan error, 1)}
	go func() {
		defer close(w.ended)
		// What is known from before, until the first round is over.
		if known := r.syncer.Status(ctx); ctx.Err() == nil {
			s.stands(r, known, true)
		}
		w.ended <- r.syncer.Watch(ctx, func(results []ext.SyncResult) {
			if ctx.Err() == nil {
				s.synced(r, results, true)
			}
		})
	}()
	return w
}

func (s *Server) endWatch(r *repository) {
	r.mu.Lock()
	r.watching, r.results = false, nil
	r.mu.Unlock()
	s.tellSync()
}

// look has follow see whether the repository takes part.
func (r *repository) look() { signal(r.wake) }

// signal sends to a channel with room for one, unless something is in it.
func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// synced takes in how a round has ended: the status, the log, and the open
// files that it has changed. See stands for whole.
func (s *Server) synced(r *repository, results []ext.SyncResult, whole bool) {
	s.stands(r, results, whole)
	s.refreshCommentsLater(r, "")
	moved := false
	for _, result := range results {
		if c := result.Comments; c != nil && c.Problem != "" {
			s.client.Log(protocol.MessageTypeWarning, "sync: comments: "+c.Problem)
		}
		if !r.news(result.Operation) {
			continue
		}
		moved = true
		if result.Message != "" {
			s.client.Log(protocol.MessageTypeInfo, "sync: "+name(result)+result.Message)
		}
	}
	if moved {
		s.board.RereadClosed()
		s.tellFilesChanged(r)
	}
}

// news tells whether an operation was not heard of before: a round that the user
// asked for may be told by Watch, too.
func (r *repository) news(operation string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if operation <= r.latest { // IDs sort as operations began
		return false
	}
	r.latest = operation
	return true
}

// stands takes in how branches stand. Unless the results are the whole of it,
// branches not spoken of stand as before. Where nobody watches there is nothing
// to tell.
func (s *Server) stands(r *repository, results []ext.SyncResult, whole bool) {
	r.mu.Lock()
	if !r.watching {
		r.mu.Unlock()
		return
	}
	if whole {
		r.results = nil
	}
	for _, result := range results {
		i := slices.IndexFunc(r.results, func(old ext.SyncResult) bool { return old.Branch == result.Branch })
		if i < 0 {
			r.results = append(r.results, result)
		} else {
			r.results[i] = result
		}
	}
	r.mu.Unlock()
	s.tellSync()
}

func name(result ext.SyncResult) string {
	if result.Branch == "" {
		return ""
	}
	return result.Branch + ": "
}
