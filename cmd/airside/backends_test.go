package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/airside-ls/airside/lsp/settings"
)

// TestNamedBackendIsAskedAlone: what is wrong with it is one line, and the exit
// code 1.
func TestNamedBackendIsAskedAlone(t *testing.T) {
	broken := filepath.Join(t.TempDir(), "broken.gguf")
	source := filepath.Join(t.TempDir(), "a.go")
	for _, file := range []string{broken, source} {
		if err := os.WriteFile(file, []byte("package a\n\nfunc f() {\n\n}\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	nobody := []string{"AIRSIDE_OLLAMA_URL=http://127.0.0.1:1", "AIRSIDE_LLAMACPP_URL=http://127.0.0.1:1"}
	tests := []struct {
		environ []string
		want    string
	}{
		{[]string{"AIRSIDE_BACKEND=builtin", "AIRSIDE_BUILTIN_MODEL=" + broken}, "builtin is unusable (read "},
		{[]string{"AIRSIDE_BUILTIN_MODEL=" + broken}, "builtin is unusable (read "}, // of all, the one that is set up
		{[]string{"AIRSIDE_BACKEND=ollama"}, "ollama is not reachable"},
		{[]string{"AIRSIDE_BACKEND=openai"}, "openai is unusable (settings): openai.url is not set"},
	}
	for _, tt := range tests {
		code, out, errOut := airside(t, "", append(nobody, tt.environ...), "complete", source+":4:1")
		if code != exitFailed || out != "" || !strings.HasPrefix(errOut, "airside: "+tt.want) || strings.Count(errOut, "\n") != 1 {
			t.Errorf("%v: exit %d, %q, %q", tt.environ, code, out, errOut)
		}
	}
}

func TestBackends(t *testing.T) {
	tests := []struct {
		change func(*settings.Options)
		want   string
	}{
		{func(*settings.Options) {}, "ollama llamacpp builtin"},
		{func(o *settings.Options) { o.Backend = "llamacpp" }, "llamacpp"},
		{func(o *settings.Options) { o.OpenAIURL = "http://h" }, "openai ollama llamacpp builtin"},
		{func(o *settings.Options) { o.LlamaCppModel = "m.gguf" }, "llamacpp ollama builtin"},
		{func(o *settings.Options) { o.LlamaCppModel, o.OllamaModel = "m.gguf", "x" }, "ollama llamacpp builtin"},
	}
	for _, tt := range tests {
		o := settings.Default()
		tt.change(&o)
		list := backends(o, slog.New(slog.DiscardHandler))
		var names []string
		for _, b := range list {
			names = append(names, b.Name())
		}
		if got := strings.Join(names, " "); got != tt.want {
			t.Errorf("%s, want %s", got, tt.want)
		}
		for _, b := range othersThan(list, o, slog.New(slog.DiscardHandler)) {
			if strings.Contains(tt.want, b.Name()) {
				t.Errorf("%s is another than %s", b.Name(), tt.want)
			}
		}
	}
}
