//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/airside-ls/airside/completion/model/realtest"
)

// sourceFile is where the user types, on the line of ¦.
const sourceFile = `package reader

import "os"

// Read returns the contents of the named file.
func Read(name string) ([]byte, error) {
	data, err := os.ReadFile(name)
	¦
}
`

func writeSource(t testing.TB) (file string) {
	t.Helper()
	dir := folder(t)
	file = filepath.Join(dir, "reader.go")
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(sourceFile, "¦", "")), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, ".git"), 0o755); err != nil {
		t.Fatal(err)
	}
	return file
}

// typeAndAccept is a user's whole journey: type, see ghost text, accept it,
// have it in the buffer.
func typeAndAccept(t *testing.T, e *editor) {
	t.Helper()
	e.keys("8GAif err != nil {<CR>")
	ghost := e.waitGhost()
	before := e.buffer()
	e.keys("<Tab>")
	e.waitLua("the ghost text to go", `not vim.lsp.inline_completion.get() and true`)
	after := e.buffer()
	t.Logf("ghost text %q, accepted:\n%s", ghost, after)
	if after == before || !strings.Contains(strings.Join(strings.Fields(after), " "), strings.Join(strings.Fields(ghost), " ")) {
		t.Errorf("the buffer does not hold the accepted text %q:\n%s", ghost, after)
	}
	if strings.Contains(after, "\t\t\t\t") {
		t.Errorf("indented twice:\n%s", after)
	}
}

// The journeys through the three ways to run a model have a real one, of half a
// billion parameters.

func TestE2EOllama(t *testing.T) {
	s := serveOllama(t, "", "qwen2.5-coder:0.5b", realtest.Path(t, realtest.Qwen05, ""),
		"<|fim_prefix|>{{ .Prompt }}<|fim_suffix|>{{ .Suffix }}<|fim_middle|>")
	e := startEditor(t, writeSource(t), []string{"AIRSIDE_OLLAMA_URL=" + s.URL, "AIRSIDE_BUILTIN_USEOLLAMAFILES=false"}, "")
	eventually(t, "Ollama to be chosen", func() bool { return e.logHas("model chosen", "backend=ollama") })
	typeAndAccept(t, e)
	if !e.logHas("msg=asking", "backend=ollama") {
		t.Error("Ollama did not answer")
	}
}

// TestE2ETwoEditorsOneOllama: both type at once, and both get what they asked
// for from the one model.
func TestE2ETwoEditorsOneOllama(t *testing.T) {
	s := startOllama(t, "", "airside-tiny")
	env := []string{"AIRSIDE_OLLAMA_URL=" + s.URL}
	editors := []*editor{startEditor(t, writeSource(t), env, ""), startEditor(t, writeSource(t), env, "")}
	for _, e := range editors {
		eventually(t, "Ollama to be chosen", func() bool { return e.logHas("model chosen", "backend=ollama") })
		e.keys("8GAif err")
	}
	for _, keys := range []string{" != ", "nil ", "{<CR>"} {
		for _, e := range editors {
			e.keys(keys)
		}
	}
	for i, e := range editors {
		if ghost := e.waitGhost(); !strings.Contains(ghost, "err") {
			t.Errorf("editor %d shows %q", i, ghost)
		}
		if !e.logHas("msg=asking", "backend=ollama") || e.logHas("msg=asking", "backend=builtin") {
			t.Errorf("editor %d did not ask Ollama alone", i)
		}
		e.keys("<Tab>")
		e.waitLua("the ghost text to go", `not vim.lsp.inline_completion.get() and true`)
	}
}

func TestE2ELlamaServerAttached(t *testing.T) {
	s := serveLlama(t, "", realtest.Path(t, realtest.Qwen05, ""), "-c", "2048")
	e := startEditor(t, writeSource(t), []string{"AIRSIDE_LLAMACPP_URL=" + s.URL}, "")
	eventually(t, "llama-server to be chosen", func() bool { return e.logHas("model chosen", "backend=llamacpp") })
	typeAndAccept(t, e)
}

func TestE2ELlamaServerOwned(t *testing.T) {
	e := startEditor(t, writeSource(t), []string{
		"AIRSIDE_LLAMACPP_MODEL=" + realtest.Path(t, realtest.Qwen05, ""), "AIRSIDE_LLAMACPP_SERVER=" + program(t, "AIRSIDE_LLAMA_SERVER"),
	}, "")
	eventually(t, "airside's own llama-server", func() bool { return e.logHas("model chosen", "backend=llamacpp") })
	typeAndAccept(t, e)
}

