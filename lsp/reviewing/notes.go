package reviewing

import (
	"slices"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/airside-ls/airside/completion/review/finding"
	"github.com/airside-ls/airside/completion/shown"
	"github.com/airside-ls/airside/lsp/annotate"
	"github.com/airside-ls/airside/lsp/annotate/marks"
	"github.com/airside-ls/airside/lsp/ext"
)

// findingKey is what the review knows a note by.
type findingKey struct {
	finding finding.Finding
	id      string
	root    string // of its work tree
	scope   string // of the review: what is found again in another one stays
	run     int    // that found it last
	model   string // that said so, "" for a rule, or as long as the review runs
}

// show annotates a file with findings. Those that are dismissed are there, and
// not shown.
func (r *run) show(path string, list []finding.Finding) {
	f, ok := r.files[path]
	if !ok {
		r.s.log.Error("a finding in a file that was not reviewed", "path", path)
		return
	}
	at := r.editionOf(f)
	var fresh []*annotate.Entry[findingKey]
	for _, f := range list {
		if f.Start < 0 || f.Start > f.End || f.End > at.Text.Len() || at.Text.Text()[f.Start:f.End] != f.Quote {
			r.s.log.Error("a finding that is not where it says", "path", path, "start", f.Start, "end", f.End)
			continue
		}
		fresh = append(fresh, r.note(f))
	}
	r.s.findings.Put(r.tree.uriOf(path), at, fresh, func(old *annotate.Entry[findingKey]) bool {
		o := &old.About
		return o.run == r.number || !slices.ContainsFunc(fresh, func(n *annotate.Entry[findingKey]) bool { return n.About.id == o.id })
	})
}

var severityOf = map[finding.Severity]protocol.DiagnosticSeverity{
	finding.Error:       protocol.DiagnosticSeverityError,
	finding.Warning:     protocol.DiagnosticSeverityWarning,
	finding.Information: protocol.DiagnosticSeverityInformation,
	finding.Hint:        protocol.DiagnosticSeverityHint,
}

// note is a finding as it is shown. A rule shows what is so, a model what it
// thinks: the message says which.
func (r *run) note(f finding.Finding) *annotate.Entry[findingKey] {
	about := findingKey{finding: f, id: f.ID(), root: r.tree.root, scope: r.arguments.Scope, run: r.number}
	n := &annotate.Entry[findingKey]{About: about, Note: annotate.Note{
		Mark:   marks.Mark{Start: f.Start, End: f.End, Quote: f.Quote},
		Fix:    f.Fix,
		Hidden: r.dismissed[about.id],
		Diagnostic: protocol.Diagnostic{
			Severity: severityOf[f.Severity],
			Code:     protocol.String(f.Category),
			Message:  protocol.String(r.s.says(f)),
		},
	}}
	if data, err := protocol.Marshal(protocol.String(about.id)); err == nil {
		n.Diagnostic.Data = data
	}
	for _, place := range f.Related {
		n.Related = append(n.Related, annotate.Related{Mark: marks.Mark{Start: place.Start, End: place.End}, Message: r.s.client.Capabilities().Say(shown.Text(place.Message))})
	}
	return n
}

// says is what a finding says to the user, and who found it.
func (s *Reviews) says(f finding.Finding) string {
	return s.client.Capabilities().Language.Sayf("%s ("+string(f.Source)+")", s.saysAlone(f))
}

// saysAlone is what a finding says to the user. Airside's own words are in their language,
// a model's in its own.
func (s *Reviews) saysAlone(f finding.Finding) string {
	if f.Source == finding.Model && !f.Words {
		return shown.Text(f.Message)
	}
	return s.client.Capabilities().Say(shown.Text(f.Message))
}

// sign names the model on what it has found.
func (r *run) sign(model string) {
	r.s.findings.Revise(func(_ uri.URI, n *annotate.Entry[findingKey]) bool {
		if n.About.run == r.number && n.About.finding.Source == finding.Model {
			n.About.model = model
		}
		return false // there is nothing of it to see
	})
}

// withdrawOlder takes back what earlier reviews found where this one looked and
// found it no more. What a model said stays until a model has looked again.
func (r *run) withdrawOlder(asked bool) {
	r.s.findings.Withdraw(func(u uri.URI, n *annotate.Entry[findingKey]) bool {
		old := &n.About
		switch {
		case old.run >= r.number, old.root != r.tree.root, !asked && old.finding.Source == finding.Model:
			return false
		case r.arguments.Scope == ext.ScopeFile:
			return u == r.tree.file && (old.scope == ext.ScopeFile || old.scope == ext.ScopeWorktree)
		case r.arguments.Scope == ext.ScopeFunction:
			return u == r.tree.file && old.scope == ext.ScopeFunction && r.units[old.finding.Unit]
		case r.arguments.Scope == ext.ScopeWorktree:
			return old.scope == ext.ScopeFile || old.scope == ext.ScopeWorktree
		}
		return old.scope == r.arguments.Scope
	})
}
