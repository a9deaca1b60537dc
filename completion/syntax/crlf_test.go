package syntax

import (
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/airside-ls/airside/completion/syntax/lang"
)

// TestCRLF checks that line breaks of the other kind make no difference.
func TestCRLF(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.txtar")
	c := NewCache(Limits{ParseTime: time.Minute})
	defer c.CloseAll()
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			base := path.Base(f.Name)
			if !strings.HasPrefix(base, "doc") {
				continue
			}
			summary := func(marked string) []any {
				text := strings.Replace(marked, cursor, "", 1)
				a := c.Analyze(Document{Language: lang.IdentifierOf(base), Text: text}, strings.Index(marked, cursor))
				list := []any{a.Multiline, a.Reason, a.InString, a.InComment, a.Indent, a.IndentUnit, len(a.Imports)}
				for _, s := range a.Enclosing {
					list = append(list, s.Kind, strings.ReplaceAll(text[s.Signature.Start:s.Signature.End], "\r", ""))
				}
				return list
			}
			unix, dos := summary(string(f.Data)), summary(strings.ReplaceAll(string(f.Data), "\n", "\r\n"))
			if len(unix) != len(dos) {
				t.Errorf("%s %s: %v, with CRLF %v", file, f.Name, unix, dos)
				continue
			}
			for i := range unix {
				if unix[i] != dos[i] {
					t.Errorf("%s %s: %v, with CRLF %v", file, f.Name, unix[i], dos[i])
				}
			}
		}
	}
}
