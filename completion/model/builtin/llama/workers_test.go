package llama

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/airside-ls/airside/completion/model/machine"
)

// TestThreadsAreCapped: no more compute than can at once, whoever asks for them;
// more would wait for each other.
func TestThreadsAreCapped(t *testing.T) {
	_, m := load(t, small)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(16))
	most := machine.Processors()
	for asked, want := range map[int]int{0: min(16, most), 1: 1, 16 * most: min(16, most)} {
		if s := newSession(t, m, Options{Threads: asked}); s.workers.count != want {
			t.Errorf("%d threads asked for on %d processors: %d", asked, most, s.workers.count)
		}
	}
}

// TestWaitsForOne: who waits for a worker's last piece sleeps and is woken.
func TestWaitsForOne(t *testing.T) {
	w := newWorkers(2)
	defer w.stop()
	for range 50 {
		var sum atomic.Int32
		begun, begin := context.WithCancel(t.Context())
		w.run(2, func(worker, piece int) {
			if worker == 0 {
				<-begun.Done() // the other one has the other piece
				sum.Add(1)
				return
			}
			begin()
			for range 200 {
				runtime.Gosched()
			}
			sum.Add(1)
		})
		if sum.Load() != 2 {
			t.Fatalf("%d pieces were done when run returned", sum.Load())
		}
	}
}

// TestGently: one goroutine alone works, and gets the same bits.
func TestGently(t *testing.T) {
	_, m := load(t, small)
	s, other := newSession(t, m, Options{Threads: 2}), newSession(t, m, Options{Threads: 2})
	tokens := randomTokens(1, 90, m.Vocabulary)
	s.Gently(true)
	got := evaluate(t, s, tokens)
	s.Gently(false)
	sameBits(t, "gently", got, evaluate(t, other, tokens))
}
