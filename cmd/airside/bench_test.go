package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/modeltest"
	"github.com/airside-ls/airside/lsp/lsptest"
)

const uri = "file:///src/bench.go"

// sources are Go files of real size and shape, from Go's own source.
var sources = []struct {
	name, file string
}{
	{"lines=10", ""}, // small
	{"lines=1,000", "encoding/json/decode.go"},
	{"lines=10,000", "net/http/h2_bundle.go"}, // 12,226 lines, 397 KB in Go 1.26
}

const small = "package small\n\nimport \"fmt\"\n\nfunc Print(a, b int) (int, error) {\n\tif a > b {\n\t\ta = b\n\t}\n\treturn fmt.Println(a, b)\n}\n"

// goRoot is where the go command has its standard library.
func goRoot(b *testing.B) string {
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		b.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

func goSource(b *testing.B, file string) string {
	if file == "" {
		return small
	}
	text, err := os.ReadFile(filepath.Join(goRoot(b), "src", file))
	if err != nil {
		b.Fatal(err)
	}
	return string(text)
}

// BenchmarkKeystroke is the whole way through the real server and the real
// engine, over real frames, with a model that answers at once: a character is
// typed in the middle of a file and a completion asked for.
//
//	asked: from before the editor writes the change until the request leaves
//	for the model; done: until the editor has the answer, so all of it but the
//	model is airside's.
func BenchmarkKeystroke(b *testing.B) {
	for _, s := range sources {
		b.Run(s.name, func(b *testing.B) { benchmarkKeystroke(b, goSource(b, s.file)) })
	}
}

func benchmarkKeystroke(b *testing.B, source string) {
	parseElsewhere()
	fake := modeltest.NewFake("")
	left := make(chan time.Time, 1)
	fake.Script(func(model.Prompt) modeltest.Reply {
		left <- time.Now()
		return modeltest.Reply{Text: "(a + b)"} // nothing that is typed: every key asks the model
	})
	// A wait of nothing to speak of, or a model that always errs would be waited with.
	engine := completion.New(completion.Options{Backends: []model.Backend{fake}, Debounce: 1})
	defer engine.Close()
	editor, end := startEditor(b, engine, "utf-16")

	// The user writes a statement before a return in the middle of the file.
	at := len(source)/2 + strings.Index(source[len(source)/2:], "\treturn") + 1
	source = source[:at] + "x := \n\t" + source[at:]
	at += len("x := ")
	editor.Open(uri, "go", source)
	editor.InlineCompletion(uri, at, false, nil).Wait() // the tree is parsed
	<-left

	// Frames are made by hand: the test editor keeps a buffer and checks every
	// answer against it, which takes longer than what is measured.
	line, column := strings.Count(source[:at], "\n"), len("\tx := ")
	version := 1
	change := func(text string) []byte {
		version++
		return frame(`{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":%q,"version":%d},"contentChanges":[{"range":{"start":{"line":%d,"character":%d},"end":{"line":%d,"character":%d}},"text":%q}]}}`,
			uri, version, line, column, line, column, text)
	}
	asked, done := make([]time.Duration, 0, b.N), make([]time.Duration, 0, b.N)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		// A name of its own each time, so that no cache answers.
		keystroke := change(string(rune('a' + i%26)))
		column++
		request := frame(`{"jsonrpc":"2.0","id":"k%d","method":"textDocument/inlineCompletion","params":{"textDocument":{"uri":%q},"position":{"line":%d,"character":%d},"context":{"triggerKind":2}}}`,
			i, uri, line, column)
		start := time.Now()
		editor.Raw(keystroke)
		editor.Raw(request)
		asked = append(asked, (<-left).Sub(start))
		if answer := editor.NextUnclaimed(); answer.Error != nil || len(answer.Result) < 10 {
			b.Fatalf("answer %s, %v", answer.Result, answer.Error)
		}
		done = append(done, time.Since(start))
		if i%40 == 39 { // a new line, as people type them
			editor.Raw(change("\n\ty := "))
			line, column = line+1, len("\ty := ")
		}
	}
	b.StopTimer()
	reportPercentiles(b, "asked", asked)
	reportPercentiles(b, "done", done)
	end()
}

func frame(format string, args ...any) []byte {
	return lsptest.Frame(fmt.Appendf(nil, format, args...))
}

func reportPercentiles(b *testing.B, name string, d []time.Duration) {
	slices.Sort(d)
	b.ReportMetric(float64(d[len(d)/2].Nanoseconds()), name+"-p50-ns")
	b.ReportMetric(float64(d[len(d)*95/100].Nanoseconds()), name+"-p95-ns")
}

// TestMain lets this binary be airside: with TEST_SERVE in its environment, and
// as the process that parses. The tests parse in their own: within synctest's
// bubble no other can be waited for.
func TestMain(m *testing.M) {
	if os.Getenv("TEST_SERVE") != "" || len(os.Args) > 1 && os.Args[1] == syntaxWorker {
		main()
	}
	os.Exit(m.Run())
}

