package gate

import (
	"runtime"
	"testing"

	"github.com/airside-ls/airside/completion/model"
)

// AwaitWaiting waits until n generations wait.
func AwaitWaiting(t *testing.T, b model.Backend, n int) {
	t.Helper()
	q := &b.(*gatedBackend).queue
	for {
		q.mu.Lock()
		waiting := len(q.waiting)
		q.mu.Unlock()
		if waiting == n {
			return
		}
		if t.Context().Err() != nil {
			t.Fatal("the test ended")
		}
		runtime.Gosched()
	}
}
