//go:build e2e

package e2e

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion/model/realtest"
)

// firstPatience is how long somebody waits for a suggestion before it counts as
// none.
const firstPatience = 8 * time.Second

// BenchmarkE2EFirst is what somebody waits for in the real editors, at their
// defaults, with a real model: "first" in a file of about 400 lines that was just
// opened, from the key that opens a line in the middle of a function until there is
// ghost text; "on" from the last key of the half of the next line that is then typed.
//
// AIRSIDE_FIRST_PLACES is at how many places (6), AIRSIDE_FIRST_MODEL the model
// ("1.5B"), AIRSIDE_FIRST_PAUSE how long somebody looks at the place before the key
// (2s: a file is opened, its middle found and looked at), AIRSIDE_FIRST_BESIDE has the
// Go compiler at work beside it.
func BenchmarkE2EFirst(b *testing.B) {
	places, err := strconv.Atoi(cmp.Or(os.Getenv("AIRSIDE_FIRST_PLACES"), "6"))
	must(b, err)
	look, err := time.ParseDuration(cmp.Or(os.Getenv("AIRSIDE_FIRST_PAUSE"), "2s"))
	must(b, err)
	for _, editor := range []string{"neovim", "vscode"} {
		for _, backend := range []string{"builtin", "llamacpp"} {
			b.Run(editor+"/"+backend, func(b *testing.B) {
				waits := writeWaits(b, places, 1)
				if editor == "vscode" {
					waitInVSCode(b, waits, look, realModel(b, backend))
					return
				}
				w := startWaiting(b, waits[0].path, realModel(b, backend))
				if os.Getenv("AIRSIDE_FIRST_BESIDE") != "" {
					compile(b)
				}
				for b.Loop() {
					for _, at := range waits {
						w.wait(at, look)
					}
				}
				report(b, "first", w.first)
				report(b, "on", w.on)
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

// wait is a place where somebody waits: a line is opened behind another, the first
// half of what stands below it is typed.
type wait struct {
	path string
	File string `json:"file"`
	Line int    `json:"line"` // behind which, from 1
	Half string `json:"half"`
}

// waitInVSCode runs vscode/first.ts.
func waitInVSCode(b *testing.B, waits []wait, look time.Duration, env []string) {
	c := startCodeServer(b, untouched, env, allTrusted)
	c.world.Folders["code"] = filepath.Dir(waits[0].path)
	c.world.Waits, c.world.LookMS = waits, look.Milliseconds()
	if os.Getenv("AIRSIDE_FIRST_BESIDE") != "" {
		compile(b)
	}
	for b.Loop() {
		for _, line := range figures.FindAllStringSubmatch(c.journeys("first"), -1) {
			for i, unit := range []string{"p50", "p95"} {
				ms, err := strconv.ParseFloat(line[2+i], 64)
				must(b, err)
				b.ReportMetric(ms, line[1]+"-"+unit+"-ms")
			}
		}
	}
	b.ReportMetric(0, "ns/op")
}

// waiting is somebody at Neovim with a watch.
type waiting struct {
	b         testing.TB
	u         *ui
	rhythm    *time.Ticker
	first, on []time.Duration // firstPatience where nothing came

	seen time.Time // when ghost text was drawn; guarded by u.mu
}

func startWaiting(b testing.TB, file string, env []string) *waiting {
	w := &waiting{b: b, rhythm: time.NewTicker(time.Second / 8)}
	b.Cleanup(w.rhythm.Stop)
	// The server is up, and has not seen a file of the measurement.
	w.u = startReal(b, "AIRSIDE_NVIM", filepath.Join(filepath.Dir(file), "go.mod"), env)
	w.u.waitReady()
	w.u.waitLua("the model itself", "require('airside').status():lower():find('qwen', 1, true)")
	w.u.mu.Lock()
	defer w.u.mu.Unlock()
	w.u.onFlush = func() {
		if w.u.ghostLocked() != "" && w.seen.IsZero() {
			w.seen = time.Now()
			w.u.changed.Broadcast()
		}
	}
	return w
}

func (w *waiting) wait(at wait, look time.Duration) {
	w.u.command("edit! " + at.path)
	w.u.finish(fmt.Sprintf("<Esc>%dG", at.Line))
	time.Sleep(look)
	w.first = append(w.first, w.ghostAfter("o"))
	w.explain("first", at, w.first)
	for _, key := range at.Half[:len(at.Half)-1] {
		<-w.rhythm.C
		w.u.keys(keyName(key))
	}
	<-w.rhythm.C
	w.on = append(w.on, w.ghostAfter(keyName(rune(at.Half[len(at.Half)-1]))))
	w.explain("on", at, w.on)
	w.u.finish("<Esc>")
	w.u.command("bdelete!")
}

// explain tells where the time of the latest wait went.
func (w *waiting) explain(what string, at wait, times []time.Duration) {
	w.b.Logf("%s at %s:%d: %s; %v", what, at.File, at.Line+1, times[len(times)-1].Round(time.Millisecond), w.u.lua(`
		local list = vim.lsp.get_clients({ name = 'airside' })[1]:request_sync(
			'workspace/executeCommand', { command = 'airside.why' }, 5000, 0).result
		local out = {}
		for i = 1, math.min(3, #list) do
			local t, ms = list[i], list[i].timingsMs
			out[i] = ('[%s, %d of %d prompt tokens read, %d written; ms: context %d, prompt %d, first token %d, all %d%s]'):format(
				t.cachedBy or (t.speculative and 'ahead' or 'asked'), t.promptTokens - t.cachedPromptTokens, t.promptTokens, t.generatedTokens,
				ms.context, ms.prompt, ms.firstToken, ms.total, t.reason and ': ' .. t.reason or '')
		end
		return table.concat(out, ' before it ')`))
}

func keyName(r rune) string {
	if r == '<' {
		return "<lt>"
	}
	return string(r)
}

// ghostAfter presses a key and returns how long it took until ghost text was
// there.
func (w *waiting) ghostAfter(key string) time.Duration {
	u := w.u
	u.mu.Lock()
	w.seen = time.Time{}
	u.mu.Unlock()
	began := time.Now()
	u.keys(key)
	late := false
	limit := time.AfterFunc(firstPatience, func() { u.mu.Lock(); late = true; u.changed.Broadcast(); u.mu.Unlock() })
	defer limit.Stop()
	u.mu.Lock()
	defer u.mu.Unlock()
	for w.seen.IsZero() && !late {
		u.changed.Wait()
	}
	if w.seen.IsZero() {
		return firstPatience
	}
	return w.seen.Sub(began)
}

func report(b *testing.B, name string, times []time.Duration) {
	b.Logf("%s: %v", name, times)
	none := 0
	for _, d := range times {
		if d == firstPatience {
			none++
		}
	}
	slices.Sort(times)
	at := func(share float64) float64 {
		return float64(times[int(share*float64(len(times)-1)+0.5)].Milliseconds())
	}
	b.ReportMetric(at(0.5), name+"-p50-ms")
	b.ReportMetric(at(0.95), name+"-p95-ms")
	b.ReportMetric(float64(none), name+"-none")
}

// realModel has airside ask a real model, in its own engine or in a llama-server
// of its own.
func realModel(t testing.TB, backend string) []string {
	t.Helper()
	name := cmp.Or(os.Getenv("AIRSIDE_FIRST_MODEL"), "1.5B")
	i := slices.IndexFunc(realtest.Models, func(m realtest.Model) bool { return m.Short() == name })
	if i < 0 {
		t.Fatalf("no model %s", name)
	}
	path := realtest.Path(t, realtest.Models[i], "")
	if backend == "builtin" {
		return []string{"AIRSIDE_BACKEND=builtin", "AIRSIDE_BUILTIN_MODEL=" + path}
	}
	return []string{"AIRSIDE_BACKEND=llamacpp", "AIRSIDE_LLAMACPP_MODEL=" + path, "AIRSIDE_LLAMACPP_SERVER=" + program(t, "AIRSIDE_LLAMA_SERVER")}
}

// writeWaits makes a repository of n Go files of 350 to 450 lines out of this one, with
// places in each, as far from one another as there is room; one is in the middle.
func writeWaits(t testing.TB, n, each int) (waits []wait) {
	t.Helper()
	list, err := exec.Command("git", "-C", "../..", "ls-files", "*.go").Output()
	must(t, err)
	dir := filepath.Join(folder(t), "work")
	must(t, os.Mkdir(dir, 0o755))
	must(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module example.com/work\n"), 0o644))
	files := 0
	for name := range strings.Lines(string(list)) {
		name = strings.TrimSpace(name)
		text, err := os.ReadFile(filepath.Join("../..", name))
		must(t, err)
		lines := strings.Split(string(text), "\n")
		if len(lines) < 350 || len(lines) > 450 || strings.HasSuffix(name, "_test.go") || files == n {
			continue
		}
		file := strings.ReplaceAll(name, "/", "_")
		path := filepath.Join(dir, file)
		for gone, line := range statements(t, string(text), each) {
			line -= 1 + gone
			next := strings.TrimSpace(lines[line])
			waits = append(waits, wait{path: path, File: file, Line: line, Half: next[:(len(next)+1)/2]})
			// The line itself goes: somebody is about to write it.
			lines = slices.Delete(lines, line, line+1)
		}
		must(t, os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o644))
		files++
	}
	if files < n && each == 1 {
		t.Fatalf("%d files of about 400 lines, want %d", files, n)
	}
	vscodeGit(t, dir, "init", "-q", "-b", "main")
	vscodeGit(t, dir, "add", ".")
	vscodeGit(t, dir, "commit", "-qm", "work")
	return waits
}

// statements are the lines, from 1, of n statements of a Go file, each in the middle of a
// block, spread over the file; of one, that in its middle.
func statements(t testing.TB, text string, n int) []int {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", text, parser.SkipObjectResolution)
	must(t, err)
	var all []int
	ast.Inspect(file, func(n ast.Node) bool {
		if block, ok := n.(*ast.BlockStmt); ok && len(block.List) >= 3 {
			s := block.List[len(block.List)/2]
			if from, to := fset.Position(s.Pos()).Line, fset.Position(s.End()).Line; from == to {
				all = append(all, from)
			}
		}
		return true
	})
	var lines []int
	for i := range n {
		wanted := strings.Count(text, "\n") * (i + 1) / (n + 1)
		if len(all) > 0 {
			lines = append(lines, slices.MinFunc(all, func(a, b int) int { return cmp.Compare(abs(a-wanted), abs(b-wanted)) }))
		}
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}

func abs(n int) int { return max(n, -n) }

// compile has Go's compiler at work until the benchmark ends, on as many cores as
// there are.
func compile(b *testing.B) {
	b.Helper()
	cache := b.TempDir()
	c := exec.Command("sh", "-c", "while :; do go build -a net/http; done")
	c.Env = append(os.Environ(), "GOCACHE="+cache)
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	must(b, c.Start())
	b.Cleanup(func() { syscall.Kill(-c.Process.Pid, syscall.SIGKILL); c.Wait() })
}
