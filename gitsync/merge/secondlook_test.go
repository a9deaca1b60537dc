package merge

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/airside-ls/airside/completion/syntax"
)

// TestSecondLook checks the cases of testdata/secondlook/*.txtar. A case is a
// folder of three files, base, ours and theirs, with the extension of their
// language, and want: the proposal behind a line for each rule that made it, or
// "none". The part of a folder's name before a dash says what it shows: "yes-"
// a proposal, "no-" none.
func TestSecondLook(t *testing.T) {
	files, err := filepath.Glob("testdata/secondlook/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no test data", err)
	}
	trees := patient(t)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			out := &txtar.Archive{Comment: archive.Comment}
			for _, c := range lookCases(t, archive) {
				got := c.run(t, trees)
				if got != c.want && !*update {
					t.Errorf("%s: got\n%s\nwant\n%s", c.name, got, c.want)
				}
				out.Files = append(append(out.Files, c.files...), txtar.File{Name: c.name + "/want", Data: []byte(got)})
			}
			if *update {
				if err := os.WriteFile(file, txtar.Format(out), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

type lookCase struct {
	name  string
	path  string
	sides [3][]byte
	want  string
	files []txtar.File
}

func lookCases(t *testing.T, archive *txtar.Archive) []lookCase {
	var cases []lookCase
	for _, f := range archive.Files {
		dir, name := path.Split(f.Name)
		dir = strings.TrimSuffix(dir, "/")
		if len(cases) == 0 || cases[len(cases)-1].name != dir {
			cases = append(cases, lookCase{name: dir})
		}
		c := &cases[len(cases)-1]
		switch base, _, _ := strings.Cut(name, "."); base {
		case "base", "ours", "theirs":
			c.path = "file" + path.Ext(name)
			c.sides[map[string]int{"base": inBase, "ours": inOurs, "theirs": inTheirs}[base]] = f.Data
			c.files = append(c.files, f)
		case "want":
			c.want = string(f.Data)
		default:
			t.Fatalf("%s: what is this?", f.Name)
		}
	}
	return cases
}

func (c lookCase) run(t *testing.T, trees *syntax.Cache) string {
	for i, src := range c.sides {
		if _, ok := parseAll(c.path, trees, src); !ok {
			t.Errorf("%s: side %d does not parse", c.name, i)
		}
	}
	if Text(c.sides[inBase], c.sides[inOurs], c.sides[inTheirs], TextOptions{Algorithm: Histogram}).Conflicts == 0 {
		t.Errorf("%s: there is no conflict", c.name)
	}
	got := "none\n"
	proposal, ok := SecondLook(c.path, c.sides[inBase], c.sides[inOurs], c.sides[inTheirs], trees)
	if ok {
		got = ""
		for _, r := range proposal.Resolved {
			got += fmt.Sprintf("%d-%d: %s\n", r.StartLine, r.EndLine, r.Rule)
		}
		got += "\n" + string(proposal.Text)
	}
	if yes := strings.HasPrefix(path.Base(c.name), "yes-"); yes != ok {
		t.Errorf("%s: a proposal: %v", c.name, ok)
	}
	swapped, also := SecondLook(c.path, c.sides[inBase], c.sides[inTheirs], c.sides[inOurs], trees)
	if also != ok || len(swapped.Resolved) != len(proposal.Resolved) || len(swapped.Text) != len(proposal.Text) {
		t.Errorf("%s: with the sides swapped it is %v, %v\n%s", c.name, also, swapped.Resolved, swapped.Text)
	}
	return got
}

// patient parses however busy the machine is.
func patient(t *testing.T) *syntax.Cache {
	trees := syntax.NewCache(syntax.Limits{ParseTime: time.Minute})
	t.Cleanup(trees.CloseAll)
	return trees
}

// TestSecondLookByName: the language is told by the file's name.
func TestSecondLookByName(t *testing.T) {
	for _, test := range []struct{ file, base, ours, theirs, want string }{
		{"a.py", "import os\n", "import os\nimport re\n", "import os\nimport sys\n", "import os\nimport re\nimport sys\n"},
		{"a.go", "package p\n\nvar x = 1\n", "package p\n\nvar x = 2\n", "package p\n\nvar x = 3\n", ""},
		{"a.json", "{\n  \"a\": 1\n}\n", "{\n  \"a\": 1,\n  \"b\": 2\n}\n", "{\n  \"a\": 1,\n  \"c\": 3\n}\n",
			"{\n  \"a\": 1,\n  \"b\": 2,\n  \"c\": 3\n}\n"},
		{"a.unknown", "1\n", "2\n", "3\n", ""},
	} {
		got, ok := SecondLook(test.file, []byte(test.base), []byte(test.ours), []byte(test.theirs), patient(t))
		if string(got.Text) != test.want || ok != (test.want != "") {
			t.Errorf("%s: %v %q, want %q", test.file, ok, got.Text, test.want)
		}
	}
}
