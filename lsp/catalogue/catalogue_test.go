package catalogue

import (
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "take what no language has into untranslated.txt")

func TestLocales(t *testing.T) {
	for locale, want := range map[string]string{
		"de": "de", "de-AT": "de", "de_DE.UTF-8": "de", "DE": "de", "de_CH@euro": "de",
		"": "en", "C": "en", "C.UTF-8": "en", "en_US.UTF-8": "en", "dee": "en", "pt-br": "en", "../de": "en",
	} {
		if got := For(locale).Name(); got != want {
			t.Errorf("%q is %s, want %s", locale, got, want)
		}
	}
	for _, tt := range []struct {
		environ map[string]string
		want    string
	}{
		{map[string]string{"LANG": "de_DE.UTF-8"}, "de"},
		{map[string]string{"LANG": "de_DE.UTF-8", "LC_ALL": "C"}, "en"},
		{map[string]string{"LANG": "en_US.UTF-8", "LC_MESSAGES": "de_DE"}, "de"},
		{map[string]string{"LANG": "en_US.UTF-8", "LANGUAGE": "de:en"}, "de"},
		{map[string]string{"LANG": "fr_FR.UTF-8", "LANGUAGE": "fr:de"}, "de"},
		{map[string]string{"LANG": "de_DE.UTF-8", "LANGUAGE": "en_GB:de"}, "en"},
		{map[string]string{"LANG": "de_DE.UTF-8", "LANGUAGE": "de", "LC_ALL": "C"}, "en"},
		{map[string]string{"LANG": "C.UTF-8", "LANGUAGE": "de"}, "en"},
		{map[string]string{"LANGUAGE": "de"}, "en"},
		{nil, "en"},
	} {
		if got := ForEnvironment(func(name string) string { return tt.environ[name] }).Name(); got != tt.want {
			t.Errorf("%v is %s, want %s", tt.environ, got, tt.want)
		}
	}
}

func TestSay(t *testing.T) {
	l := newLanguage("test", map[string]string{
		"nothing found":     "nichts gefunden",
		"%d commits":        "%d Commits",
		"%s more at %s: %s": "%s mehr bei %s: %s",
		"%s has changes":    "%s hat Änderungen",
		"%s is %q at %d":    "%[3]s: %[1]s ist %[2]s",
		"rules alone: %s":   "nur Regeln: %s",
		"offline":           "ohne Netz",
		"%.0f%% sure":       "zu %s %% sicher",
	})
	for message, want := range map[string]string{
		"nothing found":                             "nichts gefunden",
		"Nothing found":                             "Nothing found",
		"nothing found.":                            "nichts gefunden.",
		" nothing found\n":                          " nichts gefunden\n",
		"nothing found; 12 commits":                 "nichts gefunden; 12 Commits",
		"2 commits more at origin: a b has changes": "2 Commits mehr bei origin: a b hat Änderungen",
		`x is "a \"b\"" at 7`:                       `7: x ist "a \"b\""`,
		"rules alone: nothing found":                "nur Regeln: nichts gefunden",
		"x commits":                                 "x commits",
		"offline has changes":                       "offline hat Änderungen", // a branch of that name
		"80% sure":                                  "zu 80 % sicher",
		"":                                          "",
	} {
		if got := l.Say(message); got != want {
			t.Errorf("%q became %q, want %q", message, got, want)
		}
		if got := (*Language)(nil).Say(message); got != message {
			t.Errorf("in English %q became %q", message, got)
		}
	}
	if got := l.Sayf("%s has changes", "nothing found"); got != "nothing found hat Änderungen" {
		t.Errorf("said %q", got)
	}
	if got := l.Sayf("%d commits", 3); got != "3 Commits" {
		t.Errorf("said %q", got)
	}
	if got := (*Language)(nil).Sayf("%q and %d", "x", 3); got != `"x" and 3` {
		t.Errorf("said %q", got)
	}
}

// FuzzSay: whatever stands in a message, it is said, and what is unknown is left alone.
func FuzzSay(f *testing.F) {
	f.Add("2 commits more at origin: `x` has changes that are not committed: commit or stash them")
	f.Add(strings.Repeat("a: ", 100) + "; , . \n")
	german := For("de")
	f.Fuzz(func(t *testing.T, message string) {
		german.Say(message)
	})
}

