package lsp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/airside-ls/airside/completion/review/finding"
	"github.com/airside-ls/airside/lsp"
	"github.com/airside-ls/airside/lsp/lsptest"
	"github.com/airside-ls/airside/lsp/reviewing"
)

var update = flag.Bool("update", false, "write what scripts print into their files")

// TestScripts runs testdata/*.txtar: the section "script" line by line, and
// compares what it prints with the section "output". Other sections are files
// that can be opened. See the commands below.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			runScript(t, file)
		})
	}
}

func runScript(t *testing.T, file string) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s := newScript(t, archive)
	for n, line := range strings.Split(s.files["script"], "\n") {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		fmt.Fprintf(&s.out, "> %s\n", line)
		s.where = fmt.Sprintf("%s, line %d of the script: %s", file, n+1, line)
		s.run(line)
	}
	s.finish()
	compareOutput(t, file, archive, s.out.Bytes())
}

func compareOutput(t *testing.T, file string, archive *txtar.Archive, got []byte) {
	// The decoder of JSON words this one way or the other, by the binary that it is in.
	got = bytes.ReplaceAll(got, []byte("unable to unmarshal"), []byte("cannot unmarshal"))
	for i := range archive.Files {
		section := &archive.Files[i]
		if section.Name != "output" {
			continue
		}
		if bytes.Equal(section.Data, got) {
			return
		}
		if !*update {
			t.Errorf("%s: got\n%s\nwant\n%s\n(-update writes it)", file, got, section.Data)
			return
		}
		section.Data = got
		if err := os.WriteFile(file, txtar.Format(archive), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Errorf("%s has no section \"output\"", file)
}

// script is one conversation between an editor and a server.
type script struct {
	t     *testing.T
	where string
	files map[string]string
	out   bytes.Buffer

	engine *lsptest.Engine
	editor *lsptest.Editor
	calls  map[string]*lsptest.Call
	ask    *lsptest.Question // the question asked last
	served chan error
	ended  bool
	config chan map[string]any
	server *lsp.Server

	reviewer *lsptest.Reviewer
	changes  *changesFake
	reviews  map[string]*lsptest.ReviewQuestion
	found    []finding.Finding // for the next event
	actions  []lsptest.Action
}

func newScript(t *testing.T, archive *txtar.Archive) *script {
	s := &script{
		t:      t,
		files:  make(map[string]string),
		engine: lsptest.NewEngine(t),
		calls:  make(map[string]*lsptest.Call),
		served: make(chan error, 1),
		config: make(chan map[string]any, 100),

		reviewer: lsptest.NewReviewer(t),
		changes:  &changesFake{},
		reviews:  make(map[string]*lsptest.ReviewQuestion),
	}
	for _, f := range archive.Files {
		s.files[f.Name] = string(f.Data)
	}
	return s
}

func (s *script) run(line string) {
	name, rest, _ := strings.Cut(line, " ")
	command, ok := scriptCommands[name]
	if !ok {
		command, ok = reviewCommands[name]
	}
	if !ok {
		s.t.Fatalf("%s: no such command", s.where)
	}
	args, err := splitArgs(rest)
	if err != nil {
		s.t.Fatalf("%s: %v", s.where, err)
	}
	if s.editor == nil && name != "editor" {
		s.start(lsp.Options{}, lsptest.Options{})
	}
	command(s, args)
}

// start connects an editor to a new server.
func (s *script) start(opts lsp.Options, client lsptest.Options) {
	clientEnd, serverEnd := lsptest.Pipe()
	opts.Engine = s.engine
	opts.Version = "test"
	opts.Configure = s.configure
	opts.Review = reviewing.Options{Reviewer: s.reviewer, Changes: s.changes, StateDir: s.t.TempDir(), Idle: time.Nanosecond}
	s.server = lsp.New(opts)
	go func() { s.served <- s.server.Serve(context.Background(), serverEnd) }()
	s.editor = lsptest.Start(s.t, clientEnd, client)
}

// configure knows one setting, "good".
func (s *script) configure(values map[string]any) (problems []error) {
	s.config <- values
	for key := range values {
		if key != "good" {
			problems = append(problems, errors.New("unknown key "+key))
		}
	}
	return problems
}

// finish ends the conversation in good order, unless the script has done so.
func (s *script) finish() {
	if s.editor == nil {
		return
	}
	if !s.ended {
		s.editor.Close()
		s.end()
	}
	s.editor.CheckAnswered()
}

func (s *script) end() error {
	s.ended = true
	select {
	case err := <-s.served:
		return err
	case <-time.After(lsptest.Patience):
		s.t.Fatalf("%s: Serve does not return", s.where)
		return nil
	}
}

func (s *script) printf(format string, args ...any) {
	fmt.Fprintf(&s.out, format+"\n", args...)
}

// printResponse prints a response on one line.
func (s *script) printResponse(result json.RawMessage, err *lsptest.Error) {
	if err != nil {
		s.printf("error %d: %s", err.Code, clip(err.Message))
		return
	}
	s.printf("%s", result)
}

func clip(text string) string {
	if len(text) > 150 {
		return text[:150] + "…"
	}
	return text
}

// splitArgs cuts at spaces; arguments in quotes are Go strings, and what begins
// with { or [ reaches to the end of the line.
func splitArgs(line string) ([]string, error) {
	var args []string
	for line = strings.TrimSpace(line); line != ""; line = strings.TrimSpace(line) {
		switch line[0] {
		case '"', '`':
			quoted, err := strconv.QuotedPrefix(line)
			if err != nil {
				return nil, err
			}
			arg, err := strconv.Unquote(quoted)
			if err != nil {
				return nil, err
			}
			args, line = append(args, arg), line[len(quoted):]
		case '{', '[':
			return append(args, line), nil
		default:
			arg, rest, _ := strings.Cut(line, " ")
			args, line = append(args, arg), rest
		}
	}
	return args, nil
}

// uri and path are what the editor and the engine call a file of the archive.
func uri(file string) string {
	if strings.Contains(file, ":") {
		return file
	}
	return "file:///w/" + file
}

func path(file string) string {
	if strings.Contains(file, ":") {
		return file
	}
	return "/w/" + file
}

// place reads LINE:CHARACTER, both from 0.
func (s *script) place(arg string) lsptest.Position {
	var p lsptest.Position
	if _, err := fmt.Sscanf(arg, "%d:%d", &p.Line, &p.Character); err != nil {
		s.t.Fatalf("%s: %q is no place: %v", s.where, arg, err)
	}
	return p
}

func (s *script) span(arg string) lsptest.Range {
	start, end, _ := strings.Cut(arg, "-")
	return lsptest.Range{Start: s.place(start), End: s.place(end)}
}
