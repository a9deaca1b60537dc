package editor

import (
	"errors"
	"testing"

	"go.lsp.dev/jsonrpc2"

	"github.com/airside-ls/airside/lsp/catalogue"
)

func TestWords(t *testing.T) {
	w := Words{"airside sync": "“Sync Now”", "airside sync resolve": "“Resolve”", "git merge --abort": "“Abort Merge”"}
	for message, want := range map[string]string{
		"a.go was changed: `airside sync resolve` starts the merge": "a.go was changed: “Resolve” starts the merge",
		"`airside sync resolve main`, `git merge --abort`":          "“Resolve”, “Abort Merge”",
		"`airside sync` and `airside doctor`":                       "“Sync Now” and `airside doctor`",
		"nothing of `sync` here, and no `end":                       "nothing of `sync` here, and no `end",
	} {
		if got := w.In(message); got != want {
			t.Errorf("%q became %q, want %q", message, got, want)
		}
		if got := Words(nil).In(message); got != message {
			t.Errorf("without words %q became %q", message, got)
		}
	}
}

// TestWordsOfErrors: an error keeps its code, and itself where nothing is said in
// other words.
func TestWordsOfErrors(t *testing.T) {
	w := &Capabilities{Words: Words{"airside trust": "“Trust”"}}
	plain := errors.New("no")
	if w.Error(plain) != plain || w.Error(nil) != nil {
		t.Error("an error without a command line became another")
	}
	if got := w.Error(errors.New("`airside trust` says so")).Error(); got != "“Trust” says so" {
		t.Errorf("said %q", got)
	}
	var coded *jsonrpc2.Error
	if err := w.Error(jsonrpc2.Errorf(jsonrpc2.InvalidParams, "see `airside trust`")); !errors.As(err, &coded) || coded.Code != jsonrpc2.InvalidParams || coded.Message != "see “Trust”" {
		t.Errorf("said %v", err)
	}
}

// TestSayInGerman: in the user's language first, then in the editor's words.
func TestSayInGerman(t *testing.T) {
	c := &Capabilities{Words: Words{"airside sync resolve": "„Konflikt lösen“"}, Language: catalogue.For("de-AT")}
	const message = "a.go was changed here and at origin: `airside sync resolve` starts the merge in the work tree"
	const want = "a.go wurde hier und bei origin geändert: „Konflikt lösen“ beginnt die Zusammenführung im Arbeitsverzeichnis"
	if got := c.Say(message); got != want {
		t.Errorf("said %q", got)
	}
}
