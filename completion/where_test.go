package completion

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/modeltest"
	"github.com/airside-ls/airside/completion/secrecy"
)

func TestGlobs(t *testing.T) {
	for _, tt := range []struct {
		glob, file string
		want       bool
	}{
		{"*.md", "/home/ada/p/README.md", true},
		{"*.md", "/home/ada/p/a.mdx", false},
		{"vendor", "/p/vendor/a/b.go", true},
		{"vendor/", "/p/vendor/a/b.go", true},
		{"**/vendor/**", "/p/vendor/a/b.go", true},
		{"vendor", "/p/vendors/b.go", false},
		{"docs/*.txt", "/p/docs/a.txt", true},
		{"docs/*.txt", "/p/docs/b/a.txt", false},
		{"docs/**/*.txt", "/p/docs/b/c/a.txt", true},
		{"docs/**/*.txt", "/p/docs/a.txt", true},
		{"/p/docs", "/p/docs/a.txt", true},
		{"/p/docs/**", "/p/docs/a.txt", true},
		{"/docs", "/p/docs/a.txt", false},
		{"/**/docs", "/p/docs/a.txt", true},
		{"**", "/p/a.txt", true},
		{"**/*", "untitled:Untitled-1", true},
		{"*.{md,txt}", "/p/a.txt", true},
		{"*.{md,txt}", "/p/a.go", false},
		{"{a,b{c,d}}/*", "/p/bd/x", true},
		{"*.{md", "/p/a.{md", true},
		{"[a-c].go", "/p/b.go", true},
		{"~/work", "/home/ada/work/x.go", true},
		{"~/work", "/p/home/ada/work/x.go", false},
		{"a/**/b/**/c", "/x/a/1/b/2/c", true},
		{"a/**/b/**/c", "/x/a/1/c/2/b", false},
		{"/a/b", "/a", false},
	} {
		covered := false
		for _, g := range parseGlobs(tt.glob, "/home/ada") {
			covered = covered || g.covers(pathParts(tt.file))
		}
		if covered != tt.want {
			t.Errorf("%s covers %s: %v", tt.glob, tt.file, covered)
		}
	}
	if n := len(parseGlobs(strings.Repeat("{a,b}", 30), "")); n > maxBraces {
		t.Errorf("%d globs of one", n)
	}
	odd := "/p/a [b] {c}*"
	if g := parseGlobs(globOf(odd), ""); len(g) != 1 || !g[0].covers(pathParts(odd+"/x")) || g[0].covers(pathParts("/p/a b c/x")) {
		t.Errorf("%q is written %q", odd, globOf(odd))
	}
}

func TestWhere(t *testing.T) {
	for _, tt := range []struct {
		languages, exclude string
		language, file     string
		want               string // a part of the reason
	}{
		{"", "", "go", "/p/a.go", ""},
		{"go python", "", "go", "/p/a.go", ""},
		{"go python", "", "rust", "/p/a.rs", "rust is not among completion.languages"},
		{"!markdown", "", "markdown", "/p/a.md", "markdown is off by completion.languages"},
		{"!markdown", "", "go", "/p/a.go", ""},
		{"* !markdown", "", "go", "/p/a.go", ""},
		{"go !go", "", "go", "/p/a.go", "go is off"},
		{"!* go", "", "go", "/p/a.go", ""},
		{"!* go", "", "rust", "/p/a.rs", "rust is off"},
		{"!sh", "", "shellscript", "/p/a.sh", "shellscript is off"}, // Neovim's name and VS Code's
		{"!Markdown", "", "markdown", "/p/a.md", "markdown is off"},
		{"!brainfuck", "", "brainfuck", "/p/a.bf", "brainfuck is off"},
		{"go", "", "", "/p/a.go", ""},
		{"go", "", "", "/p/a", "a file without a language is not among"},
		{"", "*.md /q", "go", "/q/a.go", "a.go is off by completion.exclude (/q)"},
		{"", "*.md /q", "go", "/p/a.go", ""},
	} {
		w := newWanted(Coverage{Languages: strings.Fields(tt.languages), Exclude: strings.Fields(tt.exclude)})
		got := w.refusal(Document{Path: tt.file, Language: tt.language})
		if !strings.Contains(got, tt.want) || (got == "") != (tt.want == "") {
			t.Errorf("%q %q, %s in %s: %q", tt.languages, tt.exclude, tt.language, tt.file, got)
		}
	}
}

