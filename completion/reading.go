package completion

import (
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/prompt"
	"github.com/airside-ls/airside/completion/recall"
)

const (
	// tokenBytes is how many bytes of source a token covers, for times.
	tokenBytes = 3.0
	// keptPrompts is how many of the latest prompts a model is thought to hold, as
	// long as it does not say otherwise.
	keptPrompts = 4
	// firstWords is how many tokens of an answer have to be written within the time
	// that a person waits.
	firstWords = 10
	// suffixTime is how long what follows the cursor may take to read: most families
	// have it behind the prefix, so that it is read anew with every other place.
	suffixTime = 150 * time.Millisecond
	// minSuffix and minWindow are what is shown of it, and of what stands before the
	// cursor, however slow a model is; in bytes.
	minSuffix, minWindow = 60, 120
	// answerTime is how much longer than for its first words a person waits for the
	// whole of an answer.
	answerTime = 3
	answerStep = 16
	// idleReading is how long, in all, the reading of one prompt may take when
	// nobody waits: it bounds the prompts of slow models.
	idleReading = 10 * time.Second
	// minRoom is the least that it is bounded to, in tokens.
	minRoom = 256
	// headShare is the part of the room that shows the document's beginning, which
	// stays the same wherever the cursor is.
	headShare = 4
)

// readings are what models have read of late and need not read again.
type readings struct {
	mu     sync.Mutex
	models map[servedModel]*reading
}

// reading is what one model has read.
type reading struct {
	prompts []string // newest first
	keeps   int      // how many of them it holds
	room    int      // tokens that its prompts have; see idleReading
	plans   map[string]plan
	grown   map[string]plan // plans that are being read for a later request; see grow
}

// plan is how a document's window is shown. All of it stays while the user types,
// so that what was read stays of use.
type plan struct {
	// The window's beginning, up to head, and its end, from there on, both in bytes
	// of it; what lies between is not read yet. Equal for all of it.
	head, from int
	// begun is from where on, in bytes of the document, what stands before the cursor
	// is shown as the beginning of the middle.
	begun int
}

// maxBegun bounds what is shown as the beginning of the middle, in bytes. What was
// typed goes to the prefix then, which has the model read it again, and what follows
// the cursor: in a pause, if there is one.
const maxBegun = 600

// maxPlans bounds for how many documents plans are kept.
const maxPlans = 64

// of is what a model has read. The lock is held.
func (rs *readings) of(key servedModel) *reading {
	if rs.models == nil {
		rs.models = map[servedModel]*reading{}
	}
	if rs.models[key] == nil {
		rs.models[key] = &reading{keeps: keptPrompts, plans: map[string]plan{}, grown: map[string]plan{}}
	}
	return rs.models[key]
}

// has is how many bytes of a prompt, at its beginning, have been read. The lock is
// held.
func (r *reading) has(text string) int {
	most := 0
	for _, p := range r.prompts {
		most = max(most, common(p, text))
	}
	return most
}

// common is how many bytes two texts begin alike with.
func common(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// has is how many bytes of a prompt, at its beginning, a model has read.
func (rs *readings) has(key servedModel, text string) int {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	return rs.of(key).has(text)
}

// begin notes that a model begins to read a prompt: it goes on from the one that
// begins most alike, and loses what that had beyond, however this ends. What begins
// otherwise for the most part it may hold beside.
func (rs *readings) begin(key servedModel, text string) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	r := rs.of(key)
	for i, p := range r.prompts {
		if n := common(p, text); 2*n >= len(p) || r.keeps == 1 {
			r.prompts[i] = p[:n]
		}
	}
}

// read notes that a model has read a prompt, of which it was expected to have so many
// bytes. cached is how many of its tokens it had, of so many, by its own account, 0 if
// it gave none.
func (rs *readings) read(key servedModel, text string, expected, cached, of int) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	r := rs.of(key)
	if of > 0 && cached > 0 && float64(cached)/float64(of) < 0.6*float64(expected)/float64(len(text)+1) {
		r.keeps = 1 // it holds less than was thought
	}
	r.holds(text)
}

// reading notes that a model has come so far with a prompt: so many of its tokens.
func (rs *readings) reading(key servedModel, text string, read, of int) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	if read > 0 && read <= of {
		rs.of(key).holds(text[:len(text)*read/of])
	}
}

// holds has a prompt among those that the model holds. The lock is held.
func (r *reading) holds(text string) {
	r.prompts = slices.DeleteFunc(r.prompts, func(p string) bool { return strings.HasPrefix(text, p) })
	r.prompts = append([]string{text}, r.prompts...)
	r.prompts = r.prompts[:min(len(r.prompts), r.keeps)]
}

// roomFor is how many tokens a model's prompts may have at most, all reading
// included. It changes only with a speed that is quite another one: a prompt that
// begins elsewhere is read all over again.
func (rs *readings) roomFor(key servedModel, speed Speed) int {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	r := rs.of(key)
	fits := speed.Read * idleReading.Seconds()
	if r.room == 0 || fits > 2*float64(r.room) || fits < 0.5*float64(r.room) {
		r.room = max(minRoom, 1<<int(math.Round(math.Log2(max(1, fits)))))
	}
	return r.room
}

// patience is what may be read and written while a person waits.
type patience struct {
	tokens int // of a prompt, read anew
	suffix int // bytes of what follows the cursor
	answer int // tokens of the answer, in whole steps of answerStep
	// idle says that nobody waits: what was typed goes to the prefix sooner.
	idle bool
}

