package syntax

import (
	"time"
)

// Limits bound what a [Cache] spends. Zero fields take the defaults.
type Limits struct {
	// FileBytes is the size of the largest text that is parsed.
	FileBytes int
	// TreeBytes bounds the sources, in bytes together, whose trees are kept. A
	// tree takes about 30 times its source in memory.
	TreeBytes int
	// ParseTime is the longest that a question waits for a parse. One of an open
	// document that takes longer goes on in the background, with 20 times as
	// much time.
	ParseTime time.Duration
	// KeystrokeTime is the processor time, and that of a clock for one parse,
	// that all questions about an open document may spend on parsing between two
	// edits. Past it the document is judged without a tree until nobody has
	// edited it for Pause, and then parsed in the background.
	KeystrokeTime, Pause time.Duration
}

// DefaultLimits keep trees of 1.5 MiB of source, which take some 45 MiB.
var DefaultLimits = Limits{
	FileBytes: 1 << 20, TreeBytes: 3 << 19,
	ParseTime: 100 * time.Millisecond, KeystrokeTime: 20 * time.Millisecond, Pause: 700 * time.Millisecond,
}

// orDefaults are the limits with the defaults for what is not set. A parse time
// alone holds for a keystroke, too.
func (l Limits) orDefaults() Limits {
	if l.KeystrokeTime <= 0 {
		l.KeystrokeTime = DefaultLimits.KeystrokeTime
		if l.ParseTime > 0 {
			l.KeystrokeTime = l.ParseTime
		}
	}
	if l.FileBytes <= 0 {
		l.FileBytes = DefaultLimits.FileBytes
	}
	if l.TreeBytes <= 0 {
		l.TreeBytes = DefaultLimits.TreeBytes
	}
	if l.ParseTime <= 0 {
		l.ParseTime = DefaultLimits.ParseTime
	}
	if l.Pause <= 0 {
		l.Pause = DefaultLimits.Pause
	}
	return l
}

// Cache keeps a syntax tree for each of the documents used last, in the process
// that [ParseIn] names, or in this one. It is safe for concurrent use, and never
// waits for a parse except where it is asked a question, at most as long as its
// limits say.
type Cache struct {
	trees  keeper
	limits Limits
}

// keeper is where trees are: a store in this process, or one in another.
type keeper interface {
	open(d Document)
	edit(key string, edits []Edit, text string)
	close(key string)
	closeAll()
	// look finds out what the tree of d has to say of the place at offset; ok is
	// false where there is no tree.
	look(d Document, offset int) (s sight, ok bool)
	breaks(d Document, r Range, suggestion string) (breaks bool, keep int)
	nodes(d Document) (root Node, ok bool)
	errors(d Document) (n int, ok bool)
	symbols(d Document) (list []Symbol, ok bool)
	// unread says why a document is read as plain text for good, "" if it is not.
	unread(d Document) string
}

// NewCache returns an empty cache, to be closed with [Cache.CloseAll].
func NewCache(l Limits) *Cache {
	l = l.orDefaults()
	if w := elsewhere.Load(); w != nil {
		return &Cache{trees: w.newSession(l), limits: l}
	}
	return &Cache{trees: newStore(l), limits: l}
}

// Open makes a document known and parses it in the background. Opening an
// open document in the same language is an edit of all of it.
func (c *Cache) Open(d Document) { c.trees.open(d) }

// Edit tells that an open document's text has become text. The edits are a
// hint as to where it changed and may be nil. It returns at once: the tree is
// brought up to date when it is asked for.
func (c *Cache) Edit(key string, edits []Edit, text string) { c.trees.edit(key, edits, text) }

// Close forgets a document.
func (c *Cache) Close(key string) { c.trees.close(key) }

// CloseAll forgets every document, and any opened later, and frees all memory
// once the parses under way have ended.
func (c *Cache) CloseAll() { c.trees.closeAll() }

// Analyze tells what is known about the place at offset in d. It brings the
// tree up to date first; where that takes too long it does without.
func (c *Cache) Analyze(d Document, offset int) Analysis {
	l := languageOf(d.Language)
	offset = clamp(offset, len(d.Text))
	if !c.limits.parses(l, d.Text) {
		return analyze(l, nil, d.Text, offset)
	}
	s, ok := c.trees.look(d, offset)
	if !ok {
		a := analyze(l, nil, d.Text, offset)
		a.Unread = c.trees.unread(d)
		return a
	}
	return analyze(l, &s, d.Text, offset)
}

// Nodes returns the whole tree of a document. ok is false where there is no
// grammar for it, or the text is too large, takes too long or is nested too
// deep. A text that is an expression of another language, as JSON is of JavaScript,
// is read as that: its root has that expression and comments alone.
func (c *Cache) Nodes(d Document) (root Node, ok bool) {
	l := languageOf(d.Language)
	if l.Within != "" {
		return c.expression(l, d.Text)
	}
	if !c.limits.parses(l, d.Text) {
		return Node{}, false
	}
	return c.trees.nodes(d)
}
