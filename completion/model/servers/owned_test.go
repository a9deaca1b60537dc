package servers

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
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
		modeltest.RunLlamaServer(os.Args[1:])
	case "owner":
		ownAndWait()
	default:
		// Else every process that is built with the race detector takes a second
		// to end.
		_ = os.Setenv("GORACE", "atexit_sleep_ms=0 "+os.Getenv("GORACE"))
		os.Exit(m.Run())
	}
}

// owner returns a backend that runs this test binary as llama-server.
func owner(t *testing.T, behaviour string) (*LlamaCpp, string, *modeltest.Log) {
	t.Helper()
	t.Setenv(role, "server")
	gguf := filepath.Join(t.TempDir(), "my-code.gguf")
	write(t, gguf, behaviour)
	log := &modeltest.Log{}
	b := openLlama(t, LlamaCppOptions{
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

func TestOwnedContract(t *testing.T) {
	t.Setenv(role, "server")
	gguf := filepath.Join(t.TempDir(), "tiny.gguf")
	write(t, gguf, "")
	modeltest.Run(t, modeltest.Harness{
		Open: func(t *testing.T) model.Backend {
			return openLlama(t, LlamaCppOptions{GGUF: gguf, Server: testBinary(t)})
		},
		Prompt: insertPrompt("func f() {\n", "\n}\n"),
		Long:   model.Prompt{model.Text("long")}, LongTokens: 1 << 30,
		Stopped: func(*testing.T, model.Backend) {}, // TestContract sees the connection closed
	})
}

func TestOwnedStartsLazilyAndEndsWithClose(t *testing.T) {
	b, gguf, log := owner(t, "loading")
	if b.own.Started() {
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
	r, err := model.Generate(t.Context(), b, model.Request{Prompt: insertPrompt("a", "b"), MaxTokens: 2})
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
	if strings.Contains(log.String(), b.own.Token()) {
		t.Error("the API key is in the arguments or the log")
	}
	client, err := b.own.Client(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	address := client.URL()
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
	_, err := model.Generate(ctx, b, model.Request{Prompt: insertPrompt("a", "b"), MaxTokens: 2})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	// Closing does not wait for the model either; the test would time out.
}

func TestOwnedIsStartedAgainAfterACrash(t *testing.T) {
	b, _, _ := owner(t, "")
	b.Start()
	eventually(t, "it is ready", func() bool { _, err := b.Probe(t.Context()); return err == nil })
	for range 2 {
		first := b.own.PID()
		if !b.Restart() { // as one that hangs
			t.Fatal("not ended")
		}
		eventually(t, "another one is ready", func() bool {
			_, err := b.Probe(t.Context())
			if err != nil && !model.IsKind(err, model.Loading) && !model.IsKind(err, model.Unreachable) {
				t.Errorf("in between: %v", err)
			}
			return err == nil && b.own.PID() != first
		})
	}
	if _, err := model.Generate(t.Context(), b, model.Request{Prompt: insertPrompt("a", "b"), MaxTokens: 2}); err != nil {
		t.Error(err)
	}
}

func TestOwnedThatCannotStart(t *testing.T) {
	t.Run("the model is broken", func(t *testing.T) {
		b, gguf, _ := owner(t, "broken")
		_, err := model.Generate(t.Context(), b, model.Request{Prompt: insertPrompt("a", "b"), MaxTokens: 2})
		if !model.IsKind(err, model.Broken) || !strings.Contains(err.Error(), "this is no GGUF file") {
			t.Errorf("got %v", err)
		}
		// Repaired, it is tried again when somebody asks.
		write(t, gguf, "")
		eventually(t, "it is ready", func() bool { _, err := b.Probe(t.Context()); return err == nil })
	})
	t.Run("no model file", func(t *testing.T) {
		b := openLlama(t, LlamaCppOptions{GGUF: filepath.Join(t.TempDir(), "none.gguf"), Server: testBinary(t)})
		defer b.Close()
		eventually(t, "Probe says so", func() bool { _, err := b.Probe(t.Context()); return model.IsKind(err, model.NoModel) })
	})
	t.Run("no program", func(t *testing.T) {
		b := openLlama(t, LlamaCppOptions{GGUF: testBinary(t), Server: filepath.Join(t.TempDir(), "none")})
		defer b.Close()
		_, err := model.Generate(t.Context(), b, model.Request{Prompt: insertPrompt("a", "b"), MaxTokens: 2})
		if !model.IsKind(err, model.Unreachable) || !strings.Contains(err.Error(), "llamacpp.server") {
			t.Errorf("got %v", err)
		}
	})
}

// ownAndWait is a process that owns a server, prints its address and waits to
// be killed.
func ownAndWait() {
	if os.Getenv(role+"_CHILD") != "" {
		_ = os.Setenv(role, os.Getenv(role+"_CHILD"))
	} else {
		_ = os.Unsetenv(role)
	}
	b, err := NewLlamaCpp(LlamaCppOptions{GGUF: os.Args[1], Server: os.Args[2]})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	client, err := b.own.Client(context.Background(), true)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Printf("%s %d\n", client.URL(), b.own.PID())
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
