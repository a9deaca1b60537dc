package next

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/airside-ls/airside/completion/goldentest"
)

// TestGolden checks the cases of testdata/*.txtar. "PATH" is a document as it is opened,
// "edit PATH" is what it has become, and the cursor is the ¦ in it; "file PATH" is on the
// disk. "want" has what is proposed then: its lines before and after.
func TestGolden(t *testing.T) {
	goldentest.Run(t, "testdata/*.txtar", func(_ *testing.T, archive *txtar.Archive) string { return run(archive) })
}

func run(archive *txtar.Archive) string {
	disk := map[string]string{}
	texts := map[string]string{}
	w := New(Options{
		Search: func(_ context.Context, word, _ string) []string {
			var list []string
			for path, text := range disk {
				if strings.Contains(text, word) {
					list = append(list, path)
				}
			}
			return list
		},
		Read: func(path string) (string, bool) { text, ok := disk[path]; return text, ok },
	})
	defer w.Close()
	last, cursor := "", 0
	for _, f := range archive.Files {
		what, path, ok := strings.Cut(f.Name, " ")
		text := string(f.Data)
		switch {
		case !ok:
			w.Opened(f.Name, text)
			texts[f.Name] = text
		case what == "file":
			disk[path] = text
		case what == "edit":
			last, cursor = path, max(0, strings.Index(text, "¦"))
			texts[path] = strings.Replace(text, "¦", "", 1)
			w.Edited(path, texts[path])
		}
	}
	p, ok := w.Propose(context.Background(), last, cursor, true)
	if !ok {
		w.Settle()
		p, ok = w.Propose(context.Background(), last, cursor, true)
	}
	if !ok {
		return "nothing\n"
	}
	text, open := texts[p.Path]
	if !open {
		text = disk[p.Path]
	}
	from, to := lineStart(text, p.Start, 0), lineEnd(text, p.End, 0)
	line := fmt.Sprintf("%s:%d\n", p.Path, strings.Count(text[:from], "\n")+1)
	for old := range strings.Lines(text[from:to]) {
		line += "-" + old
	}
	for now := range strings.Lines(text[from:p.Start] + p.Text + text[p.End:to]) {
		line += "+" + now
	}
	return line
}

// TestRefused: what was refused is never proposed again, also when its line has moved.
func TestRefused(t *testing.T) {
	w := New(Options{})
	defer w.Close()
	text := "alpha(1)\nalpha(2)\nalpha(3)\n"
	w.Opened("a", text)
	for _, n := range []string{"1", "2"} {
		text = strings.Replace(text, "alpha("+n, "gamma("+n, 1)
		w.Edited("a", text)
	}
	p, ok := w.Propose(context.Background(), "a", 18, true)
	if again, _ := w.Propose(context.Background(), "a", 18, true); !ok || again != p || p.Start != 18 {
		t.Fatalf("%+v, then %+v", p, again)
	}
	w.Refused(p.ID)
	if p, ok := w.Propose(context.Background(), "a", 18, true); ok {
		t.Errorf("again %+v", p)
	}
	w.Edited("a", "x\n"+text)
	if p, ok := w.Propose(context.Background(), "a", 0, true); ok {
		t.Errorf("again, though only moved: %+v", p)
	}
}

// TestWrittenSince: where a file on the disk was written since it was searched, it is searched
// again, and the bytes that are proposed are those of its text now.
func TestWrittenSince(t *testing.T) {
	disk := "f(old, oldName(old))\n"
	w := New(Options{
		Search: func(context.Context, string, string) []string { return []string{"b.go"} },
		Read:   func(string) (string, bool) { return disk, true },
	})
	defer w.Close()
	w.Opened("a.go", "oldName(1)\noldName(2)\n")
	w.Edited("a.go", "newName(1)\noldName(2)\n")
	w.Edited("a.go", "newName(1)\nnewName(2)\n")
	propose := func() Proposal {
		p, ok := w.Propose(t.Context(), "a.go", 0, true)
		if !ok {
			w.Settle()
			p, _ = w.Propose(t.Context(), "a.go", 0, true)
		}
		return p
	}
	before := propose()
	disk = "// f\n" + disk
	if after := propose(); before.Path != "b.go" || after.Start != before.Start+len("// f\n") || disk[after.Start:after.End] != "old" {
		t.Errorf("%+v, then %+v", before, after)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if p, ok := w.Propose(ended, "a.go", 0, true); ok {
		t.Errorf("%+v for nobody", p)
	}
}

// TestBounded: a template with many holes is not laid in every way that there is.
func TestBounded(t *testing.T) {
	p := &pattern{holes: make([]hole, 12)}
	for i := range p.holes {
		p.holes[i] = hole{most: maxHole, plain: true}
		p.old = append(p.old, element{"x", -1}, element{"", i})
	}
	p.old, p.left = append(p.old, element{"y", -1}), maxSteps
	s := sideOf(strings.Repeat("x ", 3000))
	if list := p.findWith(&s, nil, nil); len(list) > 0 || p.left > 0 {
		t.Errorf("%d places, %d steps left", len(list), p.left)
	}
}

// TestUndo: what is taken back is no pattern any more.
func TestUndo(t *testing.T) {
	w := New(Options{})
	defer w.Close()
	texts := []string{"alpha(1)\nalpha(2)\nalpha(3)\nalpha(4)\n"}
	w.Opened("a", texts[0])
	for i, n := range []string{"1", "2", "3"} {
		text := strings.Replace(texts[i], "alpha("+n, "gamma("+n, 1)
		if n == "3" {
			p, ok := w.Propose(context.Background(), "a", 18, true)
			if !ok {
				t.Fatal("nothing")
			}
			defer w.Taken(p.ID)
		}
		w.Edited("a", text)
		texts = append(texts, text)
	}
	if _, ok := w.Propose(context.Background(), "a", 27, true); !ok {
		t.Fatal("after one was taken, nothing")
	}
	w.Edited("a", texts[2])
	if p, ok := w.Propose(context.Background(), "a", 18, true); ok {
		t.Errorf("after undo %+v", p)
	}
}

// FuzzPropose: whatever is edited, a proposal is within the text, and changes it.
func FuzzPropose(f *testing.F) {
	f.Add("a.b(c)\na.b(d)\na.b(e)\n", "a.b(x, c)\na.b(d)\na.b(e)\n", "a.b(x, c)\na.b(x, d)\na.b(e)\n", 3)
	f.Add("\xff\n", "é", "", 9)
	f.Fuzz(func(t *testing.T, a, b, c string, offset int) {
		w := New(Options{})
		defer w.Close()
		w.Opened("a", a)
		w.Edited("a", b)
		w.Edited("a", c)
		p, ok := w.Propose(context.Background(), "a", min(max(0, offset), len(c)), true)
		if ok && (p.Start < 0 || p.Start > p.End || p.End > len(c) || c[p.Start:p.End] == p.Text) {
			t.Errorf("%+v in %q", p, c)
		}
	})
}
