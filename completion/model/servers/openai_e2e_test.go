//go:build e2e

package servers

import (
	"bufio"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/httpapi"
	"github.com/airside-ls/airside/completion/model/modeltest"
)

// ollamaTokens of longCode take this model less than a second: an Ollama's fast
// answer is read to its end rather than cut off (see httpapi's gentle).
const ollamaTokens = 300

func program(t *testing.T, env string) string {
	t.Helper()
	path := os.Getenv(env)
	if path == "" {
		t.Fatalf("%s is not set to a program", env)
	}
	return path
}

func tiny(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs("../builtin/tiny/airside-tiny.gguf")
	if err == nil {
		_, err = os.Stat(path)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// serve starts a server that prints where it listens, and returns its address.
func serve(t *testing.T, cmd *exec.Cmd, listening *regexp.Regexp) string {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = write, write
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	write.Close()
	var rest sync.WaitGroup
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
		rest.Wait()
		read.Close()
	})
	lines := bufio.NewScanner(read)
	var printed []string
	for lines.Scan() {
		if m := listening.FindStringSubmatch(lines.Text()); m != nil {
			rest.Go(func() { _, _ = io.Copy(io.Discard, read) })
			return "http://" + m[1]
		}
		printed = append(printed, lines.Text())
	}
	t.Fatalf("it does not listen: %s", strings.Join(printed, "\n"))
	return ""
}

func startLlamaServer(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command(program(t, "AIRSIDE_LLAMA_SERVER"), append([]string{
		"-m", tiny(t), "--host", "127.0.0.1", "--port", "0", "-t", "1", "--offline", "--cache-ram", "0",
	}, args...)...)
	address := serve(t, cmd, regexp.MustCompile(`listening on http://(127\.0\.0\.1:\d+)`))
	eventually(t, "the server is healthy", func() bool {
		r, err := http.Get(address + "/health")
		if err != nil {
			return false
		}
		r.Body.Close()
		return r.StatusCode == http.StatusOK
	})
	return address
}

func startOllama(t *testing.T) string {
	t.Helper()
	ollama, folder := program(t, "AIRSIDE_OLLAMA"), t.TempDir()
	env := func(host string) []string {
		return append(os.Environ(), "HOME="+folder, "OLLAMA_MODELS="+filepath.Join(folder, "models"),
			"OLLAMA_HOST="+host, "OLLAMA_NO_CLOUD=1", "OLLAMA_NUM_PARALLEL=1", "OLLAMA_MAX_LOADED_MODELS=1")
	}
	cmd := exec.Command(ollama, "serve")
	cmd.Env = env("127.0.0.1:0")
	address := serve(t, cmd, regexp.MustCompile(`Listening on (127\.0\.0\.1:\d+)`))
	file := filepath.Join(folder, "Modelfile")
	text := "FROM " + tiny(t) + "\nTEMPLATE \"\"\"{{- if .Suffix }}<PRE> {{ .Prompt }} <SUF>{{ .Suffix }} <MID>{{- else }}{{ .Prompt }}{{- end }}\"\"\"\nPARAMETER num_thread 1\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	create := exec.Command(ollama, "create", "codellama:7b-code", "-f", file)
	create.Env = env(strings.TrimPrefix(address, "http://"))
	if out, err := create.CombinedOutput(); err != nil {
		t.Fatalf("ollama create: %v: %s", err, out)
	}
	return address
}

func TestRealLlamaServerContract(t *testing.T) {
	address := startLlamaServer(t, "-np", "2", "-c", "2048")
	modeltest.Run(t, modeltest.Harness{
		Open:   func(t *testing.T) model.Backend { return openOpenAI(t, OpenAIOptions{URL: address + "/v1"}) },
		Prompt: goCode, Long: longCode, LongTokens: 700,
		Stopped: func(t *testing.T, _ model.Backend) { slotsIdle(t, plainClient(t, address), 350) },
	})
}

// slotsIdle fails the test unless the server stops soon, having generated fewer
// than limit tokens for the request before.
func slotsIdle(t *testing.T, client *httpapi.Client, limit int) {
	t.Helper()
	var slots []struct {
		slot
		Next []struct {
			Decoded int `json:"n_decoded"`
		} `json:"next_token"`
	}
	eventually(t, "all slots are idle", func() bool {
		if err := client.Get(t.Context(), "/slots", &slots); err != nil {
			t.Fatal(err)
		}
		for _, s := range slots {
			if s.Processing {
				return false
			}
		}
		return true
	})
	for _, s := range slots {
		for _, n := range s.Next {
			if n.Decoded >= limit {
				t.Errorf("it generated %d tokens before it stopped", n.Decoded)
			}
		}
	}
}

