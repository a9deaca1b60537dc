package workspace

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/airside-ls/airside/gitsync"
	"github.com/airside-ls/airside/lsp/editor"
	"github.com/airside-ls/airside/lsp/ext"
	"github.com/airside-ls/airside/lsp/text"
)

var (
	errNoBody     = errors.New("a comment needs a text: the argument's body")
	errNoThread   = errors.New("no thread is named: the argument's thread is its ID, as airside.comment.list tells it")
	errNoComments = errors.New("no folder of this workspace is in a git repository that airside can keep comments in")
)

// CommentAdd is airside.comment.add.
func (w *Workspace) CommentAdd(run *editor.Invocation) (any, error) {
	a, err := commentArguments(run)
	switch {
	case err != nil:
		return nil, err
	case a.URI == "" || a.Range == nil:
		return nil, editor.InvalidParams(errors.New("a comment needs a place: the argument's uri and range"))
	case strings.TrimSpace(a.Body) == "":
		return nil, editor.InvalidParams(errNoBody)
	}
	in, err := w.textAt(uri.URI(a.URI))
	if err != nil {
		return nil, fmt.Errorf("%s cannot be commented on: %w", a.URI, err)
	}
	return w.Comment(run, uri.URI(a.URI), gitsync.CommentDraft{Lines: LinesOf(in, *a.Range), Text: []byte(in.Text()), Body: a.Body, Severity: a.Severity})
}

// Comment begins a thread on a file, whose path in its repository the
// draft need not know.
func (w *Workspace) Comment(run *editor.Invocation, u uri.URI, d gitsync.CommentDraft) (ext.CommentReceipt, error) {
	r, err := w.commentedRepository(string(u))
	if err != nil {
		return ext.CommentReceipt{}, err
	}
	rel, ok := r.relative(editor.PathOf(editor.Canonical(u)))
	if !ok {
		return ext.CommentReceipt{}, fmt.Errorf("%s is in no git repository", u)
	}
	d.Path = rel
	return w.commented(run, r, func() (gitsync.CommentReceipt, error) { return r.discussion.store.Commenter().Comment(run.Ctx, d) })
}

// LinesOf are the lines of a range, from 1. A range that ends at the beginning
// of a line does not hold that line.
func LinesOf(in *text.Snapshot, r protocol.Range) gitsync.CommentLines {
	start, end := int(r.Start.Line)+1, int(r.End.Line)+1
	if r.End.Character == 0 && end > start {
		end--
	}
	if last := in.Lines(); end > last {
		end = max(start, last)
	}
	return gitsync.CommentLines{Start: start, End: end}
}

// textAt is a file as the editor has it, or else the disk.
func (w *Workspace) textAt(u uri.URI) (*text.Snapshot, error) {
	if d := w.documents.Open(u); d != nil {
		if d.Lost {
			return nil, errors.New("the document is out of step with the editor; close and open it again")
		}
		return d.Text, nil
	}
	return w.documents.Read(editor.Canonical(u))
}

// CommentReply is airside.comment.reply. Without a text, as from a code action
// in an editor that knows nothing of airside, a file is opened to write it in.
func (w *Workspace) CommentReply(run *editor.Invocation) (any, error) {
	return w.onThread(run, func(r *repository, a ext.CommentArguments) (gitsync.CommentReceipt, error) {
		if strings.TrimSpace(a.Body) == "" {
			return gitsync.CommentReceipt{}, w.comments.openReply(run.Ctx, r, a.Thread)
		}
		return r.discussion.store.Commenter().Reply(run.Ctx, a.Thread, a.Body)
	})
}

// CommentResolve is airside.comment.resolve.
func (w *Workspace) CommentResolve(run *editor.Invocation) (any, error) {
	return w.onThread(run, func(r *repository, a ext.CommentArguments) (gitsync.CommentReceipt, error) {
		return r.discussion.store.Commenter().Resolve(run.Ctx, a.Thread)
	})
}

// CommentReopen is airside.comment.reopen.
func (w *Workspace) CommentReopen(run *editor.Invocation) (any, error) {
	return w.onThread(run, func(r *repository, a ext.CommentArguments) (gitsync.CommentReceipt, error) {
		return r.discussion.store.Commenter().Reopen(run.Ctx, a.Thread)
	})
}

// CommentEdit is airside.comment.edit.
func (w *Workspace) CommentEdit(run *editor.Invocation) (any, error) {
	return w.onThread(run, func(r *repository, a ext.CommentArguments) (gitsync.CommentReceipt, error) {
		if strings.TrimSpace(a.Body) == "" {
			return gitsync.CommentReceipt{}, editor.InvalidParams(errNoBody)
		}
		return r.discussion.store.Commenter().Edit(run.Ctx, a.Comment, a.Body)
	})
}

// CommentRedact is airside.comment.redact.
func (w *Workspace) CommentRedact(run *editor.Invocation) (any, error) {
	return w.onThread(run, func(r *repository, a ext.CommentArguments) (gitsync.CommentReceipt, error) {
		return r.discussion.store.Commenter().Redact(run.Ctx, a.Comment)
	})
}

