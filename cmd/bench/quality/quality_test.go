package main

import (
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/prompt"
	"github.com/airside-ls/airside/completion/syntax"
)

var update = flag.Bool("update", false, "write the golden files")

var three = []string{"Go", "Python", "TypeScript"}

// shop is the small repository of testdata, in a folder of the test's.
func shop(t *testing.T) *repository {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/shop.txtar")
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "shop")
	for _, f := range archive.Files {
		if err := write(filepath.Join(dir, f.Name), f.Data); err != nil {
			t.Fatal(err)
		}
	}
	r, err := readRepository("shop", dir, three, func(string) bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// golden compares with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is otherwise; -update writes it:\n%s", path, got)
	}
}

// TestPlaces: what is wanted at each place that a seed draws, of one file at most a
// place; what is cut out is nowhere in the copy.
func TestPlaces(t *testing.T) {
	var b strings.Builder
	var each [][]kind
	for _, k := range kinds {
		each = append(each, []kind{k})
	}
	for i, chosen := range append([][]kind{kinds}, each...) {
		seed := uint64(i)
		r := shop(t)
		before := map[string]string{}
		for _, files := range r.files {
			for _, f := range files {
				before[f.path] = f.text
			}
		}
		w := placeFilter{Seed: seed, N: 5, Languages: three, Kinds: chosen}
		places := choose([]*repository{r}, w)
		if again := choose([]*repository{r}, w); !reflect.DeepEqual(places, again) {
			t.Errorf("seed %d draws other places the second time", seed)
		}
		if err := r.cutOut(places); err != nil {
			t.Fatal(err)
		}
		files := map[string]bool{}
		for _, p := range places {
			if p.whole(p.Want) != before[p.Path] {
				t.Errorf("%s: with what is wanted it is not the file", p.Path)
			}
			if files[p.Path] {
				t.Errorf("%s has two places", p.Path)
			}
			files[p.Path] = true
			disk, err := os.ReadFile(filepath.Join(r.scratch, p.Path))
			if err != nil || string(disk) != p.Text {
				t.Errorf("%s lies otherwise on the disk: %v", p.Path, err)
			}
			line := p.Text[strings.LastIndexByte(p.Text[:p.At], '\n')+1 : p.At]
			fmt.Fprintf(&b, "seed %d %s:%d %s\n\t%q ¦ %q ¦ %q", seed, p.Path, strings.Count(p.Text[:p.At], "\n")+1, p.Kind, line, p.Want, p.rest())
			if p.Symbol != "" {
				fmt.Fprintf(&b, " %s of %s", p.Symbol, strings.Join(p.Declared, ", "))
			}
			b.WriteString("\n")
		}
	}
	golden(t, "places.golden", b.String())
}

// TestStrata: as many of each kind, and each repository in its turn.
func TestStrata(t *testing.T) {
	one, two := shop(t), shop(t)
	two.name = "other"
	for _, n := range []int{1, 4, 7} {
		w := placeFilter{Seed: 3, N: n, Languages: []string{"Go"}, Kinds: []kind{lineEnd, wholeLine}}
		if got := w.of(0) + w.of(1); got != n {
			t.Errorf("of %d places %d are drawn", n, got)
		}
	}
	w := placeFilter{Seed: 3, N: 4, Languages: []string{"Go"}, Kinds: []kind{lineEnd, wholeLine}}
	places := choose([]*repository{one, two}, w)
	count := map[string]int{}
	for _, p := range places {
		count[p.Repository+" "+string(p.Kind)]++
	}
	if want := map[string]int{"shop line end": 1, "shop line": 1, "other line end": 1, "other line": 1}; !reflect.DeepEqual(count, want) {
		t.Errorf("drawn are %v, want %v", count, want)
	}
	w.N = 100
	if got := short(choose([]*repository{one, two}, w), w); len(got) == 0 || !strings.HasPrefix(got[0], "Go, line end: ") {
		t.Errorf("that there are too few is not told: %q", got)
	}
	other := w
	other.N, other.Seed = 4, 4
	if reflect.DeepEqual(places, choose([]*repository{one, two}, other)) {
		t.Error("another seed draws the same places")
	}
}

