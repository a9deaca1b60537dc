package review

import (
	"strings"
	"testing"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/modeltest"
	"github.com/airside-ls/airside/completion/review/diff"
)

// TestNoCredentialIsShown: a function with a token in it is reviewed, and neither
// pass has the token; nor has what is reported.
func TestNoCredentialIsShown(t *testing.T) {
	const token, password = "ghp_a8Kd02jfLs93mXn4bV7cQ1wErT5yU6iO0pZx", "tr0ub4dor&3"
	text := "package p\n\nfunc login() error {\n\tcall(\"" + token + "\")\n\tpassword := \"" + password + "\"\n\treturn send(password)\n}\n"
	fake := newFake()
	var prompts []string
	fake.Script(func(p model.Prompt) modeltest.Reply {
		prompts = append(prompts, p.String())
		if strings.Contains(p.String(), "Another reviewer says") {
			return modeltest.Reply{Text: confirmed}
		}
		return modeltest.Reply{Text: `{"findings":[{"quote":"call(\"` + strings.Repeat("x", len(token)) + `\")","severity":"error","category":"security","message":"a token","fix":"call(os.Getenv(\"T\"))"},{"quote":"return send(password)","severity":"error","category":"bug","message":"no","fix":""}]}`}
	})
	old := []byte("package p\n\nfunc login() error {\n\tpassword := \"" + password + "4\"\n}\n")
	file := diff.File{Path: "p.go", Old: old, New: []byte(text), Hunks: []diff.Hunk{{OldStart: 4, OldLines: 1, NewStart: 4, NewLines: 3}}}
	report, err := newReviewer(fake).Review(t.Context(), Request{Files: []diff.File{file}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(prompts) != 3 || !strings.Contains(prompts[0], "func login()") {
		t.Fatalf("%d prompts", len(prompts))
	}
	for _, p := range prompts {
		if strings.Contains(p, token) || strings.Contains(p, password) {
			t.Errorf("shown:\n%s", p)
		}
	}
	model := 0
	for _, f := range report.Findings {
		if strings.Contains(f.Quote, token) || text[f.Start:f.End] != f.Quote {
			t.Errorf("%+v", f)
		}
		if f.Source == "model" {
			model++
		}
		if f.Message == "a token" && (f.Fix != nil || f.Quote != `call("`) {
			t.Errorf("%+v", f)
		}
	}
	if model != 2 {
		t.Errorf("%d findings of the model: %+v", model, report.Findings)
	}
}

func TestSecretFilesAreReadByTheRulesAlone(t *testing.T) {
	fake := newFake()
	r := newReviewer(fake)
	r.opts.Withheld = func(path string, by model.Info) string {
		if path == "/w/old.go" && by.Backend == "fake" {
			return "old.go is a secret"
		}
		return ""
	}
	now := "package p\n\nfunc f() {\n\tg(1)\n}\n"
	file := func(path, old string) diff.File {
		return diff.File{Path: path, OldPath: old, New: []byte(now), Hunks: []diff.Hunk{{NewStart: 1, NewLines: 5}}}
	}
	report, err := r.Review(t.Context(), Request{Root: "/w", Files: []diff.File{file("old.go", ""), file("new.go", "old.go"), file("other.go", "")}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Skipped) != 2 || report.Units != 1 || report.Skipped[0].Reason != "read by the rules alone: old.go is a secret" {
		t.Errorf("%+v", report)
	}
}
