package syntax

import "time"

// slack is what an answer may take beyond the time of its parse, on a machine
// that is busy or with a worker that starts.
const slack = 400 * time.Millisecond

func (s *session) look(d Document, offset int) (sight, bool) {
	f, ok := s.answer(s.expected(d, offset), askLook, d, "", s.limits.ParseTime+slack, func(m *message) { m.number(offset) })
	if !ok || !f.flag() {
		return sight{}, false
	}
	found := f.sight(len(d.Text), offset)
	return found, f.err == nil
}

func (s *session) breaks(d Document, r Range, suggestion string) (breaks bool, keep int) {
	f, ok := s.ask(askBreaks, d, suggestion, 2*s.limits.ParseTime+slack, func(m *message) {
		m.bytes(r)
		m.text(suggestion)
	})
	if !ok {
		return false, len(suggestion)
	}
	breaks, keep = f.flag(), clamp(f.number(), len(suggestion))
	if f.err != nil {
		return false, len(suggestion)
	}
	return breaks, keep
}

func (s *session) nodes(d Document) (Node, bool) {
	f, ok := s.ask(askNodes, d, "", s.limits.ParseTime+time.Minute, nil)
	if !ok || !f.flag() {
		return Node{}, false
	}
	root := f.nodes(len(d.Text))
	return root, f.err == nil
}

func (s *session) errors(d Document) (n int, ok bool) {
	f, ok := s.ask(askErrors, d, "", s.limits.ParseTime+slack, nil)
	if !ok || !f.flag() {
		return 0, false
	}
	n = f.number()
	return n, f.err == nil
}

func (s *session) symbols(d Document) ([]Symbol, bool) {
	f, ok := s.ask(askSymbols, d, "", s.limits.ParseTime+slack, nil)
	if !ok || !f.flag() {
		return nil, false
	}
	list := f.symbols(d.Text)
	return list, f.err == nil
}

// ask asks the worker about d, with a suggestion if it has one, and waits for
// the answer. ok is false where there is none: the text is guilty, the worker
// does not start, or the time is over.
func (s *session) ask(k kind, d Document, with string, limit time.Duration, fill func(*message)) (f fields, ok bool) {
	return s.answer(nil, k, d, with, limit, fill)
}

// answer is ask's, where q may be that very question, put before. When the worker
// dies meanwhile the next one is asked, once more and alone.
func (s *session) answer(q *query, k kind, d Document, with string, limit time.Duration, fill func(*message)) (f fields, ok bool) {
	if q == nil {
		q = s.pose(k, d, with, limit, fill)
	}
	for ; q != nil; q = s.pose(k, d, with, limit, fill) {
		answer, lives := <-q.answer
		q.leave()
		if !lives {
			continue
		}
		if q.alone && answer != nil {
			s.shop.mu.Lock()
			s.acquit(d, with)
			s.shop.mu.Unlock()
		}
		return fields{rest: answer}, answer != nil
	}
	return fields{}, false
}

// pose puts a question, nil where there is none to put.
func (s *session) pose(k kind, d Document, with string, limit time.Duration, fill func(*message)) *query {
	s.shop.mu.Lock()
	known := s.suspicionOf(d, with)
	s.shop.mu.Unlock()
	if known.verdict == guilty {
		return nil
	}
	alone := known.verdict == suspect
	leave := s.shop.enter(alone)
	q := s.send(k, d, with, alone, limit, fill)
	if q == nil {
		leave()
		return nil
	}
	q.leave = leave
	return q
}

// enter begins a question, and alone one during which there is no other; the
// function that it returns ends it.
func (w *workshop) enter(alone bool) (leave func()) {
	if alone {
		w.crowd.Lock()
		return w.crowd.Unlock
	}
	w.crowd.RLock()
	return w.crowd.RUnlock
}

// send sends a question, and returns nil where there is nobody to ask. A suspect
// document goes as a text of its own, so that nothing of it stays.
func (s *session) send(k kind, d Document, with string, alone bool, limit time.Duration, fill func(*message)) *query {
	s.shop.mu.Lock()
	defer s.shop.mu.Unlock()
	r := s.begin()
	if r == nil || s.closed {
		return nil
	}
	doc := s.docs[d.Key]
	open := doc != nil && !alone && languageOf(doc.language) == languageOf(d.Language)
	if open {
		s.tell(d.Key, doc)
		open = doc.knows == r
	}
	var edit message
	if open {
		edit = s.catchUp(d.Key, doc, s.unheard(doc))
	}
	q := &query{session: s, document: d, with: with, alone: alone}
	r.process.Send(edit, s.question(r, q, k, open, limit, fill))
	return q
}

// question has the worker be asked, by the message that it returns: about a state
// of a document that is open there, or about a text. The lock is held.
func (s *session) question(r *workerLife, q *query, k kind, open bool, limit time.Duration, fill func(*message)) message {
	s.shop.numbered++
	id, d := s.shop.numbered, q.document
	m := newMessage(k)
	m.number(id)
	m.number(s.id)
	m.flag(open)
	if open {
		m.text(d.Key)
		m.splices(splicesOf(s.docs[d.Key].sent, d.Text, nil))
	} else {
		m.text(d.Language)
		m.text(d.Text)
	}
	if fill != nil {
		fill(&m)
	}
	q.answer = make(chan []byte, 1)
	q.late = time.AfterFunc(limit, func() { s.shop.tooLate(r, id) })
	r.asked[id] = q
	return m
}
