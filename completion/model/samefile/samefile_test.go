package samefile

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/modeltest"
	"github.com/airside-ls/airside/completion/model/ollama"
)

const name = "qwen2.5-coder:0.5b-base"

// world is an Ollama with one model, whose file is there, and an engine for it.
type world struct {
	t       *testing.T
	folder  string // Ollama's
	state   string
	digest  string // of the manifest
	vram    int64
	loaded  bool
	fits    error
	engine  *modeltest.Fake
	opened  []string
	backend *Backend
	server  *httptest.Server
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, folder: t.TempDir(), state: t.TempDir(), loaded: true}
	weights := "weights"
	blob := fmt.Sprintf("sha256-%x", sha256.Sum256([]byte(weights)))
	manifest := fmt.Sprintf(`{"layers":[{"mediaType":"application/vnd.ollama.image.model","digest":%q,"size":%d}]}`,
		strings.Replace(blob, "-", ":", 1), len(weights))
	w.digest = fmt.Sprintf("%x", sha256.Sum256([]byte(manifest)))
	for file, text := range map[string]string{"manifests/registry.ollama.ai/library/qwen2.5-coder/0.5b-base": manifest, "blobs/" + blob: weights} {
		file = filepath.Join(w.folder, filepath.FromSlash(file))
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	w.engine = modeltest.NewFake("by the engine")
	w.server = httptest.NewServer(http.HandlerFunc(w.serve))
	t.Cleanup(w.server.Close)
	w.backend = w.open()
	return w
}

// open is a backend as a new process has it.
func (w *world) open() *Backend {
	o, err := ollama.New(ollama.Options{URL: w.server.URL})
	if err != nil {
		w.t.Fatal(err)
	}
	b := New(o, Options{
		Folders: []string{w.folder}, StateDir: w.state, Machine: "this one",
		Open: func(file string) model.Backend { w.opened = append(w.opened, file); return w.engine },
		Fits: func(string) error { return w.fits },
	})
	w.t.Cleanup(func() { b.Close() })
	return b
}

func (w *world) serve(rw http.ResponseWriter, r *http.Request) {
	var answer any
	switch r.URL.Path {
	case "/api/tags":
		answer = map[string]any{"models": []any{map[string]any{"name": name, "digest": w.digest, "size": 7}}}
	case "/api/show":
		answer = map[string]any{"model_info": map[string]any{"general.architecture": "qwen2", "qwen2.context_length": 100, "tokenizer.ggml.tokens": []string{"a"}}}
	case "/api/ps":
		models := []any{}
		if w.loaded {
			models = append(models, map[string]any{"name": name, "digest": w.digest, "size_vram": w.vram})
		}
		answer = map[string]any{"models": models}
	case "/api/generate":
		answer = map[string]any{"response": "by Ollama", "done": true, "done_reason": "stop"}
	default:
		http.NotFound(rw, r)
		return
	}
	_ = json.NewEncoder(rw).Encode(answer)
}

// compare has both measured, with these times for a usual completion.
func (w *world) compare(own, ollama float64) bool {
	w.t.Helper()
	changed, err := w.backend.Compare(w.t.Context(), func(_ context.Context, b model.Backend) (model.Speed, error) {
		if b == model.Backend(w.engine) {
			return model.Speed{Read: own, Write: own}, nil
		}
		return model.Speed{Read: ollama, Write: ollama}, nil
	})
	if err != nil {
		w.t.Error(err)
	}
	return changed
}

// says is who answers.
func (w *world) says(want string) {
	w.t.Helper()
	info, err := w.backend.Probe(w.t.Context())
	if err != nil {
		w.t.Errorf("probe: %v", err)
		return
	}
	resp, err := model.Generate(w.t.Context(), w.backend, model.Request{Prompt: model.Prompt{model.Text("x")}, MaxTokens: 5})
	if err != nil || resp.Text != want {
		w.t.Errorf("%q, %v, want %q", resp.Text, err, want)
	}
	if info.Model != name {
		w.t.Errorf("%+v", info)
	}
}

func TestFasterEngineAnswers(t *testing.T) {
	w := newWorld(t)
	w.says("by Ollama")
	if !w.compare(200, 100) {
		t.Error("nothing changed")
	}
	w.says("by the engine")
	info, _ := w.backend.Probe(t.Context())
	if !strings.Contains(info.Why, "reads 200 and writes 200 tokens a second, Ollama reads 100") || !strings.Contains(info.Why, "builtin.useOllamaFiles") {
		t.Errorf("why: %s", info.Why)
	}
	if w.compare(1, 100) {
		t.Error("measured again")
	}
	w.says("by the engine")
	w.backend = w.open()
	w.says("by the engine") // known by the next process
	w.server.Close()        // and without Ollama
	w.says("by the engine")
}

func TestOllamaStays(t *testing.T) {
	broken := &model.Error{Kind: model.Broken, Backend: "builtin", Err: errors.New("no such architecture")}
	tests := []struct {
		name   string
		before func(*world)
		own    float64
	}{
		{"it is faster", func(*world) {}, 90},
		{"it is as fast", func(*world) {}, 105},
		{"it uses a GPU", func(w *world) { w.vram = 1 }, 200},
		{"the model is in no memory", func(w *world) { w.loaded = false }, 200},
		{"the engine cannot run the file", func(w *world) { w.engine.FailProbe(broken) }, 200},
		{"there is no room", func(w *world) { w.fits = errors.New("needs more") }, 200},
		{"the file is elsewhere", func(w *world) { _ = os.RemoveAll(filepath.Join(w.folder, "blobs")) }, 200},
		{"the digest is another", func(w *world) { w.digest = strings.Repeat("0", 64) }, 200},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			tt.before(w)
			if w.compare(tt.own, 100) {
				t.Error("it is said to have changed")
			}
			w.says("by Ollama")
		})
	}
}

// TestEngineFails: what goes wrong with the engine is no trouble of who types.
func TestEngineFails(t *testing.T) {
	w := newWorld(t)
	w.compare(200, 100)
	w.says("by the engine")
	w.engine.Script(func(model.Prompt) modeltest.Reply {
		return modeltest.Reply{Err: &model.Error{Kind: model.Broken, Backend: "builtin", Err: errors.New("the file was cut off")}}
	})
	w.says("by Ollama")
	w.says("by Ollama")
}

// TestAnotherMachine: what was measured elsewhere says nothing here.
func TestAnotherMachine(t *testing.T) {
	w := newWorld(t)
	w.compare(200, 100)
	w.backend = w.open()
	w.backend.options.Machine = "another one"
	w.says("by Ollama")
	if err := os.WriteFile(filepath.Join(w.state, verdictsFile), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.backend = w.open()
	w.says("by Ollama")
}

func TestReadsAheadByEngineOnly(t *testing.T) {
	w := newWorld(t)
	if err := w.backend.Prepare(t.Context(), nil, nil); !errors.Is(err, model.ErrNotPrepared) {
		t.Errorf("%v", err)
	}
	if !w.backend.Converses() {
		t.Error("Ollama converses")
	}
}
