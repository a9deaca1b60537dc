package lsp

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/airside-ls/airside/completion/review"
	"github.com/airside-ls/airside/completion/review/diff"
	"github.com/airside-ls/airside/completion/review/dismissed"
	"github.com/airside-ls/airside/completion/review/finding"
	"github.com/airside-ls/airside/completion/shown"
	"github.com/airside-ls/airside/lsp/annotate/marks"
	"github.com/airside-ls/airside/lsp/editor"
	"github.com/airside-ls/airside/lsp/ext"
)

// Reviewer is what the server asks of [review.Reviewer].
type Reviewer interface {
	Review(ctx context.Context, q review.Request, on func(review.Event)) (review.Report, error)
}

var _ Reviewer = (*review.Reviewer)(nil)

// Changes is where the changes to be reviewed come from: gitsync, in the shapes
// of package diff.
type Changes interface {
	// WorkDir is the root of the work tree that a path lies in. The error is
	// ErrNoRepository if it lies in none.
	WorkDir(path string) (string, error)
	// Changes lists what differs in a work tree; base says since when, in words.
	Changes(ctx context.Context, workDir string, q ChangesQuery) (files []diff.File, base string, err error)
}

// ErrNoRepository says that a file is in no git repository.
var ErrNoRepository = errors.New("not in a git repository")

// ChangesQuery says which changes are wanted.
type ChangesQuery struct {
	Branch  bool              // since the branch left its base, else since HEAD
	Base    string            // of Branch; "" is for the other side to find out
	Paths   []string          // slashed, from the work tree's root; none is all
	Overlay map[string][]byte // by such a path: what an editor holds unsaved
}

// ReviewOptions are what reviews are made with.
type ReviewOptions struct {
	Reviewer Reviewer // nil reviews nothing
	Changes  Changes  // nil is no repository anywhere
	// StateDir is a folder of the user's in which is remembered what was
	// dismissed; "" forgets with the process.
	StateDir string
	// Idle is how long a saved file is left alone before the model reviews it,
	// where saved files are reviewed; 0 is two seconds.
	Idle time.Duration
}

// reviews are those that run.
type reviews struct {
	mu        sync.Mutex
	running   map[string]*reviewRun // by what is reviewed
	begun     int
	last      string // the message of the one that ended last
	dismissed map[string]*dismissed.Store
	settings  ReviewSettings
}

// reviewRun is one review.
type reviewRun struct {
	s         *Server
	ctx       context.Context
	cancel    context.CancelCauseFunc
	arguments ext.ReviewArguments
	saved     bool // nobody asked, a file was saved
	rulesOnly bool
	progress  editor.Progress // nil shows none

	number    int // grows from one run to the next
	tree      workTree
	base      string                   // what the changes are since, in words
	files     map[string]diff.File     // by path
	open      map[string]marks.Edition // by path: of the documents as they were
	dismissed map[string]bool          // by ID
	units     map[string]bool          // the declarations that were reviewed
}

// review is airside.review.
func (s *Server) review(run *editor.Invocation) (any, error) {
	var arguments ext.ReviewArguments
	if err := run.Argument(&arguments); err != nil {
		return nil, err
	}
	r := &reviewRun{s: s, arguments: arguments, cancel: run.Cancel, ctx: run.Ctx}
	if err := r.begin(); err != nil {
		return nil, err
	}
	defer r.end()
	r.progress = s.client.Progress(run, r.title(), true)
	result, err := r.run()
	r.progress.End(result.Message)
	if err != nil {
		return nil, err
	}
	return result, nil
}

var errNoReview = errors.New("this server does not review")

