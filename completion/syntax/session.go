package syntax

import (
	"time"
)

// session keeps the trees of one cache in a workshop's worker.
type session struct {
	shop   *workshop
	id     int
	limits Limits

	// Guarded by shop.mu.
	docs   map[string]*farDocument
	closed bool
}

// farDocument is an open document whose tree is the worker's.
type farDocument struct {
	language string
	text     string
	knows    *workerLife // the worker that knows it, nil for none
	sent     string      // its text as that one knows it
	suspicion

	edits   []Edit // since the worker heard of it last; none if not all are known
	hinted  bool   // all are known
	edited  int    // where the last edit ended, -1 if that is not known
	follows bool   // who asks asks there
	ahead   *query // the look there that went with the edit, nil for none or one that was taken
}

// pardon is after how long a document that was found guilty gets another chance,
// if its text is another by then: what it died of may be gone.
const pardon = time.Minute

func (w *workshop) newSession(l Limits) *session {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.numbered++
	return &session{shop: w, id: w.numbered, limits: l, docs: map[string]*farDocument{}}
}

func (s *session) open(d Document) {
	s.shop.mu.Lock()
	defer s.shop.mu.Unlock()
	if s.closed {
		return
	}
	doc := s.docs[d.Key]
	if doc != nil && languageOf(doc.language) == languageOf(d.Language) {
		s.change(d.Key, doc, nil, d.Text)
		return
	}
	s.forget(d.Key)
	doc = &farDocument{language: d.Language, text: d.Text, edited: -1, suspicion: s.shop.suspects.of(d, "")}
	s.docs[d.Key] = doc
	s.tell(d.Key, doc)
}

func (s *session) edit(key string, edits []Edit, text string) {
	s.shop.mu.Lock()
	defer s.shop.mu.Unlock()
	if doc := s.docs[key]; doc != nil {
		s.change(key, doc, edits, text)
	}
}

// change gives a document its new text. The lock is held, as it is for all
// below that do not take it.
func (s *session) change(key string, doc *farDocument, edits []Edit, text string) {
	if doc.verdict == guilty && text != doc.text && time.Since(doc.last) > pardon {
		doc.verdict = suspect
	}
	before := doc.ahead
	doc.text, doc.ahead, doc.edited = text, nil, -1
	if doc.knows == nil || doc.knows != s.shop.running {
		return // it is told when it is asked
	}
	if !s.limits.parses(languageOf(doc.language), text) {
		s.forgetFar(key, doc)
		return
	}
	if doc.edits = append(doc.edits, edits...); len(edits) == 0 || len(doc.edits) > maxEdits {
		doc.edits, doc.hinted = nil, false
	}
	list := s.unheard(doc)
	doc.edited = endOf(list)
	if before != nil {
		doc.follows = false // it was in vain
	}
	s.lookAhead(key, doc, list)
}

// unheard is what the worker has not heard of.
func (s *session) unheard(doc *farDocument) []splice {
	if !doc.hinted {
		return splicesOf(doc.sent, doc.text, nil)
	}
	return splicesOf(doc.sent, doc.text, doc.edits)
}

// catchUp has the worker know of the edits since it last heard of the document, and
// before the next question: each message wakes it, and who types what was foreseen
// asks nothing. It is nil if there are none.
func (s *session) catchUp(key string, doc *farDocument, list []splice) message {
	if doc.sent == doc.text {
		return nil
	}
	m := newMessage(editDocument)
	m.number(s.id)
	m.text(key)
	m.splices(list)
	doc.sent, doc.edits, doc.hinted = doc.text, nil, true
	return m
}

// endOf is where the last of some splices ends in what they lead to, -1 if there
// are none.
func endOf(list []splice) int {
	at, grown := -1, 0
	for _, c := range list {
		at = c.start + grown + len(c.with)
		grown += len(c.with) - (c.end - c.start)
	}
	return at
}

