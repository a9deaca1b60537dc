package rules

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/airside-ls/airside/completion/review/diff"
	"github.com/airside-ls/airside/completion/syntax"
)

// BenchmarkCheck is one changed file: one function of a usual file, 10,000
// changes in a large one, and 5 MB that nobody wrote.
func BenchmarkCheck(b *testing.B) {
	function := func(i int) string {
		return fmt.Sprintf("func f%d(x int) (int, error) {\n\ty, err := g(x)\n\tif err != nil {\n\t\treturn 0, err // TODO: say which\n\t}\n\treturn y + %d, nil\n}\n\n", i, i)
	}
	file := func(functions, every int) diff.File {
		var old, now strings.Builder
		old.WriteString("package a\n\n")
		now.WriteString("package a\n\n")
		f := diff.File{Path: "a.go"}
		for i := range functions {
			text := function(i)
			old.WriteString(text)
			if i%every == 0 {
				f.Hunks = append(f.Hunks, diff.Hunk{OldStart: 3 + 8*i + 5, OldLines: 1, NewStart: 3 + 8*i + 5, NewLines: 1})
				text = strings.Replace(text, "y + ", "y - ", 1)
			}
			now.WriteString(text)
		}
		f.Old, f.New = []byte(old.String()), []byte(now.String())
		return f
	}
	large := bytes.Repeat([]byte("token = value; // TODO: secret <<<<<<< \xff\n"), 5<<20/40)
	for name, f := range map[string]diff.File{
		"function":     file(100, 100),
		"functions5k":  file(5000, 1),
		"hunks10k":     file(10000, 1),
		"generated5MB": {Path: "a.txt", New: large, Hunks: []diff.Hunk{{NewStart: 1, NewLines: bytes.Count(large, []byte("\n"))}}},
		"minified5MB":  {Path: "a.js", New: bytes.Repeat([]byte("a(b,c);var token='x1';"), 5<<20/22), Hunks: []diff.Hunk{{NewStart: 1, NewLines: 1}}},
	} {
		b.Run(name, func(b *testing.B) {
			trees := syntax.NewCache(syntax.DefaultLimits)
			defer trees.CloseAll()
			b.SetBytes(int64(len(f.New)))
			b.ReportAllocs()
			for b.Loop() {
				Check(f, trees)
			}
		})
	}
}
