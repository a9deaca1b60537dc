//go:build e2e && linux

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion/syntax"
	"github.com/airside-ls/airside/lsp/lsptest"
)

// What happens in the compressed hour. Each step is a few keys typed and a
// completion asked for.
const (
	soakSteps      = 10_000
	soakKeys       = 10 // edits a step
	soakSyncs      = 200
	soakReviews    = 50
	soakKills      = 100 // of the process that parses
	soakOutages    = 20  // of the model's server
	soakOutageLong = 4   // steps without it, which the built-in model answers
	soakLooks      = 24  // at what is held
)

// TestE2ESoak is an hour of work in a few minutes: at its end the server holds as
// much as it did in its second quarter. AIRSIDE_SOAK_SEED plays one again.
func TestE2ESoak(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	if given := os.Getenv("AIRSIDE_SOAK_SEED"); given != "" {
		var err error
		if seed, err = strconv.ParseUint(given, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("AIRSIDE_SOAK_SEED=%d", seed)
	s := newSoak(t, rand.New(rand.NewPCG(seed, 0)))
	for step := range soakSteps {
		s.step(step)
		if every(step, soakLooks) {
			s.looks = append(s.looks, s.look())
		}
	}
	s.judge()
	s.end()
}

// every tells at which steps something happens that is to happen n times.
func every(step, n int) bool { return (step+1)*n/soakSteps > step*n/soakSteps }

// soak is a server within this process, what it works on, and who uses it.
type soak struct {
	*testing.T
	random   *rand.Rand
	team     *team
	clone    string
	mate     string // a teammate's clone
	model    *outage
	client   *soakClient
	served   chan int
	files    []*soakFile
	looks    []held
	syncs    int
	reviews  int
	killed   int
	answered map[string]int // completions by whether something was suggested
}

// soakFile is an open document.
type soakFile struct {
	path, language, first string
	text                  string
	cursor, version       int
}

func newSoak(t *testing.T, random *rand.Rand) *soak {
	s := &soak{T: t, random: random, answered: map[string]int{}, served: make(chan int, 1)}
	texts := map[string]string{}
	for i := range 4 {
		texts[fmt.Sprintf("work%d.go", i)] = soakGo
		texts[fmt.Sprintf("work%d.py", i)] = soakPython
		texts[fmt.Sprintf("mate%d.go", i)] = soakGo
	}
	s.team = newTeam(t, texts)
	temporary := filepath.Join(s.team.dir, "tmp")
	if err := os.Mkdir(temporary, 0o700); err != nil {
		t.Fatal(err)
	}
	s.model = &outage{handler: soakModel()}
	s.model.start(t)
	t.Cleanup(s.model.stop)
	for name, value := range map[string]string{
		"TMPDIR": temporary, "XDG_STATE_HOME": filepath.Join(s.team.dir, "state"), "XDG_CACHE_HOME": filepath.Join(s.team.dir, "cache"),
		"AIRSIDE_OLLAMA_URL": "http://" + s.model.address, "AIRSIDE_LLAMACPP_URL": "http://127.0.0.1:1",
	} {
		t.Setenv(name, value)
	}
	s.clone, s.mate = s.team.clone("mine"), s.team.clone("mate")
	if code, _, said := s.team.sync(s.clone, "enable"); code != 0 {
		t.Fatalf("airside sync enable: %s", said)
	}
	parseElsewhere()
	t.Cleanup(func() { syntax.ParseHere() })

	clientEnd, serverEnd := lsptest.Pipe()
	var said bytes.Buffer
	go func() {
		s.served <- run(context.Background(), []string{"serve"}, stdio{in: serverEnd, out: serverEnd, err: &said}, os.Environ())
	}()
	s.client = newSoakClient(clientEnd)
	s.call("initialize", map[string]any{
		"processId": os.Getpid(), "rootUri": lsptest.FileURI(s.clone),
		"workspaceFolders":      []any{map[string]any{"uri": lsptest.FileURI(s.clone), "name": "mine"}},
		"initializationOptions": map[string]any{"trusted": true},
		"capabilities": map[string]any{
			"general":      map[string]any{"positionEncodings": []string{"utf-8"}},
			"textDocument": map[string]any{"inlineCompletion": map[string]any{}},
			"workspace":    map[string]any{"workspaceFolders": true},
			"experimental": map[string]any{"airsideStatus": true},
		},
	})
	s.client.notify("initialized", map[string]any{})
	for name, text := range texts {
		if strings.HasPrefix(name, "work") {
			f := &soakFile{path: filepath.Join(s.clone, name), language: map[string]string{".go": "go", ".py": "python"}[filepath.Ext(name)], first: text}
			s.files = append(s.files, f)
		}
	}
	slices.SortFunc(s.files, func(a, b *soakFile) int { return strings.Compare(a.path, b.path) }) // maps have no order to play again
	for _, f := range s.files {
		s.open(f)
	}
	return s
}

// call fails the test with what the server says against it.
func (s *soak) call(method string, params any) json.RawMessage {
	s.Helper()
	result, err := s.client.call(method, params)
	if err != nil {
		s.Fatalf("%s: %v", method, err)
	}
	return result
}

func (s *soak) command(name string, argument any) json.RawMessage {
	s.Helper()
	return s.call("workspace/executeCommand", map[string]any{"command": name, "arguments": []any{argument}})
}

func (s *soak) open(f *soakFile) {
	f.text, f.cursor, f.version = f.first, len(f.first)/2, f.version+1
	s.client.notify("textDocument/didOpen", map[string]any{"textDocument": map[string]any{
		"uri": lsptest.FileURI(f.path), "languageId": f.language, "version": f.version, "text": f.text}})
}

// step types a word somewhere and asks how it goes on; now and then there is more
// to it.
func (s *soak) step(step int) {
	f := s.files[s.random.IntN(len(s.files))]
	switch {
	case len(f.text) > 2*len(f.first): // the user leaves, and begins anew another day
		s.client.notify("textDocument/didClose", map[string]any{"textDocument": map[string]any{"uri": lsptest.FileURI(f.path)}})
		s.open(f)
	case s.random.IntN(4) == 0: // to the end of another line
		f.cursor = s.random.IntN(len(f.text))
		if end := strings.IndexByte(f.text[f.cursor:], '\n'); end >= 0 {
			f.cursor += end
		}
	}
	words := []string{"\n\tresult :=", "\n\tif value ", "\n\treturn fi", "loader.err", "\n\nfunc nam", "(value, ok", "\n    def lo"}
	word := words[s.random.IntN(len(words))]
	for i := range soakKeys {
		if i < len(word) {
			s.edit(f, f.cursor, f.cursor, word[i:i+1])
		} else {
			s.edit(f, f.cursor-1, f.cursor, "") // a key taken back
		}
	}
	if every(step, soakKills) {
		s.killed += s.kill()
	}
	outage := soakSteps / soakOutages
	switch step % outage {
	case outage / 2:
		s.model.stop()
	case outage/2 + soakOutageLong:
		s.model.start(s.T)
	}
	line, column := strings.Count(f.text[:f.cursor], "\n"), f.cursor-strings.LastIndexByte(f.text[:f.cursor], '\n')-1
	result := s.call("textDocument/inlineCompletion", map[string]any{
		"textDocument": map[string]any{"uri": lsptest.FileURI(f.path)}, "position": map[string]any{"line": line, "character": column},
		"context": map[string]any{"triggerKind": 1}})
	s.answered[strconv.FormatBool(bytes.Contains(result, []byte("insertText")))]++
	if every(step, soakReviews) {
		s.save()
		s.command("airside.review", map[string]any{"scope": "worktree"})
		s.reviews++
	}
	if every(step, soakSyncs) {
		s.sync()
	}
}

func (s *soak) edit(f *soakFile, start, end int, with string) {
	place := func(at int) map[string]any {
		return map[string]any{"line": strings.Count(f.text[:at], "\n"), "character": at - strings.LastIndexByte(f.text[:at], '\n') - 1}
	}
	f.version++
	s.client.notify("textDocument/didChange", map[string]any{
		"textDocument":   map[string]any{"uri": lsptest.FileURI(f.path), "version": f.version},
		"contentChanges": []any{map[string]any{"range": map[string]any{"start": place(start), "end": place(end)}, "text": with}},
	})
	f.text = f.text[:start] + with + f.text[end:]
	f.cursor = start + len(with)
}

// save writes every document, as an editor does.
func (s *soak) save() {
	for _, f := range s.files {
		if err := os.WriteFile(f.path, []byte(f.text), 0o644); err != nil {
			s.Fatal(err)
		}
		s.client.notify("textDocument/didSave", map[string]any{"textDocument": map[string]any{"uri": lsptest.FileURI(f.path)}})
	}
}

// sync is one round: with a commit here, on both sides, at the remote alone, or
// with nothing but files that were saved. The server syncs by itself, too.
func (s *soak) sync() {
	s.save()
	kind := s.syncs % 4
	if kind == 2 {
		s.commit()
		s.round()
	}
	if kind == 1 || kind == 2 { // all of ours is there by now
		s.team.git(s.mate, "pull", "-q", "--ff-only")
		s.team.commit(s.mate, map[string]string{fmt.Sprintf("mate%d.go", s.random.IntN(4)): soakGo + fmt.Sprintf("\n// %d\n", s.syncs)})
		s.team.git(s.mate, "push", "-q")
	}
	if kind < 2 {
		s.commit()
	}
	s.round()
	s.syncs++
}

// commit commits what is saved, as soon as the server does not move the work tree.
func (s *soak) commit() {
	var out []byte
	for range 50 {
		c := exec.Command("git", "commit", "-q", "--allow-empty", "-a", "-m", "mine")
		c.Dir = s.clone
		var err error
		if out, err = c.CombinedOutput(); err == nil {
			return
		}
	}
	s.Fatalf("git commit: %s", out)
}

// round has the server sync.
func (s *soak) round() {
	s.Helper()
	result := s.command("airside.sync.now", map[string]any{"uri": lsptest.FileURI(s.clone)})
	var r struct{ State string }
	if err := json.Unmarshal(result, &r); err != nil || r.State != "IDLE" {
		s.Fatalf("round %d: %s", s.syncs, result)
	}
}

// kill ends the process that parses, and tells how many there were.
func (s *soak) kill() (n int) {
	for _, pid := range children(os.Getpid()) {
		command, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if bytes.Contains(command, []byte(syntaxWorker)) && syscall.Kill(pid, syscall.SIGKILL) == nil {
			n++
		}
	}
	return n
}

func children(pid int) (list []int) {
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, task := range tasks {
		text, _ := os.ReadFile(task)
		for _, word := range strings.Fields(string(text)) {
			id, _ := strconv.Atoi(word)
			list = append(list, id)
		}
	}
	return list
}

// held is what the server holds at one moment.
type held struct {
	heap, resident                               int // bytes
	goroutines, descriptors, children, temporary int
}

// look has nobody wait or keep a connection, and collects garbage.
func (s *soak) look() (h held) {
	if s.model.running {
		s.model.stop()
		defer s.model.start(s.T)
	}
	h.goroutines, h.descriptors, h.children = 1<<30, 1<<30, 1<<30
	for range 20 {
		h.goroutines = min(h.goroutines, runtime.NumGoroutine())
		open, _ := os.ReadDir("/proc/self/fd")
		h.descriptors = min(h.descriptors, len(open))
		h.children = min(h.children, len(children(os.Getpid())))
		runtime.GC()
	}
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	h.heap = int(m.HeapAlloc)
	if text, err := os.ReadFile("/proc/self/statm"); err == nil {
		var size, pages int
		fmt.Sscan(string(text), &size, &pages)
		h.resident = pages * os.Getpagesize()
	}
	h.temporary = s.temporary()
	s.Logf("%+v", h)
	return h
}

// temporary counts files that are nobody's: in the folder for such, and by their
// names in the user's folders and the repository.
func (s *soak) temporary() (n int) {
	count := func(dir string, is func(name string) bool) {
		filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && is(d.Name()) {
				n++
			}
			return nil
		})
	}
	count(filepath.Join(s.team.dir, "tmp"), func(string) bool { return true })
	for _, dir := range []string{"state", "cache", "config", "mine"} {
		count(filepath.Join(s.team.dir, dir), func(name string) bool {
			return strings.Contains(name, "tmp") || strings.HasSuffix(name, ".lock")
		})
	}
	return n
}

