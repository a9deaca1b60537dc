package lsptest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion"
)

// Patience is how long anything is waited for before a test fails.
const Patience = 20 * time.Second

// Engine is a scripted stand-in for completion.Engine. Questions wait until the
// test answers them, unless Respond says what to answer at once.
type Engine struct {
	t testing.TB

	asked    chan *Question
	feedback chan Feedback

	mu         sync.Mutex
	documents  map[string]completion.Document
	traces     []completion.Trace
	workspaces []completion.Workspace
	respond    func(completion.Request) completion.Result
	onStatus   func(completion.Status)
	onReady    func(completion.Notice)
	rests      []completion.Request
	pause      completion.Pause
	where      completion.Coverage
	usage      completion.Usage
	forgotten  []completion.Use
	calls      int
	cancelled  int
}

// Feedback is one call of Engine.Feedback.
type Feedback struct {
	ID            string
	Event         completion.Event
	AcceptedBytes int
}

// NewEngine returns an engine that checks how it is told of documents.
func NewEngine(t testing.TB) *Engine {
	return &Engine{
		t:         t,
		asked:     make(chan *Question, 10_000),
		feedback:  make(chan Feedback, 1000),
		documents: make(map[string]completion.Document),
	}
}

// Respond has every question answered at once by f; nil ends that.
func (e *Engine) Respond(f func(completion.Request) completion.Result) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.respond = f
}

// Question is a question that waits for its answer.
type Question struct {
	completion.Request
	engine *Engine
	ctx    context.Context
	answer chan func() (completion.Result, error)
}

// Next waits for the next question.
func (e *Engine) Next() *Question {
	e.t.Helper()
	return wait(e.t, e.asked, "a question to the engine")
}

// Insert answers with one suggestion that inserts text at the cursor.
func (a *Question) Insert(id, text string) { a.Replace(id, a.Offset, a.Offset, text) }

// Replace answers with one suggestion for the bytes [start, end).
func (a *Question) Replace(id string, start, end int, text string) {
	a.Answer(completion.Result{Suggestions: []completion.Suggestion{{
		Replacement: completion.Replacement{Start: start, End: end, Text: text},
		ID:          id,
	}}}, nil)
}

// Answer answers.
func (a *Question) Answer(r completion.Result, err error) {
	a.answer <- func() (completion.Result, error) { return r, err }
}

// Panic has the engine panic.
func (a *Question) Panic(v any) {
	a.answer <- func() (completion.Result, error) { panic(v) }
}

// Cancelled waits until the question's context has ended.
func (a *Question) Cancelled() {
	a.engine.t.Helper()
	wait(a.engine.t, a.ctx.Done(), "a cancelled question")
}

// Complete implements completion.Engine.
func (e *Engine) Complete(ctx context.Context, r completion.Request) (completion.Result, error) {
	e.mu.Lock()
	e.calls++
	respond := e.respond
	if d, ok := e.documents[r.Document.Path]; !ok {
		e.t.Errorf("asked about %s, which is not open", r.Document.Path)
	} else if d != r.Document && d.Version == r.Document.Version {
		e.t.Errorf("%s: asked about another text than told of", d.Path)
	}
	e.mu.Unlock()
	if r.Offset < 0 || r.Offset > len(r.Document.Text) {
		e.t.Errorf("asked about offset %d of %d", r.Offset, len(r.Document.Text))
	}
	if respond != nil {
		return respond(r), nil
	}
	ask := &Question{Request: r, engine: e, ctx: ctx, answer: make(chan func() (completion.Result, error), 1)}
	e.asked <- ask
	select {
	case answer := <-ask.answer:
		return answer()
	case <-ctx.Done():
		e.mu.Lock()
		e.cancelled++
		e.mu.Unlock()
		return completion.Result{}, ctx.Err()
	}
}

// Panel implements completion.Engine: it is answered as a question after another, until
// one has no suggestion.
func (e *Engine) Panel(ctx context.Context, r completion.Request, most int, found func(completion.Suggestion)) (reason string, err error) {
	for n := 0; n < most; n++ {
		res, err := e.Complete(ctx, r)
		if err != nil || len(res.Suggestions) == 0 {
			return res.Reason, err
		}
		for _, s := range res.Suggestions {
			found(s)
		}
	}
	return "", nil
}

// Counts tells how many questions were asked, and how many of them ended with
// their context.
func (e *Engine) Counts() (asked, cancelled int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.calls, e.cancelled
}

// Rests implements completion.Engine.
func (e *Engine) Rests(r completion.Request) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.rests = append(e.rests, r)
}

// Rested are the places at which the cursor was said to rest.
func (e *Engine) Rested() []completion.Request {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.rests)
}

// DidOpen implements completion.Engine.
func (e *Engine) DidOpen(d completion.Document) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, ok := e.documents[d.Path]; ok {
		e.t.Errorf("%s opened twice", d.Path)
	}
	e.documents[d.Path] = d
}

