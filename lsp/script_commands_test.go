package lsp_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	protocoluri "go.lsp.dev/uri"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/lsp"
	"github.com/airside-ls/airside/lsp/editor"
	"github.com/airside-ls/airside/lsp/lsptest"
)

// scriptCommands are the commands of a script. Places are LINE:CHARACTER from
// 0, in the negotiated encoding. Nothing sleeps: a command that needs something
// to have happened waits for it.
var scriptCommands = map[string]func(*script, []string){
	// editor [OPTION=VALUE...] is the first command, if it is there at all: what
	// the editor can do, and limits of the server.
	"editor": (*script).cmdEditor,
	// initialize shakes hands and prints the capabilities.
	"initialize": (*script).cmdInitialize,
	// hello shakes hands and prints nothing.
	"hello": func(s *script, _ []string) { s.editor.Initialize() },
	// open FILE [LANGUAGE] [TIMES]: TIMES repeats the text.
	"open":  (*script).cmdOpen,
	"close": func(s *script, args []string) { s.editor.CloseDocument(uri(args[0])) },
	// change FILE L:C-L:C TEXT [TIMES]; all FILE TEXT replaces all of it.
	"change": func(s *script, args []string) {
		s.editor.ChangeRange(uri(args[0]), s.span(args[1]), repeated(args[2:]))
	},
	"all": func(s *script, args []string) { s.editor.ChangeAll(uri(args[0]), repeated(args[1:])) },
	// engine FILE prints what the engine knows of a document, after everything
	// sent so far.
	"engine": (*script).cmdEngine,
	// known URI is the same for a document that the editor of these tests has not.
	"known": func(s *script, args []string) {
		s.barrier()
		if d, ok := s.engine.Document(editor.PathOf(protocoluri.URI(args[0]))); ok {
			s.printf("%s version %d: %q", d.Language, d.Version, d.Text)
		} else {
			s.printf("not known")
		}
	},
	// ask NAME FILE L:C [invoked] [selected L:C-L:C TEXT] asks for an inline
	// completion, popup NAME FILE OFFSET for entries; reply NAME prints the answer.
	"ask":   (*script).cmdAsk,
	"popup": (*script).cmdPopup,
	"reply": func(s *script, args []string) { s.printResponse(s.calls[args[0]].Wait()) },
	// asked waits for the engine to be asked and prints where.
	"asked": (*script).cmdAsked,
	// answer TEXT [ID], replace START END TEXT, none, fail TEXT and panic TEXT
	// answer that question.
	"answer": func(s *script, args []string) { s.ask.Insert(append(args, "s1")[1], args[0]) },
	"replace": func(s *script, args []string) {
		s.ask.Replace("s1", s.number(args[0]), s.number(args[1]), args[2])
	},
	"none":  func(s *script, _ []string) { s.ask.Answer(completion.Result{Reason: "nothing to say"}, nil) },
	"fail":  func(s *script, args []string) { s.ask.Answer(completion.Result{}, errors.New(args[0])) },
	"panic": func(s *script, args []string) { s.ask.Panic(args[0]) },
	// cancel NAME cancels; cancelled waits until the engine has been told to stop.
	"cancel":    func(s *script, args []string) { s.editor.Cancel(s.calls[args[0]]) },
	"cancelled": func(s *script, _ []string) { s.ask.Cancelled() },
	// accept NAME FILE takes the first item of an answer.
	"accept": (*script).cmdAccept,
	// feedback prints what the engine was told next.
	"feedback": func(s *script, _ []string) { s.printf("%v", s.engine.NextFeedback()) },
	// request NAME METHOD [PARAMS], notify METHOD [PARAMS].
	"request": func(s *script, args []string) { s.calls[args[0]] = s.editor.Request(args[1], params(args[2:])) },
	"notify":  func(s *script, args []string) { s.editor.Notify(args[0], params(args[1:])) },
	// raw TEXT [TIMES] sends bytes, frame BODY one frame, bigframe START MIDDLE
	// TIMES END one whose middle is repeated; response prints the next response
	// to such.
	"raw": func(s *script, args []string) { s.editor.Raw([]byte(repeated(args))) },
	"frame": func(s *script, args []string) {
		s.editor.Raw(lsptest.Frame([]byte(strings.Join(args, " "))))
	},
	"bigframe": func(s *script, args []string) {
		body := args[0] + repeated(args[1:3]) + args[3]
		s.editor.Raw(lsptest.Frame([]byte(body)))
	},
	"response": (*script).cmdResponse,
	// alive checks that the server still answers.
	"alive": (*script).cmdAlive,
	// await METHOD prints the next message of that method; never METHOD fails if
	// one has come.
	"await": func(s *script, args []string) { s.printf("%s", s.editor.Await(args[0]).Params) },
	"never": (*script).cmdNever,
	// status STATE BACKEND MODEL MESSAGE changes the engine's status.
	"status": func(s *script, args []string) {
		s.engine.SetStatus(completion.Status{State: completion.State(args[0]), Backend: args[1], Model: args[2], Message: args[3]})
	},
	// where LANGUAGES EXCLUDE has the engine suggest there, either in words.
	"where": func(s *script, args []string) {
		s.engine.SetWhere(completion.Coverage{Languages: strings.Fields(args[0]), Exclude: strings.Fields(args[1])})
	},
	// paused MINUTES and withheld REASON change the engine's status in that way.
	"paused": func(s *script, args []string) {
		until := time.Date(2126, 1, 2, 3, 4, 5, 0, time.UTC)
		s.engine.SetStatus(completion.Status{State: completion.Paused, Until: until, MinutesLeft: s.number(args[0])})
	},
	"withheld": func(s *script, args []string) {
		s.engine.SetStatus(completion.Status{State: completion.Ready, Withheld: args[0]})
	},
	// ready FILE VERSION OFFSET has the engine tell that there is more there, once the
	// server has handled what was sent before.
	"ready": func(s *script, args []string) {
		s.editor.Request("no/method", nil).Wait()
		s.engine.Ready(completion.Notice{Path: path(args[0]), Version: int32(s.number(args[1])), Offset: s.number(args[2])})
	},
	// rested prints where the engine was told that the cursor rests.
	"rested": func(s *script, _ []string) {
		for _, r := range s.engine.Rested() {
			s.printf("%s version %d, offset %d", filepath.Base(r.Document.Path), r.Document.Version, r.Offset)
		}
	},
	// settings JSON changes the editor's settings; configured prints what
	// Options.Configure got next.
	"settings":   func(s *script, args []string) { s.editor.SetSettings(json.RawMessage(args[0])) },
	"configured": (*script).cmdConfigured,
	// shutdown, exit, eof: the last two print how Serve ended.
	"shutdown": func(s *script, _ []string) { s.editor.Shutdown() },
	"exit":     func(s *script, _ []string) { s.editor.Exit(); s.printf("served: %v", s.end()) },
	"eof":      func(s *script, _ []string) { s.editor.Close(); s.printf("served: %v", s.end()) },
}

