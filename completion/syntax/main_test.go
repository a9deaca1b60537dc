package syntax

import (
	"bufio"
	"flag"
	"io"
	"os"
	"testing"

	"github.com/airside-ls/airside/completion/syntax/worker"
)

// TestMain has this program serve as a worker, when it is started to.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "syntax-worker" {
		worker.Confine()
		if Serve(os.Stdin, os.Stdout) != nil {
			os.Exit(1)
		}
		return
	}
	if len(os.Args) > 1 && os.Args[1] == "hanging-worker" {
		io.Copy(io.Discard, os.Stdin)
		return
	}
	flag.Parse()
	os.Exit(m.Run())
}

// here is the store of a cache in this process.
func here(c *Cache) *store { return c.trees.(*store) }

// far returns a cache whose trees are in a process of its own.
func far(t testing.TB, l Limits) *Cache {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	w := newWorkshop(worker.Program{Path: exe, Args: []string{"syntax-worker"}})
	l = l.orDefaults()
	c := &Cache{trees: w.newSession(l), limits: l}
	t.Cleanup(func() {
		c.CloseAll()
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.running != nil {
			w.running.process.Kill()
		}
	})
	return c
}

func discard() *bufio.Writer { return bufio.NewWriter(io.Discard) }
