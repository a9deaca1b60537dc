package review

import (
	"fmt"
	"strings"
	"testing"

	"github.com/airside-ls/airside/completion/syntax"
)

// BenchmarkCut cuts a change of every tenth function in a file of 5,000 lines:
// what a review costs beside the model and the rules.
func BenchmarkCut(b *testing.B) {
	var old, new strings.Builder
	old.WriteString("package a\n")
	new.WriteString("package a\n")
	for i := range 500 {
		text := fmt.Sprintf("\n// f%d does it.\nfunc f%d(s *Server, n int) error {\n\tif n > %d {\n\t\treturn nil\n\t}\n\tx := s.get(n)\n\tx.do()\n\treturn x.err()\n}\n", i, i, i)
		old.WriteString(text)
		if i%10 == 0 {
			text = strings.Replace(text, ">", ">=", 1)
		}
		new.WriteString(text)
	}
	f := changedFile("a.go", []byte(old.String()), []byte(new.String()))
	b.ReportAllocs()
	for b.Loop() {
		trees := syntax.NewCache(syntax.DefaultLimits)
		s := newSource(f, trees)
		regions := s.regions()
		s.spread(regions, trees)
		if n := len(s.cut(regions, unitTokens*bytesPerToken)); n != 50 {
			b.Fatal(n)
		}
		trees.CloseAll()
	}
}
