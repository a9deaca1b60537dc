package reviewing

import (
	"errors"
	"fmt"
	"strings"

	"go.lsp.dev/uri"

	"github.com/airside-ls/airside/completion/review/finding"
	"github.com/airside-ls/airside/gitsync"
	"github.com/airside-ls/airside/lsp/annotate"
	"github.com/airside-ls/airside/lsp/editor"
	"github.com/airside-ls/airside/lsp/ext"
	"github.com/airside-ls/airside/lsp/text"
	"github.com/airside-ls/airside/lsp/workspace"
)

// meant are the notes of findings that arguments speak of: those that are
// shown, or those that are hidden.
func (s *Reviews) meant(a ext.FindingArguments, hidden bool) ([]annotate.PlacedNote[findingKey], error) {
	u := editor.Canonical(uri.URI(a.URI))
	if a.ID == "" && a.URI == "" {
		return nil, editor.InvalidParams(errors.New("neither the id of a finding is given nor a uri"))
	}
	return s.findings.Find(func(file uri.URI, in *text.Snapshot, n *annotate.Entry[findingKey]) bool {
		switch {
		case a.URI != "" && file != u, n.Gone, n.Hidden != hidden, !hidden && !n.Shown(in.Text()):
			return false
		case a.ID != "":
			return n.About.id == a.ID
		case a.Range == nil:
			return true
		}
		start, end := in.RangeOffsets(*a.Range)
		return n.Meets(in, start, end)
	}), nil
}

var errNoFinding = errors.New("there is no such finding here; a review finds anew what there is")

// Dismiss is airside.review.dismiss: the findings meant are not shown
// again, wherever their lines move.
func (s *Reviews) Dismiss(run *editor.Invocation) (any, error) {
	var a ext.FindingArguments
	if err := run.Argument(&a); err != nil {
		return nil, err
	}
	list, err := s.meant(a, false)
	if err == nil && len(list) == 0 {
		err = errNoFinding
	}
	if err != nil {
		return nil, err
	}
	byRoot := make(map[string][]finding.Finding)
	for i := range list {
		r := &list[i].About
		byRoot[r.root] = append(byRoot[r.root], r.finding)
	}
	for root, findings := range byRoot {
		if e := s.dismissedIn(root).Dismiss(findings...); e != nil {
			err = errors.Join(err, e)
		}
	}
	s.hide(list, true)
	result := ext.FindingsResult{Findings: len(list), Message: "dismissed: " + plural(len(list), "finding")}
	if len(list) == 1 {
		result.Message = "dismissed: " + list[0].About.finding.Message
	}
	if err != nil {
		result.Message += fmt.Sprintf("; it cannot be remembered beyond this session: %v", err)
	}
	return result, nil
}

// Undismiss is airside.review.undismiss.
func (s *Reviews) Undismiss(run *editor.Invocation) (any, error) {
	var a ext.FindingArguments
	if err := run.Argument(&a); err != nil {
		return nil, err
	}
	list, err := s.meant(a, true)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return ext.FindingsResult{Message: "nothing is dismissed here, as far as the latest review knows"}, nil
	}
	for i := range list {
		r := &list[i].About
		if err := s.dismissedIn(r.root).Restore(r.id); err != nil {
			return nil, fmt.Errorf("it stays dismissed: %w", err)
		}
	}
	s.hide(list, false)
	return ext.FindingsResult{Findings: len(list), Message: "shown again: " + plural(len(list), "finding")}, nil
}

// hide takes findings off the screen, all that are of the same content, or has
// them shown again.
func (s *Reviews) hide(list []annotate.PlacedNote[findingKey], hidden bool) {
	type key struct{ root, id string }
	meant := make(map[key]bool)
	for i := range list {
		meant[key{list[i].About.root, list[i].About.id}] = true
	}
	s.findings.Revise(func(_ uri.URI, n *annotate.Entry[findingKey]) bool {
		if n.Hidden == hidden || !meant[key{n.About.root, n.About.id}] {
			return false
		}
		n.Hidden = hidden
		return true
	})
}

// Publish is airside.review.publish: a person makes a finding a comment,
// which travels with the branch. It takes the finding's place here.
func (s *Reviews) Publish(run *editor.Invocation) (any, error) {
	var a ext.FindingArguments
	if err := run.Argument(&a); err != nil {
		return nil, err
	}
	list, err := s.meant(a, false)
	switch {
	case err != nil:
		return nil, err
	case len(list) == 0:
		return nil, errNoFinding
	case len(list) > 1:
		return nil, fmt.Errorf("there are %d findings here; choose one by its code action, or by its id", len(list))
	}
	about := list[0].About
	body := a.Body
	if strings.TrimSpace(body) == "" {
		body = about.finding.Message
	}
	at := list[0].Text
	draft := gitsync.CommentDraft{
		Lines: workspace.LinesOf(at, at.OffsetRange(list[0].Start, list[0].End)), Text: []byte(at.Text()), Body: body,
		Severity: string(about.finding.Severity),
	}
	if about.model != "" {
		draft.Source = &gitsync.CommentSource{Model: about.model}
	}
	receipt, err := s.workspace.Comment(run, list[0].File, draft)
	if err != nil {
		return nil, err
	}
	result := ext.FindingsResult{Findings: 1, Thread: receipt.Thread, Message: "commented: " + body}
	if err := s.dismissedIn(about.root).Dismiss(about.finding); err != nil {
		s.log.Warn("a finding that became a comment is not remembered as settled", "err", err)
	}
	s.hide(list, true)
	return result, nil
}

// Clear is airside.review.clear: findings go off the screen until they are
// found again, those of one file or all.
func (s *Reviews) Clear(run *editor.Invocation) (any, error) {
	var a ext.FindingArguments
	if err := run.Argument(&a); err != nil {
		return nil, err
	}
	u, n := editor.Canonical(uri.URI(a.URI)), 0
	s.findings.Withdraw(func(file uri.URI, note *annotate.Entry[findingKey]) bool {
		if a.URI != "" && file != u {
			return false
		}
		if !note.Hidden && !note.Gone {
			n++
		}
		return true
	})
	return ext.FindingsResult{Findings: n, Message: "cleared: " + plural(n, "finding")}, nil
}
