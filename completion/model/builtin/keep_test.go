package builtin

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/airside-ls/airside/completion/model/builtin/tiny"
)

// TestKeepsOverARestart: what an engine has read the next one knows, if the file
// is the same, and a damaged state is no trouble.
func TestKeepsOverARestart(t *testing.T) {
	state, path := filepath.Join(t.TempDir(), "state"), filepath.Join(t.TempDir(), "m.gguf")
	if err := os.WriteFile(path, tiny.Model(), 0o600); err != nil {
		t.Fatal(err)
	}
	known := func() int {
		t.Helper()
		e, err := Open(path, Options{StateDir: state, keepSmall: true})
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		tok, err := e.Tokenizer()
		if err != nil {
			t.Fatal(err)
		}
		tokens := tok.Encode(mixedPrompt)
		r, err := e.Generate(t.Context(), tokens, GenerateOptions{MaxTokens: 3})
		if err != nil {
			t.Fatal(err)
		}
		return len(tokens) - r.CachedTokens
	}
	unread := func(want bool, when string) {
		t.Helper()
		if n := known(); n > 1 != want {
			t.Errorf("%s: %d tokens were read", when, n)
		}
	}
	unread(true, "the first time")
	unread(false, "after a restart")
	files, err := filepath.Glob(filepath.Join(state, "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v", files, err)
	}
	if info, err := os.Stat(files[0]); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("%v: others may read it, %v", info.Mode(), err)
	}
	if err := os.Truncate(files[0], 1000); err != nil {
		t.Fatal(err)
	}
	unread(true, "a damaged state")
	unread(false, "after it was replaced")
	if err := os.WriteFile(path, tiny.Model(), 0o600); err != nil {
		t.Fatal(err)
	}
	unread(true, "another file under the name")
}

// TestSmallModelsKeepLittle: the model in the binary holds no more memory for what it
// has read than for itself, by and large; a real one holds what takes long to read.
func TestSmallModelsKeepLittle(t *testing.T) {
	for parameters, want := range map[int64]int{4_000_000: 16 << 20, 500_000_000: 256 << 20} {
		if got := keepBytes(parameters); got != want {
			t.Errorf("%d parameters: %d bytes, want %d", parameters, got, want)
		}
	}
}
