package completion

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/modeltest"
)

// judging is an engine with a model on a server, of a size that is judged, and one
// learned file.
func judging(t *testing.T, fake *modeltest.Fake, text string) (e *Engine, root string) {
	t.Helper()
	root = t.TempDir()
	path := filepath.Join(root, "known.go")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	fake.SetInfo(func(i *model.Info) { i.Likely, i.Parameters = true, 5e8 })
	e = newEngine(t, fake)
	learn(t, e, root, []string{path})
	return e, root
}

// repeated is code that goes on the same way again and again.
func repeated(n int) string {
	var b strings.Builder
	b.WriteString("package p\n")
	for range n {
		b.WriteString("\nfunc f() error {\n\tif err := store.Begin(ctx, options); err != nil {\n\t\treturn wrap(err, \"begin\")\n\t}\n\treturn nil\n}\n")
	}
	return b.String()
}

// TestJudged: a server's answer is shown as far as it is likely to be right, and
// not unasked where it is not; where the memory is surer, its line is.
func TestJudged(t *testing.T) {
	const known, unknown = "package p\n\nfunc g() error {\n\tif err := store.Begin(¦\n}\n", "package p\n\nfunc g() error {\n\tquux := zork(¦\n}\n"
	for _, tt := range []struct {
		name, doc, answer string
		p                 float64
		want              string // "" for nothing unasked
	}{
		{"likely", unknown, "a, b)", 0.95, "a, b)"},
		{"unlikely", unknown, "a, b)", 0.3, ""},
		{"it does not tell", unknown, "a, b)", 0, "a, b)"},
		{"likely at its beginning", unknown, "alpha, beta, gamma, delta, epsilon, zeta, eta, theta, iota, kappa, lambda, mu, nu)", 0.95, "alpha, beta, gamma"},
		{"likely at its beginning, which opens a bracket", unknown, "wurst(alpha, beta, gamma, delta, epsilon, zeta, eta, theta, iota, kappa, lambda))", 0.95, "wurst(alpha, beta"},
		{"unlikely, and the memory is sure", known, "a, b)", 0.3, "ctx, options); err != nil {"},
		{"likely, and the memory is sure of the same", known, "ctx, options); err != nil {", 0.9, "ctx, options); err != nil {"},
		{"unlikely, but the memory says the same", known, "ctx, options); err != nil {", 0.6, "ctx, options); err != nil {"},
	} {
		fake := modeltest.NewFake("")
		fake.Script(func(model.Prompt) modeltest.Reply { return modeltest.Reply{Text: tt.answer, P: tt.p} })
		e, root := judging(t, fake, repeated(20))
		r := docAt(t, filepath.Join(root, "a.go"), tt.doc)
		for _, asked := range []Trigger{Automatic, Invoked} {
			want := tt.want
			r.Trigger = asked
			res, err := e.Complete(t.Context(), r)
			got := shownAt(r, res)
			if asked == Invoked && (want == "" && got != "" || got == tt.answer) {
				want = got // by a key whatever it is
			}
			if begun := want != "" && want != tt.answer && strings.HasPrefix(tt.answer, want); begun != res.Trace.Beginning {
				t.Errorf("%s: said to be a beginning: %v", tt.name, res.Trace.Beginning)
			}
			if err != nil || got != want {
				t.Errorf("%s, trigger %v: %q (%s, %.2f), %v; want %q", tt.name, asked, got, res.Reason, res.Trace.Confidence, err, want)
			}
		}
	}
}

// TestAlong: what the tokens of a line say of it, with the one that ends it and
// without what was demanded.
func TestAlong(t *testing.T) {
	half, tenth := math.Log(0.5), math.Log(0.1)
	tokens := []model.Token{
		{End: 2, Ln: tenth}, // "\tr", all of it demanded
		{End: 5, Ln: tenth, Best: []model.Alternative{{Text: "etu", Ln: tenth}, {Text: "ele", Ln: tenth}, {Text: "x", Ln: half}}}, // "etu", of which "e" is demanded
		{End: 8, Ln: half},   // "rn\n"
		{End: 10, Ln: half},  // "\t}"
		{End: 10, Ln: tenth}, // the end
	}
	const echo, answer = "\tre", "turn\n\t}"
	for _, tt := range []struct {
		start, end int
		want       float64
	}{
		{0, 4, math.Log(0.1) - math.Log(0.2) + half},
		{5, 7, half + tenth},
	} {
		if got := along(tokens, echo, len(echo)+tt.start, len(echo)+tt.end); math.Abs(got-tt.want) > 1e-9 {
			t.Errorf("%q: %v, want %v", answer[tt.start:tt.end], got, tt.want)
		}
	}
	if got := atMost(tokens, echo+answer, echo, "\trele"); got > tenth+1e-9 || got < leastKnown {
		t.Errorf("another line: %v", got)
	}
}