// TestCopies: a line that stands elsewhere, too, is no place.
func TestCopies(t *testing.T) {
	r := shop(t)
	for lines, want := range map[string]int{
		"	keeper := store.NewKeeper()": 1,
		"if err != nil {":              2,
		"  if err != nil {\n\t\treturn \"\", fmt.Errorf(\"nothing is paid: %w\", err)": 1,
		"\n    for sale in sales:": 0,
		"for sale in sales:":       2,
		"func nowhere() {}":        0,
	} {
		if got := r.copies(strings.Split(lines, "\n")); got != want {
			t.Errorf("%q stands at %d places, want %d", lines, got, want)
		}
	}
}

func TestBirthdays(t *testing.T) {
	day := func(s string) time.Time {
		d, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	stamp := func(written, committed string) string {
		return fmt.Sprintf("commit %d %d\n\n", day(written).Unix(), day(committed).Unix())
	}
	got := parseBirthdays(stamp("2019-03-01", "2019-03-02") + "A\told.go\nA\tback.go\n" +
		stamp("2024-12-30", "2025-01-02") + "A\tbetween.go\n" +
		stamp("2025-02-01", "2025-02-01") + "A\tdir/new one.go\nR100\told.go\tmoved.go\nA\tback.go\n" +
		stamp("2026-01-01", "2026-01-01") + "R080\tmoved.go\tagain.go\nR090\tnever seen.go\tunknown.go\n")
	want := map[string]string{
		"old.go": "2019-03-01", "moved.go": "2019-03-01", "again.go": "2019-03-01", "back.go": "2019-03-01",
		"between.go": "2024-12-30", "dir/new one.go": "2025-02-01",
	}
	if len(got) != len(want) {
		t.Errorf("known are %v", got)
	}
	for path, date := range want {
		if !got[path].Equal(day(date)) {
			t.Errorf("%s is of %v, want %s", path, got[path], date)
		}
	}
}

// at is a place at the first ¦ of a file of the shop.
func at(t *testing.T, r *repository, title, path, before string, want string) place {
	t.Helper()
	for _, f := range r.files[title] {
		if i := strings.Index(f.text, before); f.path == path && i >= 0 {
			from := i + len(before)
			if !strings.HasPrefix(f.text[from:], want) {
				t.Fatalf("%s has no %q there", path, want)
			}
			return f.place(otherFile, cut{from, from + len(want)})
		}
	}
	t.Fatalf("%s has no %q", path, before)
	return place{}
}

// TestRecipes: the prompts of other programs, for two families of models.
func TestRecipes(t *testing.T) {
	qwen := prompt.Choose(model.Info{Model: "qwen2.5-coder"})
	llama := prompt.Choose(model.Info{Model: "codellama"})
	var b strings.Builder
	for _, of := range []struct {
		title, path, before, want string
		form                      prompt.Form
	}{
		{"Go", "store/till.go", "order, err := t.keeper.", "FindOrder(number)", qwen},
		{"Python", "report/print.py", "footer = ", "sum_of_sales(sales)", llama},
	} {
		for _, recipe := range recipes {
			r := shop(t)
			p := at(t, r, of.title, of.path, of.before, of.want)
			if err := r.cutOut([]place{p}); err != nil {
				t.Fatal(err)
			}
			w := recipe.window(deskOf(r, p, 1, 1024))
			fmt.Fprintf(&b, "=== %s, %s, %s\n%s\n", recipe.name, of.form.Name, of.path, of.form.Build(w).Prompt)
			if strings.Contains(of.form.Build(w).Prompt.String(), of.before+of.want) {
				t.Errorf("%s shows what is wanted in %s", recipe.name, of.path)
			}
		}
	}
	golden(t, "recipes.golden", b.String())
}

// TestRecipeSizes: what a long file and many others leave of a prompt.
func TestRecipeSizes(t *testing.T) {
	r := shop(t)
	var list []*file
	for i := range 40 {
		text := strings.Repeat(fmt.Sprintf("\tthis is line of file %d, and longer than most\n", i), 400)
		list = append(list, &file{repository: r, path: fmt.Sprintf("many/f%d.go", i), language: "go", title: "Go", text: text, lines: strings.Split(text, "\n")})
	}
	r.files["Go"] = list
	text := strings.Repeat("\tshort()\n", 1000)
	p := place{Repository: "shop", Path: "many/here.go", Language: "go", Title: "Go", Text: text + text, At: len(text)}
	for _, tt := range []struct {
		recipe      recipe
		context     int
		prefix      [2]int // bytes, at least and at most
		suffix      [2]int
		files       int
		filesTokens int // at most
	}{
		{recipes[0], 1024, [2]int{1100, 1152}, [2]int{300, 384}, 1, 256},
		{recipes[0], 16384, [2]int{2200, 2400}, [2]int{570, 590}, 16, 14000},
		{recipes[1], 2048, [2]int{2100, 3200}, [2]int{500, 615}, 0, 0},
		{recipes[2], 2048, [2]int{100, 1536}, [2]int{100, 200}, 0, 0},
	} {
		w := tt.recipe.window(deskOf(r, p, 1, tt.context))
		tokens := 0
		for _, f := range w.Files {
			tokens += len(f.Text) / tokenBytes
		}
		if n := len(w.Prefix); n < tt.prefix[0] || n > tt.prefix[1] {
			t.Errorf("%s with %d tokens shows %d bytes before the cursor", tt.recipe.name, tt.context, n)
		}
		if n := len(w.Suffix); n < tt.suffix[0] || n > tt.suffix[1] {
			t.Errorf("%s with %d tokens shows %d bytes behind the cursor", tt.recipe.name, tt.context, n)
		}
		if len(w.Files) != tt.files || tokens > tt.filesTokens {
			t.Errorf("%s with %d tokens shows %d files with %d tokens", tt.recipe.name, tt.context, len(w.Files), tokens)
		}
	}
}

func TestJudge(t *testing.T) {
	trees := syntax.NewCache(syntax.DefaultLimits)
	defer trees.CloseAll()
	const text = "package a\n\nfunc f(x []int) {\n\tif len() > 1 {\n\t\t\n\t}\n}\n"
	call := place{Language: "go", Text: text, At: strings.Index(text, "len(") + 4, Want: "x"}
	body := place{Language: "go", Text: text, At: strings.Index(text, "\t\t\n") + 2, Want: "x = x[1:]\n\t\tf(x)"}
	for _, tt := range []struct {
		name         string
		p            place
		text, shown  string
		exact, right bool
		parses       bool
		saved        int
		least, most  float64 // similarity
	}{
		{"right and shown", call, "x", "x", true, true, true, 1, 1, 1},
		{"right and not shown", call, "x", "", true, false, false, 0, 1, 1},
		{"it repeats what stands behind", call, "x) > 1 {", "x) > 1 {", true, true, false, 1, 1, 1},
		{"wrong", call, "y", "y", false, false, true, 0, 0, 0},
		{"nothing", call, "", "", false, false, false, 0, 0, 0},
		{"it does not parse", call, "x[", "x[", false, false, false, 1, 0.5, 0.5},
		{"all lines", body, "x = x[1:]\n\t\tf(x)", "x = x[1:]\n\t\tf(x)", true, true, true, 16, 1, 1},
		{"more lines than wanted", body, "x = x[1:]  \n\t\tf(x)\n\t\tf(x)", "", true, false, false, 0, 1, 1},
		{"the first of two", body, "x = x[1:]", "x = x[1:]", false, false, true, 9, 0.5, 0.6},
		{"half of a word", body, "x = xs", "x = xs", false, false, true, 3, 0.2, 0.4},
	} {
		j := judge(trees, "way", tt.p, answer{Text: tt.text, Shown: tt.shown})
		if j.Exact != tt.exact || j.Right != tt.right || j.Parses != tt.parses || j.Saved != tt.saved || j.Similarity < tt.least || j.Similarity > tt.most {
			t.Errorf("%s: exact %v, right %v, parses %v, saved %d, similarity %.2f", tt.name, j.Exact, j.Right, j.Parses, j.Saved, j.Similarity)
		}
	}
}

func TestFigures(t *testing.T) {
	p := func(language string, k kind) place {
		return place{Title: language, Kind: k, Want: "1234567890", Symbol: "Find", Declared: []string{"a/find.go"}}
	}
	chosen := []definition{{"a/find.go", "Findings", ""}, {"b/find.go", "Find", ""}}
	all := []judgement{
		{place: p("Go", lineEnd), Way: "a", answer: answer{Shown: "x", Took: 10 * time.Millisecond, PromptTokens: 100}, Exact: true, Right: true, Parses: true, Saved: 10, Similarity: 1},
		{place: p("Go", block), Way: "a", answer: answer{Shown: "x", Took: 30 * time.Millisecond, PromptTokens: 300, Chosen: chosen}, Saved: 5, Similarity: 0.5},
		{place: p("Python", block), Way: "a", answer: answer{Took: 20 * time.Millisecond, Cut: true, Chosen: append(chosen, definition{"a/find.go", "Keeper.Find", ""})}},
		{place: p("Go", lineEnd), Way: "b"},
	}
	got := add(all, "a", "", "")
	got.Low, got.High = math.Round(got.Low), math.Round(got.High)
	want := figures{
		Way: "a", Places: 3, Exact: 100.0 / 3, Low: 6, High: 79, Similarity: 50, Shown: 200.0 / 3, Right: 50, Parses: 50, Saved: 50,
		P50MS: 20, P95MS: 30, PromptTokens: 200, Cut: 1, Needed: 3, Recall: 100.0 / 3,
	}
	if got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if n := len(everything(all, []string{"a", "b"}, three, kinds)); n != 12 {
		t.Errorf("%d lines of figures", n)
	}
	text := table(all, []string{"a", "b"}, three[:2], kinds)
	for _, part := range []string{"\nall ", "\nGo ", "\nPython ", "1 not in time", "\nall, block "} {
		if !strings.Contains(text, part) {
			t.Errorf("the table has no %q:\n%s", part, text)
		}
	}
	svg := picture(all, []string{"a", "b"}, three[:2], func(w string) bool { return w == "a" }, "a < b")
	if !strings.Contains(svg, "a &lt; b") || strings.Count(svg, "<circle") != 4 {
		t.Errorf("the picture:\n%s", svg)
	}
}

func TestFlags(t *testing.T) {
	o, dirs, err := parse(strings.Fields("-languages go,typescript -kinds block -ways Tabby -since 2026-02-01 a b"))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(o.Languages, []string{"Go", "TypeScript"}) || !slices.Equal(o.Kinds, []kind{block}) || !slices.Equal(o.ways, []string{"Tabby"}) ||
		!slices.Equal(dirs, []string{"a", "b"}) || o.since.Month() != time.February {
		t.Errorf("%+v of %v", o, dirs)
	}
	for _, bad := range []string{"", "-languages cobol a", "-kinds words a", "-ways guess a", "-since yesterday a"} {
		if _, _, err := parse(strings.Fields(bad)); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

// TestRecord: a run that was broken off goes on, and only places are told of at which
// all ways have answered.
func TestRecord(t *testing.T) {
	path := filepath.Join(t.TempDir(), "answers.jsonl")
	m := measurement{options: options{backend: "builtin", ways: []string{"a", "b"}}}
	places := []place{{Repository: "r", Path: "x.go", Title: "Go"}, {Repository: "r", Path: "y.go", Title: "Go", number: 1}, {Repository: "s", Path: "x.py", Title: "Python", number: 2}}
	if list := parts(places); len(list) != 2 || len(list[0]) != 2 || len(list[1]) != 1 {
		t.Errorf("the parts are %v", list)
	}
	if known, err := readRecord(path); err != nil || len(known) != 0 {
		t.Errorf("there is none yet: %v, %v", known, err)
	}
	for i, p := range places[:2] {
		if err := keep(path, m.key("a", p), answer{Text: "one\n¦two", PromptTokens: i}); err != nil {
			t.Fatal(err)
		}
	}
	half, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = half.WriteString(`{"key":"half`)
		half.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	known, err := readRecord(path)
	if err != nil || len(known) != 2 || known[m.key("a", places[1])].PromptTokens != 1 || known[m.key("a", places[0])].Text != "one\n¦two" {
		t.Errorf("known are %v, %v", known, err)
	}
	if _, has := known[m.key("b", places[0])]; has {
		t.Error("another way's answer is taken for this one's")
	}
	m.all = []judgement{{place: places[1], Way: "a"}, {place: places[0], Way: "a"}, {place: places[1], Way: "b"}, {place: places[2], Way: "b"}}
	m.keepWhole()
	if len(m.all) != 2 || m.all[0].number != 1 || m.all[1].Way != "b" {
		t.Errorf("kept are %v", m.all)
	}
}

// TestAblations: each way says of each part whether it is on.
func TestAblations(t *testing.T) {
	for _, definitions := range []bool{false, true} {
		seen := map[string]bool{}
		for _, a := range ablationsOf(definitions) {
			set := strings.Join(a.environ, " ")
			if seen[set] || len(a.environ) != map[bool]int{false: 1, true: 2}[definitions] || strings.Count(set, "=true") != len(a.keeps) {
				t.Errorf("%s is %s and keeps %v", a.name, set, a.keeps)
			}
			seen[set] = true
		}
	}
}