// judge compares the last quarter with the second one, each by its least look: what
// is kept for a while, like the keys and values of a text that the model has read,
// comes and goes; what leaks is in all of them.
func (s *soak) judge() {
	quarter := len(s.looks) / 4
	second, last := s.looks[quarter:2*quarter], s.looks[3*quarter:]
	for _, of := range []struct {
		name  string
		value func(held) int
		limit func(before int) int
	}{
		{"heap", func(h held) int { return h.heap }, percent},
		{"resident", func(h held) int { return h.resident }, percent},
		{"goroutines", func(h held) int { return h.goroutines }, nearly},
		{"descriptors", func(h held) int { return h.descriptors }, nearly},
		{"children", func(h held) int { return h.children }, same},
		{"temporary", func(h held) int { return h.temporary }, same},
	} {
		least := func(looks []held) int {
			n := of.value(looks[0])
			for _, h := range looks {
				n = min(n, of.value(h))
			}
			return n
		}
		before, after := least(second), least(last)
		s.Logf("%-12s %d in the second quarter, %d in the last", of.name, before, after)
		if after > of.limit(before) {
			s.Errorf("%s grew from %d to %d, more than to %d", of.name, before, after, of.limit(before))
		}
	}
	s.Logf("%d edits, %d completions (%v with a suggestion), %d reviews, %d syncs, %d workers killed", soakSteps*soakKeys, soakSteps, s.answered, s.reviews, s.syncs, s.killed)
	if s.syncs != soakSyncs || s.reviews != soakReviews || s.killed < soakKills*9/10 {
		s.Errorf("%d syncs, %d reviews and %d workers killed", s.syncs, s.reviews, s.killed)
	}
	if s.answered["true"] < soakSteps/2 {
		s.Errorf("suggestions: %v", s.answered)
	}
	if s.Failed() || os.Getenv("AIRSIDE_SOAK_PROFILE") != "" {
		s.profile()
	}
}