// texts reads a language's file; a key that stands there twice is a fault.
func texts(t *testing.T, name string) map[string]string {
	t.Helper()
	raw, err := files.ReadFile(name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var entries map[string]string
	if err := json.Unmarshal(raw, &entries); err != nil {
		t.Fatalf("%s.json: %v", name, err)
	}
	if lines := regexp.MustCompile(`(?m)^  "`).FindAll(raw, -1); len(lines) != len(entries) {
		t.Errorf("%s.json has %d lines with a key, and %d keys: one stands there twice, or not in a line of its own", name, len(lines), len(entries))
	}
	return entries
}

// TestEntries: each says something, and uses the values of its English, all of them.
func TestEntries(t *testing.T) {
	for _, name := range Names() {
		for english, text := range texts(t, name) {
			if strings.TrimSpace(text) == "" {
				t.Errorf("%s: %q says nothing", name, english)
			}
			f, _ := newForm(english, text)
			if f.weight < 3 {
				t.Errorf("%s: %q would be found in everything", name, english)
			}
			values := make([]string, len(f.kinds))
			for i := range values {
				values[i] = "\x00" + strconv.Itoa(i) + "\x00"
			}
			said := f.write(values)
			for i, v := range values {
				if strings.Count(said, v) != 1 {
					t.Errorf("%s: %q has the %d. value of its English %d times", name, text, i+1, strings.Count(said, v))
				}
			}
			if verb.MatchString(strings.ReplaceAll(said, "%", "%%")) && strings.Contains(said, "%!") || strings.Count(text, "`") != strings.Count(english, "`") {
				t.Errorf("%s: %q has other verbs or command lines than %q", name, text, english)
			}
			if quotedLines(english) != quotedLines(text) {
				t.Errorf("%s: %q names other command lines than %q", name, text, english)
			}
		}
	}
}

// quotedLines are the command lines in a text: editors put words of their own there.
func quotedLines(text string) string {
	lines := regexp.MustCompile("`[^`]*`").FindAllString(text, -1)
	slices.Sort(lines)
	return strings.Join(lines, " ")
}

// rooms are those whose messages people read in an editor, or of the commands that are
// translated.
var rooms = []string{
	"cmd/airside", "lsp", "lsp/editor", "lsp/reviewing", "lsp/workspace", "lsp/settings",
	"completion", "completion/review", "completion/review/rules", "completion/review/surprise", "completion/model", "completion/model/builtin",
	"completion/model/llamaserver", "completion/model/ollama", "completion/model/selector", "completion/model/servers",
	"gitsync", "gitsync/consent", "gitsync/reach", "gitsync/threads",
	"gitsync/repo", "gitsync/repo/refs", "gitsync/repo/wire", "gitsync/repo/worktree",
}

const untranslated = "untranslated.txt"

// foreign has what libraries and the system say through airside: a line for each.
const foreign = "foreign.txt"

// TestMissing: what people read has an entry in each language, or stands in a file that
// says what stays English. A text that is new fails here: give it an entry in each
// NAME.json, or, if it is for programs and logs, run: go test ./lsp/catalogue -update
func TestMissing(t *testing.T) {
	said := literals(t, rooms)
	listed := strings.Split(strings.TrimSpace(readFile(t, untranslated)), "\n")
	for _, name := range Names() {
		var pieces []string
		for english := range texts(t, name) {
			f, _ := newForm(english, "")
			pieces = append(pieces, english)
			pieces = append(pieces, f.parts...)
		}
		whole := strings.Join(pieces, "\x00")
		var missing []string
		for _, text := range said {
			if !covered(text, whole) {
				missing = append(missing, strconv.Quote(text))
			}
		}
		slices.Sort(missing)
		missing = slices.Compact(missing)
		if *update && name == "de" {
			if err := os.WriteFile(untranslated, []byte(strings.Join(missing, "\n")+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		for _, text := range missing {
			if !slices.Contains(listed, text) {
				t.Errorf("%s.json has no entry for %s", name, text)
			}
		}
	}
}

// TestStale: each key is still said somewhere. One that is put together from several
// texts has its parts among them.
func TestStale(t *testing.T) {
	sources := strings.Join(literals(t, []string{"lsp...", "completion...", "gitsync...", "cmd/airside..."}), "\x00") + readFile(t, foreign)
	for _, name := range Names() {
		for english := range texts(t, name) {
			f, _ := newForm(english, "")
			for _, part := range f.parts {
				for piece := range strings.SplitSeq(part, " ") {
					if piece = strings.Trim(piece, "s.:;,()1 "); !strings.Contains(sources, piece) {
						t.Errorf("%s.json: nobody says %q of %q any more", name, piece, english)
						break
					}
				}
			}
		}
	}
}

// covered tells whether the parts of a text around its verbs stand in entries.
func covered(text, entries string) bool {
	f, _ := newForm(text, "")
	for _, part := range f.parts {
		if part = strings.Trim(part, " \n;:,."); !strings.Contains(entries, part) {
			return false
		}
	}
	return true
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// words are what a text for people has: two in a row, or a verb beside one.
var words = regexp.MustCompile(`[A-Za-z]{2,}[,;:]? [a-z]{2,}|%[svdq] [a-z]{2,}|[a-z]{3,}:? %[svdqw]`)

// literals are the strings in the sources of rooms that look like texts for people. A
// room with "..." is all that is below it, and all its strings.
func literals(t *testing.T, rooms []string) []string {
	t.Helper()
	var list []string
	for _, room := range rooms {
		folder, all := strings.CutSuffix(room, "...")
		root := filepath.Join("../..", folder)
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if d.IsDir() {
				if path != root && !all {
					return filepath.SkipDir
				}
				return nil
			}
			if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return nil
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.ImportSpec:
					return false
				case *ast.Field:
					n.Tag = nil
				case *ast.CallExpr:
					return all || !logs(n)
				case *ast.BasicLit:
					if text, err := strconv.Unquote(n.Value); n.Kind == token.STRING && err == nil && (all || words.MatchString(text)) {
						list = append(list, text)
					}
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return list
}

// logs tells whether a call writes to the log, or makes a pattern: neither is read by
// the user.
func logs(call *ast.CallExpr) bool {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	return ok && slices.Contains([]string{"Debug", "Info", "Warn", "Error", "MustCompile"}, sel.Sel.Name) && len(call.Args) > 0
}

// TestNeovim: the plugin's texts have an entry in each language, with the same places for
// values in the same order, and nothing else has.
func TestNeovim(t *testing.T) {
	const folder = "../../editors/nvim/lua/airside/"
	quotedText := `(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")`
	textOf := func(match []string) string {
		return strings.NewReplacer(`\'`, "'", `\"`, `"`, `\\`, `\`).Replace(match[0] + match[1])
	}
	said := map[string]bool{}
	sources, err := filepath.Glob(folder + "*.lua")
	if err != nil || len(sources) == 0 {
		t.Fatalf("%d sources, %v", len(sources), err)
	}
	call := regexp.MustCompile(`\bt\(` + quotedText + `\)`)
	for _, source := range sources {
		for _, match := range call.FindAllStringSubmatch(readFile(t, source), -1) {
			said[textOf(match[1:])] = true
		}
	}
	entry := regexp.MustCompile(`(?m)^  \[` + quotedText + `\] = ` + quotedText + `,$`)
	for _, name := range Names() {
		text := readFile(t, folder+"l10n/"+name+".lua")
		matches := entry.FindAllStringSubmatch(text, -1)
		if lines := strings.Count(text, "] = "); lines != len(matches) {
			t.Errorf("%s.lua has %d entries, of which %d are read", name, lines, len(matches))
		}
		has := map[string]bool{}
		for _, match := range matches {
			english, text := textOf(match[1:3]), textOf(match[3:5])
			has[english] = true
			if !said[english] {
				t.Errorf("%s.lua: nobody says %q any more", name, english)
			}
			if a, b := verb.FindAllString(english, -1), verb.FindAllString(text, -1); !slices.Equal(a, b) || text == "" {
				t.Errorf("%s.lua: %q has other places for values than %q", name, text, english)
			}
		}
		for english := range said {
			if !has[english] {
				t.Errorf("%s.lua has no entry for %q", name, english)
			}
		}
	}
}
