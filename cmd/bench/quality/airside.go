package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/airside-ls/airside/lsp/ext"
	"github.com/airside-ls/airside/lsp/lsptest"
)

// patience is how long an answer may take: what is right is measured, and a large
// model on a busy machine is slow.
const patience = 5 * time.Minute

// answer is what came for a place.
type answer struct {
	// Text is what the model found best, whether it would be shown or not; Shown what
	// is shown to who has not asked.
	Text  string `json:"text"`
	Shown string `json:"shown"`
	Why   string `json:"why,omitzero"` // nothing is shown
	// Begun tells that what is shown is but the beginning of a line.
	Begun bool `json:"begun,omitzero"`

	Took         time.Duration `json:"took_ns"` // until something was shown, or that nothing is
	PromptTokens int           `json:"prompt_tokens"`
	Confidence   float64       `json:"confidence,omitzero"`
	// Chosen are the definitions that the prompt showed, if its maker tells.
	Chosen []definition `json:"chosen,omitzero"`
	// Cut tells that the model did not answer in time.
	Cut bool `json:"cut,omitzero"`
}

// definition is one of another file that a prompt shows, as airside.why tells.
type definition struct {
	Path string `json:"path"` // in the folder, with slashes
	Name string `json:"name"`
	Text string `json:"text"`
}

// tracedAnswer is a trace with what this program wants of it.
type tracedAnswer struct {
	ext.Trace
	Snippets []definition `json:"snippets"`
}

// server is an airside that an editor has started.
type server struct {
	root   string
	cmd    *exec.Cmd
	editor *lsptest.Editor
	log    *strings.Builder
}

// watcher takes the place of a test for lsptest's editor: what the server does against
// the protocol is told, and what never comes ends the measurement.
type watcher struct{ testing.TB }

func (watcher) Helper() {}
func (watcher) Errorf(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "bench/quality: "+format+"\n", args...)
}
func (watcher) Fatalf(format string, args ...any) { panic(fatal(fmt.Sprintf(format, args...))) }

// fatal is what ends a measurement.
type fatal string

// caught makes an error of what a watcher has panicked with.
func caught(err *error) {
	switch p := recover().(type) {
	case nil:
	case fatal:
		*err = errors.New(string(p))
	default:
		panic(p)
	}
}

// stdio is both ends of a process.
type stdio struct {
	io.ReadCloser
	io.WriteCloser
}

func (s stdio) Close() error { return errors.Join(s.ReadCloser.Close(), s.WriteCloser.Close()) }

// CloseWrite ends what the process reads.
func (s stdio) CloseWrite() error { return s.WriteCloser.Close() }

// startServer has an editor open a folder, with a home of its own for what the server
// keeps, and waits until the model answers and the folder is known.
func startServer(airside, root, home string, environ []string, keeps []string) (s *server, err error) {
	defer caught(&err)
	if err := os.MkdirAll(home, 0o700); err != nil {
		return nil, err
	}
	s = &server{root: root, cmd: exec.Command(airside, "serve"), log: new(strings.Builder)}
	s.cmd.Dir, s.cmd.Stderr = root, s.log
	s.cmd.Env = append([]string{"HOME=" + home, "XDG_CACHE_HOME=" + filepath.Join(home, "cache"), "PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8", "GIT_CONFIG_NOSYSTEM=1"}, environ...)
	in, err := s.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	s.editor = lsptest.Start(watcher{}, stdio{out, in}, lsptest.Options{
		Encodings: []string{"utf-8"}, Status: true, Folders: []string{root}, Patience: patience,
	})
	defer func() {
		if err != nil {
			err = fmt.Errorf("%w\n%s", err, s.log)
			_ = s.cmd.Process.Kill()
			_ = s.cmd.Wait()
		}
	}()
	s.editor.Initialize()
	// Who tells what is shown has nothing prepared that is not.
	s.editor.Notify("textDocument/didShowCompletion", map[string]any{"item": map[string]any{
		"insertText": "", "command": map[string]any{"title": "", "command": ext.CommandAccepted, "arguments": []string{"none"}}}})
	if err := s.ready(); err != nil {
		return nil, err
	}
	for _, ending := range keeps {
		if err := s.learned(home, ending); err != nil {
			return nil, err
		}
	}
	return s, s.warm()
}

// ready waits for a model.
func (s *server) ready() error {
	for {
		var status struct {
			Completion struct{ State, Message string }
		}
		n := s.editor.Await("airside/status")
		if err := json.Unmarshal(n.Params, &status); err != nil {
			return err
		}
		switch status.Completion.State {
		case "ready", "busy":
			return nil
		case "error":
			return errors.New(status.Completion.Message)
		}
	}
}