// DidChange implements completion.Engine. The edits must lead to the text.
func (e *Engine) DidChange(d completion.Document, edits []completion.Edit) {
	e.mu.Lock()
	defer e.mu.Unlock()
	old, ok := e.documents[d.Path]
	if !ok {
		e.t.Errorf("%s changed before it was opened", d.Path)
	}
	if edits != nil {
		text := old.Text
		for _, edit := range edits {
			text = text[:edit.Start] + edit.New + text[edit.End:]
		}
		if text != d.Text {
			e.t.Errorf("%s: the edits %v do not lead to the text of version %d", d.Path, edits, d.Version)
		}
	}
	e.documents[d.Path] = d
}

// DidSave implements completion.Engine.
func (e *Engine) DidSave(path string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, ok := e.documents[path]; !ok {
		e.t.Errorf("%s saved before it was opened", path)
	}
}

// DidClose implements completion.Engine.
func (e *Engine) DidClose(path string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, ok := e.documents[path]; !ok {
		e.t.Errorf("%s closed before it was opened", path)
	}
	delete(e.documents, path)
}

// Document is what the engine knows of a document.
func (e *Engine) Document(path string) (completion.Document, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	d, ok := e.documents[path]
	return d, ok
}

// OnStatus implements completion.Engine.
func (e *Engine) OnStatus(f func(completion.Status)) {
	e.mu.Lock()
	e.onStatus = f
	e.mu.Unlock()
	f(completion.Status{State: completion.Starting})
}

// SetStatus changes the status.
func (e *Engine) SetStatus(s completion.Status) {
	e.mu.Lock()
	f := e.onStatus
	e.mu.Unlock()
	if f != nil {
		f(s)
	}
}

// OnReady implements completion.Engine.
func (e *Engine) OnReady(f func(completion.Notice)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.onReady = f
}

// Ready tells that there is more for a place.
func (e *Engine) Ready(m completion.Notice) {
	e.mu.Lock()
	f := e.onReady
	e.mu.Unlock()
	if f != nil {
		f(m)
	}
}

// Feedback implements completion.Engine.
func (e *Engine) Feedback(id string, event completion.Event, acceptedBytes int) {
	e.feedback <- Feedback{id, event, acceptedBytes}
}

// NextFeedback waits for the next feedback.
func (e *Engine) NextFeedback() Feedback {
	e.t.Helper()
	return wait(e.t, e.feedback, "feedback")
}

// SetTraces is what Traces returns.
func (e *Engine) SetTraces(traces []completion.Trace) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.traces = traces
}

// Traces implements completion.Engine.
func (e *Engine) Traces() []completion.Trace {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.traces
}

// AddWorkspace implements completion.Engine; nothing is learned.
func (e *Engine) AddWorkspace(w completion.Workspace) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.workspaces = append(e.workspaces, w)
}

// RemoveWorkspace implements completion.Engine.
func (e *Engine) RemoveWorkspace(root string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.workspaces = slices.DeleteFunc(e.workspaces, func(w completion.Workspace) bool { return w.Root == root })
}

// Workspaces are those that were added and not removed.
func (e *Engine) Workspaces() []completion.Workspace {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.workspaces)
}

// Pause implements completion.Engine.
func (e *Engine) Pause(p completion.Pause) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.pause = p
}

// Paused implements completion.Engine.
func (e *Engine) Paused() completion.Pause {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.pause
}

// SetWhere is what Where returns.
func (e *Engine) SetWhere(w completion.Coverage) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.where = w
}

// Where implements completion.Engine.
func (e *Engine) Where() completion.Coverage {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.where
}

// SetUsage is what Usage returns.
func (e *Engine) SetUsage(u completion.Usage) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.usage = u
}

// Usage implements completion.Engine.
func (e *Engine) Usage() (completion.Usage, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.usage, nil
}

// ForgetUsage implements completion.Engine.
func (e *Engine) ForgetUsage() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.forgotten, e.usage.Uses, e.usage.Undo = e.usage.Uses, nil, true
	return nil
}

// RestoreUsage implements completion.Engine.
func (e *Engine) RestoreUsage() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.usage.Undo {
		return errors.New("nothing was put aside that could be taken back")
	}
	e.usage.Uses, e.usage.Undo = append(e.forgotten, e.usage.Uses...), false
	return nil
}

func (f Feedback) String() string {
	event := [...]string{"shown", "accepted", "partly accepted"}[f.Event]
	return fmt.Sprintf("%s %s, %d bytes", f.ID, event, f.AcceptedBytes)
}

// wait receives, or fails the test.
func wait[T any](t testing.TB, c <-chan T, what string) T {
	t.Helper()
	return waitFor(t, c, what, Patience)
}

// waitFor is wait with a patience of one's own.
func waitFor[T any](t testing.TB, c <-chan T, what string, patience time.Duration) T {
	t.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	select {
	case v := <-c:
		return v
	case <-limit.C:
		t.Fatalf("waited in vain for %s", what)
		panic("unreachable")
	}
}
