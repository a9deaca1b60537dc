//go:build unix

package threads

import (
	"path/filepath"
	"syscall"
	"testing"
)

// TestReadPipe: a pipe in the work tree is not waited for.
func TestReadPipe(t *testing.T) {
	dir := t.TempDir()
	must(t, syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600))
	if _, err := readFile(dir, "pipe"); err == nil {
		t.Error("something was read")
	}
}
