package completion

import (
	"sync"
	"time"
)

// saveEvery is how often what was counted is saved while requests come.
const saveEvery = time.Minute

// saves are those of what a process has counted to a file that several share: in the
// background, one at a time, and a last one at the end.
type saves struct {
	one sync.Mutex
	all sync.WaitGroup // in the background

	mu     sync.Mutex
	latest time.Time // when something was saved last, or the counting began
	closed bool
}

func (s *saves) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.latest.IsZero() {
		s.latest = time.Now()
	}
}

// alone does something to the file while nobody here saves.
func (s *saves) alone(do func() error) error {
	s.one.Lock()
	defer s.one.Unlock()
	return do()
}

// later has save called in the background if it is time to.
func (s *saves) later(save func() error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed && time.Since(s.latest) >= saveEvery {
		s.latest = time.Now()
		s.all.Go(func() { _ = s.alone(save) })
	}
}

// close waits for saves under way and saves the rest.
func (s *saves) close(save func() error) error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.all.Wait()
	return s.alone(save)
}
