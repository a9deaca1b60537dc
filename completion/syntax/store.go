package syntax

import (
	"runtime"
	"strings"
	"sync"
	"time"
)

// backgroundFactor is how much longer than a question a parse in the background
// may take.
const backgroundFactor = 20

// store keeps a syntax tree for each of the documents used last, in this
// process. It is safe for concurrent use, and waits for a parse only where it
// is asked a question.
type store struct {
	limits     Limits
	patience   time.Duration // the longest that a background parse may take
	parsers    parsers
	background sync.WaitGroup
	turn       chan struct{} // held by the one background parse under way
	// watch, where it is set, is told of each parse in the background, and again
	// when it has ended.
	watch func(key string, begins bool)

	mu     sync.Mutex // guards what follows; held for moments only
	docs   map[string]*document
	bytes  int    // of the sources of all kept trees
	clock  uint64 // counts uses
	closed bool
}

// document is an open document.
type document struct {
	key      string
	language *language
	text     string
	tree     *tree // nil: none is kept. Always edited to match text.
	size     int   // what the tree counts for in store.bytes
	used     uint64
	scanned  *checkpoint // how far the scan of a question came
	pending  bool        // a background parse is waiting for its turn
	tooSlow  bool        // a background parse took too long: none is tried again
	closed   bool

	spent time.Duration // of processor time by questions since the last edit
	// resting tells that a parse took longer than a keystroke may: there is none
	// until one in the background has come to its end, which pause starts.
	resting bool
	pause   *time.Timer
}

// newStore returns an empty store, to be closed with closeAll. All limits have
// to be set.
func newStore(l Limits) *store {
	return &store{limits: l, patience: backgroundFactor * l.ParseTime, docs: map[string]*document{}, turn: make(chan struct{}, 1)}
}

// open is [Cache.Open].
func (c *store) open(d Document) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if doc := c.docs[d.Key]; doc != nil && doc.language == languageOf(d.Language) {
		c.change(doc, nil, d.Text)
		return
	}
	c.forget(d.Key)
	if c.closed {
		return
	}
	doc := &document{key: d.Key, language: languageOf(d.Language), text: d.Text}
	c.docs[d.Key] = doc
	c.parseLater(doc)
}

// edit is [Cache.Edit].
func (c *store) edit(key string, edits []Edit, text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if doc := c.docs[key]; doc != nil {
		c.change(doc, edits, text)
	}
}

// change gives a document its new text. The lock is held.
func (c *store) change(doc *document, edits []Edit, text string) {
	if doc.tree != nil {
		doc.tree.edit(text, edits)
	}
	doc.text, doc.spent = text, 0
	if doc.resting {
		doc.pause.Reset(c.limits.Pause)
	}
	c.account(doc)
}

// close is [Cache.Close].
func (c *store) close(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forget(key)
}

// closeAll is [Cache.CloseAll].
func (c *store) closeAll() {
	c.mu.Lock()
	c.closed = true
	for key := range c.docs {
		c.forget(key)
	}
	c.mu.Unlock()
	c.background.Wait()
	c.parsers.close()
}

// unread is "": what can be parsed here at all is.
func (c *store) unread(Document) string { return "" }

// textOf returns an open document.
func (c *store) textOf(key string) (d Document, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	doc := c.docs[key]
	if doc == nil {
		return Document{}, false
	}
	return Document{Key: key, Language: doc.language.Name(), Text: doc.text}, true
}

// tree returns the up to date tree of d with a repair, or nil when it has to do
// without. The caller closes it.
func (c *store) tree(d Document, r repair) *tree {
	l := languageOf(d.Language)
	if !c.limits.parses(l, d.Text) {
		return nil
	}
	doc, base := c.base(d, l)
	text := r.apply(d.Text)
	base.repair(r, text)
	if base != nil && !base.stale {
		return base
	}
	defer base.close()
	parsed, err := c.parse(doc, l, text, base)
	if err != nil {
		return nil
	}
	if doc != nil {
		c.settle(doc, parsed.copy())
	}
	parsed.repaired = r
	return parsed
}

