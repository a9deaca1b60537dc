package lsp_test

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/airside-ls/airside/completion/review"
	"github.com/airside-ls/airside/completion/review/diff"
	"github.com/airside-ls/airside/completion/review/finding"
	"github.com/airside-ls/airside/lsp/ext"
	"github.com/airside-ls/airside/lsp/lsptest"
	"github.com/airside-ls/airside/lsp/reviewing"
)

// reviewCommands are the commands of a script that are about reviews.
var reviewCommands = map[string]func(*script, []string){
	// changed FILE: it differs from HEAD, all of it.
	"changed": func(s *script, args []string) {
		s.changes.set(diff.File{Path: args[0], New: []byte(s.files[args[0]])})
	},
	// command NAME COMMAND [ARGUMENT] runs one with a progress token of that name.
	"command": (*script).cmdCommand,
	// save FILE; onsave has saved files reviewed.
	"save":   func(s *script, args []string) { s.editor.Save(uri(args[0])) },
	"onsave": func(s *script, _ []string) { s.server.SetReview(reviewing.Settings{OnSave: true}) },
	// reviewing NAME waits for the reviewer to be asked and prints what.
	"reviewing": (*script).cmdReviewing,
	// find NAME FILE QUOTE SEVERITY CATEGORY MESSAGE [fix=TEXT] [model] [unit=NAME]
	// [related=QUOTE] is a finding for the next event.
	"find": (*script).cmdFind,
	// event NAME DONE TOTAL PATH UNIT tells how far it is.
	"event": func(s *script, args []string) {
		s.reviews[args[0]].Tell(s.number(args[1]), s.number(args[2]), args[3], args[4], s.found...)
		s.found = nil
	},
	// reviewed NAME [MODEL [NOMODEL]] ends it.
	"reviewed": func(s *script, args []string) {
		args = append(args, "", "")
		s.reviews[args[0]].Answer(review.Report{Model: args[1], NoModel: args[2], Units: 1})
	},
	// diagnostics FILE prints what the editor shows.
	"diagnostics": (*script).cmdDiagnostics,
	// actions FILE L:C-L:C [KIND...] prints the code actions, apply TITLE applies
	// the edit of one, do NAME TITLE runs its command, preview TITLE applies the edit
	// that the editor is to show first.
	"actions": (*script).cmdActions,
	"apply":   func(s *script, args []string) { s.editor.Apply(s.action(args[0]).Edit) },
	"preview": (*script).cmdPreview,
	"do": func(s *script, args []string) {
		var c lsptest.Command
		if err := json.Unmarshal(s.action(args[1]).Command, &c); err != nil {
			s.t.Fatalf("%s: %v", s.where, err)
		}
		s.calls[args[0]] = s.editor.Request("workspace/executeCommand", map[string]any{"command": c.Command, "arguments": c.Arguments})
	},
	// text FILE prints what the editor holds.
	"text": func(s *script, args []string) { s.printf("%q", s.editor.Text(uri(args[0]))) },
}

func (s *script) cmdCommand(args []string) {
	params := map[string]any{"command": args[1], "workDoneToken": args[0]}
	if len(args) > 2 {
		params["arguments"] = []any{json.RawMessage(args[2])}
	}
	s.calls[args[0]] = s.editor.Request("workspace/executeCommand", params)
}

func (s *script) cmdReviewing(args []string) {
	ask := s.reviewer.Next()
	s.reviews[args[0]] = ask
	for _, f := range ask.Files {
		s.printf("%s: old %q, new %q, hunks %v %s", f.Path, f.Old, f.New, f.Hunks, f.Skipped)
	}
	if ask.Only != nil {
		s.printf("only [%d, %d)", ask.Only.Start, ask.Only.End)
	}
	if ask.RulesOnly {
		s.printf("by the rules alone")
	}
}

func (s *script) cmdFind(args []string) {
	f := finding.Finding{Severity: finding.Severity(args[3]), Category: args[4], Message: args[5]}
	ask := s.reviews[args[0]]
	for _, option := range args[6:] {
		name, value, _ := strings.Cut(option, "=")
		switch name {
		case "fix":
			f.Fix = &value
		case "model":
			f.Source = finding.Model
		case "unit":
			f.Unit = value
		case "related":
			place := ask.Find(args[1], value, finding.Finding{})
			f.Related = append(f.Related, finding.Related{Start: place.Start, End: place.End, Message: "see here"})
		default:
			s.t.Fatalf("%s: no option %s", s.where, name)
		}
	}
	s.found = append(s.found, ask.Find(args[1], args[2], f))
}

func (s *script) cmdDiagnostics(args []string) {
	s.barrier()
	list := s.editor.Diagnostics(uri(args[0]))
	if len(list) == 0 {
		s.printf("none")
	}
	for _, d := range list {
		s.printf("%d:%d-%d:%d %q: %d %s [%s] %s", d.Range.Start.Line, d.Range.Start.Character, d.Range.End.Line, d.Range.End.Character,
			s.editor.Spanned(uri(args[0]), d.Range), d.Severity, d.Source, d.Code, d.Message)
		for _, r := range d.RelatedInformation {
			s.printf("  %q: %s", s.editor.Spanned(r.Location.URI, r.Location.Range), r.Message)
		}
	}
}

func (s *script) cmdActions(args []string) {
	s.actions = s.editor.CodeActions(uri(args[0]), s.span(args[1]), args[2:]...)
	for _, a := range s.actions {
		preferred := ""
		if a.IsPreferred {
			preferred = " (preferred)"
		}
		s.printf("%s [%s]%s", a.Title, a.Kind, preferred)
	}
}

func (s *script) cmdPreview(args []string) {
	a := s.action(args[0])
	var c lsptest.Command
	if err := json.Unmarshal(a.Command, &c); err != nil || c.Command != ext.CommandPreview || a.Edit != nil || len(c.Arguments) != 1 {
		s.t.Fatalf("%s: %s, edit %v, %v", s.where, a.Command, a.Edit, err)
	}
	var shown struct {
		Title string                 `json:"title"`
		Edit  *lsptest.WorkspaceEdit `json:"edit"`
	}
	if err := json.Unmarshal(c.Arguments[0], &shown); err != nil {
		s.t.Fatalf("%s: %v", s.where, err)
	}
	s.printf("%s: %d", shown.Title, len(shown.Edit.DocumentChanges))
	s.editor.Apply(shown.Edit)
}

func (s *script) action(title string) lsptest.Action {
	i := slices.IndexFunc(s.actions, func(a lsptest.Action) bool { return a.Title == title })
	if i < 0 {
		s.t.Fatalf("%s: no such action", s.where)
	}
	return s.actions[i]
}
