package secrecy

import "testing"

func TestMaskURLs(t *testing.T) {
	for text, want := range map[string]string{
		`ollama address "http://u:p@h:1": want`:   `ollama address "http://***@h:1": want`,
		"https://token@github.com/a/b.git failed": "https://***@github.com/a/b.git failed",
		"postgres://u:p@ss@h/db":                  "postgres://***@h/db",
		"fetch u:secret@host:a/b.git: no":         "fetch ***@host:a/b.git: no",
		`openai.url "u:secret@gpu.lan:8000"`:      `openai.url "***@gpu.lan:8000"`,
		"u:secret@gpu.lan is none":                "***@gpu.lan is none",
		"http://h/v1?api_key=abc&x=1#f":           "http://h/v1?api_key=***&x=1#f",
		"http://h/?token=abc":                     "http://h/?token=***",
		"git@github.com:a/b.git":                  "git@github.com:a/b.git",
		"https://h/@scope/pkg@1.0":                "https://h/@scope/pkg@1.0",
		"http://127.0.0.1:11434 (/m.gguf)":        "http://127.0.0.1:11434 (/m.gguf)",
		"12:30: mail to: a@b.c":                   "12:30: mail to: a@b.c",
	} {
		if got := MaskURLs(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
