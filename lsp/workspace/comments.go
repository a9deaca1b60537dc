package workspace

import (
	"context"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/airside-ls/airside/completion/shown"
	"github.com/airside-ls/airside/gitsync"
	"github.com/airside-ls/airside/lsp/annotate"
	"github.com/airside-ls/airside/lsp/annotate/marks"
	"github.com/airside-ls/airside/lsp/editor"
	"github.com/airside-ls/airside/lsp/ext"
	"github.com/airside-ls/airside/lsp/text"
)

// Comments is a Syncer whose repository has review comments: gitsync.Syncer. Its
// methods may be called from several goroutines.
type Comments interface {
	Threads(ctx context.Context, open func(path string) ([]byte, bool), only func(id string) bool) (gitsync.Threads, error)
	// ThreadsStamp is another one when Threads may be others.
	ThreadsStamp() string
	// WriteOwn puts a file among those that airside keeps of the repository, and
	// tells where that is.
	WriteOwn(name string, data []byte) (path string, err error)
	Commenter() gitsync.Commenter
}

// discussion is the comments of one repository, as they were last looked at.
type discussion struct {
	store Comments // nil: none

	refreshing sync.Mutex // held while they are looked at
	stamp      string
	files      map[uri.URI][]string // the open threads that are shown in each
}

// comments shows the threads of repositories in their files.
type comments struct {
	client    editor.Client
	documents editor.Documents
	log       *slog.Logger
	threads   *annotate.Source[gitsync.Thread]
	replies   replies
}

// refreshLater has the comments of a repository looked at, if they may be
// others than before, and else those of a file that was saved; "" for none.
func (c *comments) refreshLater(r *repository, saved uri.URI) {
	if r.discussion.store == nil {
		return
	}
	c.client.Background(func(ctx context.Context) error {
		if !c.refresh(ctx, r) && saved != "" {
			c.place(ctx, r, saved)
		}
		return nil
	})
}

// place finds the places of a file's threads anew: what was edited out of
// sight, and whether their code is still there, the notes alone do not know.
func (c *comments) place(ctx context.Context, r *repository, u uri.URI) {
	d := &r.discussion
	d.refreshing.Lock()
	defer d.refreshing.Unlock()
	known := d.files[u]
	if len(known) == 0 {
		return
	}
	open := c.textsOf(r)
	list, err := d.store.Threads(ctx, open.text, func(id string) bool { return slices.Contains(known, id) })
	if err != nil {
		c.log.Warn("comments cannot be read", "repository", r.workDir, "err", err)
		return
	}
	var here []gitsync.Thread
	for _, t := range list.Threads {
		if open.uriOf(t.Path) == u {
			here = append(here, t)
		}
	}
	c.showThreads(open, u, here)
}

// showThreads has a file's diagnostics be these threads.
func (c *comments) showThreads(open *openTexts, u uri.URI, list []gitsync.Thread) bool {
	at, ok := c.editionOf(open, u)
	if !ok {
		return false // its file is gone: such threads are in the list alone
	}
	notes := make([]*annotate.Entry[gitsync.Thread], 0, len(list))
	for _, t := range list {
		notes = append(notes, threadNote(at.Text, t, c.client.Capabilities().Language))
	}
	c.threads.Put(u, at, notes, nil)
	return true
}

// refresh shows the open threads of a repository as diagnostics, and
// tells a client that wants to know that threads are others than before. It is
// false when nothing can have changed.
func (c *comments) refresh(ctx context.Context, r *repository) bool {
	d := &r.discussion
	d.refreshing.Lock()
	defer d.refreshing.Unlock()
	stamp := d.store.ThreadsStamp()
	if stamp == d.stamp {
		return false
	}
	open := c.textsOf(r)
	list, err := d.store.Threads(ctx, open.text, nil)
	if err != nil {
		c.log.Warn("comments cannot be read", "repository", r.workDir, "err", err)
		return true
	}
	changed := stamp != d.stamp && (d.stamp != "" || len(list.Threads) > 0)
	d.stamp = stamp
	byFile := map[uri.URI][]gitsync.Thread{}
	for _, t := range list.Threads {
		if !t.Resolved {
			u := open.uriOf(t.Path)
			byFile[u] = append(byFile[u], t)
		}
	}
	told := d.files
	d.files = map[uri.URI][]string{}
	for u, threads := range byFile {
		if !c.showThreads(open, u, threads) {
			continue
		}
		for _, t := range threads {
			d.files[u] = append(d.files[u], t.ID)
		}
	}
	affected := slices.Collect(maps.Keys(d.files))
	for u := range told {
		if _, still := d.files[u]; !still {
			c.threads.Withdraw(func(of uri.URI, _ *annotate.Entry[gitsync.Thread]) bool { return of == u })
			affected = append(affected, u)
		}
	}
	if changed && c.client.Capabilities().Comments {
		c.tellChanged(open, affected)
	}
	return true
}

