package completion

import (
	"strings"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion/model/modeltest"
)

// TestOffIsOff: while there are no suggestions at all, the memory of the workspace
// stands in for no model, either.
func TestOffIsOff(t *testing.T) {
	fake := modeltest.NewFake("Save(key, value)")
	release := fake.Block()
	defer release()
	e := newEngine(t, fake)
	e.DidOpen(Document{Path: "/w/b.go", Language: "go", Text: "package p\n\n" + strings.Repeat("func g() error {\n\tvalue, err := store.Load(key, defaultValue)\n\tuse(value)\n}\n\n", 8)})
	r := docAt(t, "/w/a.go", "package p\n\nfunc f() error {\n\tvalue, err := store.¦\n}\n")
	r.Within = time.Hour
	e.DidOpen(r.Document)
	e.Pause(Pause{On: true})
	if res, err := e.Complete(t.Context(), r); err != nil || len(res.Suggestions) > 0 || res.Reason != "paused until restart" {
		t.Errorf("paused: %+v, %v", res, err)
	}
	e.Pause(Pause{})
	if res, err := e.Complete(t.Context(), r); err != nil || shownAt(r, res) != "Load(key, defaultValue)" {
		t.Errorf("afterwards: %+v, %v", res, err)
	}
}
