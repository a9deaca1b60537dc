//go:build unix

package kernel

import (
	"errors"
	"math/rand/v2"
	"os"
	"runtime/debug"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// TestGone takes weights away from under products on several threads, in C and
// in Go: each is a panic that can be recovered from, and so are Go's own faults
// before and after.
func TestGone(t *testing.T) {
	defer SetLevel(level)
	r := rand.New(rand.NewPCG(6, 6))
	const rows, cols, tokens = 64, 1024, 3
	data := randomWeights(r, Q8_0, rows, cols)
	x, _ := activations(r, Q8_0, tokens, cols)
	file, err := os.Create(t.TempDir() + "/weights")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, l := range Levels() {
		SetLevel(l)
		if _, err := file.WriteAt(data, 0); err != nil {
			t.Fatal(err)
		}
		mapped, err := unix.Mmap(int(file.Fd()), 0, len(data), unix.PROT_READ, unix.MAP_SHARED)
		if err != nil {
			t.Fatal(err)
		}
		if err := file.Truncate(1 << 14); err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
				for n := range 50 {
					dst := make([]float32, rows*tokens)
					got := recovered(func() { Q8_0.Mul(dst, rows, mapped, rows, cols, x, 1+n%tokens) })
					if l != PureGo && !errors.Is(got, ErrGone) {
						t.Errorf("%v: %v", l, got)
					}
					var p *[2]int
					if recovered(func() { p[1] = 1 }) == nil || recovered(func() { dst[0] = float32(mapped[len(mapped)-1]) }) == nil {
						t.Errorf("%v: Go's own faults are no panics any more", l)
					}
				}
			})
		}
		all.Wait()
		if err := unix.Munmap(mapped); err != nil {
			t.Fatal(err)
		}
	}
}

// recovered is the error that f panics with, or nil.
func recovered(f func()) (err error) {
	defer func() { err, _ = recover().(error) }()
	f()
	return nil
}
