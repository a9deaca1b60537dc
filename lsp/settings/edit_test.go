package settings

import (
	"errors"
	"testing"
)

// TestSetTOML sets values and leaves everything else as it stands.
func TestSetTOML(t *testing.T) {
	model := map[string]any{"builtin.model": "/m/a.gguf"}
	for _, tt := range []struct {
		name, before string
		values       map[string]any
		after        string
	}{
		{"nothing there", "", model, "[builtin]\nmodel = \"/m/a.gguf\"\n"},
		{"at the top", "# mine\n\n[ollama]\nurl = 'x'\n", map[string]any{"backend": "builtin"},
			"# mine\nbackend = \"builtin\"\n\n[ollama]\nurl = 'x'\n"},
		{"of a table that is there", "[builtin]\nmemory = true # yes\n\n# next\n[ollama]\nurl = 'x'\n", model,
			"[builtin]\nmemory = true # yes\nmodel = \"/m/a.gguf\"\n\n# next\n[ollama]\nurl = 'x'\n"},
		{"with a comment behind it", "[builtin]\nmodel   = '/old # one'  # the small one\nmemory = true\n", model,
			"[builtin]\nmodel   = \"/m/a.gguf\"  # the small one\nmemory = true\n"},
		{"dotted", "builtin.model = \"x\"\nbackend = \"auto\"", model, "builtin.model = \"/m/a.gguf\"\nbackend = \"auto\""},
		{"lines of Windows", "[builtin]\r\nmodel = 'x'\r\n", model, "[builtin]\r\nmodel = \"/m/a.gguf\"\r\n"},
		{"no newline at the end", "[builtin]\nmemory = true", model, "[builtin]\nmemory = true\nmodel = \"/m/a.gguf\"\n"},
		{"taken out", "backend = \"builtin\"\n[builtin]\nmodel = 'x'\n", map[string]any{"backend": nil, "builtin.model": nil, "ollama.model": nil}, "[builtin]\n"},
		{"kinds", "", map[string]any{"completion.enabled": false, "completion.maxTokens": 7, "sync.branches": []string{"main", "a/*"}},
			"[completion]\nenabled = false\nmaxTokens = 7\n\n[sync]\nbranches = [\"main\", \"a/*\"]\n"},
		{"a name with what TOML escapes", "", map[string]any{"builtin.model": "C:\\m\\\"a\".gguf"}, "[builtin]\nmodel = \"C:\\\\m\\\\\\\"a\\\".gguf\"\n"},
		{"what is unknown stays", "spam = 1\n[builtin]\nmodel = 'x'\n", model, "spam = 1\n[builtin]\nmodel = \"/m/a.gguf\"\n"},
	} {
		got, err := SetTOML(tt.before, tt.values)
		if err != nil || got != tt.after {
			t.Errorf("%s: %v\n%q, want\n%q", tt.name, err, got, tt.after)
		}
	}
	for name, before := range map[string]string{
		"inline table": "builtin = { model = 'x' }\n", "of several lines": "[builtin]\nmodel = '''\nx'''\n",
	} {
		if got, err := SetTOML(before, model); !errors.Is(err, ErrUneditable) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if _, err := SetTOML("backend =", model); err == nil {
		t.Error("what cannot be read is changed")
	}
	if _, err := SetTOML("", map[string]any{"backend": "gpt"}); err == nil {
		t.Error("a value that is none is set")
	}
	if _, err := SetTOML("", map[string]any{"spam": "gpt"}); err == nil {
		t.Error("a setting that is none is set")
	}
}

// FuzzSetTOML: what comes out says what was wanted, or nothing comes out.
func FuzzSetTOML(f *testing.F) {
	f.Add("[builtin]\nmodel = 'x' # y\n", "/a\"b")
	f.Add("builtin.model = '''\nx'''", "a\nb")
	f.Fuzz(func(t *testing.T, text, value string) {
		after, err := SetTOML(text, map[string]any{"builtin.model": value})
		if err != nil {
			return
		}
		o := Default()
		o.ApplyTOML(after)
		if o.BuiltinModel != value {
			t.Errorf("%q became %q", value, o.BuiltinModel)
		}
	})
}