func percent(before int) int { return before + before/20 }
func same(before int) int    { return before }

// nearly leaves room for one probe of the model's server that is under way.
func nearly(before int) int { return before + 2 }

// profile tells who holds what.
func (s *soak) profile() {
	dir := os.Getenv("AIRSIDE_SOAK_PROFILE")
	if dir == "" {
		dir = os.TempDir()
	}
	for _, name := range []string{"goroutine", "heap"} {
		f, err := os.CreateTemp(dir, "airside-soak-"+name+"-*.pprof")
		if err != nil {
			s.Fatal(err)
		}
		pprof.Lookup(name).WriteTo(f, 0)
		f.Close()
		s.Logf("go tool pprof %s", f.Name())
	}
}

func (s *soak) end() {
	s.call("shutdown", nil)
	s.client.notify("exit", nil)
	select {
	case <-s.served:
	case <-time.After(lsptest.Patience):
		s.Error("the server outlives exit")
	}
}

// outage is a server at one address that comes and goes.
type outage struct {
	handler http.Handler
	address string
	server  *http.Server
	running bool
}

func (o *outage) start(t testing.TB) {
	address := o.address
	if address == "" {
		address = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	o.address, o.server = l.Addr().String(), &http.Server{Handler: o.handler}
	o.running = true
	go o.server.Serve(l)
}

// stop ends its connections, too.
func (o *outage) stop() {
	o.running = false
	o.server.Close()
}

// soakModel is scriptedOllama whose suggestions differ, and which reviews.
func soakModel() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", scriptedOllama())
	mux.HandleFunc("POST /api/generate", func(w http.ResponseWriter, r *http.Request) {
		h := fnv.New32()
		io.Copy(h, r.Body)
		e := json.NewEncoder(w)
		e.Encode(map[string]any{"response": fmt.Sprintf(" value%d(x)", h.Sum32()%1000), "done": false})
		e.Encode(map[string]any{"response": "", "done": true, "done_reason": "stop", "prompt_eval_count": 100, "eval_count": 3})
	})
	mux.HandleFunc("POST /api/chat", func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		json.NewEncoder(w).Encode(map[string]any{"message": map[string]any{"role": "assistant", "content": `{"findings":[]}`},
			"done": true, "done_reason": "stop", "prompt_eval_count": 100, "eval_count": 5})
	})
	return mux
}

