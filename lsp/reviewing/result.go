package reviewing

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/airside-ls/airside/completion/review"
	"github.com/airside-ls/airside/completion/review/diff"
	"github.com/airside-ls/airside/completion/review/finding"
	"github.com/airside-ls/airside/completion/shown"
	"github.com/airside-ls/airside/lsp/editor"
	"github.com/airside-ls/airside/lsp/ext"
)

// result is the answer to the client.
func (r *run) result(files []diff.File, report review.Report) ext.ReviewResult {
	result := ext.ReviewResult{
		Scope: r.arguments.Scope, Base: r.base, Files: len(files), Units: report.Units,
		Findings: []ext.ReviewFinding{}, Skipped: []ext.ReviewSkipped{},
		Backend: report.Backend, Model: report.Model, NoModel: report.NoModel,
		Compared: report.Compared, NoOdds: shown.Text(report.NoOdds),
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

func (r *run) encodeFinding(f finding.Finding) ext.ReviewFinding {
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
