//go:build e2e

package e2e

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestE2ESyncTurns: a sync that is asked for while another process is at work
// waits, says for whom, and runs once that is done or killed.
func TestE2ESyncTurns(t *testing.T) {
	for name, end := range map[string]func(t *testing.T, hold *os.File, holder *os.Process){
		"done":   func(t *testing.T, hold *os.File, _ *os.Process) { must(t, hold.Close()) },
		"killed": func(t *testing.T, _ *os.File, holder *os.Process) { must(t, holder.Kill()) },
	} {
		t.Run(name, func(t *testing.T) {
			w, a, b := newWorld(t)
			fifo := filepath.Join(t.TempDir(), "hold")
			must(t, syscall.Mkfifo(fifo, 0o600))
			w.hook(a.path(".git"), "pre-push", `[ -z "$HOLD" ] || { echo at work; cat "$HOLD"; } >&2`)
			a.commit("second", "f", "changed\n")
			holder := a.command("sync", "--watch")
			holder.Env = append(holder.Env, "HOLD="+fifo)
			must(t, holder.Start())
			defer func() { holder.Process.Kill(); holder.Wait() }()
			hold, err := os.OpenFile(fifo, os.O_WRONLY, 0) // returns once the hook reads
			must(t, err)
			defer hold.Close()

			begun := time.Now()
			refused := a.sync("--wait", "0")
			if refused.State != "BUSY" || refused.exit != 1 || !strings.Contains(refused.Message, "airside sync --watch (process ") {
				t.Errorf("without a wait: %+v", refused)
			}
			waiter := a.command("sync", "--json", "--log-level", "debug")
			log, err := waiter.StderrPipe()
			must(t, err)
			var out strings.Builder
			waiter.Stdout = &out
			must(t, waiter.Start())
			waits := false
			lines := bufio.NewScanner(log)
			for !waits && lines.Scan() {
				waits = strings.Contains(lines.Text(), "waiting for another sync")
			}
			if !waits {
				t.Fatal("it does not wait")
			}
			go func() {
				for lines.Scan() {
				}
			}()
			end(t, hold, holder.Process)
			if err := waiter.Wait(); err != nil || !strings.Contains(out.String(), `"state":"IDLE"`) {
				t.Errorf("%v: %s", err, out.String())
			}
			if took := time.Since(begun); took > 30*time.Second {
				t.Errorf("it took %v", took)
			}
			if b.wants("IDLE").Pulled != 1 {
				t.Error("the commit did not arrive")
			}
		})
	}
}

// TestE2ESyncCommentBeside: a comment written in a terminal travels with the
// watcher beside it, which is not asked.
func TestE2ESyncCommentBeside(t *testing.T) {
	_, a, b := newWorld(t)
	watch := a.command("sync", "--watch")
	must(t, watch.Start())
	defer func() { watch.Process.Signal(os.Interrupt); watch.Wait() }()
	eventually(t, "its first round", func() bool { return strings.Contains(a.airside("sync", "status", "--json"), `"last_sync":"2`) })
	a.airside("comments", "add", "f:2", "-m", "why two?")
	within(t, 30*time.Second, func() {
		eventually(t, "the comment", func() bool {
			b.sync()
			return strings.Contains(b.airside("comments"), "why two?")
		})
	})
}