// parse parses while somebody waits for doc, nil for one that is not open.
func (c *store) parse(doc *document, l *language, text string, base *tree) (*tree, error) {
	limit := c.allowance(doc)
	if limit <= 0 {
		return nil, errTooSlow
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	begin := threadTime()
	parsed, err := c.parsers.parse(l, text, base, limit)
	if doc != nil {
		c.spend(doc, limit, threadTime()-begin, err != nil)
	}
	return parsed, err
}

// allowance is how long a parse for doc may take, 0 for not at all.
func (c *store) allowance(doc *document) time.Duration {
	if doc == nil {
		return c.limits.ParseTime
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	left := min(c.limits.ParseTime, c.limits.KeystrokeTime-doc.spent)
	if doc.resting || doc.tooSlow || left < c.limits.KeystrokeTime/10 {
		return 0
	}
	return left
}

// spend accounts for a parse of doc, which was given up at limit if failed. One
// that had most of a keystroke's time, and had the processor, needs more.
func (c *store) spend(doc *document, limit, took time.Duration, failed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	doc.spent += took
	if !failed || limit < c.limits.KeystrokeTime/2 || took < limit/2 || doc.resting || doc.closed {
		return
	}
	doc.resting = true
	doc.pause = time.AfterFunc(c.limits.Pause, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.parseLater(doc)
	})
}

// parses tells whether there is a tree for text at all.
func (limits *Limits) parses(l *language, text string) bool {
	return l.Grammar != nil && len(text) <= limits.FileBytes && strings.Contains(text, l.Needs) && !hasLongLine(text)
}

// hasLongLine tells whether text has a line that nobody wrote. Parsers can
// take a second over one error in it, and look at the clock only in between.
func hasLongLine(text string) bool {
	const longest = 64 << 10
	for len(text) > longest {
		i := strings.LastIndexByte(text[:longest], '\n')
		if i < 0 {
			return true
		}
		text = text[i+1:]
	}
	return false
}

// scan scans d around offset.
func (c *store) scan(l *language, d Document, offset int) surroundings {
	doc := c.opened(d, l)
	if doc == nil {
		return scanPlace(&l.Lexis, d.Text, offset)
	}
	c.mu.Lock()
	from := doc.scanned
	c.mu.Unlock()
	p, from := from.scanPlace(&l.Lexis, d.Text, offset)
	c.mu.Lock()
	doc.scanned = from
	c.mu.Unlock()
	return p
}

// base returns the open document that d is a state of, nil when it is not
// open, and a copy of its tree edited to match d, nil when there is none.
func (c *store) base(d Document, l *language) (doc *document, base *tree) {
	if doc = c.opened(d, l); doc == nil {
		return nil, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clock++
	doc.used = c.clock
	if doc.tree != nil {
		base = doc.tree.copy()
		base.edit(d.Text, nil)
	}
	return doc, base
}

// opened returns the open document that d is a state of, nil when it is not
// open.
func (c *store) opened(d Document, l *language) *document {
	c.mu.Lock()
	defer c.mu.Unlock()
	if doc := c.docs[d.Key]; doc != nil && doc.language == l {
		return doc
	}
	return nil
}

// settle takes the tree that a parse of doc made, which may have changed or have
// been closed since.
func (c *store) settle(doc *document, parsed *tree) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if doc.closed || doc.tree != nil && !doc.tree.stale {
		parsed.close() // nobody's, or there is a better one already
		return
	}
	doc.tree.close()
	doc.tree = parsed
	doc.tree.edit(doc.text, nil)
	c.account(doc)
}

// parseLater parses doc in the background with time to spare. The lock is held.
func (c *store) parseLater(doc *document) {
	if doc.pending || c.closed || doc.closed || doc.tooSlow || !c.limits.parses(doc.language, doc.text) {
		return
	}
	doc.pending = true
	c.background.Add(1)
	go func() {
		defer c.background.Done()
		c.turn <- struct{}{}
		defer func() { <-c.turn }()
		c.parseNow(doc)
	}()
}

func (c *store) parseNow(doc *document) {
	c.mu.Lock()
	doc.pending = false
	text, base := doc.text, doc.tree.copy()
	needed := !doc.closed && !c.closed && (base == nil || base.stale)
	c.mu.Unlock()
	defer base.close()
	var parsed *tree
	var err error
	if needed {
		if c.watch != nil {
			c.watch(doc.key, true)
			defer c.watch(doc.key, false)
		}
		parsed, err = c.parsers.parse(doc.language, text, base, c.patience)
	}
	c.mu.Lock()
	doc.resting, doc.tooSlow = false, err != nil
	c.mu.Unlock()
	if parsed != nil {
		c.settle(doc, parsed)
	}
}

// forget closes the document with a key, if there is one. The lock is held.
func (c *store) forget(key string) {
	if doc := c.docs[key]; doc != nil {
		doc.closed = true
		if doc.pause != nil {
			doc.pause.Stop()
		}
		c.drop(doc)
		delete(c.docs, key)
	}
}

// drop frees a document's tree. The lock is held.
func (c *store) drop(doc *document) {
	doc.tree.close()
	doc.tree = nil
	c.bytes -= doc.size
	doc.size = 0
}

// account counts the tree of doc and drops the trees used least recently until
// all that are left keep to the limit. The lock is held.
func (c *store) account(doc *document) {
	if doc.tree == nil {
		return
	}
	if len(doc.text) > min(c.limits.TreeBytes, c.limits.FileBytes) {
		c.drop(doc)
		return
	}
	c.bytes += len(doc.text) - doc.size
	doc.size = len(doc.text)
	for c.bytes > c.limits.TreeBytes {
		oldest := doc
		for _, other := range c.docs {
			if other.tree != nil && other != doc && (oldest == doc || other.used < oldest.used) {
				oldest = other
			}
		}
		c.drop(oldest)
	}
}
