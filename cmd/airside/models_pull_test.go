package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/airside-ls/airside/completion/model/builtin/tiny"
	"github.com/airside-ls/airside/completion/model/store"
)

// home is a user's home folder with nothing in it, a stick beside it with a model.
type home struct {
	t      *testing.T
	dir    string
	stick  string
	config string
	sum    string // of the stick's model
}

func newHome(t *testing.T) *home {
	h := &home{t: t, dir: t.TempDir(), stick: t.TempDir()}
	for name, dir := range map[string]string{"HOME": h.dir, "XDG_DATA_HOME": filepath.Join(h.dir, "data"), "XDG_CACHE_HOME": filepath.Join(h.dir, "cache"),
		"XDG_STATE_HOME": filepath.Join(h.dir, "state"), "OLLAMA_MODELS": ""} {
		t.Setenv(name, dir)
	}
	sum := sha256.Sum256(tiny.Model())
	h.sum = hex.EncodeToString(sum[:])
	h.config = filepath.Join(h.dir, "config", "airside", "config.toml")
	h.write(filepath.Join(h.stick, "mine.gguf"), tiny.Model())
	return h
}

func (h *home) write(path string, data []byte) {
	h.t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, data, 0o644)); err != nil {
		h.t.Fatal(err)
	}
}

// run is airside in that home, without Ollama.
func (h *home) run(args ...string) (code int, out, errOut string) {
	h.t.Helper()
	h.t.Setenv("XDG_CONFIG_HOME", filepath.Join(h.dir, "config"))
	var o, e strings.Builder
	environ := []string{"AIRSIDE_OLLAMA_URL=http://127.0.0.1:1", "AIRSIDE_LLAMACPP_URL=http://127.0.0.1:1", "HOME=" + h.dir, "XDG_STATE_HOME=" + filepath.Join(h.dir, "state")}
	code = run(h.t.Context(), args, stdio{in: io.NopCloser(strings.NewReader("")), out: closer{&o}, err: &e}, environ)
	return code, o.String(), e.String()
}

func (h *home) models() string { return filepath.Join(h.dir, "data", "airside", "models") }

// TestPullUseRemove: a model's life, from a stick to the bin.
func TestPullUseRemove(t *testing.T) {
	h := newHome(t)
	code, out, errOut := h.run("models", "pull", h.stick)
	if code != 0 || !strings.Contains(out, "mine.gguf is there, whole") || !strings.Contains(out, "airside models use mine.gguf") {
		t.Fatalf("exit %d\n%s%s", code, out, errOut)
	}
	h.write(h.config, []byte("# mine\n[completion]\nmaxTokens = 99 # enough\n"))
	if code, out, errOut = h.run("models", "use", "mine"); code != 0 || !strings.Contains(out, "mine.gguf answers from now on") {
		t.Fatalf("exit %d\n%s%s", code, out, errOut)
	}
	text, _ := os.ReadFile(h.config)
	want := fmt.Sprintf("# mine\nbackend = \"builtin\"\n[completion]\nmaxTokens = 99 # enough\n\n[builtin]\nmodel = %q\n", filepath.Join(h.models(), "mine.gguf"))
	if string(text) != want {
		t.Errorf("%s, want\n%s", text, want)
	}
	if code, out, errOut = h.run("models", "list"); code != 0 || !strings.Contains(out, "✓  builtin  mine.gguf") {
		t.Errorf("exit %d\n%s%s", code, out, errOut)
	}
	if code, out, errOut = h.run("models", "remove", "mine"); code != 2 || !strings.Contains(errOut, "--yes") {
		t.Errorf("nobody was asked: exit %d\n%s%s", code, out, errOut)
	}
	if code, out, errOut = h.run("models", "remove", "mine", "--yes"); code != 0 || !strings.Contains(out, "mine.gguf is gone") {
		t.Errorf("exit %d\n%s%s", code, out, errOut)
	}
	if text, _ := os.ReadFile(h.config); strings.Contains(string(text), "model =") {
		t.Errorf("what is gone is still named:\n%s", text)
	}
	if left, _ := os.ReadDir(h.models()); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	if code, _, errOut = h.run("models", "remove", "mine", "--yes"); code != 1 || !strings.Contains(errOut, "ollama rm") {
		t.Errorf("exit %d, %s", code, errOut)
	}
}