// lookAhead asks what is likely to be asked about the document that was just edited.
// The worker is at it while the server reads who asks.
func (s *session) lookAhead(key string, doc *farDocument, list []splice) {
	if !doc.follows || doc.edited < 0 || doc.verdict != innocent {
		return
	}
	d := Document{Key: key, Language: doc.language, Text: doc.text}
	if s.suspicionOf(d, "").verdict != innocent || !s.shop.crowd.TryRLock() {
		return
	}
	edit := s.catchUp(key, doc, list)
	doc.ahead = &query{session: s, document: d, ahead: true, leave: func() {}}
	look := s.question(doc.knows, doc.ahead, askLook, true, s.limits.ParseTime+slack, func(m *message) { m.number(doc.edited) })
	doc.knows.process.Send(edit, look)
}

// expected is the look at offset in d that went ahead, nil if there is none.
func (s *session) expected(d Document, offset int) *query {
	s.shop.mu.Lock()
	defer s.shop.mu.Unlock()
	doc := s.docs[d.Key]
	if doc == nil || doc.text != d.Text {
		return nil
	}
	doc.follows = offset == doc.edited
	q := doc.ahead
	if q == nil || !doc.follows || q.document.Language != d.Language || q.document.Text != d.Text {
		return nil
	}
	doc.ahead = nil
	if q.empty { // there may be a tree by now
		return nil
	}
	return q
}

// tell has the worker know a document, if it may.
func (s *session) tell(key string, doc *farDocument) {
	if doc.verdict != innocent || !s.limits.parses(languageOf(doc.language), doc.text) {
		return
	}
	r := s.begin()
	if r == nil || doc.knows == r {
		return
	}
	m := newMessage(openDocument)
	m.number(s.id)
	m.text(key)
	m.text(doc.language)
	m.text(doc.text)
	doc.knows, doc.sent, doc.edits, doc.hinted = r, doc.text, nil, true
	r.process.Send(m)
}

// begin is a worker that knows the session, nil when there is none.
func (s *session) begin() *workerLife {
	r := s.shop.alive()
	if r == nil || s.closed || r.sessions[s] {
		return r
	}
	m := newMessage(beginSession)
	m.number(s.id)
	m.limits(s.limits)
	r.sessions[s] = true
	r.process.Send(m)
	return r
}

func (s *session) close(key string) {
	s.shop.mu.Lock()
	defer s.shop.mu.Unlock()
	s.forget(key)
}

func (s *session) forget(key string) {
	if doc := s.docs[key]; doc != nil {
		s.forgetFar(key, doc)
		delete(s.docs, key)
	}
}

// forgetFar has the worker forget a document.
func (s *session) forgetFar(key string, doc *farDocument) {
	if r := s.shop.running; r != nil && doc.knows == r {
		m := newMessage(closeDocument)
		m.number(s.id)
		m.text(key)
		r.process.Send(m)
	}
	doc.knows = nil
}

func (s *session) closeAll() {
	s.shop.mu.Lock()
	defer s.shop.mu.Unlock()
	if s.closed {
		return
	}
	s.closed = true
	clear(s.docs)
	if r := s.shop.running; r != nil && r.sessions[s] {
		m := newMessage(endSession)
		m.number(s.id)
		r.process.Send(m)
		delete(r.sessions, s)
	}
}

// suspect notes that the worker died while it was about a document.
func (s *session) suspect(key string, alone bool, how string) {
	if doc := s.docs[key]; doc != nil {
		doc.suspicion = doc.after(alone, how)
		doc.knows = nil
		s.shop.suspects.add(Document{Language: doc.language, Text: doc.text}, "", alone, how)
	}
}

// suspicionOf is what is known about a text, and as a state of an open document.
func (s *session) suspicionOf(d Document, with string) suspicion {
	known := s.shop.suspects.of(d, with)
	if doc := s.docs[d.Key]; doc != nil && doc.verdict > known.verdict {
		return doc.suspicion
	}
	return known
}

func (s *session) acquit(d Document, with string) {
	s.shop.suspects.clear(d, with)
	if doc := s.docs[d.Key]; doc != nil && with == "" {
		doc.suspicion = suspicion{}
	}
}

func (s *session) unread(d Document) string {
	s.shop.mu.Lock()
	defer s.shop.mu.Unlock()
	if known := s.suspicionOf(d, ""); known.verdict == guilty {
		return reasonPlain(known.how)
	}
	if s.shop.running == nil && s.shop.noStart != nil {
		return "the process that parses does not start: " + s.shop.noStart.Error()
	}
	return ""
}
