//go:build e2e

package servers

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/httpapi"
	"github.com/airside-ls/airside/completion/model/modeltest"
)

// goCode is answered greedily with more than 8 tokens, longCode with hundreds.
var (
	goCode   = model.Prompt{model.Text("package main\n\nimport \"fmt\"\n\nfunc main() {\n\tfor i := 0; i <")}
	longCode = model.Prompt{model.Text("package main\n\nvar table = []int{\n\t1, 2, 3, 4, 5, 6, 7, 8, 9, 10,\n\t1, 2, 3, 4, 5, 6, 7, 8, 9, 10,\n\t1, 2, 3,")}
)

// longTokens is how many tokens longCode is asked for.
const longTokens = 700

func realHarness(open func(*testing.T) *LlamaCpp) modeltest.Harness {
	return modeltest.Harness{
		Open:   func(t *testing.T) model.Backend { return open(t) },
		Prompt: goCode, Long: longCode, LongTokens: longTokens,
		Stopped: func(t *testing.T, b model.Backend) { slotsIdle(t, clientOf(t, b.(*LlamaCpp)), longTokens/2) },
	}
}

type slot struct {
	Processing bool `json:"is_processing"`
}

// clientOf is the client that the backend talks to its server by.
func clientOf(t *testing.T, b *LlamaCpp) *httpapi.Client {
	t.Helper()
	client, err := b.place.client(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func TestRealOwnedContract(t *testing.T) {
	server, gguf := program(t, "AIRSIDE_LLAMA_SERVER"), tiny(t)
	modeltest.Run(t, realHarness(func(t *testing.T) *LlamaCpp {
		return openLlama(t, LlamaCppOptions{Server: server, GGUF: gguf, ContextTokens: 1024, Threads: 1})
	}))
}

func TestRealAttachedContract(t *testing.T) {
	address := startLlamaServer(t, "-np", "2", "-c", "2048")
	modeltest.Run(t, realHarness(func(t *testing.T) *LlamaCpp { return openLlama(t, LlamaCppOptions{URL: address}) }))
}

// The prompt, token by token: what encode sends is what /tokenize says of every
// segment by itself, and the control tokens are the vocabulary's.
func TestRealCodeLlamaPrompt(t *testing.T) {
	b := openLlama(t, LlamaCppOptions{URL: startLlamaServer(t)})
	defer b.Close()
	s, err := b.connect(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	tokens := func(text string, special bool) []int {
		ids, _, err := s.ask(t.Context(), text, false, special)
		if err != nil {
			t.Fatal(err)
		}
		return ids
	}
	const bos, pre, suf, mid, eot = 1, 4092, 4093, 4094, 4095 // of airside-tiny
	prefix, suffix := "func add(a, b int) int {\n\treturn </s> ▁<MID> ", " + b\n}\n// <PRE> ☺"
	want := slices.Concat([]int{bos, pre}, tokens(prefix, false), []int{suf}, tokens(suffix, false), []int{mid})
	got, err := s.encode(t.Context(), insertPrompt(prefix, suffix))
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got  %v, %v\nwant %v", got, err, want)
	}
	for _, id := range append(tokens(prefix, false), tokens(suffix, false)...) {
		if id == 2 || id >= pre {
			t.Errorf("the text holds the control token %d", id)
		}
	}
	if s.controls["▁<EOT>"] != eot || s.spaced {
		t.Errorf("controls %v, spaced %v", s.controls, s.spaced)
	}
	// SentencePiece has one token for a blank and for "▁".
	readable := strings.ReplaceAll(prefix, "▁", " ")
	if text, err := s.detokenize(t.Context(), got[2:2+len(tokens(prefix, false))]...); err != nil || text != readable {
		t.Errorf("the prefix reads %q, %v", text, err)
	}
}

// A request that is cancelled while the server reads a long prompt stops it.
func TestRealCancelWhileReadingThePrompt(t *testing.T) {
	b := openLlama(t, LlamaCppOptions{URL: startLlamaServer(t, "-b", "16", "-ub", "16", "-c", "1024")})
	defer b.Close()
	s, err := b.connect(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for i := 0; text.Len() < 2000; i++ {
		fmt.Fprintf(&text, "var v%d = f(%d)\n", i*7919, i*104729)
	}
	ids, err := s.encode(t.Context(), model.Prompt{model.Text(text.String())})
	if err != nil {
		t.Fatal(err)
	}
	ids = ids[:min(len(ids), 1000)]
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	lines, err := s.client.PostStream(ctx, llamaCpp.path, llamaRequest(s, layout{ids: ids}, model.Request{MaxTokens: 10}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lines.Next(); err != nil { // the first batch has been read
		t.Fatal(err)
	}
	lines.Close()
	var slots []struct {
		slot
		Read int `json:"n_prompt_tokens_processed"`
	}
	eventually(t, "the slot is idle", func() bool {
		if err := s.client.Get(t.Context(), "/slots", &slots); err != nil {
			t.Fatal(err)
		}
		return !slots[0].Processing
	})
	if slots[0].Read >= len(ids) {
		t.Errorf("it read all %d tokens of the prompt", slots[0].Read)
	}
}

func TestRealCacheIsUsed(t *testing.T) {
	b := openLlama(t, LlamaCppOptions{URL: startLlamaServer(t)})
	defer b.Close()
	ask := func(text string) model.Usage {
		t.Helper()
		r, err := model.Generate(t.Context(), b, model.Request{Prompt: model.Prompt{model.Text(text)}, MaxTokens: 4})
		if err != nil {
			t.Fatal(err)
		}
		return r.Usage
	}
	text := strings.Repeat("func f(a int) int { return a }\n", 20)
	if u := ask(text); u.CachedTokens != 0 {
		t.Errorf("at first: %+v", u)
	}
	if u := ask(text + "func g"); u.PromptTokens-u.CachedTokens > 8 {
		t.Errorf("after typing two words: %+v", u)
	}
}

func TestRealLlamaCppChat(t *testing.T) {
	b := openLlama(t, LlamaCppOptions{URL: startLlamaServer(t)})
	defer b.Close()
	modeltest.CheckRealChat(t, b, longTokens)
	slotsIdle(t, clientOf(t, b), longTokens)
}

func TestRealOwnedCrash(t *testing.T) {
	b := openLlama(t, LlamaCppOptions{Server: program(t, "AIRSIDE_LLAMA_SERVER"), GGUF: tiny(t), ContextTokens: 1024, Threads: 1})
	defer b.Close()
	ask := func() string {
		t.Helper()
		r, err := model.Generate(t.Context(), b, model.Request{Prompt: goCode, MaxTokens: 8})
		if err != nil {
			t.Fatal(err)
		}
		return r.Text
	}
	before := ask()
	first := b.own.PID()
	process, err := os.FindProcess(first)
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Kill(); err != nil {
		t.Fatal(err)
	}
	// It may take the supervisor a moment to see it; then requests wait.
	eventually(t, "another process is ready", func() bool {
		_, err := b.Probe(t.Context())
		return err == nil && b.own.PID() != 0 && b.own.PID() != first
	})
	if after := ask(); after != before {
		t.Errorf("before %q, after %q", before, after)
	}
}

func TestRealOwnedServerIsPrivate(t *testing.T) {
	b := openLlama(t, LlamaCppOptions{Server: program(t, "AIRSIDE_LLAMA_SERVER"), GGUF: tiny(t), ContextTokens: 1024, Threads: 1})
	defer b.Close()
	response, err := http.Post(clientOf(t, b).URL()+llamaCpp.path, "application/json", strings.NewReader(`{"prompt":"x","n_predict":1}`))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusUnauthorized {
		var body map[string]any
		_ = json.NewDecoder(response.Body).Decode(&body)
		t.Errorf("without the key: status %d, %v", response.StatusCode, body)
	}
	if r, err := model.Generate(t.Context(), b, model.Request{Chat: model.Say("package main"), MaxTokens: 4}); err != nil {
		t.Errorf("chat with the key: %+v, %v", r, err)
	}
}

// However airside ends, its server ends too.
func TestRealOwnedServerEndsWithItsOwner(t *testing.T) {
	owner := exec.Command(testBinary(t), tiny(t), program(t, "AIRSIDE_LLAMA_SERVER"))
	owner.Env = append(os.Environ(), role+"=owner")
	endsWithItsOwner(t, owner)
}

func TestRealLlamaCppSchema(t *testing.T) {
	modeltest.RunSchema(t, openLlama(t, LlamaCppOptions{URL: startLlamaServer(t)}), "chat", "insert")
}

// TestRealLikely: the server tells how likely each token was, of those that it is
// held to too.
func TestRealLikely(t *testing.T) {
	b := openLlama(t, LlamaCppOptions{URL: startLlamaServer(t)})
	defer b.Close()
	for _, demand := range []string{"", " zzqx"} {
		likely := new(model.Likelihood)
		r, err := model.Generate(t.Context(), b, model.Request{
			Prompt: model.Prompt{model.Text("func f(a int) int { return a }\nfunc g(a int) int { return")}, MaxTokens: 12, Demand: demand, Likely: likely,
		})
		modeltest.CheckLikely(t, r, err, likely)
	}
}
