package review

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/gate"
	"github.com/airside-ls/airside/completion/model/modeltest"
	"github.com/airside-ls/airside/completion/review/diff"
)

// oddsFake is a model that tells how likely texts are: what prefers says, with ln.
type oddsFake struct {
	*modeltest.Fake
	prefers func(text string) float64
	asked   int
	fails   error
}

func newOddsFake(prefers func(string) float64) *oddsFake {
	f := &oddsFake{Fake: newFake(), prefers: prefers}
	f.SetInfo(func(i *model.Info) { i.Scores, i.Parameters, i.VocabularyKnown = true, 1_500_000_000, true })
	return f
}

func (f *oddsFake) Generate(ctx context.Context, r model.Request) (model.Response, error) {
	if r.Score == nil {
		return f.Fake.Generate(ctx, r)
	}
	if ctx.Err() != nil {
		return model.Response{}, ctx.Err()
	}
	if f.asked++; f.fails != nil {
		return model.Response{}, f.fails
	}
	var resp model.Response
	for _, text := range r.Score {
		resp.Scores = append(resp.Scores, model.Score{Text: f.prefers(strings.TrimSpace(text)), End: -0.1})
	}
	return resp, nil
}

// offByOne is a change with a comparison that is wrong.
func offByOne() Request {
	const text = "package a\n\nfunc f(list []int) (n int) {\n\tfor i := 0; i %s len(list); i++ {\n\t\tn += list[i]\n\t}\n\treturn n\n}\n"
	return Request{Files: oneChanged("a.go", strings.Replace(text, "%s", "<", 1), strings.Replace(text, "%s", "<=", 1))}
}

// likes is a model that finds one text likely, and all others unlikely.
func likes(text string) func(string) float64 {
	return func(t string) float64 {
		if t == text {
			return -0.01
		}
		return -9
	}
}

// TestSurprise: what a model does not expect is found, in airside's words, with a fix.
func TestSurprise(t *testing.T) {
	fake := newOddsFake(likes("<"))
	fake.NoChat()
	r := newReviewer(fake)
	report, err := r.Review(t.Context(), offByOne(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Findings) != 1 || report.NoModel != "" || report.NoOdds != "" || report.Compared == 0 || report.Units != 1 || report.Model == "" {
		t.Fatalf("%+v", report)
	}
	f := report.Findings[0]
	if f.Message != "`<=` is unlikely here, `<` is >1000 times likelier" || f.Fix == nil || *f.Fix != "for i := 0; i < len(list); i++ {" ||
		f.Category != "off-by-one" || f.StartLine != 4 || !f.Words || f.Unit != "f" || f.Quote != "for i := 0; i <= len(list); i++ {" {
		t.Errorf("%+v", f)
	}
	asked := fake.asked
	if report, err = r.Review(t.Context(), offByOne(), nil); err != nil || len(report.Findings) != 1 || fake.asked != asked {
		t.Errorf("again: %d findings, %v, asked %d times more", len(report.Findings), err, fake.asked-asked)
	}
}

// TestNoSurprise: where there are no odds, or none worth anything, it is said and nothing
// else is.
func TestNoSurprise(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*oddsFake)
		noOdds string
	}{
		"expected":    {func(f *oddsFake) { f.prefers = likes("<=") }, ""},
		"no scores":   {func(f *oddsFake) { f.SetInfo(func(i *model.Info) { i.Scores = false }) }, "it does not tell how likely a given text is"},
		"unmeasured":  {func(f *oddsFake) { f.SetInfo(func(i *model.Info) { i.Parameters = 0 }) }, "what is usual has not been measured for a model of its size"},
		"no insert":   {func(f *oddsFake) { f.SetInfo(func(i *model.Info) { i.Controls = nil }) }, "it does not read what follows a place"},
		"nonsense":    {func(f *oddsFake) { f.prefers = func(string) float64 { return math.NaN() } }, ""},
		"alike":       {func(f *oddsFake) { f.prefers = func(string) float64 { return -5 } }, ""},
		"fails":       {func(f *oddsFake) { f.fails = errors.New("it broke") }, "it broke"},
		"a long text": {func(f *oddsFake) { f.fails = modeltest.Failure(model.TooLong) }, ""},
	} {
		fake := newOddsFake(likes("<"))
		fake.NoChat()
		tt.change(fake)
		report, err := newReviewer(fake).Review(t.Context(), offByOne(), nil)
		if err != nil || len(report.Findings) != 0 || report.NoOdds != tt.noOdds {
			t.Errorf("%s: %+v, %v", name, report, err)
		}
	}
}

