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
	return farIn(t, newShop(t), l)
}

// newShop returns a workshop that ends with the test.
func newShop(t testing.TB) *workshop {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	w := newWorkshop(worker.Program{Path: exe, Args: []string{"syntax-worker"}})
	t.Cleanup(func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.running != nil {
			w.running.process.Kill()
		}
	})
	return w
}

// farIn returns a cache whose trees are in a workshop's process.
func farIn(t testing.TB, w *workshop, l Limits) *Cache {
	l = l.orDefaults()
	c := &Cache{trees: w.newSession(l), limits: l}
	t.Cleanup(c.CloseAll)
	return c
}

func discard() *bufio.Writer { return bufio.NewWriter(io.Discard) }
