package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/completion/model"
)

// airside runs a command line with the built-in model, nothing of this
// machine's user in reach, and returns what it printed.
func airside(t *testing.T, stdin string, environ []string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	var out, errOut bytes.Buffer
	environ = append([]string{"AIRSIDE_OLLAMA_URL=http://127.0.0.1:1", "AIRSIDE_LLAMACPP_URL=http://127.0.0.1:1"}, environ...)
	code = run(context.Background(), args, stdio{in: io.NopCloser(strings.NewReader(stdin)), out: closer{&out}, err: &errOut}, environ)
	return code, out.String(), errOut.String()
}

type closer struct{ io.Writer }

func (closer) Close() error { return nil }

const readFile = `package p

import "os"

func Read(name string) ([]byte, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		
	}
	return data, nil
}
`

func TestCompletePrintsExactly(t *testing.T) {
	file := filepath.Join(t.TempDir(), "p.go")
	if err := os.WriteFile(file, []byte(readFile), 0o644); err != nil {
		t.Fatal(err)
	}
	code, out, errOut := airside(t, "", nil, "complete", file+":8:3")
	if code != 0 || out != "return nil, err" || errOut != "" {
		t.Errorf("code %d, out %q, err %q", code, out, errOut)
	}
}

// TestCompleteJSON holds --json to the contract's names and shapes.
func TestCompleteJSON(t *testing.T) {
	code, out, errOut := airside(t, strings.ReplaceAll(readFile, "\n", "\r\n"), nil, "complete", "--json", "--stdin", "x/p.go:8:3")
	if code != 0 {
		t.Fatalf("code %d, %s", code, errOut)
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("%v in %q", err, out)
	}
	for _, name := range []string{"text", "range", "backend", "model", "cached", "multiline", "timings_ms", "prompt_tokens", "reason"} {
		if _, ok := got[name]; !ok {
			t.Errorf("no %q in %s", name, out)
		}
	}
	if got["text"] != "return nil, err" || got["backend"] != "builtin" || got["reason"] != "" || got["prompt_tokens"].(float64) < 10 {
		t.Errorf("got %s", out)
	}
	for _, name := range []string{"context", "prompt", "first_token", "total"} {
		if _, ok := got["timings_ms"].(map[string]any)[name].(float64); !ok {
			t.Errorf("no timing %q in %s", name, out)
		}
	}
	place := map[string]any{"line": 8.0, "col": 3.0}
	if r := got["range"].(map[string]any); !equal(r["start"], place) || !equal(r["end"], place) {
		t.Errorf("range %v", r)
	}
}

func equal(a, b any) bool {
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	return bytes.Equal(x, y)
}

func TestCompleteWithoutCompletionSaysWhy(t *testing.T) {
	for _, tt := range []struct{ stdin, place, reason string }{
		{"\x00binary", "x:1:1", "binary"},
		{"package p\n\nvar name int\n", "x.go:3:7", ""}, // invoked: also inside a word
	} {
		code, out, errOut := airside(t, tt.stdin, nil, "complete", "--stdin", tt.place)
		if code != 0 || tt.reason != "" && (out != "" || !strings.Contains(errOut, tt.reason)) {
			t.Errorf("%q: code %d, out %q, err %q", tt.stdin, code, out, errOut)
		}
	}
	_, out, _ := airside(t, "x", []string{"AIRSIDE_COMPLETION_ENABLED=false"}, "complete", "--json", "--stdin", "x:1:1")
	if !strings.Contains(out, `"reason":"completions are switched off`) || !strings.Contains(out, `"range":null`) {
		t.Errorf("out %s", out)
	}
}

func TestWrongUsage(t *testing.T) {
	for _, tt := range []struct {
		args []string
		code int
		says string // a part of the one line on stderr
	}{
		{[]string{"--bogus"}, 2, "unknown flag"},
		{[]string{"bogus"}, 2, `unknown command "bogus"`},
		{[]string{"complete"}, 2, "accepts 1 arg"},
		{[]string{"complete", "x"}, 2, "not FILE:LINE:COL"},
		{[]string{"complete", "x:a:b"}, 2, "not FILE:LINE:COL"},
		{[]string{"complete", "--stdin", "x:0:1"}, 2, "count from 1"},
		{[]string{"complete", "--stdin", "x:9:1"}, 2, "past the end"},
		{[]string{"complete", "--stdin", "x:1:99"}, 2, "past the end of line 1"},
		{[]string{"complete", "no/such/file:1:1"}, 1, "no such file"},
		{[]string{"doctor", "--log-level", "loud"}, 2, "--log-level"},
		{[]string{"version", "x"}, 2, "unknown command"},
	} {
		code, out, errOut := airside(t, "abc", nil, tt.args...)
		if code != tt.code || out != "" || !strings.Contains(errOut, tt.says) || strings.Count(errOut, "\n") != 1 {
			t.Errorf("%v: code %d, out %q, err %q", tt.args, code, out, errOut)
		}
	}
}

