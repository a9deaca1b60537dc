package llamacpp

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/modeltest"
)

// role says what a process of this test binary is: the tests, or a program that
// they start.
const role = "AIRSIDE_LLAMACPP_TEST_ROLE"

func TestMain(m *testing.M) {
	switch os.Getenv(role) {
	case "server":
		serve()
	case "owner":
		ownAndWait()
	default:
		// Else every process that is built with the race detector takes a second
		// to end.
		_ = os.Setenv("GORACE", "atexit_sleep_ms=0 "+os.Getenv("GORACE"))
		os.Exit(m.Run())
	}
}

const scriptedHelp = `
-m,    --model FNAME       model path to load
--offline                  Offline mode
-cram, --cache-ram N       set the maximum cache size
--ui, --webui, --no-ui, --no-webui
--list-devices             print list of available devices and exit
`

// serve is an owned llama-server. The model file's content says how it behaves.
func serve() {
	flags := flag.NewFlagSet("llama-server", flag.ExitOnError)
	gguf := flags.String("m", "", "")
	host := flags.String("host", "", "")
	port := flags.String("port", "", "")
	for _, name := range []string{"c", "t", "np", "cache-ram", "b", "ub"} {
		flags.String(name, "", "")
	}
	help, devices := flags.Bool("help", false, ""), flags.Bool("list-devices", false, "")
	flags.Bool("offline", false, "")
	flags.Bool("no-ui", false, "")
	_ = flags.Parse(os.Args[1:])
	switch {
	case *help:
		fmt.Print(scriptedHelp)
		return
	case *devices:
		fmt.Println("Available devices:\n  (none)")
		return
	}
	fmt.Println("arguments: " + strings.Join(os.Args[1:], " "))
	behaviour, _ := os.ReadFile(*gguf)
	if strings.Contains(string(behaviour), "broken") {
		fmt.Println("llama_model_load: error loading model: this is no GGUF file")
		fmt.Println("exiting due to model loading error")
		os.Exit(1)
	}
	s := &server{name: *gguf, token: os.Getenv("LLAMA_API_KEY")}
	l, err := net.Listen("tcp", *host+":"+*port)
	if err != nil {
		fmt.Println("couldn't bind HTTP server socket")
		os.Exit(1)
	}
	_ = http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// The model is loading as long as the file says so.
		if now, _ := os.ReadFile(*gguf); strings.Contains(string(now), "loading") {
			w.WriteHeader(http.StatusServiceUnavailable)
			reply(w, map[string]any{"error": map[string]any{"code": 503, "message": "Loading model"}})
			return
		}
		s.ServeHTTP(w, r)
	}))
}

