//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// codeServer is VS Code with the extension installed, for browsers on this
// machine.
type codeServer struct {
	t     testing.TB
	world vscodeWorld
	wrong []string // what journeys failed with
}

// vscodeWorld is what vscode/workbench.ts calls World.
type vscodeWorld struct {
	URL       string            `json:"url"`
	Control   string            `json:"control"`
	Chromium  string            `json:"chromium"`
	Extension string            `json:"extension"`
	Pictures  string            `json:"pictures"`
	Folders   map[string]string `json:"folders"`
	Cache     string            `json:"cache"`
	Settings  string            `json:"settings"`
	Places    int               `json:"places"`
	Attempts  []attempt         `json:"attempts"`
	Waits     []wait            `json:"waits"`
	LookMS    int64             `json:"lookMs"`
}

// vscodeSettings are a new user's, without what VS Code shows to new users,
// without threads that fold up while they are being read, and without popups of
// words: with one of them chosen a suggestion goes on from that word, on its
// line alone.
const vscodeSettings = `{
	"workbench.startupEditor": "none",
	"telemetry.telemetryLevel": "off",
	"chat.disableAIFeatures": true,
	"workbench.secondarySideBar.defaultVisibility": "hidden",
	"git.autofetch": false,
	"comments.collapseOnResolve": false,
	"editor.wordBasedSuggestions": "off",
	"terminal.integrated.gpuAcceleration": "off",
	"security.workspace.trust.startupPrompt": "never"
}`

// allTrusted has every folder trusted. The setting for it is no substitute: a
// window that asks before it has read the settings takes the folder for one that
// is not trusted, and never asks again.
const allTrusted = "--disable-workspace-trust"

// untouched are the settings of somebody who has set none.
const untouched = "{}"

func startCodeServer(t testing.TB, settings string, env []string, flags ...string) *codeServer {
	t.Helper()
	c := &codeServer{t: t}
	t.Cleanup(func() { // after what code-server has said
		for _, why := range c.wrong {
			t.Log(why)
		}
	})
	dir := folder(t)
	data, extensions := filepath.Join(dir, "data"), filepath.Join(dir, "extensions")
	for folder, text := range map[string]string{"User": settings, "Machine": "{}"} {
		if err := os.MkdirAll(filepath.Join(data, folder), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(data, folder, "settings.json"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	node, entry := program(t, "AIRSIDE_NODE"), program(t, "AIRSIDE_CODE_SERVER")
	env = append(append(cleanEnv(dir), "PATH="+filepath.Dir(node)+":"+os.Getenv("PATH")), env...)
	env = append(env, `EXTENSIONS_GALLERY={"serviceUrl":"http://127.0.0.1:1"}`) // nothing is asked of a marketplace
	flags = append(flags, "--auth", "none", "--disable-telemetry", "--disable-update-check")
	common := []string{entry, "--user-data-dir", data, "--extensions-dir", extensions}

	install := exec.Command(node, append(common, "--install-extension", program(t, "AIRSIDE_VSIX"))...)
	install.Env = env
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("installing the VSIX: %v\n%s", err, out)
	}
	port := freePort(t)
	url := fmt.Sprintf("http://127.0.0.1:%d", port)
	// Nothing of what .ci/e2e has in the environment: airside would wonder at it.
	startServer(t, "", url, nil, slices.Concat([]string{"env", "-i"}, env, []string{node}, common, flags, []string{"--bind-addr", fmt.Sprintf("127.0.0.1:%d", port)})...)
	eventually(t, "code-server", func() bool { return get("", url+"/healthz") })

	abs := func(path string) string {
		path, err := filepath.Abs(path)
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	c.world = vscodeWorld{
		URL: url, Chromium: program(t, "AIRSIDE_CHROMIUM"), Extension: abs("../../editors/vscode"),
		Pictures: abs("../../build/vscode"), Folders: map[string]string{}, Cache: filepath.Join(dir, "cache"),
		Settings: filepath.Join(data, "Machine", "settings.json"),
	}
	return c
}

// control has journeys break and mend the model.
func (c *codeServer) control(model *scriptedModel) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.Contains(r.URL.Path, ".git/"): // a remote that wants a login
			w.Header().Set("WWW-Authenticate", `Basic realm="store"`)
			w.WriteHeader(http.StatusUnauthorized)
		default:
			model.breakDown(r.URL.Path == "/break")
		}
	}))
	c.t.Cleanup(s.Close)
	c.world.Control = s.URL
}

