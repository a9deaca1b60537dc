package syntax

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime/debug"
	"testing"
	"time"
)

// resident returns the memory of the process in bytes, which the trees, being
// C's, show up in and Go's own figures do not.
func resident(t *testing.T) int {
	debug.FreeOSMemory()
	data, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skip("no /proc here")
	}
	var size, pages int
	fmt.Sscan(string(data), &size, &pages)
	return pages * os.Getpagesize()
}

// TestNoLeak edits and asks for long enough that an unclosed tree for each
// would show.
func TestNoLeak(t *testing.T) {
	text := goFile(1000) // its tree takes about 1 MB
	c := NewCache(Limits{})
	d := Document{Key: "a", Language: "go", Text: text}
	c.Open(d)
	rng := rand.New(rand.NewPCG(1, 2))
	round := func(n int) {
		for range n {
			at := rng.IntN(len(d.Text))
			d.Text = d.Text[:at] + "{ x" + d.Text[at:]
			c.Edit("a", []Edit{{at, at, at + 3}}, d.Text)
			c.Analyze(d, at+1)
			c.Judge().Breaks(d, Range{at, at}, "}\n foo(")
			d.Text = text
			c.Edit("a", nil, d.Text)
		}
	}
	before := openTrees.Load()
	round(100)
	warm := resident(t)
	round(400)
	if grown := resident(t) - warm; grown > 30<<20 {
		t.Errorf("400 edits took %d KiB", grown>>10)
	}
	if open := openTrees.Load() - before; open > 1 {
		t.Errorf("%d trees are open", open)
	}
	c.CloseAll()
	if open := openTrees.Load(); open != 0 {
		t.Errorf("%d trees are open after closing", open)
	}
}

// TestMemoryOfManyFiles opens 50 files of 2,000 lines, as a session that is
// restored does, and works in each.
func TestMemoryOfManyFiles(t *testing.T) {
	text := goFile(2000)
	before := resident(t)
	c := NewCache(Limits{})
	defer c.CloseAll()
	for round := range 2 {
		for i := range 50 {
			d := Document{Key: fmt.Sprint(i), Language: "go", Text: text[:len(text)-i-round]}
			if round == 0 {
				c.Open(d)
			} else {
				c.Edit(d.Key, nil, d.Text)
			}
			c.Analyze(d, len(text)/2)
		}
	}
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		here(c).mu.Lock()
		pending := 0
		for _, doc := range here(c).docs {
			if doc.pending {
				pending++
			}
		}
		here(c).mu.Unlock()
		if pending == 0 {
			break
		}
	}
	grown := resident(t) - before
	t.Logf("50 files of %d KiB take %d MiB, trees for %d KiB of source are kept", len(text)>>10, grown>>20, here(c).bytes>>10)
	if here(c).bytes > DefaultLimits.TreeBytes {
		t.Errorf("trees for %d bytes are kept", here(c).bytes)
	}
	if grown > 80<<20 {
		t.Errorf("50 files take %d MiB", grown>>20)
	}
}
