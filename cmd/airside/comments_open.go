package main

import (
	"context"
	"fmt"
	"time"

	"github.com/airside-ls/airside/completion/shown"
	"github.com/airside-ls/airside/gitsync"
	"github.com/airside-ls/airside/gitsync/threads"
	"github.com/airside-ls/airside/lsp/ext"
	"github.com/airside-ls/airside/lsp/workspace"
)

// Comments are the repository's, in the shapes that clients see.
func (g gitSyncer) Comments() workspace.Comments {
	return gitComments{g.Syncer}
}

type gitComments struct{ syncer *gitsync.Syncer }

func (g gitComments) WriteOwn(name string, data []byte) (string, error) {
	return g.syncer.WriteOwn(name, data)
}

func (g gitComments) Stamp() string { return g.syncer.CommentsUnasked().Stamp() }

func (g gitComments) Threads(ctx context.Context, open func(string) (string, bool), only func(string) bool) (workspace.Threads, error) {
	view, err := g.syncer.CommentsUnasked().View(ctx, func(path string) ([]byte, bool) {
		if open == nil {
			return nil, false
		}
		text, ok := open(path)
		return []byte(text), ok
	}, only)
	if err != nil {
		return workspace.Threads{}, err
	}
	var list workspace.Threads
	for _, t := range view.Threads {
		if !t.Gone() {
			list.List = append(list.List, commentThread(view, t))
		}
	}
	for _, one := range append(view.Skipped, g.syncer.CommentProblems()...) {
		list.Skipped = append(list.Skipped, fmt.Sprintf("of %s: %s", one.Where, one.Reason))
	}
	return list, nil
}

func commentThread(view threads.View, t threads.Placed) workspace.Thread {
	thread := workspace.Thread{
		ID: t.ID, Path: t.Path, StartLine: t.Lines.Start, EndLine: t.Lines.End,
		Outdated: t.Outdated(), Resolved: t.Resolved, Severity: t.Severity, Quote: shown.Text(t.Anchor.Quote),
	}
	if t.Resolved {
		thread.ResolvedBy = t.Settled.Author.Name
	}
	if t.Source != nil {
		thread.Model = t.Source.Model
	}
	for n, c := range t.Comments {
		thread.Comments = append(thread.Comments, ext.Comment{
			ID: c.ID, Author: c.Author.Name, Email: c.Author.Email, Time: c.Time.UTC().Format(time.RFC3339), Body: c.Body,
			Verified: t.Trusts[n].Verified, Claim: t.Trusts[n].Why, Mine: view.Me != "" && c.Actor == view.Me,
			Edited: !c.Edited.IsZero(), Redacted: c.Redacted,
		})
	}
	return thread
}

func (g gitComments) Comment(ctx context.Context, d workspace.CommentDraft) (ext.CommentReceipt, error) {
	draft := threads.Draft{
		Path: d.Path, Lines: threads.Lines{Start: d.StartLine, End: d.EndLine}, Text: []byte(d.Text),
		Body: d.Body, Severity: d.Severity,
	}
	if d.Model != "" {
		draft.Source = &threads.Source{Model: d.Model, PromptHash: d.PromptHash}
	}
	return receipt(g.syncer.Comments().Comment(ctx, draft))
}

func (g gitComments) Reply(ctx context.Context, thread, body string) (ext.CommentReceipt, error) {
	return receipt(g.syncer.Comments().Reply(ctx, thread, body))
}

func (g gitComments) Edit(ctx context.Context, comment, body string) (ext.CommentReceipt, error) {
	return receipt(g.syncer.Comments().Edit(ctx, comment, body))
}

func (g gitComments) Redact(ctx context.Context, comment string) (ext.CommentReceipt, error) {
	return receipt(g.syncer.Comments().Redact(ctx, comment))
}

func (g gitComments) Resolve(ctx context.Context, thread string) (ext.CommentReceipt, error) {
	return receipt(g.syncer.Comments().Resolve(ctx, thread))
}

func (g gitComments) Reopen(ctx context.Context, thread string) (ext.CommentReceipt, error) {
	return receipt(g.syncer.Comments().Reopen(ctx, thread))
}

func receipt(r threads.Receipt, err error) (ext.CommentReceipt, error) {
	return ext.CommentReceipt(r), err
}
