package lsp

import (
	"errors"
	"fmt"
	"strings"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/airside-ls/airside/lsp/editor"
	"github.com/airside-ls/airside/lsp/ext"
	"github.com/airside-ls/airside/lsp/text"
)

var (
	errNoBody     = errors.New("a comment needs a text: the argument's body")
	errNoThread   = errors.New("no thread is named: the argument's thread is its ID, as airside.comment.list tells it")
	errNoComments = errors.New("no folder of this workspace is in a git repository that airside can keep comments in")
)

// commentAdd is airside.comment.add.
func (s *Server) commentAdd(run *editor.Invocation) (any, error) {
	a, err := commentArguments(run)
	switch {
	case err != nil:
		return nil, err
	case a.URI == "" || a.Range == nil:
		return nil, editor.InvalidParams(errors.New("a comment needs a place: the argument's uri and range"))
	case strings.TrimSpace(a.Body) == "":
		return nil, editor.InvalidParams(errNoBody)
	}
	in, err := s.textAt(uri.URI(a.URI))
	if err != nil {
		return nil, fmt.Errorf("%s cannot be commented on: %w", a.URI, err)
	}
	start, end := linesOf(in, *a.Range)
	return s.publishComment(run, uri.URI(a.URI), CommentDraft{StartLine: start, EndLine: end, Text: in.Text(), Body: a.Body, Severity: a.Severity})
}

// publishComment begins a thread on a file, whose path in its repository the
// draft need not know.
func (s *Server) publishComment(run *editor.Invocation, u uri.URI, d CommentDraft) (ext.CommentReceipt, error) {
	r, err := s.commentedRepository(string(u))
	if err != nil {
		return ext.CommentReceipt{}, err
	}
	rel, ok := r.relative(editor.PathOf(editor.Canonical(u)))
	if !ok {
		return ext.CommentReceipt{}, fmt.Errorf("%s is in no git repository", u)
	}
	d.Path = rel
	return s.commented(run, r, func() (CommentReceipt, error) { return r.comments.store.Comment(run.Ctx, d) })
}

// linesOf are the lines of a range, from 1. A range that ends at the beginning
// of a line does not hold that line.
func linesOf(in *text.Snapshot, r protocol.Range) (start, end int) {
	start, end = int(r.Start.Line)+1, int(r.End.Line)+1
	if r.End.Character == 0 && end > start {
		end--
	}
	if last := in.Lines(); end > last {
		end = max(start, last)
	}
	return start, end
}

// textAt is a file as the editor has it, or else the disk.
func (s *Server) textAt(u uri.URI) (*text.Snapshot, error) {
	if d := s.documents.Open(u); d != nil {
		if d.Lost {
			return nil, errors.New("the document is out of step with the editor; close and open it again")
		}
		return d.Text, nil
	}
	return s.documents.Read(editor.Canonical(u))
}

// commentReply is airside.comment.reply. Without a text, as from a code action
// in an editor that knows nothing of airside, a file is opened to write it in.
func (s *Server) commentReply(run *editor.Invocation) (any, error) {
	return s.onThread(run, func(r *repository, a ext.CommentArguments) (CommentReceipt, error) {
		if strings.TrimSpace(a.Body) == "" {
			return CommentReceipt{}, s.openReply(run, r, a.Thread)
		}
		return r.comments.store.Reply(run.Ctx, a.Thread, a.Body)
	})
}

// commentResolve is airside.comment.resolve.
func (s *Server) commentResolve(run *editor.Invocation) (any, error) {
	return s.onThread(run, func(r *repository, a ext.CommentArguments) (CommentReceipt, error) {
		return r.comments.store.Resolve(run.Ctx, a.Thread)
	})
}

// commentReopen is airside.comment.reopen.
func (s *Server) commentReopen(run *editor.Invocation) (any, error) {
	return s.onThread(run, func(r *repository, a ext.CommentArguments) (CommentReceipt, error) {
		return r.comments.store.Reopen(run.Ctx, a.Thread)
	})
}

