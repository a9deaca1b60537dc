package completion

import (
	"cmp"
	"sync"
	"time"

	"github.com/airside-ls/airside/completion/model/selector"
)

// statusBoard keeps the status and tells its listener of changes.
type statusBoard struct {
	mu       sync.Mutex
	disabled bool
	choice   *selector.Choice
	running  int                    // requests that have run for busyAfter
	warned   map[servedModel]string // what is wrong with a model that answers
	withheld string                 // why there are no suggestions in the document asked about last
	seen     Document               // that one, without its text
	pausing  Pause
	waking   *time.Timer // looks at the pause again; nil for none
	told     Status
	listener func(Status)

	telling sync.Mutex // one call of the listener at a time, in order
}

// Status is the present status.
func (e *Engine) Status() Status {
	e.status.mu.Lock()
	defer e.status.mu.Unlock()
	return e.status.current()
}

// OnStatus has f called, from one goroutine at a time, whenever the status
// changes, and once with the present one. It replaces an earlier f.
func (e *Engine) OnStatus(f func(Status)) {
	e.status.change(func(b *statusBoard) { b.listener, b.told = f, Status{} })
}

func (b *statusBoard) setDisabled(disabled bool) {
	b.change(func(b *statusBoard) { b.disabled = disabled })
}

func (b *statusBoard) setChoice(c selector.Choice) {
	b.change(func(b *statusBoard) { b.choice = &c })
}

// begin counts a request as running once it has taken a while, so that quick
// answers do not make a status line flicker. The caller ends it with done.
func (b *statusBoard) begin() (done func()) {
	var mu sync.Mutex
	counted, ended := false, false
	timer := time.AfterFunc(busyAfter, func() {
		mu.Lock()
		defer mu.Unlock()
		if !ended {
			counted = true
			b.change(func(b *statusBoard) { b.running++ })
		}
	})
	return func() {
		timer.Stop()
		mu.Lock()
		defer mu.Unlock()
		ended = true
		if counted {
			b.change(func(b *statusBoard) { b.running-- })
		}
	}
}

// change applies f and tells the listener if the status has become another.
func (b *statusBoard) change(f func(*statusBoard)) {
	b.telling.Lock()
	defer b.telling.Unlock()
	b.mu.Lock()
	f(b)
	s, listener := b.current(), b.listener
	news := listener != nil && s != b.told
	b.told = s
	b.mu.Unlock()
	if news {
		listener(s)
	}
}

func (b *statusBoard) current() Status {
	switch {
	case b.disabled:
		return Status{State: Disabled, Message: switchedOff}
	case b.pausing.On:
		now := time.Now()
		return Status{State: Paused, Message: b.pausing.at(now), Until: b.pausing.Until, MinutesLeft: b.pausing.minutesLeft(now)}
	case b.choice == nil:
		s := Status{State: Starting, Message: "looking for a model"}
		s.withhold(b.withheld)
		return s
	case b.choice.Backend == nil:
		return Status{State: Failing, Message: cmp.Or(b.choice.Why, b.choice.Err.Error())}
	}
	s := Status{State: Ready, Backend: b.choice.Info.Backend, Model: b.choice.Info.Model, Message: b.choice.Why}
	if warning := b.warned[keyOf(b.choice.Info)]; warning != "" {
		s.Message = warning
	} else if warning := cannotInsert(b.choice.Info); warning != "" {
		s.Message = warning
	}
	s.withhold(b.withheld)
	if b.running > 0 {
		s.State = Busy
	}
	return s
}

// withhold has the status say why there are no suggestions in a document.
func (s *Status) withhold(why string) {
	if why != "" {
		s.Withheld, s.Message = why, "no completions here: "+why
	}
}

// close ends what looks at the pause.
func (b *statusBoard) close() { b.pause(Pause{}) }
