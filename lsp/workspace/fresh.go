package workspace

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.lsp.dev/uri"

	"github.com/airside-ls/airside/gitsync"
	"github.com/airside-ls/airside/lsp/annotate/marks"
	"github.com/airside-ls/airside/lsp/editor"
	"github.com/airside-ls/airside/lsp/ext"
)

// freshLines are the lines of open documents that a sync has brought, each until it is
// edited, or for a while. Where there are none a keystroke costs one look at a number.
type freshLines struct {
	client    editor.Client
	documents editor.Documents
	count     atomic.Int32 // of byFile

	mu     sync.Mutex
	byFile map[uri.URI]*freshFile
}

// freshFile is a document with lines that came in.
type freshFile struct {
	spelling string
	arrived  gitsync.ArrivedFile
	message  string       // who they are from
	old, new gitsync.Hash // tips of the branch, before the first arrival and after the last
	end      *time.Timer

	placed bool // the document is the text that came in, or was since
	at     marks.Edition
	lines  []freshSpan
	told   []ext.NewLines // nil: nothing yet
}

// freshSpan is lines of a text, as bytes: from the beginning of the first to the end of
// the last.
type freshSpan struct {
	start, end int
	removed    bool // lines were taken out before this place
}

// put has lines of a document marked for a time, as soon as it is the text that came
// in: an editor reads its file anew when it likes.
func (f *freshLines) put(u uri.URI, file *freshFile, keep time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	d := f.documents.Open(u) // of now: later versions come by changed
	if d == nil {
		return
	}
	if f.byFile == nil {
		f.byFile = map[uri.URI]*freshFile{}
	}
	if before := f.byFile[d.URI]; before != nil {
		before.end.Stop()
		file.told = before.told
	}
	file.spelling = d.Spelling
	file.end = time.AfterFunc(keep, func() { f.ended(d.URI, file) })
	f.byFile[d.URI] = file
	f.count.Store(int32(len(f.byFile)))
	f.follow(d, file)
}

// marked are the tips between which the marked lines of a document came in.
func (f *freshLines) marked(u uri.URI) (old, new gitsync.Hash, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if file := f.byFile[u]; file != nil {
		return file.old, file.new, true
	}
	return old, new, false
}

// changed has the lines follow a new version of a document.
func (f *freshLines) changed(d *editor.Document) {
	if f.count.Load() == 0 {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if file := f.byFile[d.URI]; file != nil {
		f.follow(d, file)
	}
}

func (f *freshLines) follow(d *editor.Document, file *freshFile) {
	switch {
	case d.Lost:
		return
	case !file.placed:
		if !d.Holds(file.arrived.Text) {
			return
		}
		file.placed, file.at = true, d.Edition()
		for _, l := range file.arrived.Lines {
			file.lines = append(file.lines, spanOf(d, l))
		}
		file.arrived.Text = nil
	default:
		for _, e := range marks.Between(file.at, d.Edition()) {
			file.edit(e)
		}
		file.at = d.Edition()
	}
	f.tell(d, file)
	if len(file.lines) == 0 {
		f.forget(d.URI, file)
	}
}

// spanOf are the bytes of lines. Where some were taken out it is the beginning of the
// line that followed them.
func spanOf(d *editor.Document, l gitsync.ChangedLines) freshSpan {
	last := d.Text.Lines() - 1
	if l.NewLines == 0 { // behind that line
		start, _ := d.Text.LineOffsets(min(l.NewStart, last))
		return freshSpan{start, start, true}
	}
	start, _ := d.Text.LineOffsets(min(l.NewStart-1, last))
	_, end := d.Text.LineOffsets(min(l.NewStart+l.NewLines-2, last))
	return freshSpan{start, end, false}
}

// edit moves the lines as an edit demands, and drops those that it touches. A new line
// above or below them touches nothing.
func (file *freshFile) edit(e marks.Edit) {
	delta := len(e.New) - (e.End - e.Start)
	kept := file.lines[:0]
	for _, l := range file.lines {
		inserts := e.Start == e.End
		switch {
		case e.End < l.start, inserts && e.End == l.start && strings.HasSuffix(e.New, "\n"):
			kept = append(kept, freshSpan{l.start + delta, l.end + delta, l.removed})
		case e.Start > l.end, inserts && e.Start == l.end && !l.removed && strings.HasPrefix(e.New, "\n"):
			kept = append(kept, l)
		}
	}
	file.lines = kept
}

// tell sends the client the lines, if they are others than it was told.
func (f *freshLines) tell(d *editor.Document, file *freshFile) {
	list := make([]ext.NewLines, 0, len(file.lines))
	for _, l := range file.lines {
		start, end := int(d.Text.OffsetPosition(l.start).Line), int(d.Text.OffsetPosition(l.end).Line)+1
		if l.removed {
			end = start
		}
		list = append(list, ext.NewLines{Start: start, End: end, Message: file.message})
	}
	if slices.Equal(list, file.told) {
		return
	}
	file.told = list
	f.client.Notify(ext.MethodNewLines, &ext.NewLinesParams{URI: file.spelling, Version: d.Version, Lines: list})
}

// ended takes back what was told of a document, when its time is over.
func (f *freshLines) ended(u uri.URI, file *freshFile) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.byFile[u] == file {
		f.takeBack(u, file)
	}
}

