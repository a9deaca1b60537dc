package main

import (
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/airside-ls/airside/completion/model/builtin/tiny"
)

// withTemplate is the small model with a chat template. It goes in front of the
// file's other keys, as long as keeps what follows aligned.
func withTemplate(t *testing.T, template string) string {
	t.Helper()
	const header, alignment = 24, 32
	text := func(s string) []byte { return append(binary.LittleEndian.AppendUint64(nil, uint64(len(s))), s...) }
	entry := func(template string) []byte {
		key := binary.LittleEndian.AppendUint32(text("tokenizer.chat_template"), 8) // a string
		return append(key, text(template)...)
	}
	for len(entry(template))%alignment != 0 {
		template += " "
	}
	data := append([]byte(nil), tiny.Model()...)
	binary.LittleEndian.PutUint64(data[16:], binary.LittleEndian.Uint64(data[16:])+1)
	data = append(append(data[:header:header], entry(template)...), data[header:]...)
	path := filepath.Join(t.TempDir(), "strange.gguf")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestUnknownTemplate: a model whose chat template is of no known family completes,
// and it is said that it cannot review.
func TestUnknownTemplate(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	environ := []string{"AIRSIDE_BACKEND=builtin", "AIRSIDE_BUILTIN_MODEL=" + withTemplate(t, "{{ strange }}{% for m in messages %}<<{{ m }}>>{% endfor %}")}
	code, out, errOut := airside(t, readFile, environ, "complete", "--stdin", "p.go:8:3")
	if code != 0 || out == "" {
		t.Errorf("complete: exit %d, %q, %s", code, out, errOut)
	}
	_, out, _ = airside(t, "", environ, "doctor")
	if !strings.Contains(out, "cannot review (it has no chat template that is known)") {
		t.Errorf("doctor: %s", out)
	}
	_, out, _ = airside(t, "", environ, "doctor", "--json")
	var report struct {
		Backends []struct {
			Name, Model string
			Reviews     bool
		}
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil || len(report.Backends) != 1 || report.Backends[0].Reviews {
		t.Errorf("doctor --json: %v, %s", err, out)
	}
	_, out, _ = airside(t, "", environ, "models")
	if !strings.Contains(out, "cannot chat") {
		t.Errorf("models: %s", out)
	}
}
