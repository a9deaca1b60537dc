//go:build e2e

package e2e

import (
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/airside-ls/airside/cmd/bench/replay"
	"github.com/airside-ls/airside/lsp/lsptest"
)

// stdio is the connection to a process.
type stdio struct {
	io.ReadCloser
	io.WriteCloser
}

func (s stdio) Close() error {
	s.WriteCloser.Close()
	return s.ReadCloser.Close()
}

// CloseWrite ends what the process reads.
func (s stdio) CloseWrite() error { return s.WriteCloser.Close() }

// startClient starts what asks the model and speaks LSP over stdio: airside, or
// the command line in AIRSIDE_REPLAY_CLIENT, which finds the model server's
// address in the environment as MODEL_URL.
func startClient(t *testing.T, url string, env ...string) *lsptest.Editor {
	t.Helper()
	args := []string{program(t, "AIRSIDE_BINARY"), "serve"}
	if other := os.Getenv("AIRSIDE_REPLAY_CLIENT"); other != "" {
		args = strings.Fields(other)
	}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(append(cleanEnv(t.TempDir()), "PATH="+os.Getenv("PATH"), "MODEL_URL="+url), env...)
	var log strings.Builder
	cmd.Stderr = &log
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	editor := lsptest.Start(t, stdio{out, in}, lsptest.Options{Encodings: []string{"utf-16"}})
	t.Cleanup(func() {
		editor.Shutdown()
		editor.Exit()
		editor.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("%s: %v\n%s", args[0], err, log.String())
		}
	})
	editor.Initialize()
	return editor
}

// replaySession types the recording against a model server.
func replaySession(t *testing.T, url string, accept bool, env ...string) replay.Report {
	t.Helper()
	recording, err := replay.Load("../../testdata/replay/parameters.keys")
	if err != nil {
		t.Fatal(err)
	}
	text := goFile(t, recording.File)
	if n := strings.Count(text, "\n"); n < 1_900 {
		t.Fatalf("the file has %d lines", n)
	}
	before, after, err := recording.Open(text)
	if err != nil {
		t.Fatal(err)
	}
	meter, err := replay.NewMeter(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(meter.Close)
	for i, e := range env {
		env[i] = strings.ReplaceAll(e, "{url}", meter.URL)
	}
	editor := startClient(t, meter.URL, env...)
	const uri = "file:///src/nodes.go"
	editor.Open(uri, "go", before+after)
	// The server knows its model by the time that a person begins to type.
	editor.InlineCompletion(uri, 0, true, nil).Wait()
	s := replay.Session{Recording: recording, Editor: editor, URI: uri, At: len(before), Meter: meter, Accept: accept}
	r := s.Run()
	t.Log(r)
	return r
}

// TestE2EReplay types 300 recorded keystrokes into a file of 2,000 lines and
// counts. Names: the prompt form in which the one small model is asked, plain as
// its card says, codellama by another name for it, and what the user does.
func TestE2EReplay(t *testing.T) {
	for _, form := range []string{"plain", "codellama"} {
		t.Run(form, func(t *testing.T) {
			var args []string
			if form == "codellama" {
				args = []string{"-a", "codellama"}
			}
			for _, accept := range []bool{false, true} {
				name := "typing"
				if accept {
					name = "accepting"
				}
				t.Run(name, func(t *testing.T) {
					s := startLlamaServer(t, "", args...)
					r := replaySession(t, s.URL, accept, "AIRSIDE_BACKEND=llamacpp", "AIRSIDE_LLAMACPP_URL={url}")
					if !accept && r.Keystrokes != 300 {
						t.Errorf("%d keystrokes", r.Keystrokes)
					}
					if r.Prompt == 0 || r.EvaluatedShare() > 10 {
						t.Errorf("%.1f%% of the prompt tokens were evaluated again, want 10%% at most", r.EvaluatedShare())
					}
					if !accept && r.WithoutModel() < 60 {
						t.Errorf("%.1f%% of the keystrokes were answered without the model, want 60%% at least", r.WithoutModel())
					}
				})
			}
		})
	}
}

// TestE2EReplayOllama is the same with Ollama, which counts prompts but does not
// tell what its cache had of them.
func TestE2EReplayOllama(t *testing.T) {
	s := startOllama(t, "", "airside-tiny")
	r := replaySession(t, s.URL, false, "AIRSIDE_BACKEND=ollama", "AIRSIDE_OLLAMA_URL={url}")
	if r.Keystrokes != 300 {
		t.Errorf("%d keystrokes", r.Keystrokes)
	}
	if r.WithoutModel() < 60 {
		t.Errorf("%.1f%% of the keystrokes were answered without the model, want 60%% at least", r.WithoutModel())
	}
}
