package builtin

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/modeltest"
)

// TestBackend holds the embedded model to the contract of model.Backend.
func TestBackend(t *testing.T) {
	modeltest.Run(t, modeltest.Harness{
		Open:       func(t *testing.T) model.Backend { return NewBackend("", Options{}) },
		Prompt:     model.Prompt{model.Text("package main\n\nimport (\n\t\"fmt\"\n")},
		Long:       model.Prompt{model.Text("package main\n\nimport (\n\t\"fmt\"\n")},
		LongTokens: 100,
		Stopped: func(t *testing.T, b model.Backend) {
			// The engine's turn is free as soon as its loop has ended.
			e := b.(*Backend).engine
			if err := e.take(t.Context()); err != nil {
				t.Fatal(err)
			}
			defer e.release()
			if n := e.session.Len(); n > 60 {
				t.Errorf("the engine went on to token %d", n)
			}
		},
		Faulty: nil, // there is no server that could answer wrongly
	})
}

func TestEmbeddedModelIsNotLoadedByProbe(t *testing.T) {
	b := NewBackend("", Options{})
	defer b.Close()
	info, err := b.Probe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if info.Form != "plain" || info.ContextTokens != 512 || len(info.Controls) != 4 {
		t.Errorf("info %+v", info)
	}
	if b.engine.Loaded() {
		t.Error("probing loaded the weights")
	}
}

func TestUnusableFiles(t *testing.T) {
	dir := t.TempDir()
	corrupt := filepath.Join(dir, "corrupt.gguf")
	if err := os.WriteFile(corrupt, []byte("GGUF\x03\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{corrupt, filepath.Join(dir, "missing.gguf"), dir} {
		b := NewBackend(path, Options{})
		_, err := b.Probe(t.Context())
		if !model.IsKind(err, model.Broken) || !strings.Contains(err.Error(), "builtin.model must name a GGUF") {
			t.Errorf("%s: %v", path, err)
		}
		if _, err := model.Generate(t.Context(), b, model.Request{Prompt: model.Prompt{model.Text("x")}, MaxTokens: 1}); !model.IsKind(err, model.Broken) {
			t.Errorf("%s: generate: %v", path, err)
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}
}