// owner returns a backend that runs this test binary as llama-server.
func owner(t *testing.T, behaviour string) (*Backend, string, *memory) {
	t.Helper()
	t.Setenv(role, "server")
	gguf := filepath.Join(t.TempDir(), "my-code.gguf")
	write(t, gguf, behaviour)
	log := &memory{}
	b := open(t, Options{
		GGUF: gguf, Server: testBinary(t), Threads: 3, ContextTokens: 512,
		Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	t.Cleanup(func() { b.Close() })
	return b, gguf, log
}

func testBinary(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// memory is a log that a test can read.
type memory struct {
	mu   sync.Mutex
	text strings.Builder
}

func (m *memory) Write(p []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.text.Write(p)
}

func (m *memory) String() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.text.String()
}

func TestOwnedContract(t *testing.T) {
	t.Setenv(role, "server")
	gguf := filepath.Join(t.TempDir(), "tiny.gguf")
	write(t, gguf, "")
	modeltest.Run(t, modeltest.Harness{
		Open: func(t *testing.T) model.Backend {
			return open(t, Options{GGUF: gguf, Server: testBinary(t)})
		},
		Prompt: insertPrompt("func f() {\n", "\n}\n"),
		Long:   model.Prompt{model.Text("long")}, LongTokens: 1 << 30,
		Stopped: func(*testing.T, model.Backend) {}, // TestContract sees the connection closed
	})
}

func TestOwnedStartsLazilyAndEndsWithClose(t *testing.T) {
	b, gguf, log := owner(t, "loading")
	o := b.source.(*owned)
	if o.started {
		t.Error("New has started it")
	}
	if _, err := b.Probe(t.Context()); !model.IsKind(err, model.Loading) {
		t.Errorf("first Probe: %v", err)
	}
	eventually(t, "Probe says that the model is loading", func() bool {
		_, err := b.Probe(t.Context())
		return model.IsKind(err, model.Loading) && strings.Contains(err.Error(), "loading the model; my-code.gguf for")
	})
	write(t, gguf, "")
	// A generation waits for it.
	r, err := model.Generate(t.Context(), b.Insert(), model.Request{Prompt: insertPrompt("a", "b"), MaxTokens: 2})
	if err != nil || r.Text != "for i" {
		t.Fatalf("%+v, %v", r, err)
	}
	info, err := b.Probe(t.Context())
	if err != nil || info.Model != "my-code" || !strings.Contains(info.Endpoint, gguf) {
		t.Errorf("%+v, %v", info, err)
	}
	args := "--host 127.0.0.1 -c 1024 -t 3 -np 2 --offline --cache-ram 0 --no-ui -b 32 -ub 32 --port "
	if !strings.Contains(log.String(), args) {
		t.Errorf("the arguments are not %q:\n%s", args, log)
	}
	if strings.Contains(log.String(), o.token) {
		t.Error("the API key is in the arguments or the log")
	}
	address := o.ready.URL()
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if _, err := net.Dial("tcp", strings.TrimPrefix(address, "http://")); err == nil {
		t.Error("it still listens")
	}
	if _, err := b.Probe(t.Context()); !model.IsKind(err, model.Unreachable) {
		t.Errorf("Probe after Close: %v", err)
	}
}

func TestOwnedWaitsNoLongerThanTheContext(t *testing.T) {
	b, _, _ := owner(t, "loading")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := model.Generate(ctx, b.Insert(), model.Request{Prompt: insertPrompt("a", "b"), MaxTokens: 2})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	// Closing does not wait for the model either; the test would time out.
}

func TestOwnedIsStartedAgainAfterACrash(t *testing.T) {
	b, _, _ := owner(t, "")
	b.Start()
	eventually(t, "it is ready", func() bool { _, err := b.Probe(t.Context()); return err == nil })
	o := b.source.(*owned)
	for range 2 {
		o.mu.Lock()
		first := o.running
		o.mu.Unlock()
		if !b.Restart() { // as one that hangs
			t.Fatal("not ended")
		}
		<-first.exited
		eventually(t, "another one is ready", func() bool {
			_, err := b.Probe(t.Context())
			if err != nil && !model.IsKind(err, model.Loading) && !model.IsKind(err, model.Unreachable) {
				t.Errorf("in between: %v", err)
			}
			o.mu.Lock()
			defer o.mu.Unlock()
			return err == nil && o.running != first
		})
	}
	if _, err := model.Generate(t.Context(), b.Insert(), model.Request{Prompt: insertPrompt("a", "b"), MaxTokens: 2}); err != nil {
		t.Error(err)
	}
}

func TestOwnedThatCannotStart(t *testing.T) {
	t.Run("the model is broken", func(t *testing.T) {
		b, gguf, _ := owner(t, "broken")
		_, err := model.Generate(t.Context(), b.Insert(), model.Request{Prompt: insertPrompt("a", "b"), MaxTokens: 2})
		if !model.IsKind(err, model.Broken) || !strings.Contains(err.Error(), "this is no GGUF file") {
			t.Errorf("got %v", err)
		}
		// Repaired, it is tried again when somebody asks.
		write(t, gguf, "")
		eventually(t, "it is ready", func() bool { _, err := b.Probe(t.Context()); return err == nil })
	})
	t.Run("no model file", func(t *testing.T) {
		b := open(t, Options{GGUF: filepath.Join(t.TempDir(), "none.gguf"), Server: testBinary(t)})
		defer b.Close()
		eventually(t, "Probe says so", func() bool { _, err := b.Probe(t.Context()); return model.IsKind(err, model.NoModel) })
	})
	t.Run("no program", func(t *testing.T) {
		b := open(t, Options{GGUF: testBinary(t), Server: filepath.Join(t.TempDir(), "none")})
		defer b.Close()
		_, err := model.Generate(t.Context(), b.Insert(), model.Request{Prompt: insertPrompt("a", "b"), MaxTokens: 2})
		if !model.IsKind(err, model.Unreachable) || !strings.Contains(err.Error(), "llamacpp.server") {
			t.Errorf("got %v", err)
		}
	})
}

func TestBackoff(t *testing.T) {
	for failures, want := range map[int]time.Duration{
		1: 250 * time.Millisecond, 2: 500 * time.Millisecond, 5: 4 * time.Second, 8: 30 * time.Second, 1000: 30 * time.Second,
	} {
		if got := backoff(failures); got != want {
			t.Errorf("after %d failures: %v, want %v", failures, got, want)
		}
	}
}

func TestFlagsAndDevices(t *testing.T) {
	help := "--ui, --webui, --no-ui\n -cram, --cache-ram N  set"
	if !hasFlag(help, "--no-ui") || !hasFlag(help, "--cache-ram") || hasFlag(help, "--cache") || hasFlag(help, "--no-webui") {
		t.Error("flags are misread")
	}
	if hasDevice("Available devices:\n  (none)\n") || hasDevice("") || hasDevice("error: unknown\n  x: y\n") {
		t.Error("a device was seen where none is")
	}
	if !hasDevice("ggml_cuda_init: found 1 CUDA devices:\nAvailable devices:\n  CUDA0: NVIDIA H200 (143167 MiB, 142622 MiB free)\n") {
		t.Error("the device was not seen")
	}
}

func TestOutputIsBounded(t *testing.T) {
	log := &memory{}
	o := newOutput(slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	for range 1000 {
		fmt.Fprintf(o, "%s\nerror: \xff%s\n", strings.Repeat("x", 10_000), "end")
	}
	fmt.Fprint(o, strings.Repeat("y", 1_000_000))
	if len(o.kept) > keptLines || cap(o.line) > 4*maxOutputLine {
		t.Errorf("%d lines, %d bytes are kept", len(o.kept), cap(o.line))
	}
	if got := o.complaint(); got != "error: ?end" {
		t.Errorf("complaint %q", got)
	}
}

// ownAndWait is a process that owns a server, prints its address and waits to
// be killed.
func ownAndWait() {
	if os.Getenv(role+"_CHILD") != "" {
		_ = os.Setenv(role, os.Getenv(role+"_CHILD"))
	} else {
		_ = os.Unsetenv(role)
	}
	b, err := New(Options{GGUF: os.Args[1], Server: os.Args[2]})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	o := b.source.(*owned)
	if _, err := o.client(context.Background(), true); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Printf("%s %d\n", o.ready.URL(), o.running.pid())
	select {}
}

// However airside ends, its server ends too.
func TestOwnedEndsWithItsOwner(t *testing.T) {
	gguf := filepath.Join(t.TempDir(), "tiny.gguf")
	write(t, gguf, "")
	owner := exec.Command(testBinary(t), gguf, testBinary(t))
	owner.Env = append(os.Environ(), role+"=owner", role+"_CHILD=server")
	endsWithItsOwner(t, owner)
}

// endsWithItsOwner starts a process of ownAndWait, kills it, and waits until the
// server is gone too.
func endsWithItsOwner(t *testing.T, owner *exec.Cmd) {
	t.Helper()
	out, err := owner.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := owner.Start(); err != nil {
		t.Fatal(err)
	}
	var address string
	var pid int
	line, err := bufio.NewReader(out).ReadString('\n')
	if _, scanErr := fmt.Sscanf(line, "http://%s %d", &address, &pid); err != nil || scanErr != nil {
		t.Fatalf("the owner printed %q, %v, %v", line, err, scanErr)
	}
	if c, err := net.Dial("tcp", address); err != nil {
		t.Fatal(err)
	} else {
		c.Close()
	}
	if err := owner.Process.Kill(); err != nil { // kill -9
		t.Fatal(err)
	}
	_ = owner.Wait()
	eventually(t, "nobody listens on "+address, func() bool {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
		}
		return err != nil
	})
	if runtime.GOOS == "linux" {
		eventually(t, "the process is gone", func() bool {
			stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
			return err != nil || strings.Contains(string(stat), ") Z ") || strings.Contains(string(stat), ") X ")
		})
	}
}
