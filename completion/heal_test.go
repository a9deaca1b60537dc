package completion

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/modeltest"
)

// newWhole returns a model of a family that reads whole tokens.
func newWhole(demands bool) *modeltest.Fake {
	fake := modeltest.NewFake("")
	fake.SetInfo(func(i *model.Info) {
		i.Demands = demands
		i.Controls = []string{"<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|file_sep|>", "<|repo_name|>"}
	})
	return fake
}

// TestHealed: a prompt ends where a token does, and the answer begins with the
// rest, of which nothing is shown.
func TestHealed(t *testing.T) {
	for _, tt := range []struct{ prompt, demand, after, answer string }{
		{"", "\t", "", "c := a"},
		{"\treturn fmt", ".Err", "", "orf()"},
		{"\tc", " :=", "", " a"},
		{"\tf", "(", ")", "a"},
	} {
		for _, demands := range []bool{true, false} {
			fake := newWhole(demands)
			fake.Answer(tt.answer)
			if !demands { // it goes on as the document does, of its own accord
				fake.Answer(tt.demand + tt.answer)
			}
			e := newEngine(t, fake)
			typed := tt.prompt + tt.demand
			r := docAt(t, "a.go", "package p\n\nfunc f(a, b int) int {\n"+typed+"¦"+tt.after+"\n}\n")
			res, err := e.Complete(t.Context(), r)
			if err != nil || shownAt(r, res) != tt.answer {
				t.Errorf("%q, demands %v: got %q (%s), %v; want %q", typed, demands, shownAt(r, res), res.Reason, err, tt.answer)
			}
			want := "int {\n" + tt.prompt + "<|fim_suffix|>"
			if p := fake.Prompts(); len(p) != 1 || !strings.Contains(p[0].String(), want) {
				t.Errorf("%q, demands %v: prompts %q, want one with %q", typed, demands, p, want)
			}
		}
	}
}

// TestDiverged: a model that cannot be held to what is typed and goes on otherwise
// is asked again, with a prompt that shows all of it.
func TestDiverged(t *testing.T) {
	fake := newWhole(false)
	fake.Script(func(p model.Prompt) modeltest.Reply {
		if strings.Contains(p.String(), "return fmt.Err<|fim_suffix|>") {
			return modeltest.Reply{Text: "orf()"}
		}
		return modeltest.Reply{Text: " nil", Endless: true}
	})
	e := newEngine(t, fake)
	r := docAt(t, "a.go", "package p\n\nfunc f() error {\n\treturn fmt.Err¦\n}\n")
	res, err := e.Complete(t.Context(), r)
	if err != nil || shownAt(r, res) != "orf()" {
		t.Errorf("%+v, %v", res, err)
	}
	if c := fake.Counts(); c.Started != 2 || c.Enough != 1 {
		t.Errorf("%+v", c)
	}
}

// TestSelectedIsWhole: the entry of a popup is a word by itself.
func TestSelectedIsWhole(t *testing.T) {
	fake := newWhole(true)
	fake.Answer("(a, b)")
	e := newEngine(t, fake)
	r := docAt(t, "a.go", "package p\n\nfunc f(a, b int) int {\n\treturn ad¦\n}\n")
	r.Selected = &Replacement{Start: r.Offset - 2, End: r.Offset, Text: "addAll"}
	if res, err := e.Complete(t.Context(), r); err != nil || len(res.Suggestions) != 1 || res.Suggestions[0].Text != "addAll(a, b)" {
		t.Errorf("%+v, %v", res, err)
	}
}

// TestLineStarts: at hundreds of line starts, behind their indentation, nothing that
// is shown begins with a blank, whatever blanks a model begins with.
func TestLineStarts(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, others := range []string{"../editors/vscode/src/*.ts", "../testdata/model/*.py"} {
		more, err := filepath.Glob(others)
		if err != nil || len(more) == 0 {
			t.Fatalf("%s: %v", others, err)
		}
		files = append(files, more...)
	}
	for _, demands := range []bool{true, false} {
		fake := newWhole(demands)
		e := newEngine(t, fake)
		places, shown := 0, 0
		for _, file := range files {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			lines := strings.SplitAfter(string(raw), "\n")
			for n := 7; n < len(lines); n += 29 {
				rest := strings.TrimLeft(lines[n], " \t")
				indent := lines[n][:len(lines[n])-len(rest)]
				if rest = strings.TrimRight(rest, "\n"); indent == "" || len(rest) < 4 {
					continue
				}
				answer := []string{rest, " " + rest, "\t" + rest, indent + rest, indent + indent + rest}[places%5]
				fake.Script(func(model.Prompt) modeltest.Reply { return modeltest.Reply{Text: answer + "\n"} })
				before := strings.Join(lines[:n], "") + indent
				r := Request{
					Document: Document{Path: file, Language: LanguageOf(file), Text: before + "\n" + strings.Join(lines[n+1:], "")},
					Offset:   len(before), Trigger: Invoked,
				}
				res, err := e.Complete(t.Context(), r)
				if err != nil {
					t.Fatal(err)
				}
				places++
				if text := shownAt(r, res); text != "" {
					shown++
					if strings.TrimLeft(text, " \t") != text {
						t.Errorf("%s:%d, demands %v: %q is answered, %q shown", file, n+1, demands, answer, text)
					}
				}
			}
		}
		if places < 200 || shown < places/2 {
			t.Errorf("demands %v: %d places, at %d of them something is shown", demands, places, shown)
		}
	}
}