func (s *script) cmdEditor(args []string) {
	var server lsp.Options
	var client lsptest.Options
	for _, arg := range args {
		name, value, _ := strings.Cut(arg, "=")
		switch name {
		case "encodings":
			client.Encodings = strings.Split(value, ",")
		case "popup":
			client.PopupOnly = true
		case "markdown":
			client.Markdown = true
		case "status":
			client.Status = true
		case "ready":
			client.Ready = true
		case "previews":
			client.Previews = true
		case "register":
			client.Register = true
		case "progress":
			client.Progress = true
		case "plain":
			client.Plain = true
		case "repository": // the work tree of all files
			s.changes.root = "/w"
		case "settings":
			client.Settings = json.RawMessage(value)
		case "options":
			client.InitOption = json.RawMessage(value)
		case "maxDocument":
			server.MaxDocument = s.number(value)
		case "maxMessage":
			server.MaxMessage = int64(s.number(value))
		default:
			s.t.Fatalf("%s: no option %s", s.where, name)
		}
	}
	s.start(server, client)
}

func (s *script) cmdInitialize([]string) {
	var result any
	if err := json.Unmarshal(s.editor.Initialize(), &result); err != nil {
		s.t.Fatal(err)
	}
	pretty, err := json.MarshalIndent(result, "", "  ")
	if err != nil {
		s.t.Fatal(err)
	}
	s.printf("%s", pretty)
}

func (s *script) cmdOpen(args []string) {
	language, text := "go", s.files[args[0]]
	if len(args) > 1 {
		language = args[1]
	}
	if len(args) > 2 {
		text = strings.Repeat(text, s.number(args[2]))
	}
	s.editor.Open(uri(args[0]), language, text)
}

