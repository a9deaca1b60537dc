package repo

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestOwnership: somebody else's repository is refused, in git's words, unless
// the user's own configuration makes an exception. What the repository says of
// itself is none.
func TestOwnership(t *testing.T) {
	home := t.TempDir()
	work := filepath.Join(t.TempDir(), "w")
	for _, dir := range []string{"objects", "refs"} {
		if err := os.MkdirAll(filepath.Join(work, ".git", dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write := func(path, text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(work, ".git", "HEAD"), "ref: refs/heads/main\n")
	write(filepath.Join(work, ".git", "config"), "[core]\n\trepositoryformatversion = 0\n[safe]\n\tdirectory = *\n")
	for _, test := range []struct {
		global string
		env    []string
		fine   bool
	}{
		{"", nil, false},
		{"[safe]\n\tdirectory = *\n", nil, true},
		{"[safe]\n\tdirectory = WORK\n", nil, true},
		{"[safe]\n\tdirectory = PARENT/*\n", nil, true},
		{"[safe]\n\tdirectory = PARENT\n", nil, false},
		{"[safe]\n\tdirectory = ALIKE/*\n", nil, false}, // a folder whose name begins so
		{"[safe]\n\tdirectory = *\n\tdirectory =\n", nil, false},
		{"", []string{"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=Safe.Directory", "GIT_CONFIG_VALUE_0=WORK"}, true},
		{"", []string{"GIT_TEST_ASSUME_DIFFERENT_OWNER=0"}, true},
	} {
		fill := func(s string) string {
			return strings.NewReplacer("WORK", work, "PARENT", filepath.Dir(work), "ALIKE", filepath.Dir(work)[:len(filepath.Dir(work))-1]).Replace(s)
		}
		write(filepath.Join(home, ".gitconfig"), fill(test.global))
		env := []string{"HOME=" + home, "GIT_CONFIG_NOSYSTEM=1", "GIT_TEST_ASSUME_DIFFERENT_OWNER=1"}
		for _, kv := range test.env {
			env = append(env, fill(kv))
		}
		_, err := Open(filepath.Join(work, "sub"), Options{Environ: env})
		if (err == nil) != test.fine || err != nil && !strings.Contains(err.Error(), "detected dubious ownership in repository at '"+work+"'") {
			t.Errorf("%q, %q: %v", test.global, test.env, err)
		}
	}
	if os.Getuid() == 0 {
		if err := os.Chown(filepath.Join(work, ".git"), 12345, 12345); err != nil {
			t.Fatal(err)
		}
		write(filepath.Join(home, ".gitconfig"), "")
		if _, err := Open(work, Options{Environ: []string{"HOME=" + home}}); err == nil {
			t.Error("another user's .git is believed")
		}
		if _, err := Open(work, Options{Environ: []string{"HOME=" + home, "SUDO_UID=12345"}}); err != nil {
			t.Errorf("with sudo, by whom it is: %v", err)
		}
		if _, err := Open(work, Options{Environ: []string{"HOME=" + home, "SUDO_UID=54321"}}); err == nil {
			t.Error("with sudo, by somebody else")
		}
	}
}