// begin checks the arguments, finds the place and takes it over from a review
// of the same that runs.
func (r *reviewRun) begin() error {
	s := r.s
	if s.opts.Review.Reviewer == nil {
		return errNoReview
	}
	switch r.arguments.Scope {
	case "":
		r.arguments.Scope = ext.ScopeFile
	case ext.ScopeFile, ext.ScopeFunction, ext.ScopeWorktree, ext.ScopeBranch:
	default:
		return editor.InvalidParams(fmt.Errorf("scope %.50q: it can be %s, %s, %s or %s", r.arguments.Scope,
			ext.ScopeFile, ext.ScopeFunction, ext.ScopeWorktree, ext.ScopeBranch))
	}
	var err error
	if r.tree, err = s.workTreeOf(r.arguments); err != nil {
		return err
	}
	s.reviews.mu.Lock()
	defer s.reviews.mu.Unlock()
	if older := s.reviews.running[r.key()]; older != nil {
		if r.saved && !older.saved {
			return editor.ErrSuperseded // by one that the user waits for
		}
		older.cancel(editor.ErrSuperseded)
	}
	if s.reviews.running == nil {
		s.reviews.running = make(map[string]*reviewRun)
	}
	s.reviews.running[r.key()] = r
	return nil
}

// key names what is reviewed.
func (r *reviewRun) key() string {
	switch r.arguments.Scope {
	case ext.ScopeFile, ext.ScopeFunction:
		return r.arguments.Scope + " " + string(r.tree.file)
	}
	return r.arguments.Scope + " " + r.tree.root
}

func (r *reviewRun) end() {
	s := r.s
	s.reviews.mu.Lock()
	if s.reviews.running[r.key()] == r {
		delete(s.reviews.running, r.key())
	}
	s.reviews.mu.Unlock()
	s.tellReview()
}

func (r *reviewRun) title() string {
	switch r.arguments.Scope {
	case ext.ScopeFile:
		return "Reviewing the file"
	case ext.ScopeFunction:
		return "Reviewing the function"
	case ext.ScopeBranch:
		return "Reviewing the branch"
	}
	return "Reviewing the changes"
}

// run reviews, shows what is found as it comes, and at last takes back what was
// found before and no longer is.
func (r *reviewRun) run() (ext.ReviewResult, error) {
	r.start()
	q, err := r.request()
	if err != nil {
		return r.result(nil, review.Report{}), r.unless(err)
	}
	report, err := r.s.opts.Review.Reviewer.Review(r.ctx, q, r.event)
	result := r.result(q.Files, report)
	if err := r.unless(err); err != nil {
		return result, err
	}
	r.sign(report.Model)
	if !result.Cancelled {
		r.withdrawOlder(report.Model != "")
	}
	r.s.reviews.mu.Lock()
	r.s.reviews.last = result.Message
	r.s.reviews.mu.Unlock()
	return result, nil
}

func (r *reviewRun) start() {
	s := r.s
	var err error
	if r.dismissed, err = s.dismissedIn(r.tree.root).IDs(); err != nil {
		s.log.Warn("what was dismissed cannot be read", "err", err)
	}
	r.units = make(map[string]bool)
	s.reviews.mu.Lock()
	s.reviews.begun++
	r.number = s.reviews.begun
	s.reviews.mu.Unlock()
	s.tellReview()
}

// unless is err, unless it came of the review's being cancelled: that is
// answered by what was found until then.
func (r *reviewRun) unless(err error) error {
	if r.ctx.Err() != nil {
		return nil
	}
	return err
}

// event takes in how far the review is.
func (r *reviewRun) event(e review.Event) {
	if e.Unit != "" {
		r.units[e.Unit] = true
	}
	if r.progress != nil && e.Path != "" {
		what := e.Path
		if e.Unit != "" {
			what += ": " + e.Unit
		}
		r.progress.ReportOf(shown.Text(what), e.Done, e.Total)
	}
	byPath := make(map[string][]finding.Finding)
	for _, f := range e.Findings {
		byPath[f.Path] = append(byPath[f.Path], f)
	}
	for path, list := range byPath {
		r.show(path, list)
	}
}

// result is the answer to the client.
func (r *reviewRun) result(files []diff.File, report review.Report) ext.ReviewResult {
	result := ext.ReviewResult{
		Scope: r.arguments.Scope, Base: r.base, Files: len(files), Units: report.Units,
		Findings: []ext.ReviewFinding{}, Skipped: []ext.ReviewSkipped{},
		Backend: report.Backend, Model: report.Model, NoModel: report.NoModel,
		Cancelled: r.ctx.Err() != nil,
	}
	for _, f := range report.Findings {
		if r.dismissed[f.ID()] {
			result.Counts.Dismissed++
			continue
		}
		result.Findings = append(result.Findings, r.encodeFinding(f))
		switch f.Severity {
		case finding.Error:
			result.Counts.Error++
		case finding.Warning:
			result.Counts.Warning++
		case finding.Information:
			result.Counts.Information++
		default:
			result.Counts.Hint++
		}
	}
	for _, skipped := range report.Skipped {
		result.Skipped = append(result.Skipped, ext.ReviewSkipped{
			Path: editor.Valid(skipped.Path), Unit: shown.Text(skipped.Unit), Reason: shown.Text(skipped.Reason),
		})
	}
	result.Message = reviewMessage(result, context.Cause(r.ctx))
	return result
}

