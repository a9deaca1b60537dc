package lsptest

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/airside-ls/airside/completion/review"
	"github.com/airside-ls/airside/completion/review/diff"
	"github.com/airside-ls/airside/completion/review/finding"
)

// Reviewer is a scripted stand-in for review.Reviewer: what it is asked waits
// until the test has told of its findings and answers.
type Reviewer struct {
	t     testing.TB
	asked chan *ReviewQuestion
}

// NewReviewer returns a reviewer.
func NewReviewer(t testing.TB) *Reviewer {
	return &Reviewer{t: t, asked: make(chan *ReviewQuestion, 100)}
}

// ReviewQuestion is a review that waits for its end.
type ReviewQuestion struct {
	review.Request
	Ctx    context.Context
	on     func(review.Event)
	found  []finding.Finding
	answer chan review.Report
	t      testing.TB
}

// Review implements lsp.Reviewer.
func (r *Reviewer) Review(ctx context.Context, q review.Request, on func(review.Event)) (review.Report, error) {
	ask := &ReviewQuestion{Request: q, Ctx: ctx, on: on, answer: make(chan review.Report, 1), t: r.t}
	r.asked <- ask
	select {
	case report := <-ask.answer:
		return report, nil
	case <-ctx.Done():
		return review.Report{Findings: ask.found}, ctx.Err()
	}
}

// Next waits for the next review.
func (r *Reviewer) Next() *ReviewQuestion {
	r.t.Helper()
	return wait(r.t, r.asked, "a review")
}

// Waiting counts the reviews that nobody has waited for.
func (r *Reviewer) Waiting() int { return len(r.asked) }

// Find makes a finding about the first place of a quote in a file under review.
func (a *ReviewQuestion) Find(path, quote string, f finding.Finding) finding.Finding {
	a.t.Helper()
	i := slices.IndexFunc(a.Files, func(f diff.File) bool { return f.Path == path })
	if i < 0 {
		a.t.Fatalf("%s is not under review", path)
	}
	content := string(a.Files[i].New)
	f.Path, f.Quote, f.Start = path, quote, strings.Index(content, quote)
	if f.Start < 0 {
		a.t.Fatalf("%q is not in %s:\n%s", quote, path, content)
	}
	f.End = f.Start + len(quote)
	f.StartLine = 1 + strings.Count(content[:f.Start], "\n")
	f.EndLine = f.StartLine + strings.Count(strings.TrimSuffix(quote, "\n"), "\n")
	if f.Source == "" {
		f.Source = finding.Rule
	}
	return f
}

// Tell tells how far the review is, and of findings.
func (a *ReviewQuestion) Tell(done, total int, path, unit string, findings ...finding.Finding) {
	a.found = append(a.found, findings...)
	a.on(review.Event{Done: done, Total: total, Path: path, Unit: unit, Findings: findings})
}

// Answer ends the review with what was told.
func (a *ReviewQuestion) Answer(report review.Report) {
	report.Findings = a.found
	a.answer <- report
}
