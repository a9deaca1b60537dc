package main

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/modeltest"
)

// TestBurstAtFiftyASecond is TestBurst at 50 keystrokes a second of a clock that
// the test drives. The bubble fails when a goroutine is left behind.
func TestBurstAtFiftyASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		backend := &counted{Fake: modeltest.NewFake("a + b")}
		release := backend.Block()
		defer release()
		engine := completion.New(completion.Options{Backends: []model.Backend{backend}, Speculate: true})
		editor, end := startEditor(t, engine, "utf-8")
		editor.Open(uri, "go", sessionDoc)
		at := strings.Index(sessionDoc, "return ") + len("return ")
		for i := range 1000 {
			editor.Change(uri, at+i, at+i, string(rune('a'+i%26)))
			editor.InlineCompletion(uri, at+i+1, false, nil)
			time.Sleep(20 * time.Millisecond)
		}
		time.Sleep(time.Second) // of the bubble's clock: the last one has waited
		synctest.Wait()
		if now, most := backend.now.Load(), backend.most.Load(); now != 1 || most != 1 {
			t.Errorf("%d generations under way at the end, %d at once", now, most)
		}
		release()
		end()
		editor.Close()
		engine.Close()
	})
}
