package syntax

import (
	"flag"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/airside-ls/airside/completion/syntax/lang"
)

var update = flag.Bool("update", false, "write the results that are found into testdata")

const cursor = "¦"

// TestGoldenFar has the trees in a process of their own.
func TestGoldenFar(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.txtar")
	c := far(t, Limits{ParseTime: time.Minute})
	for _, file := range files {
		checkArchive(t, file, c)
	}
}

// TestGolden checks the cases of testdata/*.txtar. A case is a folder of up to
// three files: a document with a cursor (¦), named doc and a file extension
// that tells its language; maybe a suggestion; and want, what is known of the
// place and what becomes of the suggestion.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no test data", err)
	}
	near := NewCache(Limits{ParseTime: time.Minute})
	defer near.CloseAll()
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { checkArchive(t, file, near) })
	}
}

func checkArchive(t *testing.T, file string, c *Cache) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out []txtar.File
	var d Document
	var offset int
	var suggestion *string
	finish := func(name, want string) {
		if name == "" {
			return
		}
		got := describe(c, d, offset, suggestion)
		if got != want && !*update {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
		}
		out = append(out, txtar.File{Name: name + "/want", Data: []byte(got)})
	}
	name := ""
	for i, f := range archive.Files {
		dir, base := path.Split(f.Name)
		switch {
		case strings.HasPrefix(base, "doc"):
			text := strings.TrimSuffix(string(f.Data), "\n")
			offset = strings.Index(text, cursor)
			if offset < 0 {
				t.Fatalf("%s has no cursor", f.Name)
			}
			d = Document{Language: lang.IdentifierOf(base), Text: text[:offset] + text[offset+len(cursor):]}
			name, suggestion = strings.TrimSuffix(dir, "/"), nil
			out = append(out, f)
		case base == "suggestion":
			s := strings.TrimSuffix(string(f.Data), "\n")
			suggestion = &s
			out = append(out, f)
		case base == "want" && name != "":
			finish(name, string(f.Data))
			name = ""
		default: // another test's, which -update must leave as it is
			out = append(out, f)
		}
		if last := i == len(archive.Files)-1; name != "" && (last || path.Dir(archive.Files[i+1].Name) != name) {
			finish(name, "")
		}
	}
	if *update {
		archive.Files = out
		if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// describe writes down all that is known of a place.
func describe(c *Cache, d Document, offset int, suggestion *string) string {
	a := c.Analyze(d, offset)
	var b strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	say("multiline: %v, %s", a.Multiline, a.Reason)
	if !a.Parsed {
		say("not parsed")
	}
	if a.InString || a.InComment {
		say("in string: %v, in comment: %v", a.InString, a.InComment)
	}
	if a.HasError {
		say("error: near %v", a.ErrorNear)
	}
	say("indent: %q, unit %q", a.Indent, a.IndentUnit)
	for _, r := range a.Imports {
		say("import: %s", firstLine(d.Text[r.Start:r.End]))
	}
	for _, s := range a.Enclosing {
		say("in %s: %q ... %q", s.Kind, d.Text[s.Signature.Start:s.Signature.End], lastLine(d.Text[s.Whole.Start:s.Whole.End]))
	}
	if suggestion == nil {
		return b.String()
	}
	keep, certain := End(a, *suggestion)
	earliest := len(*suggestion)
	for n := range len(*suggestion) {
		k, sure := End(a, (*suggestion)[:n])
		if sure && k != keep {
			say("END CHANGES: after %d bytes it is certain at %d", n, k)
		}
		if sure {
			earliest = min(earliest, n)
		}
	}
	say("end: certain %v, after %d of %d bytes, keep %d", certain, earliest, len(*suggestion), keep)
	for line := range strings.Lines((*suggestion)[:keep]) {
		say("|%s", strings.TrimSuffix(line, "\n"))
	}
	kept := (*suggestion)[:keep]
	if breaks, n := c.Judge().Breaks(d, Range{offset, offset}, kept); breaks {
		say("breaks: keep %q", kept[:n])
	}
	return b.String()
}

func firstLine(s string) string {
	line, rest, more := strings.Cut(s, "\n")
	if more {
		return fmt.Sprintf("%s ... (%d more lines)", line, strings.Count(rest, "\n")+1)
	}
	return line
}

func lastLine(s string) string { return s[strings.LastIndexByte(s, '\n')+1:] }
