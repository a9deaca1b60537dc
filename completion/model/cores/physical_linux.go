package cores

import (
	"os"
	"path/filepath"
)

// physical is how many cores the machine has, 0 where the kernel does not tell.
func physical() int { return siblings("/sys/devices/system/cpu") }

// siblings counts the groups of hyperthreads that share a core.
func siblings(dir string) int {
	files, _ := filepath.Glob(filepath.Join(dir, "cpu[0-9]*", "topology", "thread_siblings_list"))
	groups := map[string]bool{}
	for _, file := range files {
		if text, err := os.ReadFile(file); err == nil {
			groups[string(text)] = true
		}
	}
	return len(groups)
}