func (r *reviewRun) encodeFinding(f finding.Finding) ext.ReviewFinding {
	return ext.ReviewFinding{
		ID: f.ID(), URI: string(r.tree.uriOf(f.Path)), Path: editor.Valid(f.Path), StartLine: f.StartLine, EndLine: f.EndLine,
		Severity: string(f.Severity), Category: f.Category, Source: string(f.Source),
		Message: shown.Text(f.Message), Quote: shown.Text(f.Quote), Fix: f.Fix,
	}
}

// reviewMessage says in one line what came of a review.
func reviewMessage(r ext.ReviewResult, cause error) string {
	var parts []string
	if r.Cancelled {
		why := "cancelled"
		if errors.Is(cause, editor.ErrSuperseded) {
			why = "a newer review took over"
		}
		parts = append(parts, why)
	}
	switch n := len(r.Findings); {
	case r.Files == 0 && !r.Cancelled:
		since := ""
		if r.Base != "" {
			since = " since " + r.Base
		}
		parts = append(parts, "nothing has changed"+since)
	case n == 0 && r.Cancelled:
		parts = append(parts, "nothing found until then")
	case n == 0:
		parts = append(parts, "nothing found")
	default:
		parts = append(parts, severities(n, r.Counts))
	}
	if r.Counts.Dismissed > 0 {
		parts = append(parts, fmt.Sprintf("%d dismissed", r.Counts.Dismissed))
	}
	if len(r.Skipped) > 0 {
		parts = append(parts, fmt.Sprintf("%d skipped (%s: %s)", len(r.Skipped), r.Skipped[0].Path, r.Skipped[0].Reason))
	}
	if r.NoModel != "" {
		parts = append(parts, "rules alone: "+r.NoModel)
	}
	return strings.Join(parts, "; ")
}

// severities says how many findings there are, and of which sorts.
func severities(n int, c ext.ReviewCounts) string {
	var parts []string
	for _, s := range []struct {
		n    int
		name string
	}{{c.Error, "error"}, {c.Warning, "warning"}, {c.Information, "note"}, {c.Hint, "hint"}} {
		if s.n == n {
			return plural(n, s.name)
		}
		if s.n > 0 {
			parts = append(parts, plural(s.n, s.name))
		}
	}
	return fmt.Sprintf("%s (%s)", plural(n, "finding"), strings.Join(parts, ", "))
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// tellReview tells a client that wants it whether a review runs.
func (s *Server) tellReview() {
	if !s.client.capabilities.Status {
		return
	}
	s.reviews.mu.Lock()
	status := ext.ReviewStatus{State: "idle", Message: s.reviews.last}
	var running []string
	for _, r := range s.reviews.running {
		if r.saved {
			continue
		}
		running = append(running, strings.ToLower(r.title()[:1])+r.title()[1:])
	}
	s.reviews.mu.Unlock()
	if len(running) > 0 {
		slices.Sort(running)
		status = ext.ReviewStatus{State: "busy", Message: running[0]}
	}
	s.client.Status(func(told *ext.StatusParams) { told.Review = status })
}

// dismissedIn is what was dismissed in a work tree.
func (s *Server) dismissedIn(root string) *dismissed.Store {
	s.reviews.mu.Lock()
	defer s.reviews.mu.Unlock()
	if s.reviews.dismissed == nil {
		s.reviews.dismissed = make(map[string]*dismissed.Store)
	}
	store := s.reviews.dismissed[root]
	if store == nil {
		store = dismissed.Open(s.opts.Review.StateDir, root)
		s.reviews.dismissed[root] = store
	}
	return store
}
