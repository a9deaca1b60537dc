package completion

import (
	"fmt"
	"time"

	"github.com/airside-ls/airside/completion/recall"
)

// Pause is a time without suggestions. The zero value is none.
type Pause struct {
	On    bool
	Until time.Time // by the clock on the wall; zero is until the process ends
}

// over tells whether a pause has ended. A machine that slept has missed nothing of
// it: the clock on the wall counts.
func (p Pause) over(now time.Time) bool {
	return p.On && !p.Until.IsZero() && !now.Round(0).Before(p.Until)
}

// minutesLeft are the minutes of a pause that has an end, those begun included.
func (p Pause) minutesLeft(now time.Time) int {
	if !p.On || p.Until.IsZero() {
		return 0
	}
	return int((p.Until.Sub(now.Round(0)) + time.Minute - 1) / time.Minute)
}

// String is for people.
func (p Pause) String() string { return p.at(time.Now()) }

func (p Pause) at(now time.Time) string {
	switch left := p.minutesLeft(now); {
	case !p.On:
		return "not paused"
	case p.Until.IsZero():
		return "paused until restart"
	default:
		return fmt.Sprintf("paused until %s, %d min left", p.Until.Local().Format("15:04"), left)
	}
}

// Pause has no suggestions made for a time, or ends that. What is under way for
// nobody ends.
func (e *Engine) Pause(p Pause) {
	p.Until = p.Until.Round(0)
	e.status.pause(p)
	if p.On {
		e.ahead.stop()
		e.speculator.Elsewhere(func(*recall.Suggestion) bool { return false })
	}
}

// Paused is the pause that is on, the zero Pause without one.
func (e *Engine) Paused() Pause { return e.status.paused() }

// pause takes over a pause, and wakes with each minute of it that is left.
func (b *statusBoard) pause(p Pause) {
	if p.over(time.Now()) {
		p = Pause{}
	}
	b.change(func(b *statusBoard) {
		b.pausing = p
		b.wake()
	})
}

// wake has the status looked at again when another minute is left. mu is held.
func (b *statusBoard) wake() {
	if b.waking != nil {
		b.waking.Stop()
		b.waking = nil
	}
	if !b.pausing.On || b.pausing.Until.IsZero() {
		return
	}
	left := b.pausing.Until.Sub(time.Now().Round(0))
	next := left % time.Minute
	if next <= 0 {
		next = time.Minute
	}
	b.waking = time.AfterFunc(next, b.minutePassed)
}

// minutePassed tells of what is left of a pause, or that nothing is.
func (b *statusBoard) minutePassed() {
	b.change(func(b *statusBoard) {
		if b.pausing.over(time.Now()) {
			b.pausing = Pause{}
		}
		b.wake()
	})
}

// paused is the pause that is on. One that has ended is none from now on.
func (b *statusBoard) paused() Pause {
	b.mu.Lock()
	p := b.pausing
	b.mu.Unlock()
	if p.over(time.Now()) {
		b.minutePassed()
		return Pause{}
	}
	return p
}

const switchedOff = "completions are switched off (completion.enabled)"