func patienceFor(speed Speed, wait time.Duration) patience {
	writing := min(wait/2, time.Duration(firstWords/speed.Write*float64(time.Second)))
	return patience{
		tokens: int(speed.Read * (wait - writing).Seconds()),
		answer: max(2, int(speed.Write*answerTime*wait.Seconds()/answerStep)) * answerStep,
		suffix: suffixFor(speed),
	}
}

// partial tells whether only a part of a document's window was shown last.
func (rs *readings) partial(key servedModel, path string) bool {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	pn := rs.of(key).plans[path]
	return pn.head != pn.from
}

// suffixFor is how many bytes of what follows the cursor are shown: in steps of a
// factor of two, for another suffix is read anew, and what was typed behind it.
func suffixFor(speed Speed) int {
	times := speed.Read * suffixTime.Seconds() * tokenBytes / minSuffix
	return minSuffix << max(0, int(math.Log2(max(1, times))))
}

// inTime cuts a place's window to what can be read within the patience, given what
// has been read of it: all of it, or what was shown last, or else its beginning as
// far as that has been read and the lines before the cursor.
func (rs *readings) inTime(key servedModel, pl place, form prompt.Form, w prompt.Window, p patience) prompt.Window {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	r := rs.of(key)
	path := pl.doc.Key
	old, known := r.plans[path]
	begins := []int{lineStart(pl.doc.Text, pl.at)}
	most := maxBegun
	if p.idle {
		most /= 2
	}
	if known && old.begun < begins[0] && pl.at-old.begun <= most {
		begins = append(begins, old.begun)
	}
	// Of a plan's two layouts the one of which less has to be read.
	layOut := func(pn plan) (best plan, shown prompt.Window, unread int) {
		for i, begun := range begins {
			pn.begun = begun
			s := pn.of(w, recall.UnixNewlines(pl.doc.Text[begun:pl.at]))
			text := form.Build(s).Prompt.String()
			if n := len(text) - r.has(text); i == 0 || n < unread {
				best, shown, unread = pn, s, n
			}
		}
		return best, shown, unread
	}
	limit := int(float64(p.tokens) * tokenBytes)
	next, shown, unread := layOut(plan{})
	if grown, ok := r.grown[path]; ok && unread > limit && grown.from < len(w.Prefix) {
		next, shown, unread = layOut(grown)
	}
	if unread > limit {
		next, shown, unread = layOut(old)
		begunToRead := unread < len(w.Prefix)-old.from // better go on with it
		if !known || old.head == old.from || old.from >= len(w.Prefix) || unread > limit && !(begunToRead && 2*unread <= 3*limit) {
			w.Note = "" // what stands before the cursor comes first
			next = plan{head: r.headOf(form, w)}
			bytes := max(minWindow, limit-len(w.Suffix))
			next.from = max(next.head, lineAt(w.Prefix, len(w.Prefix)-bytes))
			next, shown, _ = layOut(next)
		}
	}
	keepPlan(r.plans, path, next)
	return shown
}

// grow is a place's window as it is read next when nobody waits: its beginning as far
// as that has been read, and more of the lines before the cursor than can be read while
// a person waits, some bytes of them. It stays the same while the cursor stays about
// there, and is shown once that much of it is read that the rest can be in time.
func (rs *readings) grow(key servedModel, pl place, form prompt.Form, w prompt.Window, bytes int) prompt.Window {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	r := rs.of(key)
	next, known := r.grown[pl.doc.Key]
	if lines := len(w.Prefix) - next.from; !known || 2*lines < bytes || lines > 2*bytes {
		next = plan{head: r.headOf(form, w)}
		next.from = max(next.head, lineAt(w.Prefix, len(w.Prefix)-bytes))
		keepPlan(r.grown, pl.doc.Key, next)
	}
	return next.of(w, "")
}

func keepPlan(plans map[string]plan, path string, p plan) {
	if len(plans) >= maxPlans {
		clear(plans)
	}
	plans[path] = p
}

// lineStart is where the line of a text begins that a place in it stands in.
func lineStart(text string, at int) int { return strings.LastIndexByte(text[:at], '\n') + 1 }

// headOf is how many bytes of a window's prefix, at its beginning and in whole
// lines, have been read.
func (r *reading) headOf(form prompt.Form, w prompt.Window) int {
	text := form.Head(w).String()
	n := r.has(text) - (len(text) - len(w.Prefix))
	if n <= 0 {
		return 0
	}
	return strings.LastIndexByte(w.Prefix[:min(n, len(w.Prefix))], '\n') + 1
}

// of is what the plan shows of a window at whose end begun stands.
func (p plan) of(w prompt.Window, begun string) prompt.Window {
	if p.from < len(w.Prefix) {
		w.Prefix = w.Prefix[:p.head] + w.Prefix[p.from:]
	} else {
		p.head = 0
	}
	n := max(len(w.Prefix)-len(begun), p.head)
	w.Prefix, w.Begun = w.Prefix[:n], w.Prefix[n:]
	return w
}

// lineAt is the first byte, at or behind at, that begins a line, or at where none
// does.
func lineAt(text string, at int) int {
	at = max(0, at)
	if at == 0 || text[at-1] == '\n' {
		return at
	}
	if i := strings.IndexByte(text[at:], '\n'); i >= 0 && at+i+1 < len(text) {
		return at + i + 1
	}
	for at < len(text) && text[at]&0xC0 == 0x80 {
		at++
	}
	return at
}

// headBytes is how much of a document's beginning its prompts show, in whole lines.
func headBytes(text string, b prompt.Budget) int {
	most := min(b.Prefix/headShare, len(text))
	return strings.LastIndexByte(text[:most], '\n') + 1
}

// estimate is how many tokens of a prompt a model that has read so many bytes of it
// has to read.
func estimate(p model.Prompt, has int) int {
	return int(float64(len(p.String())-has) / tokenBytes)
}
