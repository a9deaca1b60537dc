package worktree

import "testing"

// TestSparseSet: which paths are in the work tree, as git sparse-checkout has it.
func TestSparseSet(t *testing.T) {
	for patterns, paths := range map[string]map[string]bool{
		"/*\n!/*/\n":                     {"a": true, "d/a": false, "d/e/a": false}, // git sparse-checkout init --cone
		"/*\n!/*/\n/d/\n":                {"a": true, "d/a": true, "d/e/a": true, "e/a": false},
		"/*\n!/*/\n/d/\n!/d/*/\n/d/e/\n": {"a": true, "d/a": true, "d/e/a": true, "d/e/f/a": true, "d/f/a": false, "e/a": false},
		"# comment\n/*\n!/y/\n!*.skip\n": {"a": true, "x/a": true, "x/a.skip": false, "y/a": false, "y/x/a": false},
		"docs/\n":                        {"a": false, "docs/a": true, "x/docs/a": true, "docs": false},
		"/*\r\n!/*/\r\n/with space/\r\n": {"with space/a": true, "without/a": false},
		"":                               {"a": false},
	} {
		set := sparseSet([]byte(patterns))
		for path, want := range paths {
			if got := set(path); got != want {
				t.Errorf("%q: %s: %v, want %v", patterns, path, got, want)
			}
		}
	}
}