// commentEdit is airside.comment.edit.
func (s *Server) commentEdit(run *editor.Invocation) (any, error) {
	return s.onThread(run, func(r *repository, a ext.CommentArguments) (CommentReceipt, error) {
		if strings.TrimSpace(a.Body) == "" {
			return CommentReceipt{}, editor.InvalidParams(errNoBody)
		}
		return r.comments.store.Edit(run.Ctx, a.Comment, a.Body)
	})
}

// commentRedact is airside.comment.redact.
func (s *Server) commentRedact(run *editor.Invocation) (any, error) {
	return s.onThread(run, func(r *repository, a ext.CommentArguments) (CommentReceipt, error) {
		return r.comments.store.Redact(run.Ctx, a.Comment)
	})
}

// onThread runs a command about a thread, or a comment of it.
func (s *Server) onThread(run *editor.Invocation, do func(*repository, ext.CommentArguments) (CommentReceipt, error)) (any, error) {
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
	r, err := s.repositoryWith(run, a)
	if err != nil {
		return nil, err
	}
	return s.commented(run, r, func() (CommentReceipt, error) { return do(r, a) })
}

// repositoryWith is the one that has a thread: that of the URI, or the one of
// the workspace in which it is found.
func (s *Server) repositoryWith(run *editor.Invocation, a ext.CommentArguments) (*repository, error) {
	if a.URI != "" {
		return s.commentedRepository(a.URI)
	}
	s.reconcile()
	var first *repository
	for _, r := range s.repositories() {
		if r.comments.store == nil {
			continue
		}
		if first == nil {
			first = r
		}
		list, err := r.comments.store.Threads(run.Ctx, nil, nil)
		if err != nil {
			return nil, err
		}
		for _, t := range list.List {
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
func (s *Server) commentedRepository(u string) (*repository, error) {
	r, err := s.repositoryOf(u)
	if err != nil {
		return nil, err
	}
	if r.comments.store == nil {
		return nil, errNoComments
	}
	return r, nil
}

// commented shows what has come of a command, before it is answered.
func (s *Server) commented(run *editor.Invocation, r *repository, do func() (CommentReceipt, error)) (ext.CommentReceipt, error) {
	receipt, err := do()
	if err != nil {
		return ext.CommentReceipt{}, err
	}
	if receipt.Warning != "" {
		s.client.Log(protocol.MessageTypeWarning, "comment: "+receipt.Warning)
	}
	s.refreshComments(run.Ctx, r)
	r.syncer.Poke() // it is to travel
	return ext.CommentReceipt(receipt), nil
}

// commentList is airside.comment.list.
func (s *Server) commentList(run *editor.Invocation) (any, error) {
	a, err := commentArguments(run)
	if err != nil {
		return nil, err
	}
	list := ext.CommentList{Threads: []ext.CommentThread{}, Skipped: []string{}}
	var repos []*repository
	only := "."
	if a.URI != "" {
		r, err := s.repositoryOf(a.URI)
		if err != nil {
			return list, nil // a file of no repository has no comments
		}
		rel, ok := r.relative(editor.PathOf(editor.Canonical(uri.URI(a.URI))))
		if !ok {
			return list, nil
		}
		repos, only = []*repository{r}, rel
	} else {
		s.reconcile()
		repos = s.repositories()
	}
	for _, r := range repos {
		if r.comments.store == nil {
			continue
		}
		open := s.textsOf(r)
		found, err := r.comments.store.Threads(run.Ctx, open.text, nil)
		if err != nil {
			return nil, err
		}
		list.Skipped = append(list.Skipped, found.Skipped...)
		texts := map[string]*text.Snapshot{}
		for _, t := range found.List {
			if only != "." && t.Path != only && !strings.HasPrefix(t.Path, only+"/") {
				continue
			}
			u := open.uriOf(t.Path)
			in, known := texts[t.Path]
			if !known {
				if at, ok := s.editionOf(open, u); ok {
					in = at.Text
				}
				texts[t.Path] = in
			}
			list.Threads = append(list.Threads, encodeThread(open.spell(u), t, in))
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