// TestPullFrom: where models come from, and what is refused.
func TestPullFrom(t *testing.T) {
	h := newHome(t)
	served := httptest.NewServer(http.FileServer(http.Dir(h.stick)))
	defer served.Close()
	two, broken, empty := t.TempDir(), t.TempDir(), t.TempDir()
	h.write(filepath.Join(two, "a.gguf"), tiny.Model())
	h.write(filepath.Join(two, "b.gguf"), tiny.Model())
	h.write(filepath.Join(broken, "half.gguf"), tiny.Model()[:len(tiny.Model())/2])
	h.write(filepath.Join(broken, "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf"), tiny.Model())
	h.write(filepath.Join(broken, "listed.gguf"), tiny.Model())
	h.write(filepath.Join(broken, "SHA256SUMS"), []byte(strings.Repeat("0", 64)+"  listed.gguf\n"))
	for _, tt := range []struct {
		args []string
		code int
		want string // in what is printed
	}{
		{[]string{filepath.Join(h.stick, "mine.gguf"), "--json"}, 0, `"sha256":"` + h.sum + `"`},
		{[]string{"mine", "--from", h.stick}, 0, "is there, whole"},
		{[]string{served.URL + "/mine.gguf"}, 1, "name its SHA-256 with --sha256"},
		{[]string{served.URL + "/mine.gguf", "--sha256", h.sum}, 2, "--yes says so"},
		{[]string{served.URL + "/mine.gguf", "--sha256", h.sum, "--yes"}, 0, "was there already"},
		{[]string{"mine.gguf", "--from", served.URL, "--sha256", h.sum, "--yes", "--to", empty}, 0, "is there, whole"},
		{[]string{served.URL + "/mine.gguf", "--sha256", strings.Repeat("0", 64), "--yes", "--to", two}, 1, "another file than the one that is wanted"},
		{[]string{served.URL + "/mine.gguf", "--sha256", "x"}, 1, "no SHA-256"},
		{[]string{two}, 1, "name one (a.gguf, b.gguf)"},
		{[]string{filepath.Join(two, "none.gguf")}, 1, "no such file"},
		{[]string{filepath.Join(broken, "half.gguf")}, 1, "cannot be used"},
		{[]string{filepath.Join(broken, "listed.gguf")}, 1, "its SHA-256 is"},
		{[]string{broken + "/qwen2.5-coder-0.5b-instruct-q4_k_m.gguf"}, 1, "has to be 491400064"},
		{[]string{"qwen2.5-coder-0.5b", "--from", empty}, 1, "no such file"},
		{[]string{"qwen2.5-coder-0.5b", "--from", served.URL, "--yes"}, 1, "404 Not Found"},
		{[]string{"qwen2.5-coder-0.5b"}, 2, "huggingface.co/Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF"}, // and nobody is contacted
		{[]string{"qwen2.5-coder-0.5b", "--from", "ollama"}, 1, "ollama serve"},
		{[]string{"other", "--from", "web"}, 1, "it knows qwen2.5-coder-0.5b"},
	} {
		code, out, errOut := h.run(append([]string{"models", "pull"}, tt.args...)...)
		if code != tt.code || !strings.Contains(out+errOut, tt.want) {
			t.Errorf("%v: exit %d, want %d and %q\n%s%s", tt.args, code, tt.code, tt.want, out, errOut)
		}
	}
	list, err := store.Open(h.models()).List()
	if err != nil || len(list) != 1 || list[0].Part {
		t.Errorf("%+v, %v", list, err)
	}
}

// TestMirror: models.mirror goes before everything else.
func TestMirror(t *testing.T) {
	h := newHome(t)
	h.write(h.config, []byte("[models]\nmirror = \""+filepath.ToSlash(h.stick)+"\"\n"))
	if code, _, errOut := h.run("models", "pull", "qwen2.5-coder-0.5b"); code != 1 || !strings.Contains(errOut, filepath.Join(h.stick, "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf")) {
		t.Errorf("exit %d, %s", code, errOut)
	}
}

// TestUse: what can answer, and what cannot.
func TestUse(t *testing.T) {
	h := newHome(t)
	mine := filepath.Join(h.stick, "mine.gguf")
	for _, tt := range []struct {
		word string
		code int
		want string
	}{
		{mine, 0, `"builtin.model":"` + mine + `"`},
		{"builtin", 0, `"builtin.model":null`},
		{"auto", 0, `"settings":{"backend":"auto"}`},
		{"none", 1, "is not on this machine; there are"},
		{filepath.Join(h.stick, "none.gguf"), 1, "is not on this machine"},
	} {
		code, out, errOut := h.run("models", "use", "--json", tt.word)
		if code != tt.code || !strings.Contains(out+errOut, tt.want) || code == 0 && !json.Valid([]byte(out)) {
			t.Errorf("%s: exit %d\n%s%s", tt.word, code, out, errOut)
		}
	}
	if text, _ := os.ReadFile(h.config); string(text) != "backend = \"auto\"\n\n[builtin]\n" {
		t.Errorf("%q", text)
	}
	real := filepath.Join(h.dir, "dotfiles", "airside.toml")
	h.write(real, []byte("# shared\n"))
	if err := errors.Join(os.Remove(h.config), os.Symlink(real, h.config)); err != nil {
		t.Skip(err)
	}
	if code, _, errOut := h.run("models", "use", mine); code != 0 {
		t.Fatal(errOut)
	}
	if text, _ := os.ReadFile(real); !strings.HasPrefix(string(text), "# shared\n") || !strings.Contains(string(text), mine) {
		t.Errorf("a link was not followed: %q", text)
	}
	h.write(real, []byte("builtin = { model = 'x' }\n"))
	if code, _, errOut := h.run("models", "use", mine); code != 1 || !strings.Contains(errOut, "write this into it") || !strings.Contains(errOut, "model = ") {
		t.Errorf("exit %d, %s", code, errOut)
	}
}

// TestNameIsNoFile: what lies in the current folder is not taken for a name.
func TestNameIsNoFile(t *testing.T) {
	h := newHome(t)
	t.Chdir(h.stick)
	h.write(filepath.Join(h.stick, "codellama"), tiny.Model())
	for _, tt := range []struct {
		args string
		code int
		want string
	}{
		{"use mine.gguf", 1, "is not on this machine"},
		{"use codellama", 1, "is not on this machine"},
		{"pull mine.gguf", 1, "is written ./mine.gguf"},
		{"pull codellama", 1, "ollama serve"},
		{"use ./mine.gguf", 0, "answers from now on"},
		{"pull ./mine.gguf", 0, "is there, whole"},
		{"pull .", 0, "is there, whole"},
	} {
		code, out, errOut := h.run(append([]string{"models"}, strings.Fields(tt.args)...)...)
		if code != tt.code || !strings.Contains(out+errOut, tt.want) {
			t.Errorf("%s: exit %d\n%s%s", tt.args, code, out, errOut)
		}
	}
}
