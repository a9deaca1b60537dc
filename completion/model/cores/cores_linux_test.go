package cores

import (
	"os"
	"path/filepath"
	"testing"
)

func TestSiblings(t *testing.T) {
	for name, tt := range map[string]struct {
		lists map[string]string
		want  int
	}{
		"two cores, four threads": {map[string]string{"cpu0": "0,2\n", "cpu1": "1,3\n", "cpu2": "0,2\n", "cpu3": "1,3\n"}, 2},
		"without hyperthreads":    {map[string]string{"cpu0": "0\n", "cpu1": "1\n"}, 2},
		"not told":                {nil, 0},
	} {
		dir := t.TempDir()
		for cpu, list := range tt.lists {
			folder := filepath.Join(dir, cpu, "topology")
			if err := os.MkdirAll(folder, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(folder, "thread_siblings_list"), []byte(list), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got := siblings(dir); got != tt.want {
			t.Errorf("%s: %d, want %d", name, got, tt.want)
		}
	}
	if n := Threads(); n < 1 {
		t.Errorf("%d threads", n)
	}
}