func TestDoctor(t *testing.T) {
	code, out, _ := airside(t, "", nil, "doctor", "--json")
	var d diagnosis
	if err := json.Unmarshal([]byte(out), &d); err != nil {
		t.Fatalf("%v in %q", err, out)
	}
	if code != 0 || !d.OK || d.Chosen != "builtin" || len(d.Backends) != 3 {
		t.Errorf("code %d, %+v", code, d)
	}
	// Nothing works: not ready, and it says what to do.
	code, out, _ = airside(t, "", []string{"AIRSIDE_BUILTIN_MODEL=/no/such.gguf"}, "doctor")
	if code != 1 || !strings.Contains(out, "No backend works") {
		t.Errorf("code %d, out %s", code, out)
	}
	code, out, _ = airside(t, "", []string{"AIRSIDE_COMPLETION_ENABLED=false", "AIRSIDE_NONSENSE=1"}, "doctor")
	if code != 1 || !strings.Contains(out, "switched off") || !strings.Contains(out, "AIRSIDE_NONSENSE") {
		t.Errorf("code %d, out %s", code, out)
	}
}

// TestDoctorSaysWhoAnswersInTheAir: not the server of the house.
func TestDoctorSaysWhoAnswersInTheAir(t *testing.T) {
	d := diagnosis{Enabled: true}
	d.add(completion.Check{Backend: "openai", Info: model.Info{Endpoint: "https://gpu.lan"}})
	if d.OK || d.Offline != "" {
		t.Errorf("ready with a remote backend alone: %+v", d)
	}
	d.add(completion.Check{Backend: "builtin", Local: true})
	var out strings.Builder
	if err := d.print(&out, false); err != nil {
		t.Fatal(err)
	}
	if !d.OK || d.Chosen != "openai" || !strings.Contains(out.String(), "come from builtin") || !strings.Contains(out.String(), "As long as openai is in reach") {
		t.Errorf("%+v\n%s", d, out.String())
	}
}

func TestVersion(t *testing.T) {
	for _, asked := range []string{"version", "--version"} {
		code, out, _ := airside(t, "", nil, asked)
		if code != 0 || !strings.Contains(out, "airside-tiny (built in)") || strings.Count(out, "\n") != 4 {
			t.Errorf("%s: code %d, out %q", asked, code, out)
		}
	}
}

func TestExitCodes(t *testing.T) {
	err := error(exitError{code: 3})
	var exit exitError
	if !errors.As(err, &exit) || exit.code != 3 || err.Error() != "" {
		t.Errorf("%v", err)
	}
}

// TestServe: a session from initialize to exit ends with 0, one without
// shutdown with 1.
func TestServe(t *testing.T) {
	session := func(messages ...string) string {
		var b strings.Builder
		for _, m := range messages {
			b.Write(frame("%s", m))
		}
		return b.String()
	}
	initialize := `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{},"processId":null,"rootUri":null}}`
	shutdown := `{"jsonrpc":"2.0","id":2,"method":"shutdown"}`
	exit := `{"jsonrpc":"2.0","method":"exit"}`
	code, out, _ := airside(t, session(initialize, shutdown, exit), nil, "serve")
	if code != 0 || !strings.Contains(out, `"completionProvider"`) {
		t.Errorf("code %d, out %s", code, out)
	}
	if code, _, _ := airside(t, session(initialize, exit), nil, "serve"); code != 1 {
		t.Errorf("exit without shutdown: code %d", code)
	}
	log := filepath.Join(t.TempDir(), "log")
	airside(t, session(initialize, shutdown, exit), nil, "--log", log, "--log-level", "debug", "--stdio")
	if text, err := os.ReadFile(log); err != nil || !strings.Contains(string(text), "initialize") {
		t.Errorf("log %q, %v", text, err)
	}
}

// TestCompleteRemembers: the files beside the one at hand are learned on the spot.
func TestCompleteRemembers(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a.py": "def one(host):\n    with connect(host, timeout=30) as session:\n        session.run()\n",
		"b.py": "def two(host):\n    with connect\n        session.run()\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	place := filepath.Join(dir, "b.py") + ":2:17"
	for _, model := range []string{"", "none"} {
		environ := []string{"AIRSIDE_BACKEND=builtin", "AIRSIDE_BUILTIN_MODEL=" + model}
		code, out, errOut := airside(t, "", environ, "complete", "--json", place)
		var got completionJSON
		if err := json.Unmarshal([]byte(out), &got); code != 0 || err != nil {
			t.Fatalf("code %d, %v, %s", code, err, errOut)
		}
		if got.Text != "(host, timeout=30) as session:" || got.Trace.Remembered == 0 || got.Trace.Confidence <= 0 {
			t.Errorf("model %q: %q, %+v", model, got.Text, got.Trace)
		}
	}
	code, out, _ := airside(t, "", []string{"AIRSIDE_BACKEND=builtin", "AIRSIDE_BUILTIN_MEMORY=false"}, "complete", place)
	if code != 0 || strings.Contains(out, "timeout=30") {
		t.Errorf("forgetful, code %d: %q", code, out)
	}
}
