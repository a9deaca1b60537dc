package main

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/lsp"
	"github.com/airside-ls/airside/lsp/ext"
	"github.com/airside-ls/airside/lsp/settings"
)

var installed = []ext.Model{
	{Backend: "openai", Error: "openai is not reachable"},
	{Backend: "ollama", Model: "codellama:7b-code", Bytes: 3_800_000_000, Code: true, Current: true},
	{Backend: "ollama", Model: "llama3:latest", Bytes: 4_700_000},
	{Backend: "llamacpp", Model: "codellama:7b-code", Code: true},
	{Backend: "builtin", Model: "tiny", Code: true},
}

func TestFoundModel(t *testing.T) {
	tests := []struct {
		asked          ext.ModelArguments
		backend, model string
		err            string
	}{
		{ext.ModelArguments{Backend: "builtin"}, "builtin", "", ""},
		{ext.ModelArguments{Model: "tiny"}, "builtin", "tiny", ""},
		{ext.ModelArguments{Model: "llama3"}, "ollama", "llama3:latest", ""},
		{ext.ModelArguments{Model: "codellama:7b-code"}, "", "", "several backends"},
		{ext.ModelArguments{Backend: "llamacpp", Model: "codellama:7b-code"}, "llamacpp", "codellama:7b-code", ""},
		{ext.ModelArguments{Backend: "openai"}, "", "", "openai is not reachable"},
		{ext.ModelArguments{Backend: "bogus"}, "", "", `no backend "bogus"`},
		{ext.ModelArguments{Model: "bogus"}, "", "", "there are codellama:7b-code, llama3:latest"},
	}
	for _, tt := range tests {
		m, err := found(installed, tt.asked)
		if m.Backend != tt.backend || m.Model != tt.model || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%+v: %+v, %v", tt.asked, m, err)
		}
	}
}

func TestRenderModels(t *testing.T) {
	const want = `· openai    openai is not reachable
✓ ollama    codellama:7b-code    3.8 GB  answers now
  ollama    llama3:latest        4.7 MB  not known to be made for code
  llamacpp  codellama:7b-code
  builtin   tiny
`
	if got := renderModels(false, installed); got != want {
		t.Errorf("%s", got)
	}
}

func TestPullMeter(t *testing.T) {
	start := time.Now()
	var m pullMeter
	for _, step := range []struct {
		t    model.Transfer
		at   time.Duration
		want string
	}{
		{model.Transfer{What: "pulling manifest"}, 0, "pulling manifest"},
		{model.Transfer{What: "pulling 3a", Done: 1e9, Total: 4e9}, time.Second, "██████░░░░░░░░░░░░░░░░░░  25%  1.0 GB of 4.0 GB"},
		{model.Transfer{What: "pulling 3a", Done: 2e9, Total: 4e9}, 11 * time.Second, "████████████░░░░░░░░░░░░  50%  2.0 GB of 4.0 GB  100.0 MB/s  20s left"},
		{model.Transfer{What: "pulling 3a", Done: 9e9, Total: 4e9}, 11 * time.Second, "████████████████████████ 100%  4.0 GB of 4.0 GB  300.0 MB/s  0s left"},
		{model.Transfer{What: "verifying", Done: 5}, 12 * time.Second, "verifying"},
	} {
		if got := m.line(step.t, start.Add(step.at)); got != step.want {
			t.Errorf("%+v: %q, want %q", step.t, got, step.want)
		}
		if len([]rune(step.want)) > maxProgress {
			t.Errorf("%q is wrapped", step.want)
		}
	}
}

// TestSelectModel has a running server take another model and go back.
func TestSelectModel(t *testing.T) {
	base := settings.Default()
	base.OllamaURL, base.LlamaCppURL = "http://127.0.0.1:1", "http://127.0.0.1:1"
	log := slog.New(slog.DiscardHandler)
	c := &configurator{base: base, editor: base, current: base, log: log, engine: completion.New(engineOptions(base, log))}
	defer c.engine.Close()
	c.server = lsp.New(lsp.Options{Engine: c.engine})
	list, err := c.selectModel(t.Context(), ext.ModelArguments{})
	if err != nil || len(list) != 3 || !list[2].Current || list[2].Backend != "builtin" || list[0].Error == "" {
		t.Fatalf("%+v, %v", list, err)
	}
	if list, err = c.selectModel(t.Context(), ext.ModelArguments{Backend: "builtin"}); err != nil || list[0].Backend != "builtin" || c.current.Backend != "builtin" {
		t.Errorf("%+v, %v", list, err)
	}
	c.apply(map[string]any{"completion": map[string]any{"maxTokens": 7.0}})
	if c.current.Backend != "builtin" || c.current.MaxTokens != 7 {
		t.Errorf("after the editor's settings came again: %+v", c.current)
	}
	if _, err = c.selectModel(t.Context(), ext.ModelArguments{Backend: "ollama"}); err == nil || c.current.Backend != "builtin" {
		t.Errorf("of no server: %v, %+v", err, c.current)
	}
	if _, err = c.selectModel(t.Context(), ext.ModelArguments{Backend: "auto"}); err != nil || c.current.Backend != "auto" {
		t.Errorf("%v, %+v", err, c.current)
	}
}

func TestModelsCommand(t *testing.T) {
	code, out, _ := airside(t, "", nil, "models")
	if code != 0 || !strings.Contains(out, "✓ builtin") || !strings.Contains(out, "· ollama") {
		t.Errorf("code %d\n%s", code, out)
	}
	if code, _, errOut := airside(t, "", nil, "models", "pull", "x"); code != 1 || !strings.Contains(errOut, "ollama serve") {
		t.Errorf("code %d, %s", code, errOut)
	}
	if code, _, _ := airside(t, "", nil, "models", "pull"); code != 2 {
		t.Errorf("code %d without a name", code)
	}
}
