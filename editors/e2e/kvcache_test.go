//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/servers"
)

// typed is what the session types: 300 keystrokes of ordinary Go.
const typed = `
	if size > limit {
		return fmt.Errorf("the list has %d entries, %d at most", size, limit)
	}
	names := make([]string, 0, size)
	for _, entry := range entries {
		if entry.Name == "" || entry.Hidden {
			continue
		}
		names = append(names, strings.ToLower(entry.Name))
	}
	sort.Strings(names)
	report := strings.Join(names, ", ")
	log.Printf("%d of %d entries: %s", len(names), size, report)
`

// goFile is a file of Go's own source.
func goFile(t *testing.T, name string) string {
	t.Helper()
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(root)), "src", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestE2EPromptCacheStaysWarm types 300 keystrokes into the middle of a file of
// 2,000 lines, asking after each, and counts the prompt tokens that
// llama-server evaluated again, by its own account. The server has the small
// model under CodeLlama's name, so the prompts are CodeLlama's.
func TestE2EPromptCacheStaysWarm(t *testing.T) {
	s := startLlamaServer(t, "", "-a", "codellama")
	backend, err := servers.NewLlamaCpp(servers.LlamaCppOptions{URL: s.URL})
	if err != nil {
		t.Fatal(err)
	}
	engine := completion.New(completion.Options{Backends: []model.Backend{backend}, Wait: time.Second})
	defer engine.Close()

	text := goFile(t, "go/printer/nodes.go")
	if n := strings.Count(text, "\n"); n < 1_900 {
		t.Fatalf("the file has %d lines", n)
	}
	at := len(text)/2 + strings.Index(text[len(text)/2:], "\n}\n\nfunc ")
	doc := completion.Document{Path: "nodes.go", Language: "go", Text: text}
	engine.DidOpen(doc)

	keys := []rune(typed)[:300]
	prompt, evaluated, asked := 0, 0, 0
	var first time.Duration
	for _, key := range keys {
		doc.Version++
		doc.Text = doc.Text[:at] + string(key) + doc.Text[at:]
		engine.DidChange(doc, []completion.Edit{{Start: at, End: at, New: string(key)}})
		at += len(string(key))
		res, err := engine.Complete(t.Context(), completion.Request{Document: doc, Offset: at, Trigger: completion.Invoked})
		if err != nil {
			t.Fatal(err)
		}
		if res.Trace.Form != "codellama" && !res.Trace.Cached {
			t.Fatalf("prompt form %q", res.Trace.Form)
		}
		if res.Trace.Cached {
			continue
		}
		asked++
		first += res.Trace.FirstToken
		if asked > 1 { // the first prompt is new to the server
			prompt += res.Trace.PromptTokens
			evaluated += res.Trace.PromptTokens - res.Trace.CachedPromptTokens
		}
	}
	share := 100 * float64(evaluated) / float64(prompt)
	t.Logf("%d keystrokes, %d requests: %d of %d prompt tokens evaluated again (%.1f%%), first token after %v on average",
		len(keys), asked, evaluated, prompt, share, (first / time.Duration(asked)).Round(10*time.Microsecond))
	if prompt == 0 || share > 3 {
		t.Errorf("%.1f%% of the prompt tokens were evaluated again, want 3%% at most", share)
	}
}
