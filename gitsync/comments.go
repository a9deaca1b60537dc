package gitsync

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo"
	"github.com/airside-ls/airside/gitsync/threads"
)

// What those see and say who show comments.
type (
	Threads        = threads.View
	Thread         = threads.PlacedThread
	CommentDraft   = threads.Draft
	CommentReceipt = threads.Receipt
	CommentLines   = threads.Lines
	CommentSource  = threads.Source
)

// Commenter writes review comments; see [threads.Store].
type Commenter interface {
	Comment(ctx context.Context, d CommentDraft) (CommentReceipt, error)
	Reply(ctx context.Context, thread, body string) (CommentReceipt, error)
	Edit(ctx context.Context, comment, body string) (CommentReceipt, error)
	Redact(ctx context.Context, comment string) (CommentReceipt, error)
	Resolve(ctx context.Context, thread string) (CommentReceipt, error)
	Reopen(ctx context.Context, thread string) (CommentReceipt, error)
}

// Commenter writes comments, whether the repository takes part in sync or not.
func (s *Syncer) Commenter() Commenter { return s.comments }

// Comments are the review comments of the repository. They can be written and
// read whether it takes part in sync or not.
func (s *Syncer) Comments() *threads.Store { return s.comments }

// CommentsUnasked are the same for showing them although nobody has asked:
// unless the user has opted in, no program is started for it, so that signatures
// are not checked.
func (s *Syncer) CommentsUnasked() *threads.Store {
	if s.Enabled() {
		return s.comments
	}
	return s.unasked
}

// Threads are CommentsUnasked of which something is left to be read, with what the
// remotes offered and was not taken in. open has the texts that an editor holds, by
// path in the repository; only says which threads are meant. Both may be nil.
func (s *Syncer) Threads(ctx context.Context, open func(path string) ([]byte, bool), only func(id string) bool) (Threads, error) {
	view, err := s.CommentsUnasked().View(ctx, open, only)
	if err != nil {
		return Threads{}, err
	}
	view.Threads = slices.DeleteFunc(view.Threads, func(t Thread) bool { return t.Gone() })
	view.Skipped = append(view.Skipped, s.CommentProblems()...)
	return view, nil
}

// ThreadsStamp is another one when Threads may be others.
func (s *Syncer) ThreadsStamp() string { return s.CommentsUnasked().Stamp() }

// StateDir is the folder in which airside keeps what it remembers of the
// repository. It may not be there yet.
func (s *Syncer) StateDir() string { return s.dir() }

// WriteOwn puts a file into StateDir, for its owner alone and through no link.
// name may have a folder in it.
func (s *Syncer) WriteOwn(name string, data []byte) (path string, err error) {
	path = s.dir(filepath.FromSlash(name))
	for _, dir := range []string{s.dir(), filepath.Dir(path)} {
		if err := durable.OwnDir(s.fs, dir); err != nil {
			return path, err
		}
	}
	return path, durable.WriteFile(s.fs, path, data, 0o600)
}

// CommentsResult is what became of review comments in a round.
type CommentsResult struct {
	Received int    // operations
	Sent     int    // …
	Problem  string // one line about what did not travel; "" for nothing
}

// commentsFile remembers how each remote takes comments.
const commentsFile = "comments.json"

// commentsAt is what is remembered of a remote, by its address without
// credentials.
type commentsAt struct {
	// Branches says that it refuses refs of our own, so that branches are used.
	Branches bool `json:"branches,omitempty"`
	// Refused are tips that it would not take, and why: not sent again before
	// they move or the user asks.
	Refused map[string]refusedTip `json:"refused,omitempty"`
	// Unread are tips that it offered and that were refused for their content, and why:
	// not fetched again before they move or the user asks.
	Unread map[string]refusedTip `json:"unread,omitempty"`
	// Skipped is what it offered and was not taken in.
	Skipped []threads.SkippedOperation `json:"skipped,omitempty"`
}

type refusedTip struct {
	Tip object.Hash `json:"tip"`
	Why string      `json:"why"`
}

// CommentProblems are what the remotes offered and was not taken in, as of the
// latest rounds.
func (s *Syncer) CommentProblems() (list []threads.SkippedOperation) {
	all, _ := s.loadCommentsAt()
	for _, at := range all {
		if at != nil {
			list = append(list, at.Skipped...)
		}
	}
	slices.SortFunc(list, func(a, b threads.SkippedOperation) int { return strings.Compare(a.Where+a.Reason, b.Where+b.Reason) })
	return slices.Compact(list)
}

// loadCommentsAt also tells whether credentials are in the file, as an airside of
// before has left them there.
func (s *Syncer) loadCommentsAt() (all map[string]*commentsAt, kept bool) {
	if load(s.dir(commentsFile), &all) != nil || all == nil {
		return map[string]*commentsAt{}, false
	}
	for url, at := range all { // as it was kept once
		if bare := repo.WithoutCredentials(url); bare != url {
			delete(all, url)
			all[bare], kept = at, true
		}
	}
	return all, kept
}

// carryComments exchanges review comments with each remote that the branches
// have to do with. Whatever happens to them, the branches have had their round
// already. nil says that there was nothing to tell.
func (s *Syncer) carryComments(ctx context.Context, shared *remotes, branches []string, results []Result, user bool) *CommentsResult {
	if s.comments == nil || ctx.Err() != nil {
		return nil
	}
	all, kept := s.loadCommentsAt()
	before := encoded(all)
	var total CommentsResult
	done := map[string]bool{}
	for i, branch := range branches {
		up, ok, err := s.repo.Upstream(branch)
		if err != nil || !ok || up.Remote == "." || done[up.URL] || !shared.speaks(ctx, up, results[i].State) {
			continue
		}
		done[up.URL] = true
		address := repo.WithoutCredentials(up.URL)
		at := all[address]
		if at == nil {
			at = &commentsAt{}
			all[address] = at
		}
		c := &courier{Syncer: s, upstream: up, remotes: shared, at: at, user: user}
		total.add(c.run(ctx))
	}
	if after := encoded(all); after != before || kept {
		if err := s.save(commentsFile, all); err != nil {
			s.log.Warn("remembering how comments travel failed", "error", err)
		}
	}
	if total == (CommentsResult{}) {
		return nil
	}
	return &total
}

func (c *CommentsResult) add(o CommentsResult) {
	c.Received += o.Received
	c.Sent += o.Sent
	if c.Problem == "" {
		c.Problem = o.Problem
	}
}

// speaks tells whether a remote is to be asked about comments: one that has
// listed its refs in this round, or one that was not asked because the work tree
// is busy, which is nothing to comments.
func (m *remotes) speaks(ctx context.Context, up repo.Upstream, state State) bool {
	if _, listed := m.tips[up.URL]; listed {
		return true
	}
	return state == Busy && m.reach(ctx, up, Idle).state == reachable
}
