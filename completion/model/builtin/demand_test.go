package builtin

import (
	"strings"
	"testing"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/odds"
)

// TestDemand: the answer begins with what is demanded, however unlikely, where a
// token ends or not, and goes on freely.
func TestDemand(t *testing.T) {
	e := OpenEmbedded(Options{})
	defer e.Close()
	tok, err := e.Tokenizer()
	if err != nil {
		t.Fatal(err)
	}
	prompt := tok.Encode("package main\n\nfunc f() error {\n\tif err != nil {\n")
	for _, demand := range []string{"", "\t\tret", "\t\tfmt.Pri", "\t\tzzzyqx(", "é日", "\t"} {
		r, err := e.Generate(t.Context(), prompt, GenerateOptions{MaxTokens: 24, Demand: demand})
		if err != nil || !strings.HasPrefix(r.Text, demand) || r.Text == demand {
			t.Errorf("%q: %q, %v", demand, r.Text, err)
		}
	}
}

// TestWeighedDemand: the same where lines are weighed, and for expected ones.
func TestWeighedDemand(t *testing.T) {
	weighing(t, 0.05, 2, odds.Weights{Bias: 2, Network: 0.5, Memory: 0.5})
	b := NewBackend("", Options{})
	defer b.Close()
	for _, expected := range [][]model.Continuation{nil, {{Text: "\t\treturn err", P: 0.5}}, {{Text: "\t\trelease(x)", P: 0.4}}} {
		resp, err := model.Generate(t.Context(), b, model.Request{
			Prompt: model.Prompt{model.Text("package main\n\nfunc f() error {\n\tif err != nil {\n")}, MaxTokens: 24, Stop: []string{"\n"},
			Demand: "\t\tre", Expect: &script{closes: "\n", list: map[string][]model.Continuation{"": expected}},
		})
		if err != nil || !strings.HasPrefix(resp.Text, "\t\tre") || resp.Text == "\t\tre" {
			t.Errorf("%v: %q, %v", expected, resp.Text, err)
		}
	}
}