// soakClient is a client that keeps nothing: what it held would look like the
// server's.
type soakClient struct {
	w       io.Writer
	writing sync.Mutex
	mu      sync.Mutex
	calls   int
	waiting map[string]chan soakAnswer
}

type soakAnswer struct {
	ID     json.RawMessage
	Method string
	Result json.RawMessage
	Error  *struct{ Message string }
}

func newSoakClient(conn io.ReadWriter) *soakClient {
	c := &soakClient{w: conn, waiting: map[string]chan soakAnswer{}}
	go c.read(conn)
	return c
}

func (c *soakClient) send(message map[string]any) {
	message["jsonrpc"] = "2.0"
	body, err := json.Marshal(message)
	if err != nil {
		panic(err)
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	c.w.Write(lsptest.Frame(body))
}

func (c *soakClient) notify(method string, params any) {
	c.send(map[string]any{"method": method, "params": params})
}

func (c *soakClient) call(method string, params any) (json.RawMessage, error) {
	answer := make(chan soakAnswer, 1)
	c.mu.Lock()
	c.calls++
	id := c.calls
	c.waiting[strconv.Itoa(id)] = answer
	c.mu.Unlock()
	c.send(map[string]any{"id": id, "method": method, "params": params})
	select {
	case a := <-answer:
		if a.Error != nil {
			return nil, fmt.Errorf("%s", a.Error.Message)
		}
		return a.Result, nil
	case <-time.After(2 * lsptest.Patience):
		return nil, context.DeadlineExceeded
	}
}

func (c *soakClient) read(r io.Reader) {
	for b := bufio.NewReader(r); ; {
		body, err := lsptest.ReadFrame(b)
		if err != nil {
			return
		}
		var m soakAnswer
		if json.Unmarshal(body, &m) != nil || len(m.ID) == 0 {
			continue
		}
		if m.Method != "" {
			go c.send(map[string]any{"id": m.ID, "result": nil})
			continue
		}
		c.mu.Lock()
		answer := c.waiting[string(m.ID)]
		delete(c.waiting, string(m.ID))
		c.mu.Unlock()
		if answer != nil {
			answer <- m
		}
	}
}

const soakGo = `package load

import (
	"errors"
	"fmt"
	"os"
)

// Loader reads settings from files.
type Loader struct {
	paths []string
	err   error
}

func (l *Loader) Load(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("load %s: %w", path, err)
	}
	if len(text) == 0 {
		return "", errors.New("nothing there")
	}
	return string(text), nil
}

func (l *Loader) All() (map[string]string, error) {
	all := map[string]string{}
	for _, p := range l.paths {
		value, err := l.Load(p)
		if err != nil {
			return nil, err
		}
		all[p] = value
	}
	return all, l.err
}
`

const soakPython = `import os
import sys


class Loader:
    """Reads settings from files."""

    def __init__(self, paths):
        self.paths = paths
        self.error = None

    def load(self, path):
        with open(path) as f:
            text = f.read()
        if not text:
            raise ValueError("nothing there")
        return text

    def all(self):
        result = {}
        for path in self.paths:
            result[path] = self.load(path)
        return result


if __name__ == "__main__":
    for name, text in Loader(sys.argv[1:]).all().items():
        print(os.path.basename(name), len(text))
`
