package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"time"

	"github.com/airside-ls/airside/completion/model/builtin"
)

// busy tells how fast the engine generates with one busy process for each
// processor beside it, and how much slower these are for it.
func busy(engine *builtin.Engine, prompt []int32, tokens int) {
	o := builtin.GenerateOptions{NoDrafts: true}
	generate(engine, prompt, 4, o)
	idle := of(generate(engine, prompt, tokens, o))

	alone := work(func() { time.Sleep(measured) })
	var loaded speed
	beside := work(func() {
		for start := time.Now(); time.Since(start) < measured; {
			loaded.add(generate(engine, prompt, tokens, o))
		}
	})
	fmt.Printf("busy: %.1f tokens/s idle, %.1f with one busy process for each of %d processors (%.0f%%); these lose %.0f%% to it\n",
		idle, loaded.perSecond(), runtime.NumCPU(), 100*loaded.perSecond()/idle, 100*(1-beside/alone))
}

const measured = 8 * time.Second

// work starts a process for each processor that counts as fast as it can, and is
// how much they count a second, together, during f.
func work(f func()) float64 {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	files := make([]string, runtime.NumCPU())
	running := make([]*exec.Cmd, len(files))
	for i := range files {
		files[i] = fmt.Sprintf("%s/airside-busy-%d-%d", os.TempDir(), os.Getpid(), i)
		defer os.Remove(files[i])
		running[i] = exec.CommandContext(ctx, os.Args[0], "-spin", files[i])
		if err := running[i].Start(); err != nil {
			fail(err)
		}
	}
	time.Sleep(time.Second) // they have begun
	counted := func() (n float64) {
		for _, f := range files {
			text, _ := os.ReadFile(f)
			c, _ := strconv.ParseFloat(string(text), 64)
			n += c
		}
		return n
	}
	first, start := counted(), time.Now()
	f()
	rate := (counted() - first) / time.Since(start).Seconds()
	stop()
	for _, c := range running {
		_ = c.Wait()
	}
	return rate
}

// spin counts, and says now and then how far it has come.
func spin(file string) {
	runtime.GOMAXPROCS(1)
	n, x := 0, uint64(1)
	for {
		for range 5_000_000 {
			x ^= x << 13
			x ^= x >> 7
			x ^= x << 17
		}
		if n++; x != 0 {
			_ = os.WriteFile(file, []byte(strconv.Itoa(n)), 0o600)
		}
	}
}
