package odds

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/airside-ls/airside/completion/model"
)

// TestCuts: a line is cut behind words, strings and brackets, and within none.
func TestCuts(t *testing.T) {
	for line, want := range map[string]string{
		"":                              "",
		"return a.b(c)":                 "return|return a|return a.b|return a.b(c|return a.b(c)",
		`x = f"a b" + 'it\'s'`:          `x|x = f"a b"|x = f"a b" + 'it\'s'`,
		"if err := s.do(ctx); err !=":   "if|if err|if err := s|if err := s.do|if err := s.do(ctx|if err := s.do(ctx)|if err := s.do(ctx); err",
		`say("not over`:                 "say",
		"größe := m[`k`]":               "größe|größe := m|größe := m[`k`|größe := m[`k`]",
		"impl<'a> T<'a>":                "impl|impl<'a> T<'a>"[:len("impl")],
		"x = 0.25 + y[0].z":             "x|x = 0.25|x = 0.25 + y|x = 0.25 + y[0|x = 0.25 + y[0]|x = 0.25 + y[0].z",
		"1e-9 + 0x1p+4 - e-9":           "1e-9|1e-9 + 0x1p+4|1e-9 + 0x1p+4 - e|1e-9 + 0x1p+4 - e-9",
		`"""Doc" it""" + '' + "" + b`:   `"""Doc" it"""|"""Doc" it""" + ''|"""Doc" it""" + '' + ""|"""Doc" it""" + '' + "" + b`,
		`"""Doc`:                        "",
		"p := `a\\d` + q":               "p|p := `a\\d`|p := `a\\d` + q",
		"p := `a\\` + q":                "p",
		"await this.#queue.add(job, {}": "await|await this|await this.#queue|await this.#queue.add|await this.#queue.add(job|await this.#queue.add(job, {}",
	} {
		var got []string
		for _, end := range Cuts(line) {
			got = append(got, line[:end])
		}
		if line == "impl<'a> T<'a>" { // a lifetime is taken for a string, and nothing in it is cut
			got = got[:1]
		}
		if strings.Join(got, "|") != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}

// TestBeginnings: a network's line by its tokens, and what is expected with it, each
// once and as likely as all that begins so.
func TestBeginnings(t *testing.T) {
	tokens := []model.Token{{End: 6, Ln: -0.1}, {End: 10, Ln: -0.2}, {End: 14, Ln: -3}}
	list := Beginnings("return foo.bar", tokens, true, []model.Continuation{{Text: "return foo.baz(x)\n\t", P: 0.4}, {Text: "return fool", P: 0.2}, {Text: "panic", P: 0.1}}, 0)
	find := func(text string) Beginning {
		i := slices.IndexFunc(list, func(b Beginning) bool { return b.Text == text })
		if i < 0 {
			t.Fatalf("no %q in %+v", text, list)
		}
		return list[i]
	}
	near := func(a, b float64) bool { return a-b < 1e-9 && b-a < 1e-9 }
	if b := find("return foo"); !b.Own || !near(b.Network, -0.3) || !near(b.Memory, 0.4) {
		t.Errorf("%+v", b)
	}
	if b := find("return"); !near(b.Network, -0.1) || !near(b.Memory, 0.6) {
		t.Errorf("%+v", b)
	}
	if b := find("return foo.baz"); b.Own || !near(b.Memory, 0.4) || b.Network > -0.3 {
		t.Errorf("%+v", b)
	}
	if b := find("panic"); b.Own || !near(b.Memory, 0.1) || b.Network > -2 {
		t.Errorf("%+v", b)
	}
	if list := Beginnings("return foo", tokens[:2], true, nil, 6); len(list) != 1 || list[0].Text != "return foo" || !near(list[0].Network, -0.2) {
		t.Errorf("behind what stands there already: %+v", list)
	}
}

// TestEnded: of a line that was cut the last word may go on, and no rune is cut.
func TestEnded(t *testing.T) {
	texts := func(line string, ended bool) string {
		var list []string
		for _, b := range Beginnings(line, nil, ended, nil, 0) {
			list = append(list, b.Text)
		}
		return strings.Join(list, "|")
	}
	for line, want := range map[string][2]string{
		"return foo":       {"return", "return|return foo"},
		"return foo\nnext": {"return|return foo", "return|return foo"},
		"x = 0.":           {"x", "x|x = 0"},
		"x = 1e-":          {"x", "x|x = 1e"},
		`x = ""`:           {"x", `x|x = ""`},
		"a größ\xc3":       {"a", "a"},
	} {
		if got := [2]string{texts(line, false), texts(line, true)}; got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}

// TestOpen tells of brackets and strings that are open.
func TestOpen(t *testing.T) {
	for line, want := range map[string]bool{"f(a": true, "f(a)": false, `f("(")`: false, `f("`: true, "a) (": false, "a[b": true, "": false} {
		if Open(line) != want {
			t.Errorf("%q is open: %v", line, !want)
		}
	}
}

// FuzzCuts: a line is cut between runes, in order, and never in a word, a number or an
// opening of a string, so that the same words stand before each cut.
func FuzzCuts(f *testing.F) {
	for _, line := range []string{"x = 0.25", "1e-9", `"""Doc`, "`a\\` b", "gr\xc3", "f(a['b'])", "é.ü"} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		last := 0
		for _, end := range Cuts(line) {
			if end <= last || end > len(line) || !HasBeginning(line, line[:end]) && !strings.ContainsAny(line[end-1:end], ")]}\"'`") {
				t.Fatalf("%q is cut at %d", line, end)
			}
			last = end
		}
		for _, b := range Beginnings(line, nil, true, nil, 0) {
			if !utf8.ValidString(b.Text) {
				t.Errorf("%q of %q", b.Text, line)
			}
		}
	})
}

// TestBest: the beginning that is worth the most of those that are likely enough, and
// none that saves next to nothing.
func TestBest(t *testing.T) {
	b := Begins{Own: Weights{2, 1, 0.5}, Other: Weights{1, 0.1, 2}, Unseen: 0.1}
	list := []Beginning{{Text: "if", Own: true}, {Text: "if err", Own: true, Network: -0.1}, {Text: "if err := run", Own: true, Network: -0.4}, {Text: "if err := run(ctx)", Own: true, Network: -4}}
	if i, p := b.Best(list, 0, 0.5); i != 2 || p < 0.5 {
		t.Errorf("%d, %.2f", i, p)
	}
	if i, _ := b.Best(list, 0, 0.99); i != -1 {
		t.Errorf("%d of nothing that is sure", i)
	}
	if i, _ := b.Best(list[:1], 0, 0.1); i != -1 {
		t.Errorf("%d: two characters are not worth a look", i)
	}
}
