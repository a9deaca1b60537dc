package completion

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestMemoriesOfFoldersThatAreGone(t *testing.T) {
	state := t.TempDir()
	e, root := remembering(t, Options{StateDir: state}, map[string]string{"a.go": connects})
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(state, savedMemories)
	count := func() int {
		saved, err := filepath.Glob(filepath.Join(dir, "*.memory"))
		if err != nil {
			t.Fatal(err)
		}
		return len(saved)
	}
	later := time.Now().Add(2 * keptWithout)
	if removeUnmissed(dir, later); count() != 1 {
		t.Error("the memory of a folder that is there was removed")
	}
	if err := os.RemoveAll(root); err != nil {
		t.Fatal(err)
	}
	if removeUnmissed(dir, time.Now()); count() != 1 {
		t.Error("the memory of a folder that has just gone was removed")
	}
	if removeUnmissed(dir, later); count() != 0 {
		t.Error("the memory of a folder that is long gone is kept")
	}
}