// TestUnwantedOdds: who does not want them is told nothing of them, and why nobody else
// is asked if so.
func TestUnwantedOdds(t *testing.T) {
	fake := newOddsFake(likes("<"))
	fake.NoChat()
	q := offByOne()
	q.NoOdds = true
	report, err := newReviewer(fake).Review(t.Context(), q, nil)
	if err != nil || len(report.Findings) != 0 || report.NoOdds != "" || report.NoModel == "" || fake.asked != 0 {
		t.Errorf("%+v, %v, asked %d times", report, err, fake.asked)
	}
}

// TestAlike: probabilities that are all alike are noticed.
func TestAlike(t *testing.T) {
	fake := newOddsFake(func(string) float64 { return -5 })
	fake.NoChat()
	report, err := newReviewer(fake).Review(t.Context(), manyPlaces(40), nil)
	if err != nil || len(report.Findings) != 0 || report.NoOdds != "its probabilities are all alike" {
		t.Errorf("%+v, %v", report, err)
	}
}

// TestSurpriseIsBounded: of a large change only so many places are asked about, and that
// is said; a cancelled one ends.
func TestSurpriseIsBounded(t *testing.T) {
	fake := newOddsFake(likes("<"))
	fake.NoChat()
	report, err := newReviewer(fake).Review(t.Context(), manyPlaces(300), nil)
	if err != nil || report.Compared != maxPlacesOfFunction || len(report.Skipped) != 1 {
		t.Errorf("%d compared, skipped %+v, %v", report.Compared, report.Skipped, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := newReviewer(fake).Review(ctx, manyPlaces(300), nil); err != context.Canceled {
		t.Errorf("cancelled: %v", err)
	}
}

// manyPlaces is a function with so many comparisons, all of them new.
func manyPlaces(n int) Request {
	text := "package a\n\nfunc f(a, b int) (n int) {\n" + strings.Repeat("\tif a < b {\n\t\tn = a\n\t}\n", n) + "\treturn n\n}\n"
	return Request{Files: oneChanged("a.go", "package a\n", text)}
}

// TestSurpriseGivesWay: typing goes first, and the review goes on where it was.
func TestSurpriseGivesWay(t *testing.T) {
	fake := newOddsFake(likes("<"))
	fake.NoChat()
	report, err := newReviewer(gate.Wrap(fake)).Review(t.Context(), offByOne(), nil)
	if err != nil || len(report.Findings) != 1 {
		t.Errorf("%+v, %v", report, err)
	}
}

// TestSurpriseIsMasked: nothing is asked about a line with a credential, and no prompt
// has it.
func TestSurpriseIsMasked(t *testing.T) {
	const token = "ghp_a8Kd02jfLs93mXn4bV7cQ1wErT5yU6iO0pZx"
	fake := newOddsFake(likes("<"))
	fake.NoChat()
	text := "package a\n\nfunc f(a, b int) bool {\n\tif a <= b {\n\t\tsend(\"" + token + "\", a <= b)\n\t}\n\treturn true\n}\n"
	var prompts strings.Builder
	r := newReviewer(promptsOf{fake, &prompts})
	report, err := r.Review(t.Context(), Request{Files: oneChanged("a.go", "package a\n", text)}, nil)
	if err != nil || prompts.Len() == 0 || strings.Contains(prompts.String(), token) {
		t.Errorf("%v; asked %s", err, prompts.String())
	}
	for _, f := range report.Findings {
		if f.StartLine == 5 && f.Words {
			t.Errorf("%+v", f)
		}
	}
}

type promptsOf struct {
	model.Backend
	all *strings.Builder
}

func (p promptsOf) Generate(ctx context.Context, r model.Request) (model.Response, error) {
	p.all.WriteString(r.Prompt.String() + strings.Join(r.Score, ""))
	return p.Backend.Generate(ctx, r)
}

func oneChanged(path, old, now string) []diff.File {
	return []diff.File{changedFile(path, []byte(old), []byte(now))}
}
