package builtin

import (
	"context"
	"testing"

	"github.com/airside-ls/airside/completion/model"
)

// script expects texts by what the answer is so far.
type script struct {
	closes string
	list   map[string][]model.Continuation
	asked  []string
}

func (s *script) Closes() string { return s.closes }

func (s *script) Expect(answer string) []model.Continuation {
	s.asked = append(s.asked, answer)
	return s.list[answer]
}

const mixedPrompt = "package main\n\nfunc f() error {\n\tif err != nil {\n\t\treturn"

func mixed(t *testing.T, b model.Backend, e model.Expecter, least float64) model.Response {
	t.Helper()
	resp, err := model.Generate(t.Context(), b, model.Request{
		Prompt: model.Prompt{model.Text(mixedPrompt)}, MaxTokens: 20, Stop: []string{"\n"}, Expect: e, Least: least,
	})
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

func TestMix(t *testing.T) {
	b := NewBackend("", Options{})
	defer b.Close()
	alone := mixed(t, b, &script{closes: "\n"}, 0)
	if alone.Text == "" || len(alone.Usage.Odds.Steps) == 0 {
		t.Fatalf("nothing expected: %+v", alone)
	}
	tests := []struct {
		name string
		list []model.Continuation
		want string
		odds func(o *model.Odds, n int) bool
	}{
		{"what is certain is not argued with", []model.Continuation{{Text: " xyzzy(plugh)", P: 0.98, Ends: true}}, " xyzzy(plugh)",
			func(o *model.Odds, n int) bool { return o.Of(n) > 0.9 && o.Expected(n) == n }},
		{"what is not likely is left to the network", []model.Continuation{{Text: " xyzzy(plugh)", P: 0.02, Ends: true}}, alone.Text,
			func(o *model.Odds, n int) bool { return o.Of(n) < 1 && o.Expected(n) < n }},
		{"of two the network decides", []model.Continuation{{Text: " xyzzy(plugh)", P: 0.45, Ends: true}, {Text: alone.Text, P: 0.45, Ends: true}}, alone.Text,
			func(o *model.Odds, n int) bool { return o.Of(n) > 0.4 }},
		{"a line that goes on beats its beginning", []model.Continuation{{Text: " xyzzy", P: 0.1, Ends: true}, {Text: " xyzzy(plugh)", P: 0.88, Ends: true}}, " xyzzy(plugh)",
			func(o *model.Odds, n int) bool { return o.Of(n) > 0.7 }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			resp := mixed(t, b, &script{closes: "\n", list: map[string][]model.Continuation{"": test.list}}, 0)
			if o := resp.Usage.Odds; resp.Text != test.want || !test.odds(o, len(resp.Text)) {
				t.Errorf("%q (%v), want %q", resp.Text, o, test.want)
			}
		})
	}
}

// TestMixGoesOn: where a line has been left, or is over and the answer is not,
// the expecter is asked again.
func TestMixGoesOn(t *testing.T) {
	b := NewBackend("", Options{})
	defer b.Close()
	s := &script{closes: "\n", list: map[string][]model.Continuation{
		"":       {{Text: " alpha", P: 0.97}},
		" alpha": {{Text: ".beta()", P: 0.97, Ends: true}},
	}}
	if resp := mixed(t, b, s, 0); resp.Text != " alpha.beta()" || len(s.asked) != 2 {
		t.Errorf("%q, asked %q", resp.Text, s.asked)
	}
}

// TestMixStopsUnsure: what is not likely enough is not written to its end.
func TestMixStopsUnsure(t *testing.T) {
	b := NewBackend("", Options{})
	defer b.Close()
	resp := mixed(t, b, &script{closes: "\n"}, 0.99)
	if resp.StopReason != StopUnsure || resp.Usage.GeneratedTokens > 3 {
		t.Errorf("%+v", resp)
	}
}

// again asks as the gate does after a generation gave way behind " alpha".
type again struct{ model.Backend }

func (b again) Generate(ctx context.Context, r model.Request) (model.Response, error) {
	r.Begun = " alpha"
	r.Prompt = append(r.Prompt, model.TextNoSpace(r.Begun))
	return b.Backend.Generate(ctx, r)
}

// TestMixResumes: a generation that gave way goes on with what was generated as
// the end of its prompt.
func TestMixResumes(t *testing.T) {
	b := NewBackend("", Options{})
	defer b.Close()
	s := &script{closes: "\n", list: map[string][]model.Continuation{" alpha": {{Text: ".beta()", P: 0.97, Ends: true}}}}
	resp, err := model.Generate(t.Context(), again{b}, model.Request{
		Prompt: model.Prompt{model.Text(mixedPrompt)}, MaxTokens: 20, Stop: []string{"\n"}, Expect: s,
	})
	if err != nil || resp.Text != ".beta()" || resp.Usage.Odds.Begin != len(" alpha") {
		t.Errorf("%q, asked %q, %v", resp.Text, s.asked, err)
	}
}

func TestWithoutNetwork(t *testing.T) {
	s := &script{list: map[string][]model.Continuation{
		"":             {{Text: " alpha\n\t\t", P: 0.5}, {Text: " gamma", P: 0.2}},
		" alpha\n\t\t": {{Text: "beta", P: 0.5, Ends: true}},
	}}
	resp, err := model.Generate(t.Context(), MemoryOnly{}, model.Request{Prompt: model.Prompt{model.Text("x")}, MaxTokens: 9, Expect: s})
	if err != nil || resp.Text != " alpha\n\t\tbeta" || resp.Usage.Odds.Of(len(resp.Text)) != 0.25 {
		t.Errorf("%+v, %v", resp, err)
	}
	if resp, err = model.Generate(t.Context(), MemoryOnly{}, model.Request{Prompt: model.Prompt{model.Text("x")}, MaxTokens: 1, Expect: s}); err != nil || resp.Text != " alpha\n\t\t" {
		t.Errorf("%+v, %v", resp, err)
	}
	if _, err := model.Generate(t.Context(), MemoryOnly{}, model.Request{Prompt: model.Prompt{model.Text("x")}, MaxTokens: 1}); !model.IsKind(err, model.NoModel) {
		t.Errorf("without expectations: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := model.Generate(ctx, MemoryOnly{}, model.Request{Prompt: model.Prompt{model.Text("x")}, MaxTokens: 1, Expect: s}); err != context.Canceled {
		t.Errorf("cancelled: %v", err)
	}
}