// journeys runs some of vscode/main.ts, in one browser.
func (c *codeServer) journeys(names ...string) (said string) {
	t := c.t
	t.Helper()
	world, err := json.Marshal(c.world)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Duration(10+3*len(names))*patience)
	defer cancel()
	node := exec.CommandContext(ctx, program(t, "AIRSIDE_NODE"), append([]string{"vscode/main.ts"}, names...)...)
	node.Env = append(cleanEnv(t.TempDir()), "PATH="+os.Getenv("PATH"), "AIRSIDE_WORLD="+string(world),
		fmt.Sprintf("AIRSIDE_PATIENCE_MS=%d", patience.Milliseconds()))
	out, err := node.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		c.wrong = append(c.wrong, failedJourney.FindAllString(string(out), -1)...)
		t.Fatalf("%v; what was on the screen is in build/vscode/failed-*.png", err)
	}
	return string(out)
}

// failedJourney is what main.ts says of one, with the first lines of where.
var failedJourney = regexp.MustCompile(`(?m)^\w+ failed: .*(?:\n.*){0,12}`)

func vscodeGit(t testing.TB, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=Ada", "-c", "user.email=ada@example.com"}, args...)...)
	cmd.Env = append(cleanEnv(t.TempDir()), "PATH="+os.Getenv("PATH"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

// vscodeModel is errorsModel that also passes the self-test of inserting.
func vscodeModel(t testing.TB) *scriptedModel {
	m := errorsModel(t)
	answer := m.answer
	m.answer = func(before string, sampled bool) string {
		switch {
		case strings.HasSuffix(before, "int {\n\treturn"):
			return " a + b"
		case strings.HasSuffix(before, "if err != nil {\n\t\t"): // in the walkthrough's file
			return "return nil, err"
		}
		return answer(before, sampled)
	}
	return m
}

// writeProject makes a repository with a Go file to type in.
func writeProject(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(folder(t), "store")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "load.go"), []byte(vscodeSource), 0o644); err != nil {
		t.Fatal(err)
	}
	vscodeGit(t, dir, "init", "-q", "-b", "main")
	vscodeGit(t, dir, "config", "user.name", "Ada")
	vscodeGit(t, dir, "config", "user.email", "ada@example.com")
	vscodeGit(t, dir, "add", ".")
	vscodeGit(t, dir, "commit", "-qm", "Load")
	return dir
}

const vscodeSource = `// Package store keeps things in files.
package store

import "os"

// Load reads what Save has written.
func Load(path string) ([]byte, error) {
	data, err := os.ReadFile(path)

}
`

// writeClones makes two clones of one repository.
func writeClones(t testing.TB) (one, two string) {
	t.Helper()
	dir := folder(t)
	git := func(args ...string) { vscodeGit(t, dir, args...) }
	git("init", "-q", "--bare", "-b", "main", "remote.git")
	git("clone", "-q", "remote.git", "one")
	git("-C", "one", "checkout", "-q", "-B", "main")
	if err := os.WriteFile(filepath.Join(dir, "one", "load.go"), []byte(vscodeSource), 0o644); err != nil {
		t.Fatal(err)
	}
	git("-C", "one", "add", "load.go")
	git("-C", "one", "commit", "-qm", "Load")
	git("-C", "one", "push", "-q", "-u", "origin", "main")
	git("clone", "-q", "remote.git", "two")
	for clone, who := range map[string]string{"one": "Ada", "two": "Grace"} {
		git("-C", clone, "config", "user.name", who)
		git("-C", clone, "config", "user.email", who+"@example.com")
	}
	return filepath.Join(dir, "one"), filepath.Join(dir, "two")
}

var vscodeJourneys = flag.String("journeys", "ghost tour backend review sync comments states conflict trouble",
	"which of vscode/main.ts TestE2EVSCode takes")

var teamJourneys = flag.String("team-journeys", "news settled", "which of vscode/main.ts TestE2EVSCodeTeam takes")

// TestE2EVSCode goes through VS Code as its users do.
func TestE2EVSCode(t *testing.T) {
	model := vscodeModel(t)
	c := startCodeServer(t, vscodeSettings, model.env(), allTrusted)
	c.control(model)
	c.world.Folders["code"] = writeProject(t)
	c.world.Folders["review"] = writeProject(t)
	// No folder's own settings name a program or an address.
	hostile := filepath.Join(c.world.Folders["review"], ".vscode")
	if err := os.MkdirAll(hostile, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(hostile, "settings.json"),
		[]byte(`{"airside.path": "/nowhere/evil", "airside.backend": "ollama", "airside.openai.url": "http://127.0.0.1:9"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	c.world.Folders["one"], c.world.Folders["two"] = writeClones(t)
	c.journeys(strings.Fields(*vscodeJourneys)...)
}

// TestE2EVSCodeTeam: what teammates do arrives in a window in which nothing was set.
func TestE2EVSCodeTeam(t *testing.T) {
	c := startCodeServer(t, untouched, vscodeModel(t).env(), allTrusted)
	c.world.Folders["one"], c.world.Folders["two"] = writeClones(t)
	c.journeys(strings.Fields(*teamJourneys)...)
}

// TestE2EVSCodeSnooze pauses for a while, has a language and a folder off, and looks
// at how airside does, in a window in which nothing was set.
func TestE2EVSCodeSnooze(t *testing.T) {
	model := vscodeModel(t)
	c := startCodeServer(t, untouched, model.env(), allTrusted)
	c.control(model)
	c.world.Folders["snooze"] = writeProject(t)
	c.journeys("snooze")
}

// TestE2EVSCodeRestricted opens a clone whose configuration has git run a program.
func TestE2EVSCodeRestricted(t *testing.T) {
	model := vscodeModel(t)
	c := startCodeServer(t, vscodeSettings, model.env())
	stranger := writeProject(t)
	c.world.Folders["stranger"] = stranger
	vscodeGit(t, stranger, "config", "core.fsmonitor", "touch "+filepath.Join(filepath.Dir(stranger), "ran")+"; false")
	c.journeys("restricted")
}

var figures = regexp.MustCompile(`(?m)^(\w+)\b.*: median ([\d.]+) ms, p95 ([\d.]+) ms`)

// BenchmarkE2EVSCode measures from a key to grey text on the screen.
func BenchmarkE2EVSCode(b *testing.B) {
	m := startModel(b, func(before string, _ bool) string {
		switch name, called := strings.CutSuffix(before[strings.LastIndexByte(before, '\n')+1:], "("); {
		case called:
			return "argument_of_" + name + ")"
		case strings.HasSuffix(before, "int {\n\treturn"): // the self-test
			return " a + b"
		}
		return ""
	})
	c := startCodeServer(b, vscodeSettings, m.env(), allTrusted)
	c.world.Folders["code"] = writeProject(b)
	for b.Loop() {
		for _, line := range figures.FindAllStringSubmatch(c.journeys("latency"), -1) {
			for i, unit := range []string{"p50", "p95"} {
				ms, err := strconv.ParseFloat(line[2+i], 64)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(ms, line[1]+"-"+unit+"-ms")
			}
		}
	}
	b.ReportMetric(0, "ns/op") // typing, for the most part
}
