package rules

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/airside-ls/airside/completion/review/diff"
	"github.com/airside-ls/airside/completion/review/finding"
	"github.com/airside-ls/airside/completion/syntax"
	"github.com/airside-ls/airside/gitsync/merge"
)

var update = flag.Bool("update", false, "write the results that are found into testdata")

// TestGolden checks the cases of testdata/*.txtar. A case is up to three
// files that share a title: "title: before PATH", "title: after PATH" and
// "title: want", what the rules say of the change. A new file has no before.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no test data", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { checkArchive(t, file) })
	}
}

func checkArchive(t *testing.T, file string) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	trees := newTrees(t)
	var out []txtar.File
	var old []byte
	for i, f := range archive.Files {
		title, what, _ := strings.Cut(f.Name, ": ")
		what, path, _ := strings.Cut(what, " ")
		switch what {
		case "before":
			out = append(out, f)
			old = expand(f.Data)
		case "after":
			out = append(out, f)
			want := ""
			if i+1 < len(archive.Files) && archive.Files[i+1].Name == title+": want" {
				want = string(archive.Files[i+1].Data)
			}
			after := expand(f.Data)
			change := diff.File{Path: path, Old: old, New: after, Hunks: hunks(old, after)}
			got := describe(Check(change, trees))
			checkRanges(t, change, Check(change, trees))
			if got != want && !*update {
				t.Errorf("%s: got\n%s\nwant\n%s", title, got, want)
			}
			if got != "" {
				out = append(out, txtar.File{Name: title + ": want", Data: []byte(got)})
			}
			old = nil
		}
	}
	if *update {
		if err := os.WriteFile(file, txtar.Format(&txtar.Archive{Comment: archive.Comment, Files: out}), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

func newTrees(t testing.TB) *syntax.Cache {
	trees := syntax.NewCache(syntax.Limits{ParseTime: time.Minute})
	t.Cleanup(trees.CloseAll)
	return trees
}

// describe writes findings one a line.
func describe(list []finding.Finding) string {
	var b strings.Builder
	for _, f := range list {
		fmt.Fprintf(&b, "%d", f.StartLine)
		if f.EndLine != f.StartLine {
			fmt.Fprintf(&b, "-%d", f.EndLine)
		}
		fmt.Fprintf(&b, " %s %s %q: %s", f.Severity, f.Category, f.Quote, f.Message)
		if f.Unit != "" {
			fmt.Fprintf(&b, " [%s]", f.Unit)
		}
		if f.Fix != nil {
			fmt.Fprintf(&b, " => %q", *f.Fix)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// random stands in the test data for characters of a secret, «kind count»: a
// host that looks for secrets, as we do, would refuse them in a repository.
var random = regexp.MustCompile(`«(\w+) (\d+)»`)

func expand(text []byte) []byte {
	dice := rand.New(rand.NewPCG(1, 2))
	return random.ReplaceAllFunc(text, func(m []byte) []byte {
		parts := random.FindSubmatch(m)
		alphabet := map[string]string{
			"base62": "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
			"upper":  "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
			"hex":    "0123456789abcdef",
			"digits": "0123456789",
		}[string(parts[1])]
		n, _ := strconv.Atoi(string(parts[2]))
		var b []byte
		for range n {
			b = append(b, alphabet[dice.IntN(len(alphabet))])
		}
		return b
	})
}

func hunks(old, now []byte) (list []diff.Hunk) {
	for _, l := range merge.Lines(old, now) {
		list = append(list, diff.Hunk(l))
	}
	return list
}

// checkRanges holds what a finding promises.
func checkRanges(t testing.TB, file diff.File, list []finding.Finding) {
	t.Helper()
	for _, f := range list {
		if f.Start < 0 || f.End > len(file.New) || f.Start >= f.End {
			t.Fatalf("range %d to %d of %d bytes: %+v", f.Start, f.End, len(file.New), f)
		}
		if f.Quote != string(file.New[f.Start:f.End]) || f.Source != finding.Rule || f.Path != file.Path || f.Category == "" || f.Message == "" || strings.Contains(f.Message, "\n") {
			t.Fatalf("not as promised: %+v", f)
		}
		if got := 1 + strings.Count(string(file.New[:f.Start]), "\n"); got != f.StartLine {
			t.Fatalf("line %d, not %d: %+v", got, f.StartLine, f)
		}
		touched := false
		for _, h := range file.Hunks {
			first, end := h.NewStart, h.NewStart+h.NewLines
			if h.NewLines == 0 {
				end = first + 2
			}
			touched = touched || f.StartLine < end && f.EndLine >= first
		}
		if !touched {
			t.Fatalf("on no changed line: %+v", f)
		}
	}
}
