package main

import (
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/completion/edit/next"
	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/builtin/tiny"
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
	list := slices.Clone(installed)
	list[1].MemoryBytes, list[1].Read, list[1].Write, list[1].Typing, list[1].Review = 5_100_000_000, 31.2, 6.54, "slow, 3.5 s", "yes"
	list[2].Typing, list[2].Review = "not for code", "?"
	list[4].Read, list[4].Write, list[4].Typing, list[4].Review = 4200, 900, "yes", "cannot chat"
	const want = `   backend   model                size  memory  reads  writes  typing        review
✓  ollama    codellama:7b-code  3.8 GB  5.1 GB     31     6.5  slow, 3.5 s   yes
   ollama    llama3:latest      4.7 MB       –      –       –  not for code  ?
   llamacpp  codellama:7b-code       –       –      –       –
   builtin   tiny                    –       –   4200     900  yes           cannot chat
· openai    openai is not reachable

✓ answers now. Reads, writes: tokens a second, as measured here; --measure measures now.
`
	if got := renderModels(false, nil, list); got != want {
		t.Errorf("%s", got)
	}
	colored := renderModels(true, nil, list)
	if !strings.Contains(colored, "\x1b[32m✓\x1b[0m") {
		t.Errorf("%q", colored)
	}
	if plain := regexp.MustCompile("\x1b\\[[0-9]+m").ReplaceAllString(colored, ""); plain != want {
		t.Errorf("colors move columns:\n%s", plain)
	}
}

// TestFit: what a model is fit for, by how fast it is on this machine.
func TestFit(t *testing.T) {
	speed := func(read, write float64) completion.Speed { return completion.Speed{Read: read, Write: write} }
	for _, tt := range []struct {
		code, large    bool
		speed          completion.Speed
		typing, review string
	}{
		{true, false, speed(130, 25), "yes", "yes"},
		{true, false, speed(60, 8), "slow, 2.2 s", "yes"},
		{true, false, speed(15, 3), "no, 7 s", "slow, 117 s"},
		{true, true, speed(130, 25), "too large", "too large"},
		{false, false, speed(130, 25), "not for code", "yes"},
		{true, false, speed(0, 0), "?", "?"},
		{true, false, speed(130, 0), "?", "?"},
	} {
		if typing, review := fitForTyping(tt.code, tt.large, tt.speed, time.Second), fitForReview(true, tt.large, 7e9, tt.speed); typing != tt.typing || review != tt.review {
			t.Errorf("%+v: typing %q, review %q", tt, typing, review)
		}
	}
	if got := fitForReview(false, false, 7e9, speed(130, 25)); got != "cannot chat" {
		t.Errorf("%q", got)
	}
	if got := fitForReview(true, false, 5e8, speed(130, 25)); got != "too small" {
		t.Errorf("%q", got)
	}
}

// TestMeasureModels has a file in airside's folder of models found, measured and
// known from then on.
func TestMeasureModels(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("XDG_DATA_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	t.Setenv("OLLAMA_MODELS", "")
	dir := filepath.Join(os.Getenv("XDG_DATA_HOME"), "airside", "models")
	for file, text := range map[string][]byte{"mine.gguf": tiny.Model(), "broken.gguf": []byte("GGUF"), "notes.txt": nil} {
		if err := errors.Join(os.MkdirAll(dir, 0o755), os.WriteFile(filepath.Join(dir, file), text, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	list := func(args ...string) ext.Model {
		t.Helper()
		code, out, errOut := airside(t, "", []string{"AIRSIDE_BUILTIN_USEOLLAMAFILES=false"}, append([]string{"models", "--json"}, args...)...)
		var rows []ext.Model
		if err := json.Unmarshal([]byte(out), &rows); code != 0 || err != nil || strings.Contains(out, "broken") || strings.Contains(out, "notes") {
			t.Fatalf("exit %d, %v, %s%s", code, err, out, errOut)
		}
		i := slices.IndexFunc(rows, func(m ext.Model) bool { return m.Model == "mine.gguf" })
		if i < 0 || rows[i].File != filepath.Join(dir, "mine.gguf") || rows[i].MemoryBytes < rows[i].Bytes/2 || rows[i].Settings["builtin.model"] != rows[i].File {
			t.Fatalf("%s", out)
		}
		return rows[i]
	}
	if m := list(); m.Read != 0 || m.Typing != "?" {
		t.Errorf("%+v", m)
	}
	measured := list("--measure")
	if measured.Read <= 0 || measured.Write <= 0 || measured.Review != "cannot chat" {
		t.Errorf("%+v", measured)
	}
	if m := list(); m.Read != measured.Read || m.Write != measured.Write {
		t.Errorf("%+v, was %+v", m, measured)
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
	c := &configurator{base: base, editor: base, current: base, log: log, engine: completion.New(engineOptions(base, log)), next: next.New(next.Options{})}
	defer c.engine.Close()
	defer c.next.Close()
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
	if code != 0 || !strings.Contains(out, "✓  builtin") || !strings.Contains(out, "· ollama") {
		t.Errorf("code %d\n%s", code, out)
	}
	if code, _, errOut := airside(t, "", nil, "models", "pull", "x"); code != 1 || !strings.Contains(errOut, "ollama serve") {
		t.Errorf("code %d, %s", code, errOut)
	}
	if code, _, _ := airside(t, "", nil, "models", "pull"); code != 2 {
		t.Errorf("code %d without a name", code)
	}
}
