// Package next proposes the next edit: where two edits had something in common, the same
// change where it fits next, in this file, then in others. It goes by tokens and by what was
// edited lately, asks no model, and knows nothing of editors.
package next

import (
	"context"
	"fmt"
	"hash/maphash"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Options are what a Watcher works with.
type Options struct {
	// Search lists the files that have a word, by absolute path, the likeliest first, of those
	// that are like the file at a path; it is called beside what goes on, and ends with ctx.
	// Nil is none.
	Search func(ctx context.Context, word, like string) []string
	// Read is a file's text on the disk. Nil reads none.
	Read func(path string) (string, bool)
}

// Proposal is an edit that may be shown: Text in the place of the bytes [Start, End) of the
// document at Path, as it was when it was asked for.
type Proposal struct {
	ID         string
	Path       string
	Start, End int
	Text       string
}

// Bounds.
const (
	maxText     = 1 << 20 // bytes of a document
	maxFiles    = 200     // that are read for one pattern
	maxHits     = 100     // places in them
	maxKept     = 8       // searches that are remembered
	maxRefused  = 500     // proposals that are not shown again
	maxProposed = 50      // proposals whose fate is awaited
)

// Watcher sees what is edited and proposes what comes next. It is safe for concurrent use.
type Watcher struct {
	opts Options

	mu        sync.Mutex
	off       bool
	history   history
	refused   map[string]bool // by key; never again
	proposed  []offered       // the newest last
	made      int
	lexed     map[string]side // of texts, by path
	found     map[string]*search
	order     []string // of found
	searching bool
	seed      maphash.Seed // of sums
	life      context.Context
	end       context.CancelFunc
	wait      sync.WaitGroup
}

type offered struct {
	Proposal
	key string
}

// search is where else a pattern fits.
type search struct{ hits []hit }

// hit is a place in a file, and the file's text by its hash, as it was.
type hit struct {
	offered
	sum uint64
}

// New returns a watcher, to be closed.
func New(o Options) *Watcher {
	w := &Watcher{opts: o, refused: map[string]bool{}, lexed: map[string]side{}, found: map[string]*search{}, seed: maphash.MakeSeed()}
	w.history.texts = map[string]string{}
	w.life, w.end = context.WithCancel(context.Background())
	return w
}

// Close ends what runs beside.
func (w *Watcher) Close() {
	w.end()
	w.wait.Wait()
}

// Enable has it propose, or not.
func (w *Watcher) Enable(on bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.off = !on
}

// Opened makes a document known, by its absolute path.
func (w *Watcher) Opened(path, text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.history.now.path == path {
		w.history.now = change{}
	}
	w.history.texts[path] = text
}

// Edited takes in the text that a document has now.
func (w *Watcher) Edited(path, text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(text) > maxText {
		delete(w.history.texts, path)
		return
	}
	before := w.history.texts[path]
	w.history.taken = slices.ContainsFunc(w.proposed, func(o offered) bool { return o.Path == path && o.became(before, text) })
	w.history.edited(path, text)
}

// became tells whether a text is what another becomes by a proposal: who takes one need not
// say so first.
func (p Proposal) became(before, after string) bool {
	return p.End <= len(before) && len(after) == len(before)-(p.End-p.Start)+len(p.Text) &&
		after[:p.Start] == before[:p.Start] && after[p.Start:p.Start+len(p.Text)] == p.Text && after[p.Start+len(p.Text):] == before[p.End:]
}

// Closed forgets a document's text.
func (w *Watcher) Closed(path string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.history.texts, path)
	delete(w.lexed, path)
	if w.history.now.path == path {
		w.history.now = change{}
	}
}

// Taken tells that a proposal was accepted, before or after the change.
func (w *Watcher) Taken(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.proposed = slices.DeleteFunc(w.proposed, func(o offered) bool { return o.ID == id })
}

// Refused tells that the user wants none of a proposal. It is not made again.
func (w *Watcher) Refused(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, o := range w.proposed {
		if o.ID == id && len(w.refused) < maxRefused {
			w.refused[o.key] = true
		}
	}
}

// Settle waits for searches that run.
func (w *Watcher) Settle() { w.wait.Wait() }

// Propose is the next edit for somebody whose cursor is at an offset of a document. Others
// says that it may be in another file. There is none when ctx ends.
func (w *Watcher) Propose(ctx context.Context, path string, offset int, others bool) (Proposal, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	text, ok := w.history.texts[path]
	if w.off || !ok || len(text) > maxText {
		return Proposal{}, false
	}
	for _, p := range w.patterns(path, text, offset) {
		if ctx.Err() != nil {
			break
		}
		if o, ok := w.place(p, path, text, offset); ok {
			return w.offer(o), true
		}
		if !others || p.single {
			continue
		}
		if o, ok := w.elsewhere(ctx, p, path); ok {
			return w.offer(o), true
		}
	}
	return Proposal{}, false
}

// patterns are those of the latest edits, the newest pair first.
func (w *Watcher) patterns(path, text string, offset int) []*pattern {
	edits := slices.Clone(w.history.edits)
	if e, ok := w.history.current(text, path); ok {
		edits = append(edits, e)
	}
	var list []*pattern
	for i := len(edits) - 1; i > 0 && i >= len(edits)-3; i-- {
		for j := i - 1; j >= 0 && j >= i-3; j-- {
			list = append(list, learn(&edits[j], &edits[i])...)
		}
	}
	if n := len(edits); n > 0 && len(list) == 0 {
		last := &edits[n-1]
		inLine := last.path == path && offset <= len(text) && last.start <= last.end && last.end <= len(text) &&
			lineStart(text, offset, 0) >= lineStart(text, last.start, 0) && offset <= lineEnd(text, last.end, 0)
		if p := alone(last); p != nil && last.path == path && (!inLine || w.history.now.empty()) {
			list = append(list, p)
		}
	}
	return list
}

