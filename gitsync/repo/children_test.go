package repo

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/airside-ls/airside/gitsync/repo/program"
)

// TestChildrenAreNotTold: keys of models' servers are no hook's business.
func TestChildrenAreNotTold(t *testing.T) {
	dir := t.TempDir()
	for _, err := range []error{
		os.MkdirAll(filepath.Join(dir, ".git", "objects"), 0o755), os.MkdirAll(filepath.Join(dir, ".git", "refs"), 0o755),
		os.WriteFile(filepath.Join(dir, ".git", "HEAD"), []byte("ref: refs/heads/main\n"), 0o644),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	r, err := Open(dir, Options{Environ: []string{"HOME=" + dir, "AIRSIDE_OPENAI_KEY=secret", "airside_x=1", "PATH=/bin"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, kv := range r.program.Command(t.Context(), program.Call{}, "true").Env {
		if strings.Contains(strings.ToUpper(kv), "AIRSIDE_") {
			t.Errorf("told: %s", kv)
		}
	}
}
