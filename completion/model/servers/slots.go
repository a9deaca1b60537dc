package servers

import "sync"

// ownedSlots is how many slots an owned server has: what is typed goes on in one while
// another has a second document, a chat, or what is read ahead.
const ownedSlots = 2

// slots are those of an owned server, which nobody else asks. The server's own choice
// passes a slot over whose last request it does not yet know to be cancelled, and has
// the other read everything anew. The zero value has none.
type slots struct {
	mu     sync.Mutex
	prompt [][]int  // that each was given last
	used   []uint64 // when
	clock  uint64
}

func newSlots(n int) *slots { return &slots{prompt: make([][]int, n), used: make([]uint64, n)} }

const (
	// noSlot leaves the choice to the server.
	noSlot = -1
	// leastAlike is the share of a prompt, at its beginning, that a slot must have for
	// its prompt to be worth losing.
	leastAlike = 0.1
	// mostLost is how many tokens of a slot's prompt a prompt that is read ahead may
	// make it lose.
	mostLost = 8
)

// choose is the slot for a prompt: the one that has most of its beginning, else the
// one that was used least lately. What is read ahead takes the first only if little
// is lost by it.
func (s *slots) choose(ids []int, ahead bool) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.prompt) == 0 {
		return noSlot
	}
	best, most := s.oldest(), int(leastAlike*float64(len(ids)))
	for i, p := range s.prompt {
		n := common(p, ids)
		if n > most && (!ahead || len(p)-n <= mostLost) {
			best, most = i, n
		}
	}
	s.take(best, ids)
	return best
}

// spare is the slot for what is no insert.
func (s *slots) spare() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.prompt) == 0 {
		return noSlot
	}
	i := s.oldest()
	s.take(i, nil)
	return i
}

// oldest is the slot used least lately. The lock is held.
func (s *slots) oldest() int {
	oldest := 0
	for i, at := range s.used {
		if at < s.used[oldest] {
			oldest = i
		}
	}
	return oldest
}

// take notes that a slot is given a prompt. The lock is held.
func (s *slots) take(i int, ids []int) {
	s.clock++
	s.prompt[i], s.used[i] = ids, s.clock
}

// common is how many tokens two prompts begin alike with.
func common(a, b []int) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}
