//go:build e2e

package ollama

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/modeltest"
)

// codeLlamaTemplate is the template of Ollama's own codellama:*-code.
const codeLlamaTemplate = "{{- if .Suffix }}<PRE> {{ .Prompt }} <SUF>{{ .Suffix }} <MID>{{- else }}{{ .Prompt }}{{- end }}"

// realOllama is one server for all tests of a run, with the model "tiny" (a
// code model by its template alone), "codellama:7b-code" (the same, by name) and
// "words", whose vocabulary holds the control tokens as Meta's does.
func realOllama(t *testing.T) string {
	t.Helper()
	running.Do(func() { running.address, running.err = startOllama() })
	if running.err != nil {
		t.Fatal(running.err)
	}
	return running.address
}

var running struct {
	sync.Once
	address string
	err     error
	cmd     *exec.Cmd
	folder  string
}

func TestMain(m *testing.M) {
	code := m.Run()
	if running.cmd != nil && running.cmd.Process != nil {
		_ = running.cmd.Process.Signal(os.Interrupt) // it ends its runners
		_ = running.cmd.Wait()
	}
	_ = os.RemoveAll(running.folder)
	os.Exit(code)
}

func startOllama() (string, error) {
	program := os.Getenv("AIRSIDE_OLLAMA")
	if program == "" {
		return "", fmt.Errorf("AIRSIDE_OLLAMA is not set to an ollama program")
	}
	folder, err := os.MkdirTemp("", "airside-ollama")
	if err != nil {
		return "", err
	}
	running.folder = folder
	env := func(host string) []string {
		return append(os.Environ(), "HOME="+folder, "OLLAMA_MODELS="+filepath.Join(folder, "models"),
			"OLLAMA_HOST="+host, "OLLAMA_NO_CLOUD=1", "OLLAMA_NUM_PARALLEL=1", "OLLAMA_MAX_LOADED_MODELS=1")
	}
	cmd := exec.Command(program, "serve")
	cmd.Env = env("127.0.0.1:0")
	log, err := cmd.StderrPipe()
	if err != nil {
		return "", err
	}
	if err := cmd.Start(); err != nil {
		return "", err
	}
	running.cmd = cmd
	host := ""
	listening := regexp.MustCompile(`Listening on (127\.0\.0\.1:\d+)`)
	lines := bufio.NewScanner(log)
	for host == "" && lines.Scan() {
		if m := listening.FindStringSubmatch(lines.Text()); m != nil {
			host = m[1]
		}
	}
	if host == "" {
		return "", fmt.Errorf("ollama serve does not listen: %v", lines.Err())
	}
	go func() {
		for lines.Scan() {
			continue
		}
	}()
	tiny, err := filepath.Abs("../builtin/tiny/airside-tiny.gguf")
	if err != nil {
		return "", err
	}
	words := filepath.Join(folder, "words.gguf")
	if err := wordsModel(tiny, words); err != nil {
		return "", err
	}
	for name, gguf := range map[string]string{"tiny": tiny, "codellama:7b-code": tiny, "words": words} {
		file := filepath.Join(folder, "Modelfile")
		text := "FROM " + gguf + "\nTEMPLATE \"\"\"" + codeLlamaTemplate + "\"\"\"\n"
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			return "", err
		}
		create := exec.Command(program, "create", name, "-f", file)
		create.Env = env(host)
		if out, err := create.CombinedOutput(); err != nil {
			return "", fmt.Errorf("ollama create %s: %w: %s", name, err, out)
		}
	}
	return "http://" + host, nil
}

