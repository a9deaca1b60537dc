package lsp

import (
	"context"
	"testing"
	"time"

	"github.com/airside-ls/airside/lsp/lsptest"
)

// TestSettled: what waits for the settings goes on once they are known, however
// the editor tells them, and without them after a while.
func TestSettled(t *testing.T) {
	for _, tt := range []struct {
		name   string
		within time.Duration
		editor lsptest.Options
		wants  int // calls of Configure before
	}{
		{"with initialize", time.Hour, lsptest.Options{InitOption: map[string]any{"backend": "builtin"}}, 1},
		{"when asked", time.Hour, lsptest.Options{Settings: map[string]any{"backend": "builtin"}}, 1},
		{"when asked, beside others", time.Hour, lsptest.Options{Settings: map[string]any{"backend": "builtin"}, InitOption: map[string]any{"trusted": true, "backend": "builtin"}}, 2},
		{"when asked, beside trust", time.Hour, lsptest.Options{Settings: map[string]any{"backend": "builtin"}, InitOption: map[string]any{"trusted": true}}, 1},
		{"never", time.Nanosecond, lsptest.Options{}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			clientEnd, serverEnd := lsptest.Pipe()
			events := make(chan string, 10)
			s := New(Options{
				Engine: lsptest.NewEngine(t), SettleWithin: tt.within,
				Configure: func(map[string]any) []error { events <- "configured"; return nil },
				Settled:   func() { events <- "settled" },
			})
			served := make(chan error, 1)
			go func() { served <- s.Serve(context.Background(), serverEnd) }()
			editor := lsptest.Start(t, clientEnd, tt.editor)
			editor.Initialize()
			for n := 0; ; n++ {
				if <-events == "settled" {
					if n != tt.wants {
						t.Errorf("settled after %d settings, not %d", n, tt.wants)
					}
					break
				}
			}
			editor.Shutdown()
			editor.Exit()
			<-served
		})
	}
}
