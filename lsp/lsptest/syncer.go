package lsptest

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/airside-ls/airside/gitsync"
)

// Syncer is a scripted stand-in for gitsync.Syncer. What it is asked to do waits
// until the test answers it; what it is told is kept.
type Syncer struct {
	t   testing.TB
	dir string

	// OpenDirty and Progress are the server's hooks.
	OpenDirty func() []string
	Progress  func(string)

	asked    chan *SyncQuestion
	watching chan struct{} // one for each Watch that begins
	ended    chan struct{} // and that ends
	poked    chan struct{}

	mu      sync.Mutex
	enabled bool
	known   []gitsync.Result
	changed func([]gitsync.Result)
}

// NewSyncer returns a syncer of the work tree dir.
func NewSyncer(t testing.TB, dir string, enabled bool) *Syncer {
	return &Syncer{
		t: t, dir: dir, enabled: enabled,
		asked:    make(chan *SyncQuestion, 100),
		watching: make(chan struct{}, 100),
		ended:    make(chan struct{}, 100),
		poked:    make(chan struct{}, 100),
	}
}

// SyncQuestion is something to do that waits for its answer.
type SyncQuestion struct {
	What   string // as Next prints it: "round [main]", "undo 7"
	Ctx    context.Context
	answer chan func() ([]gitsync.Result, error)
}

// Answer answers.
func (a *SyncQuestion) Answer(err error, results ...gitsync.Result) {
	a.answer <- func() ([]gitsync.Result, error) { return results, err }
}

// Next waits for the next thing to do.
func (s *Syncer) Next() *SyncQuestion {
	s.t.Helper()
	return wait(s.t, s.asked, "something for the syncer to do")
}

// Pokes counts the pokes so far.
func (s *Syncer) Pokes() int { return len(s.poked) }

// Watching waits until a Watch has begun, Ended until one has ended.
func (s *Syncer) Watching() { s.t.Helper(); wait(s.t, s.watching, "a Watch to begin") }

// Ended: see Watching.
func (s *Syncer) Ended() { s.t.Helper(); wait(s.t, s.ended, "a Watch to end") }

// SetKnown is what Status returns.
func (s *Syncer) SetKnown(results ...gitsync.Result) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known = results
}

// Emit has the Watch that runs tell how the branches stand.
func (s *Syncer) Emit(results ...gitsync.Result) {
	s.mu.Lock()
	changed := s.changed
	s.mu.Unlock()
	if changed == nil {
		s.t.Fatal("nobody watches")
	}
	changed(results)
}

func (s *Syncer) do(ctx context.Context, format string, args ...any) ([]gitsync.Result, error) {
	ask := &SyncQuestion{What: fmt.Sprintf(format, args...), Ctx: ctx, answer: make(chan func() ([]gitsync.Result, error), 1)}
	s.asked <- ask
	select {
	case answer := <-ask.answer:
		return answer()
	case <-ctx.Done():
		return []gitsync.Result{{State: "BACKOFF", Message: "interrupted"}}, ctx.Err()
	}
}

func (s *Syncer) one(ctx context.Context, format string, args ...any) (gitsync.Result, error) {
	results, err := s.do(ctx, format, args...)
	if len(results) == 0 {
		return gitsync.Result{}, err
	}
	return results[0], err
}

// WorkDir implements workspace.Syncer, as do the methods below.
func (s *Syncer) WorkDir() string { return s.dir }

func (s *Syncer) Enabled() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.enabled
}

func (s *Syncer) Enable(patterns []string) error {
	_, err := s.do(s.t.Context(), "enable %v", patterns)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.enabled = s.enabled || err == nil
	return err
}

func (s *Syncer) Disable() error {
	_, err := s.do(s.t.Context(), "disable")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.enabled = s.enabled && err != nil
	return err
}

func (s *Syncer) Round(ctx context.Context, r gitsync.Request) []gitsync.Result {
	results, _ := s.do(ctx, "round %v", r.Branches)
	return results
}

func (s *Syncer) Status(context.Context) []gitsync.Result {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.known
}

func (s *Syncer) Undo(ctx context.Context, operation string) (gitsync.Result, error) {
	return s.one(ctx, "undo %s", operation)
}

func (s *Syncer) Resolve(ctx context.Context, branch string) (gitsync.Result, error) {
	return s.one(ctx, "resolve %s", branch)
}

func (s *Syncer) TakeProposal(ctx context.Context, branch string) (gitsync.Result, error) {
	return s.one(ctx, "take the proposal for %s", branch)
}

func (s *Syncer) Watch(ctx context.Context, changed func([]gitsync.Result)) error {
	s.mu.Lock()
	if s.changed != nil {
		s.t.Error("watched twice at a time")
	}
	s.changed = changed
	s.mu.Unlock()
	s.watching <- struct{}{}
	<-ctx.Done()
	s.mu.Lock()
	s.changed = nil
	s.mu.Unlock()
	s.ended <- struct{}{}
	return nil
}

func (s *Syncer) Poke() { s.poked <- struct{}{} }
