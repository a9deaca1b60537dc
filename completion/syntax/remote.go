package syntax

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/airside-ls/airside/completion/syntax/worker"
)

// elsewhere is where caches keep their trees, nil for this process.
var elsewhere atomic.Pointer[workshop]

// ParseIn has every cache that is made from now on keep its trees in a process
// of its own, which all of them share: p has to call [Serve]. Without it trees
// are kept in this process, and a text that has a grammar crash takes it down.
//
// The process is started when the first document comes, and again whenever it
// dies. The texts that it may have died of are then given to it one by one: one
// that has it die again is read as plain text from then on.
func ParseIn(p worker.Program) { elsewhere.Store(newWorkshop(p)) }

// ParseHere has caches that are made from now on keep their trees in this process,
// as without [ParseIn].
func ParseHere() { elsewhere.Store(nil) }

// workshop has a worker parse, and starts it again when it dies.
type workshop struct {
	program worker.Program
	// hangs is how much longer than it should take a worker may be about
	// something before it is killed.
	hangs time.Duration
	// crowd is held for reading while a question is under way, and for writing
	// by one about a suspect.
	crowd sync.RWMutex

	mu       sync.Mutex  // guards what follows, and all of sessions, and keeps messages in order
	running  *workerLife // nil while there is none
	starts   int         // how often the program was started
	numbered int         // sessions and questions so far
	suspects suspects
	noStart  error // why there is no process
	tried    time.Time
}

// workerLife is one life of the worker.
type workerLife struct {
	process  *worker.Process
	sessions map[*session]bool     // those that the worker knows
	asked    map[int]*query        // questions without an answer yet, by number
	parsing  map[parse]*time.Timer // parses in the background
}

// parse is one of an open document in the background.
type parse struct {
	session int
	key     string
}

// query is a question under way.
type query struct {
	session  *session
	document Document
	with     string // a suggestion, "" for a question about the document alone
	alone    bool
	ahead    bool        // nobody may ever wait for it
	answer   chan []byte // gets one, nil when it takes too long; closed when the worker has died
	late     *time.Timer // until it takes too long, and then until the worker is taken to hang
	given    bool        // an answer
	empty    bool        // the answer was none, or that there is no tree
	leave    func()      // ends the question, for who waits
}

// startAgain is how long a program that cannot be started is let be.
const startAgain = 5 * time.Second

func newWorkshop(p worker.Program) *workshop {
	return &workshop{program: p, hangs: 10 * time.Second, suspects: suspects{}}
}

// alive is the running worker, which it starts if there is none; nil when it
// cannot be started. The lock is held.
func (w *workshop) alive() *workerLife {
	if w.running != nil || w.noStart != nil && time.Since(w.tried) < startAgain {
		return w.running
	}
	r := &workerLife{sessions: map[*session]bool{}, asked: map[int]*query{}, parsing: map[parse]*time.Timer{}}
	receive := func(m []byte) { w.receive(r, m) }
	process, err := worker.Start(w.program, receive, func(p *worker.Process) { w.died(r, p.Ended()) })
	w.tried, w.noStart = time.Now(), err
	if err != nil {
		return nil
	}
	r.process, w.running = process, r
	w.starts++
	return r
}

// receive takes a message of the worker's.
func (w *workshop) receive(r *workerLife, m []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(m) == 0 {
		r.process.Kill()
		return
	}
	f := fields{rest: m[1:]}
	switch kind(m[0]) {
	case replied:
		id := f.number()
		if q := r.asked[id]; q != nil {
			delete(r.asked, id)
			q.late.Stop()
			q.reply(f.rest)
		}
	case begun:
		p := parse{f.number(), f.text()}
		if s := w.session(r, p.session); s != nil && r.parsing[p] == nil {
			r.parsing[p] = time.AfterFunc(backgroundFactor*s.limits.ParseTime+w.hangs, r.process.Kill)
		}
	case ended:
		p := parse{f.number(), f.text()}
		if t := r.parsing[p]; t != nil {
			t.Stop()
			delete(r.parsing, p)
		}
	}
}

// session is the one with a number that a worker knows. The lock is held.
func (w *workshop) session(r *workerLife, id int) *session {
	for s := range r.sessions {
		if s.id == id {
			return s
		}
	}
	return nil
}

// died notes what the worker was about when it died.
func (w *workshop) died(r *workerLife, how string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.running == r {
		w.running = nil
	}
	for p, timer := range r.parsing {
		timer.Stop()
		if s := w.session(r, p.session); s != nil {
			s.suspect(p.key, false, how)
		}
	}
	for _, q := range r.asked {
		q.late.Stop()
		w.suspects.add(q.document, q.with, q.alone, how)
		if q.with == "" {
			q.session.suspect(q.document.Key, q.alone, how)
		}
		if !q.given {
			q.free()
		}
		close(q.answer)
	}
	clear(r.asked) // a timer that fired meanwhile finds none of them
}

// reply gives the one answer that there is room for. The lock is held.
func (q *query) reply(answer []byte) {
	if !q.given {
		q.given, q.empty = true, len(answer) == 0 || answer[0] == 0
		q.answer <- answer
		q.free()
	}
}

// free ends a question that went ahead: who takes it later waits for nobody.
func (q *query) free() {
	if q.ahead {
		q.session.shop.crowd.RUnlock()
	}
}

// tooLate has a question go without an answer, and its worker killed if it does
// not come for long after that.
func (w *workshop) tooLate(r *workerLife, id int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	q := r.asked[id]
	switch {
	case q == nil:
	case q.given:
		r.process.Kill()
	default:
		q.reply(nil)
		q.late.Reset(w.hangs)
	}
}

// reasonPlain says why a text is read as plain text.
func reasonPlain(how string) string {
	return fmt.Sprintf("the parser died on this text twice, which is read as plain text now: %s", how)
}