// plainClient is a client of a test's own, which leaves no connection open.
func plainClient(t *testing.T, address string) *httpapi.Client {
	t.Helper()
	client, err := dialLlama(address, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

func TestRealOllamaContract(t *testing.T) {
	address := startOllama(t)
	modeltest.Run(t, modeltest.Harness{
		Open:   func(t *testing.T) model.Backend { return openOpenAI(t, OpenAIOptions{URL: address}) },
		Prompt: goCode, Long: longCode, LongTokens: ollamaTokens,
		// It shows nothing of what it does. It has one sequence: the next request is
		// answered only if this one has let go of it.
		Stopped: func(t *testing.T, b model.Backend) {
			if _, err := model.Generate(t.Context(), b, model.Request{Prompt: goCode, MaxTokens: 1}); err != nil {
				t.Fatal(err)
			}
		},
	})
	t.Run("Suffix", func(t *testing.T) {
		b := openOpenAI(t, OpenAIOptions{URL: address})
		defer b.Close()
		info, err := b.Probe(t.Context())
		if err != nil || !slices.Equal(info.Controls, []string{preMark, sufMark, midMark}) || !info.Code || info.ContextTokens > 1024 {
			t.Fatalf("%+v, %v", info, err)
		}
		count := func(p model.Prompt) int {
			r, err := model.Generate(t.Context(), b, model.Request{Prompt: p, MaxTokens: 1})
			if err != nil {
				t.Fatal(err)
			}
			return r.Usage.PromptTokens
		}
		// The server's template puts its marks around both texts.
		if plain, insert := count(model.Prompt{model.Text("x := f(")}), count(insertPrompt("x := f(", ")\n")); insert < plain+3 {
			t.Errorf("%d tokens, with the suffix %d", plain, insert)
		}
	})
}

// The same prompt has the same answer by way of token ids and as a string, and
// what looks like a control token in the text is text.
func TestRealTokenIDs(t *testing.T) {
	address := startLlamaServer(t, "-c", "1024")
	b := openOpenAI(t, OpenAIOptions{URL: address})
	defer b.Close()
	s, err := b.look(t.Context())
	if err != nil || s.dialect.tokenize == nil || s.contextTokens != 1024 || len(s.controls) != 4 {
		t.Fatalf("%+v, %v", s, err)
	}
	const bos, eos, pre, suf, mid = 1, 2, 4092, 4093, 4094 // of airside-tiny
	prefix, suffix := "func add(a, b int) int {\n\treturn </s> ▁<MID> ", " + b\n}\n// <PRE> ☺"
	ids, err := s.encode(t.Context(), insertPrompt(prefix, suffix))
	if err != nil {
		t.Fatal(err)
	}
	var special []int
	for _, id := range ids {
		if id == bos || id == eos || id >= pre {
			special = append(special, id)
		}
	}
	if !slices.Equal(special, []int{bos, pre, suf, mid}) {
		t.Errorf("control tokens %v in %v", special, ids)
	}
	var readable struct{ Content string }
	if err := s.client.Post(t.Context(), "/detokenize", map[string][]int{"tokens": ids[2:slices.Index(ids, suf)]}, &readable); err != nil {
		t.Fatal(err)
	}
	if want := strings.ReplaceAll(prefix, "▁", " "); readable.Content != want {
		t.Errorf("the prefix reads %q, want %q", readable.Content, want)
	}
	generate := func() string {
		r, err := model.Generate(t.Context(), b, model.Request{Prompt: goCode, MaxTokens: 16})
		if err != nil {
			t.Fatal(err)
		}
		return r.Text
	}
	byIDs := generate()
	s.dialect = openAIText
	if asString := generate(); byIDs != asString {
		t.Errorf("by ids %q, as a string %q", byIDs, asString)
	}
}

func TestRealKey(t *testing.T) {
	address := startLlamaServer(t, "-c", "512", "--api-key", secret)
	for key, ok := range map[string]bool{secret: true, "": false, secret + "x": false} {
		b := openOpenAI(t, OpenAIOptions{URL: address, Key: key})
		r, err := model.Generate(t.Context(), b, model.Request{Prompt: goCode, MaxTokens: 4})
		if ok != (err == nil && r.Text != "") || err != nil && (strings.Contains(err.Error(), secret) || !strings.Contains(err.Error(), "AIRSIDE_OPENAI_KEY")) {
			t.Errorf("key %q: %+v, %v", key, r, err)
		}
		b.Close()
	}
}

func TestRealOpenAIChat(t *testing.T) {
	for name, start := range map[string]func(*testing.T) string{
		"llama-server": func(t *testing.T) string { return startLlamaServer(t, "-c", "1024") }, "Ollama": startOllama,
	} {
		t.Run(name, func(t *testing.T) {
			b := openOpenAI(t, OpenAIOptions{URL: start(t)})
			defer b.Close()
			var chunks strings.Builder
			r, err := model.Generate(t.Context(), b, model.Request{
				Chat: model.Say("package main"), MaxTokens: 8, OnText: func(c string) error { chunks.WriteString(c); return nil },
			})
			if err != nil {
				t.Fatal(err)
			}
			if r.Text != chunks.String() || r.Text == "" {
				t.Errorf("%+v, chunks %q", r, chunks.String())
			}
			r, err = b.Generate(t.Context(), model.Request{Chat: model.Say("package main"), MaxTokens: 16, Schema: []byte(`{"type":"object"}`)})
			if err == nil && r.StopReason != "length" {
				t.Errorf("the bound was not kept: %+v", r)
			}
			if err != nil || !strings.HasPrefix(strings.TrimSpace(r.Text), "{") {
				t.Errorf("held to an object: %+v, %v", r, err)
			}
		})
	}
}

func TestRealOpenAISchema(t *testing.T) {
	modeltest.RunSchema(t, openOpenAI(t, OpenAIOptions{URL: startLlamaServer(t, "-c", "1024")}), "chat", "insert")
	modeltest.RunSchema(t, openOpenAI(t, OpenAIOptions{URL: startOllama(t)}), "chat") // its completions take no schema
}
