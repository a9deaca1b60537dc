//go:build unix

package llamaserver

import (
	"os/exec"
	"syscall"
	"testing"
)

// The watchdog is what systems other than Linux and Windows rely on.
func TestWatchdog(t *testing.T) {
	victim := func() *exec.Cmd {
		cmd := exec.Command("/bin/sh", "-c", "read -r _")
		if _, err := cmd.StdinPipe(); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return cmd
	}
	t.Run("kills when the pipe closes", func(t *testing.T) {
		cmd := victim()
		guard, err := watch(cmd.Process.Pid)
		if err != nil {
			t.Fatal(err)
		}
		guard.pipe.Close()
		err = cmd.Wait()
		if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGKILL {
			t.Errorf("it ended with %v", err)
		}
		guard.release()
	})
	t.Run("does not when released", func(t *testing.T) {
		cmd := victim()
		guard, err := watch(cmd.Process.Pid)
		if err != nil {
			t.Fatal(err)
		}
		guard.release()
		if err := cmd.Process.Signal(syscall.Signal(0)); err != nil {
			t.Errorf("it is gone: %v", err)
		}
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
}
