package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/airside-ls/airside/lsp/lsptest"
)

// listener is a server of models that keeps all it is sent.
type listener struct {
	mu   sync.Mutex
	sent strings.Builder
}

func (l *listener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	l.mu.Lock()
	fmt.Fprintln(&l.sent, r.Method, r.URL, r.Header, string(body))
	l.mu.Unlock()
	switch {
	case strings.HasSuffix(r.URL.Path, "/models"):
		io.WriteString(w, `{"object":"list","data":[{"id":"qwen2.5-coder","object":"model"}]}`)
	case strings.HasSuffix(r.URL.Path, "/chat/completions"):
		w.Header().Set("Content-Type", "text/event-stream")
		io.WriteString(w, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"{\\\"findings\\\":[]}\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n")
	case strings.HasSuffix(r.URL.Path, "/completions"):
		w.Header().Set("Content-Type", "text/event-stream")
		io.WriteString(w, "data: {\"choices\":[{\"index\":0,\"text\":\"x\",\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n")
	default:
		http.NotFound(w, r)
	}
}

func (l *listener) heard(text string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Contains(l.sent.String(), text)
}

// anotherMachine starts a listener under an address that is not loopback by its
// looks, and returns the environment that names it.
func anotherMachine(t *testing.T) (*listener, []string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("0.0.0.0 cannot be called there")
	}
	l := &listener{}
	server := httptest.NewServer(l)
	t.Cleanup(server.Close)
	url := strings.Replace(server.URL, "127.0.0.1", "0.0.0.0", 1)
	return l, []string{"AIRSIDE_OPENAI_URL=" + url, "AIRSIDE_BACKEND=openai", "AIRSIDE_PRIVACY_SECRETSONTHISMACHINE=true"}
}

const hidden = "hunter2-of-production"

