package merge

import (
	"bytes"
	"context"
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
// language, and want: the proposal behind a line for each rule that made it and for each
// conflict that is left, or "none". The part of a folder's name before a dash says what it shows: "yes-"
// a proposal, "no-" none. As in a patch, a text may end in the line noNewline.
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

var lookOptions = TextOptions{Algorithm: Histogram, Level: Zealous, Ours: "ours", Theirs: "theirs"}

// noNewline says that the line before it has no end.
const noNewline = "\n\\ No newline at end of file\n"

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
			c.path = nameOf(path.Ext(name))
			c.sides[map[string]int{"base": inBase, "ours": inOurs, "theirs": inTheirs}[base]] = bytes.TrimSuffix(f.Data, []byte(noNewline))
			c.files = append(c.files, f)
		case "want":
			c.want = string(f.Data)
		default:
			t.Fatalf("%s: what is this?", f.Name)
		}
	}
	return cases
}

// nameOf is a file's name by its extension; some files are known by all of it.
func nameOf(ext string) string {
	switch ext {
	case ".mod", ".sum":
		return "go" + ext
	case ".Dockerfile", ".gitignore":
		return strings.TrimPrefix(ext, map[bool]string{true: "."}[ext == ".Dockerfile"])
	}
	return "file" + ext
}

func (c lookCase) run(t *testing.T, trees *syntax.Cache) string {
	for i, src := range c.sides {
		if _, ok := parseAll(c.path, trees, src); !ok && languageOf(c.path) != nil {
			t.Errorf("%s: side %d does not parse", c.name, i)
		}
	}
	if Text(c.sides[inBase], c.sides[inOurs], c.sides[inTheirs], TextOptions{Algorithm: Histogram}).Conflicts == 0 {
		t.Errorf("%s: there is no conflict", c.name)
	}
	got := "none\n"
	proposal, ok := SecondLook(t.Context(), c.path, c.sides[inBase], c.sides[inOurs], c.sides[inTheirs], trees, lookOptions, nil)
	if ok {
		got = ""
		for _, r := range proposal.Resolved {
			got += fmt.Sprintf("%d-%d: %s\n", r.StartLine, r.EndLine, r.Rule)
		}
		for _, l := range proposal.Left {
			got += fmt.Sprintf("%d-%d: left\n", l.StartLine, l.EndLine)
		}
		got += "\n" + string(proposal.Text)
		if !strings.HasSuffix(got, "\n") {
			got += noNewline
		}
	}
	if yes := strings.HasPrefix(path.Base(c.name), "yes-"); yes != ok {
		t.Errorf("%s: a proposal: %v", c.name, ok)
	}
	swapped, also := SecondLook(t.Context(), c.path, c.sides[inBase], c.sides[inTheirs], c.sides[inOurs], trees, lookOptions, nil)
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
		got, ok := SecondLook(t.Context(), test.file, []byte(test.base), []byte(test.ours), []byte(test.theirs), patient(t), lookOptions, nil)
		if string(got.Text) != test.want || ok != (test.want != "") {
			t.Errorf("%s: %v %q, want %q", test.file, ok, got.Text, test.want)
		}
	}
}

// TestAccounted: what a side added is there, what one took away is gone, and what both
// did may have been the same.
func TestAccounted(t *testing.T) {
	for _, c := range []struct {
		base, ours, theirs, merged int // how often a word is there
		want                       bool
	}{
		{1, 1, 1, 1, true}, {1, 2, 1, 2, true}, {1, 1, 0, 0, true}, {0, 1, 1, 1, true}, {0, 1, 1, 2, true}, {2, 1, 1, 1, true}, {2, 1, 1, 0, true},
		{1, 2, 0, 1, true}, {0, 1, 2, 2, true},
		{1, 1, 1, 0, false}, {1, 1, 1, 2, false}, {1, 2, 1, 1, false}, {1, 1, 0, 1, false}, {0, 1, 1, 0, false}, {0, 1, 1, 3, false},
		{0, 1, 2, 1, false}, {2, 1, 0, 1, false}, {1, 2, 0, 2, false},
	} {
		var counts [4]map[string]int
		for i, n := range []int{c.base, c.ours, c.theirs, c.merged} {
			counts[i] = map[string]int{}
			if n > 0 {
				counts[i]["x"] = n
			}
		}
		if accounted(counts) != c.want {
			t.Errorf("%+v", c)
		}
	}
}

// TestSecondLookLeavesMarkers: a text in which somebody has begun to settle a conflict
// is nothing to be merged by structure, though it parses.
func TestSecondLookLeavesMarkers(t *testing.T) {
	file := func(note string, imports ...string) []byte {
		return []byte("package p\n\n/*" + note + "*/\nimport (\n\t\"" + strings.Join(imports, "\"\n\t\"") + "\"\n)\n")
	}
	trees := patient(t)
	for note, want := range map[string]bool{"": true, "\n<<<<<<< ours\n": false, "\n>>>>>>> theirs\n": false} {
		if _, ok := SecondLook(t.Context(), "x.go", file(note, "fmt"), file(note, "fmt", "os"), file(note, "fmt", "io"), trees, lookOptions, nil); ok != want {
			t.Errorf("%q: %v", note, ok)
		}
	}
}

// TestSecondLookEnds: whenever its context ends, nothing more is settled, and nothing is
// said that only a part of the conflicts was looked at for.
func TestSecondLookEnds(t *testing.T) {
	var sides [3]string
	for i := range sides {
		sides[i] = "package p\n"
	}
	for k := range 4 {
		for i := range sides {
			sides[i] += fmt.Sprintf("\nfunc f%d() {\n\ta(%d)\n\tb(%d)\n}\n\nvar v%d = %d\n", k, min(i, 1), i/2, k, i)
		}
	}
	trees := patient(t)
	look := func(ctx context.Context) (Proposal, bool) {
		return SecondLook(ctx, "x.go", []byte(sides[inBase]), []byte(sides[inOurs]), []byte(sides[inTheirs]), trees, lookOptions, nil)
	}
	all := &endsAfter{Context: t.Context(), left: 1 << 30}
	if p, ok := look(all); !ok || len(p.Resolved) != 4 || len(p.Left) != 4 {
		t.Fatalf("%v %v", ok, p)
	}
	asked := 1<<30 - all.left
	if asked < 9 {
		t.Errorf("with 8 conflicts the context was asked %d times", asked)
	}
	for n := range asked {
		if p, ok := look(&endsAfter{Context: t.Context(), left: n}); ok {
			t.Errorf("ended after %d of %d: %v", n, asked, p.Resolved)
		}
	}
}

// endsAfter ends when it was asked some times whether it has.
type endsAfter struct {
	context.Context
	left int
}

func (c *endsAfter) Err() error {
	if c.left <= 0 {
		return context.Canceled
	}
	c.left--
	return nil
}
