//go:build e2e

// Package e2e drives airside as its users do: in the real Neovim, with the
// real llama-server and Ollama. A missing program fails the tests.
package e2e

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// patience bounds every wait; it is reached only when a test fails.
const patience = 60 * time.Second

// tinyModel is the small model that the binary embeds.
const tinyModel = "../../completion/model/builtin/tiny/airside-tiny.gguf"

// program returns the program that .ci/e2e put into the environment.
func program(t testing.TB, env string) string {
	t.Helper()
	path := os.Getenv(env)
	if path == "" {
		t.Fatalf("%s is not set; run: make e2e", env)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("%s: %v", env, err)
	}
	return path
}

// cleanEnv is an environment in which nothing of this machine's user counts.
func cleanEnv(home string) []string {
	return []string{
		"HOME=" + home, "XDG_CONFIG_HOME=" + home + "/config", "XDG_STATE_HOME=" + home + "/state",
		"XDG_DATA_HOME=" + home + "/data", "XDG_CACHE_HOME=" + home + "/cache", "XDG_RUNTIME_DIR=" + home,
		"LANG=C.UTF-8", "TERM=xterm-256color",
		// No server of this machine is found by accident.
		"AIRSIDE_OLLAMA_URL=http://127.0.0.1:1",
	}
}

// eventually polls a condition that no event tells of.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for pause := time.Millisecond; !ok(); pause = min(2*pause, 100*time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited %v for %s", patience, what)
		}
		time.Sleep(pause)
	}
}

// folder is a temporary folder of programs that may still be writing what they
// keep when the one that the test waits for is gone: an editor does not wait for
// its language server.
func folder(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "airside-e2e-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		eventually(t, "the folder to be left alone", func() bool { return os.RemoveAll(dir) == nil })
	})
	return dir
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// server is a real model server.
type server struct {
	t    testing.TB
	URL  string
	cmd  *exec.Cmd
	gone chan struct{}
}

// kill ends the server at once and waits until it is gone.
func (s *server) kill() {
	s.cmd.Process.Kill()
	<-s.gone
}

func startServer(t testing.TB, netns, url string, env []string, args ...string) *server {
	t.Helper()
	if netns != "" {
		args = append([]string{"ip", "netns", "exec", netns}, args...)
	}
	s := &server{t: t, URL: url, cmd: exec.Command(args[0], args[1:]...), gone: make(chan struct{})}
	log, err := os.Create(filepath.Join(t.TempDir(), "server.log"))
	if err != nil {
		t.Fatal(err)
	}
	s.cmd.Stdout, s.cmd.Stderr = log, log
	s.cmd.Env = append(os.Environ(), env...)
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { s.cmd.Wait(); close(s.gone) }()
	t.Cleanup(func() {
		s.cmd.Process.Signal(os.Interrupt)
		select {
		case <-s.gone:
		case <-time.After(5 * time.Second):
			s.kill()
		}
		if t.Failed() {
			text, _ := os.ReadFile(log.Name())
			t.Logf("%s said:\n%s", args[0], tail(string(text), 40))
		}
		log.Close()
	})
	return s
}

// get says whether GET url answers 200, asked from inside netns when given.
func get(netns, url string) bool {
	if netns != "" {
		return exec.Command("ip", "netns", "exec", netns, "curl", "-sf", "-o", "/dev/null", url).Run() == nil
	}
	resp, err := http.Get(url)
	if err != nil {
		return false
	}
	resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

func startLlamaServer(t *testing.T, netns string, args ...string) *server {
	t.Helper()
	model, err := filepath.Abs(tinyModel)
	if err != nil {
		t.Fatal(err)
	}
	return serveLlama(t, netns, model, args...)
}

func serveLlama(t *testing.T, netns, model string, args ...string) *server {
	t.Helper()
	port := freePort(t)
	url := fmt.Sprintf("http://127.0.0.1:%d", port)
	args = append([]string{program(t, "AIRSIDE_LLAMA_SERVER"), "-m", model, "--host", "127.0.0.1",
		"--port", fmt.Sprint(port), "-t", "1", "-np", "1", "--offline"}, args...)
	s := startServer(t, netns, url, nil, args...)
	eventually(t, "llama-server's health", func() bool { return get(netns, url+"/health") })
	return s
}

// startOllama serves the small model under the given name.
func startOllama(t *testing.T, netns, name string) *server {
	t.Helper()
	model, err := filepath.Abs(tinyModel)
	if err != nil {
		t.Fatal(err)
	}
	return serveOllama(t, netns, name, model, "<PRE> {{ .Prompt }} <SUF>{{ .Suffix }} <MID>")
}

// serveOllama serves a model under the given name, with a template for insertions.
func serveOllama(t *testing.T, netns, name, model, insert string) *server {
	t.Helper()
	home := t.TempDir()
	port := freePort(t)
	url := fmt.Sprintf("http://127.0.0.1:%d", port)
	env := []string{"HOME=" + home, "OLLAMA_MODELS=" + home + "/models", "OLLAMA_HOST=" + url, "OLLAMA_NOPRUNE=1"}
	ollama := program(t, "AIRSIDE_OLLAMA")
	s := startServer(t, netns, url, env, ollama, "serve")
	eventually(t, "Ollama", func() bool { return get(netns, url+"/api/version") })

	modelfile := filepath.Join(home, "Modelfile")
	text := "FROM " + model + "\nTEMPLATE \"\"\"{{- if .Suffix }}" + insert + "{{- else }}{{ .Prompt }}{{- end }}\"\"\"\n"
	if err := os.WriteFile(modelfile, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	args := []string{ollama, "create", name, "-f", modelfile}
	if netns != "" {
		args = append([]string{"ip", "netns", "exec", netns}, args...)
	}
	create := exec.CommandContext(ctx, args[0], args[1:]...)
	create.Env = append(os.Environ(), env...)
	if out, err := create.CombinedOutput(); err != nil {
		t.Fatalf("ollama create: %v\n%s", err, strings.TrimSpace(string(out)))
	}
	return s
}
