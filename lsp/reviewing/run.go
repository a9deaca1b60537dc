package reviewing

import (
	"context"
	"errors"
	"fmt"

	"github.com/airside-ls/airside/completion/review"
	"github.com/airside-ls/airside/completion/review/diff"
	"github.com/airside-ls/airside/completion/review/finding"
	"github.com/airside-ls/airside/completion/shown"
	"github.com/airside-ls/airside/lsp/annotate/marks"
	"github.com/airside-ls/airside/lsp/editor"
	"github.com/airside-ls/airside/lsp/ext"
)

// run is one review.
type run struct {
	s         *Reviews
	ctx       context.Context
	cancel    context.CancelCauseFunc
	arguments ext.ReviewArguments
	saved     bool // nobody asked, a file was saved
	order     int  // of the save
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

// Review is airside.review.
func (s *Reviews) Review(c *editor.Invocation) (any, error) {
	var arguments ext.ReviewArguments
	if err := c.Argument(&arguments); err != nil {
		return nil, err
	}
	r := &run{s: s, arguments: arguments, cancel: c.Cancel, ctx: c.Ctx}
	if err := r.begin(); err != nil {
		return nil, err
	}
	defer r.end()
	r.progress = s.client.Progress(c, r.title(), true)
	result, err := r.review()
	r.progress.End(result.Message)
	if err != nil {
		return nil, err
	}
	return result, nil
}

var errNoReview = errors.New("this server does not review")

// begin checks the arguments, finds the place and takes it over from a review
// of the same that runs.
func (r *run) begin() error {
	s := r.s
	if s.opts.Reviewer == nil {
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
	return s.takeOver(r)
}

// key names what is reviewed.
func (r *run) key() string {
	switch r.arguments.Scope {
	case ext.ScopeFile, ext.ScopeFunction:
		return r.arguments.Scope + " " + string(r.tree.file)
	}
	return r.arguments.Scope + " " + r.tree.root
}

func (r *run) end() {
	r.s.ended(r)
	r.s.tell()
}

func (r *run) title() string {
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

// review reviews, shows what is found as it comes, and at last takes back what was
// found before and no longer is.
func (r *run) review() (ext.ReviewResult, error) {
	r.start()
	q, err := r.request()
	if err != nil {
		return r.result(nil, review.Report{}), r.unless(err)
	}
	report, err := r.s.opts.Reviewer.Review(r.ctx, q, r.event)
	result := r.result(q.Files, report)
	if err := r.unless(err); err != nil {
		return result, err
	}
	r.sign(report.Model)
	if !result.Cancelled {
		r.withdrawOlder(report.Model != "")
	}
	r.s.say(result.Message)
	return result, nil
}

func (r *run) start() {
	s := r.s
	var err error
	if r.dismissed, err = s.dismissedIn(r.tree.root).IDs(); err != nil {
		s.log.Warn("what was dismissed cannot be read", "err", err)
	}
	r.units = make(map[string]bool)
	r.number = s.number()
	s.tell()
}

// unless is err, unless it came of the review's being cancelled: that is
// answered by what was found until then.
func (r *run) unless(err error) error {
	if r.ctx.Err() != nil {
		return nil
	}
	return err
}

// event takes in how far the review is.
func (r *run) event(e review.Event) {
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