func TestE2EBuiltin(t *testing.T) {
	e := startEditor(t, writeSource(t), []string{"AIRSIDE_BUILTIN_MODEL=" + realtest.Path(t, realtest.Qwen05, "")}, "")
	typeAndAccept(t, e)
	if !e.logHas("model chosen", "backend=builtin") || !e.logHas("model chosen", "qwen2.5-coder") {
		t.Error("the built-in engine did not answer with the model")
	}
}

// TestE2EBackendDies kills the backend while it generates: the next one serves
// what the user goes on to type.
func TestE2EBackendDies(t *testing.T) {
	s := startLlamaServer(t, "")
	e := startEditor(t, writeSource(t), []string{"AIRSIDE_LLAMACPP_URL=" + s.URL}, "")
	eventually(t, "llama-server to be chosen", func() bool { return e.logHas("model chosen", "backend=llamacpp") })

	// A stopped process takes the request and never ends it: mid-generation,
	// for as long as the test needs.
	if err := s.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	e.keys("8GAif err != nil {<CR>")
	eventually(t, "a request in flight", func() bool { return e.logHas("msg=asking", "backend=llamacpp") })
	s.kill()
	e.keys("return ")
	eventually(t, "the built-in model to take over", func() bool { return e.logHas("msg=asking", "backend=builtin") })
	ghost := e.waitGhost()
	t.Logf("ghost text %q", ghost)
	if !strings.Contains(ghost, "nil") {
		t.Errorf("ghost text %q after return", ghost)
	}
}

// TestE2EOffline has everything in a network namespace with only loopback, and
// shows that nothing tried to leave it.
func TestE2EOffline(t *testing.T) {
	const netns = "airside-e2e"
	ip := func(args ...string) string {
		t.Helper()
		out, err := exec.Command("ip", args...).CombinedOutput()
		if err != nil {
			t.Fatalf("ip %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	exec.Command("ip", "netns", "del", netns).Run() // of a run that was killed
	ip("netns", "add", netns)
	t.Cleanup(func() { ip("netns", "del", netns) })
	ip("-n", netns, "link", "set", "lo", "up")
	if links := ip("-n", netns, "-o", "link"); strings.Count(strings.TrimSpace(links), "\n") != 0 {
		t.Fatalf("not only loopback:\n%s", links)
	}

	for _, backend := range []string{"ollama", "llamacpp", "builtin"} {
		t.Run(backend, func(t *testing.T) {
			var env []string
			switch backend {
			case "ollama":
				env = []string{"AIRSIDE_OLLAMA_URL=" + startOllama(t, netns, "airside-tiny").URL}
			case "llamacpp":
				env = []string{"AIRSIDE_LLAMACPP_URL=" + startLlamaServer(t, netns).URL}
			}
			before := counters(t, netns)
			e := startEditor(t, writeSource(t), env, netns)
			eventually(t, backend+" to be chosen", func() bool { return e.logHas("model chosen", "backend="+backend) })
			typeAndAccept(t, e)
			after := counters(t, netns)
			t.Logf("IP packets sent over loopback: %d, with no route (tried to leave): %d",
				after["OutRequests"]-before["OutRequests"], after["OutNoRoutes"]-before["OutNoRoutes"])
			if n := after["OutNoRoutes"] - before["OutNoRoutes"]; n != 0 {
				t.Errorf("%d packets tried to leave the machine", n)
			}
		})
	}
}

// counters reads the namespace's IPv4 and IPv6 counters. A packet for which
// there is no way out is counted in OutNoRoutes by the kernel.
func counters(t *testing.T, netns string) map[string]int {
	t.Helper()
	out, err := exec.Command("ip", "netns", "exec", netns, "cat", "/proc/net/snmp", "/proc/net/snmp6").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	sum := map[string]int{}
	var names []string
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		switch {
		case len(fields) > 1 && fields[0] == "Ip:" && names == nil:
			names = fields
		case len(fields) > 1 && fields[0] == "Ip:":
			for i, name := range names {
				n := 0
				fmt.Sscan(fields[i], &n)
				sum[name] += n
			}
		case len(fields) == 2 && strings.HasPrefix(fields[0], "Ip6"):
			n := 0
			fmt.Sscan(fields[1], &n)
			sum[strings.TrimPrefix(fields[0], "Ip6")] += n
		}
	}
	return sum
}
