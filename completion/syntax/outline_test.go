package syntax

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// TestOutline lists the declarations of a sample in each language; want has a
// line for each: its kind, its name and its lines, indented as it is nested.
func TestOutline(t *testing.T) {
	c := NewCache(DefaultLimits)
	defer c.CloseAll()
	describeSamples(t, "testdata/outline.txtar", func(got *strings.Builder, name, text string) {
		d := Document{Language: strings.TrimPrefix(name, "broken "), Text: text}
		root, ok := c.Nodes(d)
		if !ok {
			t.Errorf("%s: no tree", name)
			return
		}
		describeOutline(t, got, d.Text, Outline(d, root), 1)
		n, ok := c.Judge().Errors(d)
		if !ok || (n > 0) != strings.HasPrefix(name, "broken ") {
			t.Errorf("%s: %d errors, %v", name, n, ok)
		}
	})
	if _, ok := c.Judge().Errors(Document{Language: "nonsense", Text: "x"}); ok {
		t.Error("errors of a language without a grammar")
	}
}

// describeSamples holds what describe writes of each sample in a file to the file's last
// part, or writes it there.
func describeSamples(t *testing.T, file string, describe func(got *strings.Builder, name, text string)) {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	samples, want := archive.Files[:len(archive.Files)-1], &archive.Files[len(archive.Files)-1]
	var got strings.Builder
	for _, f := range samples {
		fmt.Fprintf(&got, "%s\n", f.Name)
		describe(&got, f.Name, string(f.Data))
	}
	if *update {
		want.Data = []byte(got.String())
		if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if got.String() != string(want.Data) {
		t.Errorf("got\n%s\nwant\n%s", got.String(), want.Data)
	}
}

func describeOutline(t *testing.T, b *strings.Builder, text string, list []Declaration, depth int) {
	line := func(offset int) int { return strings.Count(text[:offset], "\n") + 1 }
	end := 0
	for _, d := range list {
		if d.Whole.Start < end || d.Head.Start != d.Whole.Start || d.Head.End > d.Whole.End || d.Body.Start < d.Head.Start || d.Body.End > d.Whole.End {
			t.Errorf("ranges of %+v", d)
		}
		end = d.Whole.End
		fmt.Fprintf(b, "%s%s %q %d-%d, body from %d\n", strings.Repeat("  ", depth), d.Kind, d.Name, line(d.Whole.Start), line(max(d.Whole.Start, d.Whole.End-1)), line(d.Body.Start))
		describeOutline(t, b, text, d.Members, depth+1)
	}
}