// wordsModel changes the vocabulary in a copy of the tiny model into one like
// Meta's: the control tokens are ordinary tokens that are merged from their
// characters, and a blank is put in front of texts.
func wordsModel(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	text := func(s string) []byte {
		return append(binary.LittleEndian.AppendUint64(nil, uint64(len(s))), s...)
	}
	// No key of the file may move, so a token gives way to another of its length.
	// What matters is the four control tokens' way from characters to token.
	taken := map[string]bool{}
	replace := func(token string, victims []string) error {
		if bytes.Contains(data, text(token)) {
			return nil
		}
		for _, victim := range victims {
			if taken[victim] || bytes.Count(data, text(victim)) != 1 {
				continue
			}
			taken[victim] = true
			data = bytes.Replace(data, text(victim), text(token), 1)
			return nil
		}
		return fmt.Errorf("no token of %d bytes can be spared for %q", len(token), token)
	}
	for _, c := range []string{"<PRE>", "<SUF>", "<MID>", "<EOT>"} {
		for n := 1; n < len(c); n++ {
			token := "▁" + c[:n]
			if err := replace(token, victims(data, len(token))); err != nil {
				return err
			}
			taken[token] = true
		}
	}
	// A token that is merged late, and one that is merged early.
	rare := victims(data, 2)
	if err := replace(">)", rare); err != nil {
		return err
	}
	slices.Reverse(rare)
	if err := replace(">;", rare); err != nil {
		return err
	}
	// The token types are the four control tokens' at the end of their array,
	// then comes the next key.
	key := text("tokenizer.ggml.token_type")
	at := bytes.Index(data, key)
	if at < 0 {
		return fmt.Errorf("the model has no token types")
	}
	at += len(key) + 4 + 4 // type of the value: array; of its elements
	n := binary.LittleEndian.Uint64(data[at:])
	types := data[at+8:]
	for id := n - 4; id < n; id++ {
		binary.LittleEndian.PutUint32(types[id*4:], 1) // normal
	}
	// The explicit ids would keep llama.cpp from finding the tokens by name.
	for _, name := range []string{"fim_pre", "fim_suf", "fim_mid", "prefix", "suffix", "middle", "eot"} {
		old := text("tokenizer.ggml." + name + "_token_id")
		hidden := bytes.Replace(old, []byte("tokenizer"), []byte("forgotten"), 1)
		data = bytes.Replace(data, old, hidden, 1)
	}
	space := text("tokenizer.ggml.add_space_prefix")
	at = bytes.Index(data, space)
	if at < 0 {
		return fmt.Errorf("the model does not say whether it puts a blank in front")
	}
	data[at+len(space)+4] = 1
	return os.WriteFile(to, data, 0o600)
}

// victims are tokens of n bytes, from the end of the vocabulary, where the rare
// ones are.
func victims(data []byte, n int) []string {
	key := append(binary.LittleEndian.AppendUint64(nil, uint64(len("tokenizer.ggml.tokens"))), "tokenizer.ggml.tokens"...)
	at := bytes.Index(data, key) + len(key) + 4 + 4
	count := int(binary.LittleEndian.Uint64(data[at:]))
	at += 8
	var found []string
	for id := range count {
		size := int(binary.LittleEndian.Uint64(data[at:]))
		token := string(data[at+8 : at+8+size])
		at += 8 + size
		if size == n && id > 300 && id < count-4 && !strings.Contains(token, "<") && !strings.Contains(token, ">") {
			found = append([]string{token}, found...)
		}
	}
	return found
}

var (
	goCode   = model.Prompt{model.Text("package main\n\nimport \"fmt\"\n\nfunc main() {\n\tfor i := 0; i <")}
	longCode = model.Prompt{model.Text("package main\n\nvar table = []int{\n\t1, 2, 3, 4, 5, 6, 7, 8, 9, 10,\n\t1, 2, 3, 4, 5, 6, 7, 8, 9, 10,\n\t1, 2, 3,")}
)

// longTokens of longCode take this model less than a second: the backend reads
// such a fast answer to its end rather than cut it off (see httpapi's gentle).
const longTokens = 300

func openReal(t *testing.T, o Options) *Backend {
	t.Helper()
	o.URL = realOllama(t)
	if o.ContextTokens == 0 {
		o.ContextTokens = 1024
	}
	o.Threads = 1
	return open(t, o)
}

func TestRealContract(t *testing.T) {
	realOllama(t)
	modeltest.Run(t, modeltest.Harness{
		Open:   func(t *testing.T) model.Backend { return openReal(t, Options{}) },
		Prompt: goCode, Long: longCode, LongTokens: longTokens,
		// Ollama shows nothing of what it does. It has one sequence: the next
		// request is answered soon only if this one has let go of it.
		Stopped: func(t *testing.T, b model.Backend) {
			start := time.Now()
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			if _, err := model.Generate(ctx, b, model.Request{Prompt: goCode, MaxTokens: 1}); err != nil {
				t.Fatal(err)
			}
			t.Logf("the next request took %v", time.Since(start))
		},
	})
}

