package syntax

import (
	"strings"
	"sync"
	"time"
)

// Limits bound what a [Cache] spends. Zero fields take the defaults.
type Limits struct {
	// FileBytes is the size of the largest text that is parsed.
	FileBytes int
	// TreeBytes bounds the sources, in bytes together, whose trees are kept. A
	// tree takes about 30 times its source in memory.
	TreeBytes int
	// ParseTime is the longest that a question waits for a parse. One that
	// takes longer goes on in the background, with 20 times as much time.
	ParseTime time.Duration
}

// DefaultLimits keep trees of 1.5 MiB of source, which take some 45 MiB.
var DefaultLimits = Limits{FileBytes: 1 << 20, TreeBytes: 3 << 19, ParseTime: 100 * time.Millisecond}

const backgroundFactor = 20

// Cache keeps a syntax tree for each of the documents used last. It is safe
// for concurrent use, and never waits for a parse except in [Cache.Analyze]
// and [Cache.Breaks], at most as long as its limits say.
type Cache struct {
	limits     Limits
	patience   time.Duration // the longest that a background parse may take
	parsers    parsers
	background sync.WaitGroup
	turn       chan struct{} // held by the one background parse under way

	mu     sync.Mutex // guards what follows; held for moments only
	docs   map[string]*document
	bytes  int    // of the sources of all kept trees
	clock  uint64 // counts uses
	closed bool
}

// document is an open document.
type document struct {
	language *language
	text     string
	tree     *tree // nil: none is kept. Always edited to match text.
	size     int   // what the tree counts for in Cache.bytes
	used     uint64
	failures int  // parses in a row that took too long
	pending  bool // a background parse is waiting for its turn
	closed   bool
}

// maxFailures is how many parses may take too long before a document is left
// alone until it is opened anew.
const maxFailures = 3

// NewCache returns an empty cache, to be closed with [Cache.CloseAll].
func NewCache(l Limits) *Cache {
	if l.FileBytes <= 0 {
		l.FileBytes = DefaultLimits.FileBytes
	}
	if l.TreeBytes <= 0 {
		l.TreeBytes = DefaultLimits.TreeBytes
	}
	if l.ParseTime <= 0 {
		l.ParseTime = DefaultLimits.ParseTime
	}
	return &Cache{limits: l, patience: backgroundFactor * l.ParseTime, docs: map[string]*document{}, turn: make(chan struct{}, 1)}
}

// Open makes a document known and parses it in the background. Opening an
// open document replaces it.
func (c *Cache) Open(d Document) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forget(d.Key)
	if c.closed {
		return
	}
	doc := &document{language: languageOf(d.Language), text: d.Text}
	c.docs[d.Key] = doc
	c.parseLater(doc)
}

// Edit tells that an open document's text has become text. The edits are a
// hint as to where it changed and may be nil. It returns at once: the tree is
// brought up to date when it is asked for.
func (c *Cache) Edit(key string, edits []Edit, text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	doc := c.docs[key]
	if doc == nil {
		return
	}
	if doc.tree != nil {
		doc.tree.edit(text, edits)
	}
	doc.text = text
	c.account(doc)
}

// Close forgets a document.
func (c *Cache) Close(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forget(key)
}

// CloseAll forgets every document, and any opened later, and frees all memory
// once the parses under way have ended.
func (c *Cache) CloseAll() {
	c.mu.Lock()
	c.closed = true
	for key := range c.docs {
		c.forget(key)
	}
	c.mu.Unlock()
	c.background.Wait()
	c.parsers.close()
}

// tree returns the up to date tree of d with a repair, or nil when it has to do
// without. The caller closes it.
func (c *Cache) tree(d Document, r repair) *tree {
	l := languageOf(d.Language)
	if !c.parses(l, d.Text) {
		return nil
	}
	doc, base, hopeless := c.base(d, l)
	text := r.apply(d.Text)
	base.repair(r, text)
	if base != nil && !base.stale {
		return base
	}
	defer base.close()
	if hopeless {
		return nil
	}
	parsed, err := c.parsers.parse(l, text, base, c.limits.ParseTime)
	if doc != nil {
		c.settle(doc, parsed.copy(), err)
	}
	if parsed != nil {
		parsed.repaired = r
	}
	return parsed
}

// parses tells whether there is a tree for text at all.
func (c *Cache) parses(l *language, text string) bool {
	return l.grammar != nil && len(text) <= c.limits.FileBytes && strings.Contains(text, l.needs) && !hasLongLine(text)
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

// base returns the open document that d is a state of, nil when it is not
// open, and a copy of its tree edited to match d, nil when there is none. A
// hopeless document should not be parsed while somebody waits.
func (c *Cache) base(d Document, l *language) (doc *document, base *tree, hopeless bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	doc = c.docs[d.Key]
	if doc == nil || doc.language != l {
		return nil, nil, false
	}
	c.clock++
	doc.used = c.clock
	if doc.tree != nil {
		base = doc.tree.copy()
		base.edit(d.Text, nil)
	}
	return doc, base, doc.failures >= maxFailures || doc.failures > 0 && base == nil
}

// settle takes the outcome of a parse of doc, which may have changed or have
// been closed since.
func (c *Cache) settle(doc *document, parsed *tree, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case doc.closed:
		parsed.close()
	case err != nil:
		doc.failures++
		c.parseLater(doc)
	case doc.tree != nil && !doc.tree.stale:
		parsed.close() // there is a better one already
	default:
		doc.failures = 0
		doc.tree.close()
		doc.tree = parsed
		doc.tree.edit(doc.text, nil)
		c.account(doc)
	}
}

// parseLater parses doc in the background with time to spare. The lock is held.
func (c *Cache) parseLater(doc *document) {
	if doc.pending || c.closed || doc.failures >= maxFailures || !c.parses(doc.language, doc.text) {
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

func (c *Cache) parseNow(doc *document) {
	c.mu.Lock()
	doc.pending = false
	text, base := doc.text, doc.tree.copy()
	needed := !doc.closed && !c.closed && (base == nil || base.stale)
	c.mu.Unlock()
	defer base.close()
	if !needed {
		return
	}
	parsed, err := c.parsers.parse(doc.language, text, base, c.patience)
	if err != nil {
		c.mu.Lock()
		doc.failures = maxFailures
		c.mu.Unlock()
		return
	}
	c.settle(doc, parsed, nil)
}

// forget closes the document with a key, if there is one. The lock is held.
func (c *Cache) forget(key string) {
	if doc := c.docs[key]; doc != nil {
		doc.closed = true
		c.drop(doc)
		delete(c.docs, key)
	}
}

// drop frees a document's tree. The lock is held.
func (c *Cache) drop(doc *document) {
	doc.tree.close()
	doc.tree = nil
	c.bytes -= doc.size
	doc.size = 0
}

// account counts the tree of doc and drops the trees used least recently until
// all that are left keep to the limit. The lock is held.
func (c *Cache) account(doc *document) {
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