// TestSecretsDoNotArrive: what is a secret reaches no model on another machine,
// by completions or by reviews.
func TestSecretsDoNotArrive(t *testing.T) {
	dir := t.TempDir()
	newRepository(t, dir, "main.go", "package main\n\nfunc main() {\n\tprintln(1)\n}\n")
	files := map[string]string{
		".env":           "DB_PASSWORD=" + hidden + "\nOTHER=",
		"id_rsa":         "-----BEGIN OPENSSH PRIVATE KEY-----\n" + hidden + "\n",
		"prod.tfvars":    "password = \"" + hidden + "\"\n",
		"ignored.py":     "PASSWORD = \"" + hidden + "\"\n",
		"forbidden.go":   "package main\n\nfunc other() string {\n\treturn \"" + hidden + "\"\n}\n",
		".gitignore":     "ignored.py\n",
		".airsideignore": "forbidden.go\n",
		"main.go":        "package main\n\nfunc main() {\n\tprintln(1, \"open to all\")\n\t\n}\n",
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	l, environ := anotherMachine(t)
	for name, place := range map[string]string{".env": "2:7", "id_rsa": "2:1", "prod.tfvars": "1:1", "ignored.py": "2:1", "forbidden.go": "4:1"} {
		code, out, errOut := airside(t, "", environ, "complete", "--json", filepath.Join(dir, name)+":"+place)
		if code != 0 || !strings.Contains(out, "never sent to another machine") {
			t.Errorf("%s: code %d, %s %s", name, code, out, errOut)
		}
	}
	if code, out, errOut := airside(t, "", environ, "complete", "--json", filepath.Join(dir, "main.go")+":5:2"); code != 0 || !l.heard("open to all") {
		t.Errorf("what is no secret does not arrive: code %d, %s %s", code, out, errOut)
	}
	code, out, errOut := airside(t, "", environ, "review", "-C", dir, "--json")
	if code != 0 && code != exitFindings {
		t.Fatalf("review: code %d, %s %s", code, out, errOut)
	}
	if !l.heard("You review a change") || !strings.Contains(out, "never sent to another machine") {
		t.Errorf("the review asked nobody, or did not say what it left out: %s", out)
	}
	if l.heard("hunter2") {
		t.Errorf("a secret arrived: %s", l.sent.String())
	}
}

// TestNobodyIsCalledBeforeTheSettingsAreKnown: an editor that wants the model in
// the binary has no server probed, although the defaults would.
func TestNobodyIsCalledBeforeTheSettingsAreKnown(t *testing.T) {
	for name, options := range map[string]lsptest.Options{
		"with initialize": {InitOption: map[string]any{"backend": "builtin"}},
		"when asked":      {Settings: map[string]any{"backend": "builtin"}},
	} {
		t.Run(name, func(t *testing.T) {
			l := &listener{}
			server := httptest.NewServer(l)
			defer server.Close()
			t.Setenv("XDG_CONFIG_HOME", t.TempDir())
			t.Setenv("XDG_CACHE_HOME", t.TempDir())
			environ := []string{"AIRSIDE_OLLAMA_URL=" + server.URL, "AIRSIDE_LLAMACPP_URL=" + server.URL}
			client, side := lsptest.Pipe()
			done := make(chan int, 1)
			go func() {
				done <- run(context.Background(), []string{"serve"}, stdio{in: side, out: side, err: io.Discard}, environ)
			}()
			editor := lsptest.Start(t, client, options)
			editor.Initialize()
			editor.Open(uri, "go", sessionDoc)
			at := strings.Index(sessionDoc, "return ") + len("return ")
			if _, err := editor.InlineCompletion(uri, at, true, nil).Wait(); err != nil {
				t.Error(err)
			}
			editor.Shutdown()
			editor.Exit()
			<-done
			if l.sent.Len() > 0 {
				t.Errorf("called: %s", l.sent.String())
			}
		})
	}
}

// TestSecretsDoNotArriveFromAnEditor: neither while one is typed in, nor by a
// review of what has changed; and the editor is told.
func TestSecretsDoNotArriveFromAnEditor(t *testing.T) {
	dir := t.TempDir()
	newRepository(t, dir, "main.go", "package main\n\nfunc main() {\n\tprintln(1)\n}\n")
	for name, text := range map[string]string{
		".env":    "DB_PASSWORD=" + hidden + "\n",
		"main.go": "package main\n\nfunc main() {\n\tprintln(1, \"open to all\")\n\tlogin(\"ghp_a8Kd02jfLs93mXn4bV7cQ1wErT5yU6iO0pZx\")\n}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	l, environ := anotherMachine(t)
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	client, side := lsptest.Pipe()
	done := make(chan int, 1)
	go func() {
		done <- run(context.Background(), []string{"serve"}, stdio{in: side, out: side, err: io.Discard}, environ)
	}()
	editor := lsptest.Start(t, client, lsptest.Options{Folders: []string{dir}, Status: true, InitOption: map[string]any{"trusted": true}})
	editor.Initialize()
	env := "file://" + filepath.ToSlash(filepath.Join(dir, ".env"))
	text := "DB_PASSWORD=" + hidden + "\nOTHER="
	editor.Open(env, "properties", text)
	result, failed := editor.InlineCompletion(env, len(text), true, nil).Wait()
	if failed != nil || len(lsptest.Items(result)) > 0 {
		t.Errorf("%s, %v", result, failed)
	}
	why, failed := editor.Request("workspace/executeCommand", map[string]any{"command": "airside.why"}).Wait()
	if failed != nil || !strings.Contains(string(why), ".env is a secret by its name (.env*): such a file is never sent to another machine") {
		t.Errorf("airside.why: %s, %v", why, failed)
	}
	for status := ""; !strings.Contains(status, "no completions here: .env is a secret"); {
		status = string(editor.Await("airside/status").Params)
	}
	review, failed := editor.Request("workspace/executeCommand", map[string]any{"command": "airside.review", "arguments": []any{map[string]any{"scope": "worktree"}}}).Wait()
	if failed != nil || !strings.Contains(string(review), "never sent to another machine") || !l.heard("open to all") {
		t.Errorf("airside.review: %s, %v", review, failed)
	}
	editor.Shutdown()
	editor.Exit()
	<-done
	if l.heard("hunter2") || l.heard("ghp_a8K") {
		t.Errorf("a secret arrived: %s", l.sent.String())
	}
}