// The prompt is read as the tokens meant: Ollama tells only how many they are.
func TestRealCodeLlamaPrompt(t *testing.T) {
	for _, name := range []string{"tiny", "words"} {
		t.Run(name, func(t *testing.T) {
			b := openReal(t, Options{Model: name})
			defer b.Close()
			info, err := b.Probe(t.Context())
			if err != nil || len(info.Controls) != 4 {
				t.Fatalf("%+v, %v", info, err)
			}
			count := func(p model.Prompt) int {
				t.Helper()
				r, err := model.Generate(t.Context(), b, model.Request{Prompt: p, MaxTokens: 1})
				if err != nil {
					t.Fatal(err)
				}
				return r.Usage.PromptTokens
			}
			// A single letter is a token, with or without a blank in front.
			for _, tt := range []struct {
				prefix, suffix string
				want           int
			}{
				{"x", "y", 6}, // BOS PRE x SUF y MID
				{"x", "", 5},
				{"", "", 4},
				{"x  ", "y", 0}, {"x", ")y", 0}, {"x", ";y", 0}, {"x\n    ", "\n", 0},
			} {
				got := count(insertPrompt(tt.prefix, tt.suffix))
				want := tt.want
				if want == 0 {
					// What the texts have by themselves (with their own BOS), and
					// with at most one blank more in front of the suffix.
					want = count(model.Prompt{model.Text(tt.prefix)}) + count(model.Prompt{model.Text("x" + tt.suffix)}) - 2 + 4 - 1
				}
				t.Logf("%q %q: %d tokens, %q", tt.prefix, tt.suffix, got, b.current.details.vocabulary.spell(insertPrompt(tt.prefix, tt.suffix)))
				if got < want || got > want+1 || tt.want > 0 && got != want {
					t.Errorf("prefix %q, suffix %q: %d tokens, want %d", tt.prefix, tt.suffix, got, want)
				}
			}
		})
	}
}

func TestRealChoice(t *testing.T) {
	b := openReal(t, Options{})
	defer b.Close()
	info, err := b.Probe(t.Context())
	if err != nil || info.Model != "codellama:7b-code" || !info.Code || info.ContextTokens != 1024 {
		t.Errorf("%+v, %v", info, err)
	}
	missing := openReal(t, Options{Model: "codellama:70b-code"})
	defer missing.Close()
	if _, err := missing.Probe(t.Context()); !model.IsKind(err, model.NoModel) || !strings.Contains(err.Error(), "ollama pull codellama:70b-code") {
		t.Errorf("got %v", err)
	}
}

func TestRealProbeLoadsNothing(t *testing.T) {
	b := openReal(t, Options{Model: "words"})
	defer b.Close()
	// Unload what earlier tests have had loaded.
	unload := map[string]any{"model": "words", "keep_alive": 0}
	if err := b.client.Post(t.Context(), generatePath, unload, &struct{}{}); err != nil && !strings.Contains(err.Error(), "JSON") {
		t.Fatal(err)
	}
	isLoaded := func() bool {
		var loaded struct{ Models []tag }
		if err := b.client.Get(t.Context(), "/api/ps", &loaded); err != nil {
			t.Fatal(err)
		}
		for _, m := range loaded.Models {
			if sameName(m.Name, "words") {
				return true
			}
		}
		return false
	}
	for deadline := time.Now().Add(20 * time.Second); isLoaded() && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond)
	}
	if _, err := b.Probe(t.Context()); err != nil {
		t.Fatal(err)
	}
	if isLoaded() {
		t.Error("Probe loaded the model")
	}
}

func TestRealChat(t *testing.T) {
	b := openReal(t, Options{})
	defer b.Close()
	modeltest.CheckRealChat(t, b, longTokens)
}

func TestRealSchema(t *testing.T) {
	b := openReal(t, Options{})
	defer b.Close()
	modeltest.RunSchema(t, b, "chat", "insert")
}

// TestRealLikely: the server tells how likely each token was.
func TestRealLikely(t *testing.T) {
	b := openReal(t, Options{})
	defer b.Close()
	likely := new(model.Likelihood)
	r, err := model.Generate(t.Context(), b, model.Request{Prompt: goCode, MaxTokens: 12, Likely: likely})
	modeltest.CheckLikely(t, r, err, likely)
}

// TestRealHang: an Ollama that answers no more, because others have closed their
// connections in the wrong moment, does again after a restart.
func TestRealHang(t *testing.T) {
	b := openReal(t, Options{Model: "tiny"})
	defer b.Close()
	ask := model.Request{Prompt: model.Prompt{model.Text("func add(a, b int) int {\n")}, MaxTokens: 8}
	if _, err := model.Generate(t.Context(), b, ask); err != nil {
		t.Fatal(err)
	}
	if !hangs(t, b.client.URL()) {
		t.Log("this Ollama could not be brought to hang")
	}
	if !b.Restart() {
		t.Fatal("not restarted")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if _, err := model.Generate(ctx, b, ask); err != nil {
		t.Error(err)
	}
}

// hangs closes connections as soon as an answer begins, until Ollama answers no more.
func hangs(t *testing.T, url string) bool {
	body := `{"model":"tiny","raw":true,"prompt":"func add","stream":true,"options":{"num_predict":200}}`
	for range 400 {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/api/generate", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(r)
		late := ctx.Err() != nil
		cancel()
		switch {
		case late:
			return true
		case err != nil:
			t.Fatal(err)
		}
		response.Body.Close()
	}
	return false
}