// onThread runs a command about a thread, or a comment of it.
func (w *Workspace) onThread(run *editor.Invocation, do func(*repository, ext.CommentArguments) (gitsync.CommentReceipt, error)) (any, error) {
	a, err := commentArguments(run)
	if err != nil {
		return nil, err
	}
	if a.Thread == "" {
		a.Thread = a.Comment
	}
	if a.Comment == "" {
		a.Comment = a.Thread
	}
	if a.Thread == "" {
		return nil, editor.InvalidParams(errNoThread)
	}
	r, err := w.repositoryWith(run, a)
	if err != nil {
		return nil, err
	}
	return w.commented(run, r, func() (gitsync.CommentReceipt, error) { return do(r, a) })
}

// repositoryWith is the one that has a thread: that of the URI, or the one of
// the workspace in which it is found.
func (w *Workspace) repositoryWith(run *editor.Invocation, a ext.CommentArguments) (*repository, error) {
	if a.URI != "" {
		return w.commentedRepository(a.URI)
	}
	w.reconcile()
	var first *repository
	for _, r := range w.repositories() {
		if r.discussion.store == nil {
			continue
		}
		if first == nil {
			first = r
		}
		list, err := r.discussion.store.Threads(run.Ctx, nil, nil)
		if err != nil {
			return nil, err
		}
		for _, t := range list.Threads {
			for _, c := range t.Comments {
				if strings.HasPrefix(c.ID, strings.ToLower(a.Thread)) {
					return r, nil
				}
			}
		}
	}
	if first == nil {
		return nil, errNoComments
	}
	return first, nil // which says that there is no such thread
}

// commentedRepository is the repository of a URI, "" for the first there is.
func (w *Workspace) commentedRepository(u string) (*repository, error) {
	r, err := w.repositoryOf(u)
	if err != nil {
		return nil, err
	}
	if r.discussion.store == nil {
		return nil, errNoComments
	}
	return r, nil
}

// commented shows what has come of a command, before it is answered.
func (w *Workspace) commented(run *editor.Invocation, r *repository, do func() (gitsync.CommentReceipt, error)) (ext.CommentReceipt, error) {
	receipt, err := do()
	if err != nil {
		return ext.CommentReceipt{}, err
	}
	if receipt.Warning != "" {
		w.client.Log(protocol.MessageTypeWarning, "comment: "+receipt.Warning)
	}
	w.comments.refresh(run.Ctx, r)
	r.syncer.Poke() // it is to travel
	return ext.CommentReceipt(receipt), nil
}

// CommentList is airside.comment.list.
func (w *Workspace) CommentList(run *editor.Invocation) (any, error) {
	a, err := commentArguments(run)
	if err != nil {
		return nil, err
	}
	list := ext.CommentList{Threads: []ext.CommentThread{}, Skipped: []string{}}
	var repos []*repository
	only := "."
	if a.URI != "" {
		r, err := w.repositoryOf(a.URI)
		if err != nil {
			return list, nil // a file of no repository has no comments
		}
		rel, ok := r.relative(editor.PathOf(editor.Canonical(uri.URI(a.URI))))
		if !ok {
			return list, nil
		}
		repos, only = []*repository{r}, rel
	} else {
		w.reconcile()
		repos = w.repositories()
	}
	for _, r := range repos {
		if r.discussion.store == nil {
			continue
		}
		open := w.comments.textsOf(r)
		found, err := r.discussion.store.Threads(run.Ctx, open.text, nil)
		if err != nil {
			return nil, err
		}
		for _, one := range found.Skipped {
			list.Skipped = append(list.Skipped, fmt.Sprintf("of %s: %s", one.Where, one.Reason))
		}
		texts := map[string]*text.Snapshot{}
		for _, t := range found.Threads {
			if only != "." && t.Path != only && !strings.HasPrefix(t.Path, only+"/") {
				continue
			}
			u := open.uriOf(t.Path)
			in, known := texts[t.Path]
			if !known {
				if at, ok := w.comments.editionOf(open, u); ok {
					in = at.Text
				}
				texts[t.Path] = in
			}
			list.Threads = append(list.Threads, encodeThread(open.spell(u), found.Me, t, in))
		}
	}
	return list, nil
}

// commentArguments reads a command's argument: an object, a thread's ID, or
// nothing.
func commentArguments(run *editor.Invocation) (a ext.CommentArguments, err error) {
	if id, ok := run.Word(); ok {
		a.Thread = id
		return a, nil
	}
	return a, run.Argument(&a)
}

// HasComments tells whether comments on a file can be kept.
func (w *Workspace) HasComments(ctx context.Context, path string) bool {
	for _, r := range w.openRepositories(ctx) {
		if _, ok := r.relative(path); ok && r.discussion.store != nil {
			return true
		}
	}
	return false
}