// TestSwitches: off and on again leaves what was there.
func TestSwitches(t *testing.T) {
	for _, tt := range []struct{ before, language, off string }{
		{"", "go", "!go"},
		{"!markdown", "go", "!markdown !go"},
		{"go python", "go", "go python !go"},
		{"!*", "go", "!*"},
	} {
		before := Coverage{Languages: strings.Fields(tt.before), Exclude: []string{"*.md"}}
		off := before.WithLanguage(tt.language, false)
		if got := strings.Join(off.Languages, " "); got != tt.off {
			t.Errorf("%q without %s: %q", tt.before, tt.language, got)
		}
		if s := off.Of(Document{Path: "/p/a", Language: tt.language}, "/p"); s.LanguageOn || !s.FolderOn {
			t.Errorf("%q: %+v", tt.off, s)
		}
		on := off.WithLanguage(tt.language, true)
		if is, _ := on.speaks(tt.language); !is {
			t.Errorf("%q with %s: %q", tt.off, tt.language, on.Languages)
		}
		if tt.before != "!*" && !slices.Equal(on.Languages, before.Languages) {
			t.Errorf("%q became %q", tt.before, on.Languages)
		}
	}
	w := Coverage{Exclude: []string{"*.md"}}
	off := w.WithFolder("/p/[x]", false)
	if s := off.Of(Document{Path: "/p/[x]/a.go", Language: "go"}, "/p/[x]"); s.FolderOn || s.By != "/p/[[]x]" {
		t.Errorf("%+v", s)
	}
	if on := off.WithFolder("/p/[x]", true); !slices.Equal(on.Exclude, w.Exclude) {
		t.Errorf("%q", on.Exclude)
	}
}

// TestWhereNobodyIsAsked: neither by typing nor by a key, nor ahead; the reason is
// in the trace and in the status, until the user is elsewhere or the settings are
// others.
func TestWhereNobodyIsAsked(t *testing.T) {
	fake := modeltest.NewFake("a + b")
	options := Options{Backends: []model.Backend{fake}, Where: Coverage{Languages: []string{"!go"}}, ReadAhead: func() bool { return true }, Wait: 1, Speculate: true}
	e := New(options)
	defer e.Close()
	r := docAt(t, filepath.Join(t.TempDir(), "a.go"), goFunc)
	r.Trigger, r.Alternatives = Invoked, 3
	e.DidOpen(r.Document)
	res, err := e.Complete(t.Context(), r)
	const why = "go is off by completion.languages"
	if err != nil || res.Reason != why || fake.Counts().Started > 0 || e.Traces()[0].Reason != why {
		t.Errorf("%+v, %v, %+v", res, err, fake.Counts())
	}
	if s := e.Status(); s.Withheld != why || s.Message != "no completions here: "+why {
		t.Errorf("%+v", s)
	}
	other := docAt(t, filepath.Join(t.TempDir(), "b.py"), goFunc)
	other.Document.Language = "python"
	awaits := func(withheld string) {
		for e.Status().Withheld != withheld { // it is looked at beside
			runtime.Gosched()
		}
	}
	e.Rests(other)
	awaits("")
	e.Rests(r)
	awaits(why)
	options.Where = Coverage{}
	if err := e.Reconfigure(options); err != nil {
		t.Fatal(err)
	}
	if s := e.Status(); s.Withheld != "" {
		t.Errorf("switched on: %+v", s)
	}
	if res, err := e.Complete(t.Context(), r); err != nil || len(res.Suggestions) == 0 {
		t.Errorf("%+v, %v", res, err)
	}
}

// TestRestsOnASlowDisk: who tells that a cursor rests, or types, does not wait for the
// disk, which has to say whether the file is a secret.
func TestRestsOnASlowDisk(t *testing.T) {
	asked, answer := make(chan struct{}, 100), make(chan struct{})
	disk := secrecy.New(secrecy.Options{GitIgnores: func(string) []string { asked <- struct{}{}; <-answer; return nil }})
	e := New(Options{Backends: []model.Backend{modeltest.NewFake("a + b")}, Secrecy: disk, ReadAhead: func() bool { return true }, Wait: 1})
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, ".git"), 0o700); err != nil {
		t.Fatal(err)
	}
	r := docAt(t, filepath.Join(dir, "a.go"), goFunc)
	e.Rests(r)
	<-asked
	for range 50 {
		e.Rests(r)
		e.DidChange(r.Document, nil)
	}
	close(answer)
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
}
