package rules

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/airside-ls/airside/completion/review/diff"
	"github.com/airside-ls/airside/completion/syntax"
)

// FuzzCheck holds that no text and no hunk, however wrong, has a rule panic or
// report what is outside of the text or of the change.
func FuzzCheck(f *testing.F) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		var old []byte
		for _, part := range txtar.Parse(data).Files {
			_, what, _ := strings.Cut(part.Name, ": ")
			what, path, _ := strings.Cut(what, " ")
			if what == "before" {
				old = expand(part.Data)
			}
			if what == "after" {
				now := expand(part.Data)
				f.Add(path, old, now, 0, 0)
				f.Add(path, old, []byte(strings.ReplaceAll(string(now), "\n", "\r\n")), 0, 0)
				old = nil
			}
		}
	}
	f.Add("a.go", []byte("package a\n"), []byte("package a\n\xff\xfe// TODO \xc3\n"), 1, 9)
	f.Add("a.py", []byte("x"), []byte{}, -5, 1<<30)
	// As in use, a parse ends: Swift's goes round for ever at the end of a text in
	// which two blocks and an else are open (37d0c202c6bd873d).
	trees := syntax.NewCache(syntax.Limits{ParseTime: syntax.DefaultLimits.ParseTime})
	f.Cleanup(trees.CloseAll)
	f.Fuzz(func(t *testing.T, path string, old, now []byte, start, n int) {
		const most = 1 << 13
		if len(old) > most || len(now) > most {
			return
		}
		file := diff.File{Path: path, Old: old, New: now, Hunks: hunks(old, now)}
		checkRanges(t, file, Check(file, trees))
		// Hunks that nobody made.
		file.Hunks = append(file.Hunks, diff.Hunk{OldStart: start, OldLines: n, NewStart: n, NewLines: start}, diff.Hunk{NewStart: start, NewLines: n})
		Check(file, trees)
		Check(file, nil)
	})
}