// learned waits until what was learned of the folder is kept, as it is once all of it
// was read.
func (s *server) learned(home, ending string) error {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if kept, _ := filepath.Glob(filepath.Join(home, "cache", "airside", "memory", "*."+ending)); len(kept) > 0 {
			return nil
		}
	}
	return errors.New("the folder was not learned in time")
}

// warm has the model loaded.
func (s *server) warm() error {
	uri := lsptest.FileURI(filepath.Join(filepath.Dir(s.root), "warm.go"))
	const text = "package warm\n\nfunc sum(a, b int) int {\n\treturn \n}\n"
	s.editor.Open(uri, "go", text)
	defer s.editor.CloseDocument(uri)
	_, failed := s.editor.InlineCompletion(uri, strings.Index(text, "return ")+7, true, nil).Wait()
	if failed != nil {
		return failed
	}
	return nil
}

// ask opens the file as it is at that moment and asks as an editor does while its user
// types. What comes first is shown; what the model has found when it is done, if that
// is something else, takes its place.
func (s *server) ask(p place) (text string, a answer, err error) {
	defer caught(&err)
	path := filepath.Join(s.root, filepath.FromSlash(p.Path))
	uri := lsptest.FileURI(path)
	s.editor.Open(uri, p.Language, p.Text)
	defer s.editor.CloseDocument(uri)
	start := time.Now()
	result, failed := s.editor.InlineCompletion(uri, p.At, false, nil).Wait()
	a.Took = time.Since(start)
	if failed != nil {
		return "", a, failed
	}
	if items := lsptest.Items(result); len(items) > 0 {
		text = items[0].InsertText
	}
	t, err := s.trace(path, p.At, start)
	if err != nil {
		return "", a, err
	}
	if t.Shown != "" {
		text = t.Shown
	}
	a.Why, a.PromptTokens, a.Confidence, a.Chosen = t.Reason, t.PromptTokens, t.Confidence, t.Snippets
	a.Begun = t.Beginning && text == t.Shown
	a.Cut = text == "" && strings.Contains(t.Reason, "has not answered within")
	return text, a, nil
}

// trace is what became of the model's own answer for a place since a moment.
func (s *server) trace(path string, at int, since time.Time) (t tracedAnswer, err error) {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		result, failed := s.editor.Request("workspace/executeCommand", map[string]any{"command": ext.CommandWhy}).Wait()
		if failed != nil {
			return t, failed
		}
		var list []tracedAnswer
		if err := json.Unmarshal(result, &list); err != nil {
			return t, err
		}
		for _, t := range list {
			when, err := time.Parse(time.RFC3339Nano, t.Time)
			if err == nil && !when.Before(since.Add(-time.Millisecond)) && t.Path == path && t.Offset == at && t.CachedBy == "" && !t.Speculative && t.Alternative == 0 {
				return t, nil
			}
		}
	}
	return t, fmt.Errorf("%s: it is not told what became of the request", path)
}

// end ends the server as an editor does.
func (s *server) end() {
	var err error
	func() {
		defer caught(&err)
		s.editor.Shutdown()
		s.editor.Exit()
		s.editor.Close()
	}()
	if err != nil {
		_ = s.cmd.Process.Kill()
	}
	_ = s.cmd.Wait()
}

// pair is two servers beside each other: one as a user has it, and one that shows
// whatever the model finds best.
type pair struct{ asUsual, all *server }

func startPair(airside, root, home string, environ []string, keeps []string) (p pair, err error) {
	if p.asUsual, err = startServer(airside, root, filepath.Join(home, "usual"), environ, keeps); err != nil {
		return p, err
	}
	if p.all, err = startServer(airside, root, filepath.Join(home, "all"), append(environ, "AIRSIDE_BUILTIN_CONFIDENCE=0"), keeps); err != nil {
		p.end()
	}
	return p, err
}

func (p pair) end() {
	for _, s := range []*server{p.asUsual, p.all} {
		if s != nil {
			s.end()
		}
	}
}

// ask asks both: first the one whose times are told.
func (p pair) ask(_ context.Context, at place) (answer, error) {
	shown, a, err := p.asUsual.ask(at)
	if err != nil {
		return a, err
	}
	text, all, err := p.all.ask(at)
	a.Shown, a.Text = shown, text
	a.PromptTokens, a.Cut = max(a.PromptTokens, all.PromptTokens), a.Cut || all.Cut
	return a, err
}