// sideOf is a document's text with its tokens.
func (w *Watcher) sideOf(path, text string) *side {
	s, ok := w.lexed[path]
	if !ok || s.text != text {
		if len(w.lexed) > 32 {
			clear(w.lexed)
		}
		s = sideOf(text)
		w.lexed[path] = s
	}
	return &s
}

// place is where a pattern fits next in a document: behind the cursor first.
func (w *Watcher) place(p *pattern, path, text string, offset int) (offered, bool) {
	anchor := p.anchor()
	if p.changes[0].word[0] != "" {
		anchor = p.changes[0].word[0]
	}
	if anchor == "" || !strings.Contains(text, anchor) {
		return offered{}, false
	}
	var first *offered
	passed := func(m match) bool {
		return p.path == path && m.start >= p.from && m.end <= p.to && p.from < p.to && !w.refused[keyOf(path, text, m)]
	}
	for _, m := range p.find(w.sideOf(path, text), passed) {
		o := offered{Proposal{Path: path, Start: m.start, End: m.end, Text: m.text}, keyOf(path, text, m)}
		if w.refused[o.key] || w.edited(path, m) {
			continue
		}
		if m.start >= offset {
			return o, true
		}
		if first == nil {
			first = &o
		}
	}
	if first == nil {
		return offered{}, false
	}
	return *first, true
}

// edited tells whether a match is in what was edited lately.
func (w *Watcher) edited(path string, m match) bool {
	if c := &w.history.now; c.path == path && m.start < c.end && c.start < max(m.end, m.start+1) {
		return true
	}
	for i := range w.history.edits {
		if e := &w.history.edits[i]; e.path == path && m.start < e.end && e.start < max(m.end, m.start+1) {
			return true
		}
	}
	return false
}

// keyOf says which proposal it is, wherever lines move.
func keyOf(path, text string, m match) string {
	line := text[lineStart(text, m.start, 0):lineEnd(text, m.end, 0)]
	return path + "\x00" + strings.TrimSpace(line) + "\x00" + m.text
}

// elsewhere is where a pattern fits in another file. It lets go of w.mu while it reads.
func (w *Watcher) elsewhere(ctx context.Context, p *pattern, path string) (offered, bool) {
	anchor := p.anchor()
	if anchor == "" {
		return offered{}, false
	}
	var open []string
	for other := range w.history.texts {
		if other != path && filepath.Ext(other) == filepath.Ext(path) {
			open = append(open, other)
		}
	}
	slices.Sort(open)
	for _, other := range open {
		if o, ok := w.place(p, other, w.history.texts[other], 0); ok {
			return o, true
		}
	}
	if w.opts.Search == nil || w.opts.Read == nil || p.floor == 0 || p.weight(len(p.pre), len(p.post)) < farWeight {
		return offered{}, false
	}
	key := fmt.Sprintf("%v %v %v %v %d %s", p.pre, p.old, p.changes, p.post, p.floor, filepath.Ext(path))
	s := w.found[key]
	if s == nil && !w.searching {
		w.search(p, key, anchor, path)
	}
	if s == nil {
		return offered{}, false
	}
	for _, hit := range s.hits {
		if ctx.Err() != nil {
			break
		}
		if w.open(hit.Path) || w.refused[hit.key] {
			continue
		}
		w.mu.Unlock()
		text, ok := w.opts.Read(hit.Path)
		w.mu.Lock()
		switch {
		case !ok || w.open(hit.Path) || w.refused[hit.key]:
		case maphash.String(w.seed, text) == hit.sum:
			return hit.offered, true
		case !w.searching && w.found[key] == s: // it was written since, so offsets mean nothing
			w.forget(key)
			w.search(p, key, anchor, path)
			return offered{}, false
		}
	}
	return offered{}, false
}

func (w *Watcher) open(path string) bool {
	_, open := w.history.texts[path]
	return open
}

func (w *Watcher) forget(key string) {
	delete(w.found, key)
	w.order = slices.DeleteFunc(w.order, func(k string) bool { return k == key })
}

// search looks beside where a pattern fits in other files.
func (w *Watcher) search(p *pattern, key, anchor, path string) {
	if len(w.order) >= maxKept {
		w.forget(w.order[0])
	}
	w.searching = true
	w.wait.Go(func() {
		var hits []hit
		files := w.opts.Search(w.life, anchor, path)
		for _, file := range files[:min(len(files), maxFiles)] {
			if w.life.Err() != nil || len(hits) >= maxHits {
				break
			}
			text, ok := w.opts.Read(file)
			if !ok || file == path || len(text) > maxText || !strings.Contains(text, anchor) || filepath.Ext(file) != filepath.Ext(path) {
				continue
			}
			s, sum := sideOf(text), maphash.String(w.seed, text)
			for _, m := range p.find(&s, func(match) bool { return false }) {
				hits = append(hits, hit{offered{Proposal{Path: file, Start: m.start, End: m.end, Text: m.text}, keyOf(file, text, m)}, sum})
			}
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		w.searching = false
		w.found[key], w.order = &search{hits}, append(w.order, key)
	})
}

// offer gives a proposal its name; the same one keeps it.
func (w *Watcher) offer(o offered) Proposal {
	w.history.now.used = w.history.now.path != ""
	for _, before := range w.proposed {
		if before.key == o.key && before.Start == o.Start && before.End == o.End {
			return before.Proposal
		}
	}
	w.made++
	o.ID = "next-" + strconv.Itoa(w.made)
	if w.proposed = append(w.proposed, o); len(w.proposed) > maxProposed {
		w.proposed = w.proposed[1:]
	}
	return o.Proposal
}
