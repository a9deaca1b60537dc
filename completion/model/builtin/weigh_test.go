package builtin

import (
	"testing"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/odds"
)

// weighing has the small model weighed as a large one is.
func weighing(t *testing.T, unseen, sure float64, w odds.Weights) {
	before := oddsOf
	oddsOf = func(int64) (odds.Odds, bool) { return odds.Odds{Own: w, Other: w, Unseen: unseen, Sure: sure}, true }
	t.Cleanup(func() { oddsOf = before })
}

// TestWeigh: lines are chosen by what both say of them; a sure one at once, and of
// a line that neither thinks likely it is said so.
func TestWeigh(t *testing.T) {
	weighing(t, 0.02, 0.95, odds.Weights{Bias: 2, Network: 0.3, Memory: 1})
	b := NewBackend("", Options{})
	defer b.Close()
	alone := mixed(t, b, &script{closes: "\n"}, 0)
	if alone.Text == "" || len(alone.Usage.Odds.Steps) != 1 {
		t.Fatalf("nothing expected: %+v", alone)
	}
	tests := []struct {
		name string
		list []model.Continuation
		want string
		odds func(o *model.Odds, n int) bool
	}{
		{"its own line, expected too", []model.Continuation{{Text: alone.Text, P: 0.7, Ends: true}}, alone.Text,
			func(o *model.Odds, n int) bool { return o.Of(n) > alone.Usage.Odds.Of(n) && o.Expected(n) == n }},
		{"an unlikely one is left aside", []model.Continuation{{Text: " xyzzy(plugh)", P: 0.02, Ends: true}}, alone.Text,
			func(o *model.Odds, n int) bool { return o.Of(n) <= alone.Usage.Odds.Of(n) && o.Expected(n) == 0 }},
		{"of two like ones the network decides", []model.Continuation{{Text: " xyzzy(plugh)", P: 0.4, Ends: true}, {Text: alone.Text, P: 0.4, Ends: true}}, alone.Text,
			func(o *model.Odds, n int) bool { return o.Of(n) > 0.1 }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			resp := mixed(t, b, &script{closes: "\n", list: map[string][]model.Continuation{"": test.list}}, 0)
			if o := resp.Usage.Odds; resp.Text != test.want || !test.odds(o, len(resp.Text)) {
				t.Errorf("%q (%v), want %q", resp.Text, o, test.want)
			}
		})
	}
	if resp := mixed(t, b, &script{closes: "\n"}, 0.999); resp.StopReason != StopUnsure {
		t.Errorf("what cannot become likely enough is written on: %+v", resp)
	}
}

// TestWeighReadsEachByItself: what the network thinks of a line does not depend on
// the lines that were read before it.
func TestWeighReadsEachByItself(t *testing.T) {
	weighing(t, 0.02, 2, odds.Weights{Bias: 2, Network: 0.3, Memory: 1})
	var own string
	network := func(texts ...string) map[string]float64 {
		t.Helper()
		seen := map[string]float64{}
		b := NewBackend("", Options{OnWeighed: func(w WeighedLine) {
			own = w.Options[0].Text
			for _, o := range w.Options {
				seen[o.Text] = o.Network
			}
		}})
		defer b.Close()
		var list []model.Continuation
		for _, text := range texts {
			list = append(list, model.Continuation{Text: text, P: 0.2, Ends: true})
		}
		mixed(t, b, &script{closes: "\n", list: map[string][]model.Continuation{"": list}}, 0)
		return seen
	}
	network(" xyzzy")
	if len(own) < 3 {
		t.Fatalf("its own line is %q", own)
	}
	apart, along := " xyzzy(plugh)", own[:len(own)-1]+"_xyzzy(plugh)"
	alone := network(along)[along]
	if got := network(apart, along)[along]; got != alone {
		t.Errorf("%q behind %q: %v, by itself %v", along, apart, got, alone)
	}
}

// TestWeighSureUnread: a sure line does not wait for a prompt that is not read.
func TestWeighSureUnread(t *testing.T) {
	weighing(t, 0.02, 0.9, odds.Weights{Bias: 2, Network: 0.3, Memory: 1})
	b := NewBackend("", Options{})
	defer b.Close()
	long := "package main\n\n// " + mixedPrompt + mixedPrompt + mixedPrompt
	resp, err := model.Generate(t.Context(), b, model.Request{
		Prompt: model.Prompt{model.Text(long)}, MaxTokens: 20, Stop: []string{"\n"},
		Expect: &script{closes: "\n", list: map[string][]model.Continuation{"": {{Text: " xyzzy", P: 0.95, Ends: true}}}},
	})
	if u := resp.Usage; err != nil || resp.Text != " xyzzy" || u.Odds.Of(len(resp.Text)) != 0.95 {
		t.Errorf("%q, %+v, %v", resp.Text, u, err)
	}
	if err := b.Settle(t.Context()); err != nil || b.engine.session.Len() < 40 {
		t.Errorf("%d tokens were read meanwhile, %v", b.engine.session.Len(), err)
	}
}

// TestWeighLines: where an answer may have several lines each is weighed, the
// indentation of the next one as the memory has it.
func TestWeighLines(t *testing.T) {
	weighing(t, 0.001, 2, odds.Weights{Bias: 2, Network: 0.05, Memory: 2})
	b := NewBackend("", Options{})
	defer b.Close()
	s := &script{list: map[string][]model.Continuation{
		"":                           {{Text: " alpha(\n\t\t\t", P: 0.9}},
		" alpha(\n\t\t\t":            {{Text: "beta,\n\t\t", P: 0.9}},
		" alpha(\n\t\t\tbeta,\n\t\t": {{Text: ")", P: 0.9, Ends: true}},
	}}
	resp, err := model.Generate(t.Context(), b, model.Request{Prompt: model.Prompt{model.Text(mixedPrompt)}, MaxTokens: 40, Expect: s})
	if err != nil || resp.Text != " alpha(\n\t\t\tbeta,\n\t\t)" || len(resp.Usage.Odds.Steps) != 3 {
		t.Errorf("%q, %v, %v", resp.Text, resp.Usage.Odds, err)
	}
}
