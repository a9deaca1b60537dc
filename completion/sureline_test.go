package completion

import (
	"strings"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion/model/modeltest"
)

// TestMemoryStandsIn: where a server takes its time, what the memory is sure of is
// answered at once, and the server's text when it has come.
func TestMemoryStandsIn(t *testing.T) {
	fake := modeltest.NewFake("Save(key, value)")
	release := fake.Block()
	defer release()
	e := newEngine(t, fake)
	more := make(chan Notice, 10)
	e.OnReady(func(m Notice) { more <- m })
	other := "package p\n\n" + strings.Repeat("func g() error {\n\tvalue, err := store.Load(key, defaultValue)\n\tuse(value)\n}\n\n", 8)
	e.DidOpen(Document{Path: "/w/b.go", Language: "go", Text: other})
	r := docAt(t, "/w/a.go", "package p\n\nfunc f() error {\n\tvalue, err := store.¦\n}\n")
	r.Within = time.Hour
	e.DidOpen(r.Document)
	res, err := e.Complete(t.Context(), r)
	if err != nil || shownAt(r, res) != "Load(key, defaultValue)" || !res.Pending || res.Trace.CachedBy != Remembered {
		t.Fatalf("%q, pending %v, %v %s, %v", shownAt(r, res), res.Pending, res.Trace.CachedBy, res.Reason, err)
	}
	release()
	<-more
	if res, err := e.Complete(t.Context(), r); err != nil || shownAt(r, res) != "Save(key, value)" || res.Pending {
		t.Errorf("%q, %+v, %v", shownAt(r, res), res, err)
	}
}