// barrier waits until the server has taken in everything sent so far.
func (s *script) barrier() {
	if _, err := s.editor.Request("workspace/executeCommand", map[string]any{"command": "airside.why"}).Wait(); err != nil {
		s.t.Fatalf("%s: %v", s.where, err)
	}
}

func (s *script) cmdEngine(args []string) {
	s.barrier()
	d, ok := s.engine.Document(path(args[0]))
	switch {
	case !ok:
		s.printf("not known")
		return
	case len(d.Text) > 200:
		s.printf("%s version %d: %d bytes", d.Language, d.Version, len(d.Text))
	default:
		s.printf("%s version %d: %q", d.Language, d.Version, d.Text)
	}
	if d.Text != s.editor.Text(uri(args[0])) {
		s.t.Errorf("%s: the editor has another text", s.where)
	}
}

func (s *script) cmdAsk(args []string) {
	invoked := false
	var selected *lsptest.SelectedCompletion
	for rest := args[3:]; len(rest) > 0; rest = rest[1:] {
		switch rest[0] {
		case "invoked":
			invoked = true
		case "selected":
			selected = &lsptest.SelectedCompletion{Range: s.span(rest[1]), Text: rest[2]}
			rest = rest[2:]
		}
	}
	s.calls[args[0]] = s.editor.InlineCompletionAt(uri(args[1]), s.place(args[2]), invoked, selected)
}

func (s *script) cmdPopup(args []string) {
	s.calls[args[0]] = s.editor.Completion(uri(args[1]), s.number(args[2]))
}

func (s *script) cmdAsked([]string) {
	s.ask = s.engine.Next()
	text, at := s.ask.Document.Text, s.ask.Offset
	before, after := text[:at], text[at:]
	if len(before) > 20 {
		before = "…" + strings.ToValidUTF8(before[len(before)-20:], "")
	}
	if len(after) > 20 {
		after = strings.ToValidUTF8(after[:20], "") + "…"
	}
	s.printf("%s version %d, offset %d: %q | %q", s.ask.Document.Path, s.ask.Document.Version, at, before, after)
	if s.ask.Document.Notebook != "" {
		s.printf("cell %d of %s, after %q", s.ask.Cell, s.ask.Document.Notebook, s.ask.Before)
	}
	if s.ask.Trigger == completion.Invoked {
		s.printf("invoked")
	}
	if sel := s.ask.Selected; sel != nil {
		s.printf("selected: %q for [%d, %d)", sel.Text, sel.Start, sel.End)
	}
}

func (s *script) cmdAccept(args []string) {
	result, err := s.calls[args[0]].Wait()
	items := lsptest.Items(result)
	if err != nil || len(items) == 0 {
		s.t.Fatalf("%s: nothing to accept: %s %v", s.where, result, err)
	}
	if _, err := s.editor.Accept(uri(args[1]), items[0]).Wait(); err != nil {
		s.t.Errorf("%s: %v", s.where, err)
	}
	s.printf("%q", s.editor.Text(uri(args[1])))
}

func (s *script) cmdResponse([]string) {
	r := s.editor.NextUnclaimed()
	fmt.Fprintf(&s.out, "id %s: ", r.ID)
	s.printResponse(r.Result, r.Error)
}

func (s *script) cmdAlive([]string) {
	s.barrier()
	s.printf("yes")
}

func (s *script) cmdNever(args []string) {
	s.barrier()
	if n := s.editor.Received(args[0]); n > 0 {
		s.t.Errorf("%s: %d came", s.where, n)
	}
}

func (s *script) cmdConfigured([]string) {
	select {
	case values := <-s.config:
		s.printf("%v", values)
	case <-time.After(lsptest.Patience):
		s.t.Fatalf("%s: waited in vain", s.where)
	}
}

func (s *script) number(arg string) int {
	n, err := strconv.Atoi(arg)
	if err != nil {
		s.t.Fatalf("%s: %v", s.where, err)
	}
	return n
}

// repeated is TEXT [TIMES].
func repeated(args []string) string {
	if len(args) < 2 {
		return args[0]
	}
	n, err := strconv.Atoi(args[1])
	if err != nil {
		panic(err)
	}
	return strings.Repeat(args[0], n)
}

func params(args []string) any {
	if len(args) == 0 {
		return nil
	}
	return json.RawMessage(args[0])
}
