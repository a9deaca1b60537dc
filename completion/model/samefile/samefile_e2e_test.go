//go:build e2e

package samefile

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/builtin"
	"github.com/airside-ls/airside/completion/model/ollama"
	"github.com/airside-ls/airside/completion/model/realtest"
)

// TestE2EOllamaFile has the real Ollama and the engine measured on the real 0.5B,
// and the engine run the file that Ollama has of it.
func TestE2EOllamaFile(t *testing.T) {
	program := os.Getenv("AIRSIDE_OLLAMA")
	if program == "" {
		t.Fatal("AIRSIDE_OLLAMA is not set to an ollama program")
	}
	folder := t.TempDir()
	models := filepath.Join(folder, "models")
	env := func(host string) []string {
		return append(os.Environ(), "HOME="+folder, "OLLAMA_MODELS="+models, "OLLAMA_HOST="+host, "OLLAMA_NO_CLOUD=1")
	}
	serve := exec.Command(program, "serve")
	serve.Env = env("127.0.0.1:0")
	log, err := serve.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	stop := func() {
		_ = serve.Process.Signal(os.Interrupt) // it ends its runners
		_ = serve.Wait()
	}
	stopped := false
	defer func() {
		if !stopped {
			stop()
		}
	}()
	host, listening := "", regexp.MustCompile(`Listening on (127\.0\.0\.1:\d+)`)
	lines := bufio.NewScanner(log)
	for host == "" && lines.Scan() {
		if m := listening.FindStringSubmatch(lines.Text()); m != nil {
			host = m[1]
		}
	}
	go func() {
		for lines.Scan() {
			continue
		}
	}()
	recipe := filepath.Join(folder, "Modelfile")
	if err := os.WriteFile(recipe, []byte("FROM "+realtest.Path(t, realtest.Qwen05, "")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	create := exec.Command(program, "create", "qwen2.5-coder:0.5b", "-f", recipe)
	create.Env = env(host)
	if out, err := create.CombinedOutput(); err != nil {
		t.Fatalf("ollama create: %v: %s", err, out)
	}

	open := func() *Backend {
		o, err := ollama.New(ollama.Options{URL: "http://" + host})
		if err != nil {
			t.Fatal(err)
		}
		return New(o, Options{
			Folders: []string{models}, StateDir: filepath.Join(folder, "state"),
			Open: func(file string) model.Backend { return builtin.NewBackend(file, builtin.Options{}) },
		})
	}
	b := open()
	defer b.Close()
	ask := func() string {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		resp, err := model.Generate(ctx, b, model.Request{MaxTokens: 12, Prompt: model.Prompt{
			model.Control("<|fim_prefix|>"), model.Text("package p\n\nfunc add(a, b int) int {\n\treturn "), model.Control("<|fim_suffix|>"), model.Text("\n}\n"), model.Control("<|fim_middle|>"),
		}})
		if err != nil {
			t.Fatal(err)
		}
		return resp.Text
	}
	measure := func(ctx context.Context, b model.Backend) (model.Speed, error) {
		s, err := completion.Measure(ctx, b)
		return model.Speed(s), err
	}
	if _, err := b.Compare(t.Context(), measure); err != nil {
		t.Fatal(err)
	}
	if len(b.known) != 0 {
		t.Error("it was measured before Ollama had it in memory")
	}
	info, err := b.Probe(t.Context())
	if err != nil || info.Backend != "ollama" {
		t.Fatalf("%+v, %v", info, err)
	}
	byOllama := ask()
	if _, err := b.Compare(t.Context(), measure); err != nil {
		t.Fatal(err)
	}
	if len(b.known) != 1 || !b.known[0].valid() {
		t.Fatalf("%+v", b.known)
	}
	v := b.known[0]
	t.Logf("Ollama %s, the engine %s", speedText(v.Ollama), speedText(v.Own))

	v.Ollama = model.Speed{Read: v.Own.Read / 2, Write: v.Own.Write / 2} // as on a machine where it is slower
	if err := b.keep(v); err != nil {
		t.Fatal(err)
	}
	info, err = b.Probe(t.Context())
	if err != nil || info.Backend != "builtin" || info.Model != "qwen2.5-coder:0.5b" {
		t.Fatalf("%+v, %v", info, err)
	}
	if byEngine := ask(); byEngine != byOllama {
		t.Errorf("the engine says %q, Ollama %q", byEngine, byOllama)
	}
	if b.Converses() == false {
		t.Error("it does not converse")
	}
	stop()
	stopped = true
	if info, err := b.Probe(t.Context()); err != nil || info.Backend != "builtin" {
		t.Errorf("without Ollama: %+v, %v", info, err)
	}
}