// BenchmarkResident is the resident memory of a server process with 50 open Go
// files (of Go's own source, the largest of net/http and its neighbours), a
// completion asked in each, and Ollama answering: the built-in model is not
// loaded.
func BenchmarkResident(b *testing.B) {
	ollama := httptest.NewServer(scriptedOllama())
	defer ollama.Close()
	cmd := exec.Command(os.Args[0], "serve")
	cmd.Env = []string{"TEST_SERVE=1", "AIRSIDE_OLLAMA_URL=" + ollama.URL, "HOME=" + b.TempDir()}
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	defer cmd.Wait()
	editor := lsptest.Start(b, childPipe{stdout, stdin}, lsptest.Options{Encodings: []string{"utf-8"}})
	editor.Initialize()

	total, shown := 0, 0
	for _, file := range largeFiles(b, 50) {
		text, err := os.ReadFile(file)
		if err != nil {
			b.Fatal(err)
		}
		total += len(text)
		fileURI := "file://" + file
		editor.Open(fileURI, "go", string(text))
		at := strings.LastIndex(string(text), "\n}")
		editor.Change(fileURI, at, at, "\n\tx")
		result, callErr := editor.InlineCompletion(fileURI, at+3, true, nil).Wait()
		if callErr != nil {
			b.Fatal(callErr)
		}
		shown += len(lsptest.Items(result))
	}
	if shown < 40 {
		b.Fatalf("only %d of 50 completions", shown)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(total)/(1<<20), "source-MiB")
	b.ReportMetric(resident(b, cmd.Process.Pid), "resident-MiB")
	editor.Shutdown()
	editor.Exit()
}

type childPipe struct {
	io.ReadCloser
	io.WriteCloser
}

func (p childPipe) Close() error {
	p.WriteCloser.Close()
	return p.ReadCloser.Close()
}

// largeFiles are the n largest Go files of a few packages of the standard
// library.
func largeFiles(b *testing.B, n int) []string {
	type sized struct {
		path string
		size int64
	}
	var files []sized
	for _, dir := range []string{"net/http", "go/types", "crypto/tls", "encoding/json", "reflect", "os"} {
		paths, _ := filepath.Glob(filepath.Join(goRoot(b), "src", dir, "*.go"))
		for _, p := range paths {
			if info, err := os.Stat(p); err == nil && !strings.HasSuffix(p, "_bundle.go") {
				files = append(files, sized{p, info.Size()})
			}
		}
	}
	slices.SortFunc(files, func(a, b sized) int { return int(b.size - a.size) })
	if len(files) < n {
		b.Fatalf("only %d Go files in GOROOT", len(files))
	}
	var paths []string
	for _, f := range files[:n] {
		paths = append(paths, f.path)
	}
	return paths
}

// resident is a process's resident memory in MiB (proc(5), statm).
func resident(b *testing.B, pid int) float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		b.Skip("resident memory is read from /proc: ", err)
	}
	var size, pages int
	if _, err := fmt.Sscan(string(text), &size, &pages); err != nil {
		b.Fatal(err)
	}
	return float64(pages*os.Getpagesize()) / (1 << 20)
}

// scriptedOllama has one code model and answers every prompt alike.
func scriptedOllama() http.Handler {
	mux := http.NewServeMux()
	reply := func(w http.ResponseWriter, values ...any) {
		e := json.NewEncoder(w)
		for _, v := range values {
			e.Encode(v)
		}
	}
	type object = map[string]any
	mux.HandleFunc("GET /api/tags", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, object{"models": []any{object{"name": "codellama:7b-code", "model": "codellama:7b-code", "digest": "d", "size": 1 << 30,
			"details": object{"family": "llama", "parameter_size": "7B"}}}})
	})
	mux.HandleFunc("POST /api/show", func(w http.ResponseWriter, _ *http.Request) {
		tokens, scores := make([]string, 32_016), make([]float64, 32_016) // as many as CodeLlama has
		for i := range tokens {
			tokens[i], scores[i] = fmt.Sprintf("▁token%d", i), float64(-i)
		}
		copy(tokens[32_007:], model.InsertControls)
		reply(w, object{"capabilities": []string{"completion", "insert"}, "details": object{"family": "llama"}, "model_info": object{
			"general.architecture": "llama", "llama.context_length": 16_384, "tokenizer.ggml.model": "llama",
			"tokenizer.ggml.tokens": tokens, "tokenizer.ggml.scores": scores,
		}})
	})
	mux.HandleFunc("POST /api/generate", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, object{"response": " := 1", "done": false},
			object{"response": "", "done": true, "done_reason": "stop", "prompt_eval_count": 100, "eval_count": 3})
	})
	return mux
}