// clear takes back all of it.
func (f *freshLines) clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for u, file := range f.byFile {
		f.takeBack(u, file)
	}
}

// closed forgets a document.
func (f *freshLines) closed(d *editor.Document) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if file := f.byFile[d.URI]; file != nil {
		f.takeBack(d.URI, file)
	}
}

func (f *freshLines) takeBack(u uri.URI, file *freshFile) {
	if len(file.told) > 0 {
		f.client.Notify(ext.MethodNewLines, &ext.NewLinesParams{URI: file.spelling, Lines: []ext.NewLines{}})
	}
	f.forget(u, file)
}

func (f *freshLines) forget(u uri.URI, file *freshFile) {
	file.end.Stop()
	delete(f.byFile, u)
	f.count.Store(int32(len(f.byFile)))
}

// markArrived marks what arrivals have changed in open documents, those left out that
// came in longer ago than marks stay.
func (w *Workspace) markArrived(ctx context.Context, r *repository, list []gitsync.Arrival, documents []*editor.Document) {
	keep := w.syncSettings().Mark
	if keep <= 0 || !w.client.Capabilities().NewLines {
		return
	}
	list = slices.DeleteFunc(slices.Clone(list), func(a gitsync.Arrival) bool { return !a.Current || time.Since(a.When) >= keep })
	if len(list) == 0 {
		return
	}
	newest, oldest := list[0], list[len(list)-1]
	for _, d := range documents {
		rel, ok := r.relative(d.Path)
		if !ok {
			continue
		}
		old := oldest.Old
		file, ok, err := r.news.source.ArrivedIn(ctx, old, newest.New, rel)
		if !ok {
			if err != nil {
				w.log.Debug("what came in cannot be told", "file", d.Path, "err", err)
			}
			continue
		}
		if before, until, marked := w.fresh.marked(d.URI); marked && until == old { // nothing of this user's is in between
			if whole, ok, err := r.news.source.ArrivedIn(ctx, before, newest.New, rel); err == nil && ok {
				file, old = whole, before
			}
		}
		w.fresh.put(d.URI, &freshFile{arrived: file, message: lineWords(file.Commits), old: old, new: newest.New}, keep-time.Since(newest.When))
	}
}

// lineWords say who lines are from.
func lineWords(commits []gitsync.ArrivedCommit) string {
	switch len(commits) {
	case 0:
		return "new"
	case 1:
		return authorsOf(commits) + ": " + subjectOf(commits[0])
	}
	return authorsOf(commits)
}

// Opened hears of a document that was opened. What came in a moment ago is marked in
// it as well.
func (w *Workspace) Opened(d *editor.Document) {
	for _, r := range w.repositories() {
		if r.news.source == nil {
			continue
		}
		list := r.news.list()
		if len(list) == 0 {
			continue
		}
		if _, ok := r.relative(d.Path); ok {
			w.client.Background(func(ctx context.Context) error {
				w.markArrived(ctx, r, list, []*editor.Document{d})
				return nil
			})
		}
	}
}