func (c *comments) tellChanged(open *openTexts, files []uri.URI) {
	uris := []string{}
	for _, u := range files {
		if spelled := open.spell(u); !slices.Contains(uris, spelled) {
			uris = append(uris, spelled)
		}
	}
	slices.Sort(uris)
	c.client.Notify(ext.MethodCommentsChanged, &ext.CommentsChangedParams{URIs: uris})
}

// editionOf is a file's text that threads were placed in.
func (c *comments) editionOf(open *openTexts, u uri.URI) (marks.Edition, bool) {
	if d := open.byURI[u]; d != nil {
		return d.Edition(), true
	}
	content, err := c.documents.Read(u)
	if err != nil {
		return marks.Edition{}, false
	}
	return marks.Edition{Text: content}, true
}

// inRepository lists the open documents that are files of a repository.
func (c *comments) inRepository(r *repository) []*editor.Document {
	return slices.DeleteFunc(c.documents.All(), func(d *editor.Document) bool {
		if !d.URI.IsFile() {
			return true
		}
		_, ok := r.relative(d.Path)
		return !ok
	})
}

// openTexts are the open documents of a repository at one moment.
type openTexts struct {
	root   string
	byPath map[string]*editor.Document
	byURI  map[uri.URI]*editor.Document
}

func (c *comments) textsOf(r *repository) *openTexts {
	open := &openTexts{root: r.workDir, byPath: map[string]*editor.Document{}, byURI: map[uri.URI]*editor.Document{}}
	for _, d := range c.inRepository(r) {
		if rel, ok := r.relative(d.Path); ok && !d.Lost {
			open.byPath[rel], open.byURI[d.URI] = d, d
		}
	}
	return open
}

func (o *openTexts) text(path string) ([]byte, bool) {
	d := o.byPath[path]
	if d == nil {
		return nil, false
	}
	return []byte(d.Text.Text()), true
}

func (o *openTexts) uriOf(path string) uri.URI {
	if d := o.byPath[path]; d != nil {
		return d.URI
	}
	return editor.Canonical(uri.File(filepath.Join(o.root, filepath.FromSlash(path))))
}

// spell is a file's URI as the client writes it.
func (o *openTexts) spell(u uri.URI) string {
	if d := o.byURI[u]; d != nil {
		return d.Spelling
	}
	return string(u)
}

// threadBytes are the bytes of a thread's lines, without the indentation of the
// first and the end of the last.
func threadBytes(t *text.Snapshot, lines gitsync.CommentLines) (start, end int) {
	last := t.Lines() - 1
	start, end = t.LineOffsets(min(max(0, lines.Start-1), last))
	line := t.Text()[start:end]
	start += len(line) - len(strings.TrimLeft(line, " \t"))
	if lines.End > lines.Start {
		_, end = t.LineOffsets(min(lines.End-1, last))
	}
	return min(start, end), end
}

// encodeThread is a thread as clients see it, with its place in a text. me is the actor
// of this clone.
func encodeThread(u, me string, t gitsync.Thread, in *text.Snapshot) ext.CommentThread {
	encoded := ext.CommentThread{
		ID: t.ID, URI: u, Path: t.Path, Outdated: t.Outdated(), Resolved: t.Resolved,
		Severity: t.Severity, Quote: shown.Text(t.Anchor.Quote),
	}
	if t.Resolved {
		encoded.ResolvedBy = t.Settled.Author.Name
	}
	if t.Source != nil {
		encoded.Model = t.Source.Model
	}
	for n, c := range t.Comments {
		encoded.Comments = append(encoded.Comments, ext.Comment{
			ID: c.ID, Author: c.Author.Name, Email: c.Author.Email, Time: c.Time.UTC().Format(time.RFC3339), Body: c.Body,
			Verified: t.Trusts[n].Verified, Claim: t.Trusts[n].Why, Mine: me != "" && c.Actor == me,
			Edited: !c.Edited.IsZero(), Redacted: c.Redacted,
		})
	}
	if in != nil {
		start, end := threadBytes(in, t.Lines)
		encoded.Range = in.OffsetRange(start, end)
		return encoded
	}
	line := uint32(max(0, t.Lines.Start-1))
	encoded.Range = protocol.Range{Start: protocol.Position{Line: line}, End: protocol.Position{Line: line}}
	return encoded
}
