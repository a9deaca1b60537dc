package threads

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/airside-ls/airside/gitsync/merge"
	"github.com/airside-ls/airside/gitsync/object"
)

const before = `package x

import "os"

func first() error {
	if err := os.Chdir("/"); err != nil {
		return err
	}
	return nil
}

func second() error {
	if err := os.Chdir("/tmp"); err != nil {
		return err
	}
	return nil
}
`

func TestFollow(t *testing.T) {
	replace := func(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(before) }
	second := before[strings.Index(before, "func second"):]
	for _, c := range []struct {
		name    string
		lines   Lines
		now     string
		haveOld bool
		want    string
	}{
		{"the same text", Lines{6, 8}, before, true, "6-8 same"},
		{"lines before", Lines{6, 8}, replace("import", "// new\n\nimport"), true, "8-10 lines"},
		{"repeated lines by the diff", Lines{13, 14}, replace("import", "// new\n\nimport"), true, "15-16 lines"},
		{"a line within", Lines{12, 17}, replace(`chdir("/tmp")`, "", "\treturn nil\n}\n\nfunc second", "\treturn nil\n}\n\n// doc\nfunc second"), true, "13-18 lines"},
		{"one of three changed", Lines{6, 8}, replace("\t\treturn err\n\t}\n\treturn nil\n}\n\nfunc s", "\t\treturn nil\n\t}\n\treturn nil\n}\n\nfunc s"), true, "6-8 lines"},
		{"its line changed", Lines{13, 13}, replace(`"/tmp"`, `"/var"`), true, "13-13 no more"},
		{"its lines deleted", Lines{12, 17}, strings.TrimSuffix(before, second), true, "11-11 no more"},
		{"moved up", Lines{12, 13}, "package x\n\n" + second + strings.TrimSuffix(before[strings.Index(before, "\nimport"):], second), true, "3-4 quote"},
		{"indented with CRLF", Lines{13, 13}, strings.ReplaceAll(before, "\n", "\r\n"), true, "13-13 lines"},
		{"with a byte order mark", Lines{13, 13}, "\uFEFF" + before, true, "13-13 lines"},
		{"the quote alone", Lines{13, 13}, "// new\n" + before, false, "14-14 quote"},
		{"the quote twice, with its context once", Lines{7, 7}, "// new\n" + before, false, "8-8 quote"},
		{"the quote twice, its context changed", Lines{7, 7}, "// new\n" + replace(`"/")`, `"/home")`), false, "7-7 no more"},
		{"a brace is nobody's place", Lines{10, 10}, "// new\n}\n", false, "2-2 no more"},
		{"an empty file", Lines{13, 13}, "", true, "1-1 no more"},
		{"no file end", Lines{17, 17}, strings.TrimSuffix(before, "\n"), true, "17-17 lines"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, err := NewAnchor(object.Zero, "f", []byte(before), c.lines)
			must(t, err)
			var old *Text
			if c.haveOld {
				old = NewText([]byte(before))
			}
			p := a.In("f", old, NewText([]byte(c.now)))
			if got := fmt.Sprintf("%d-%d %s", p.Lines.Start, p.Lines.End, p.How); got != c.want {
				t.Errorf("%s, want %s in\n%s", got, c.want, c.now)
			}
		})
	}
}

func TestQuote(t *testing.T) {
	long := strings.Repeat("é", 3000)
	for name, text := range map[string]string{
		"one long line": long + "\nnext\n",
		"many lines":    strings.Repeat("a line of some length\n", 500),
		"bad UTF-8":     strings.Repeat("\xff\xfe", 2000) + "\nx\n",
		"blank lines":   "\n\n\n",
	} {
		a, err := NewAnchor(object.Zero, "f", []byte(text), Lines{1, 400})
		must(t, err)
		if err := a.check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if p := a.In("f", nil, NewText([]byte(text))); p.How != FoundSame || p.Lines != a.Range {
			t.Errorf("%s: %+v", name, p)
		}
		if _, err := NewAnchor(object.Zero, "f", []byte(text), Lines{1000, 1000}); err == nil {
			t.Errorf("%s: a line beyond the end", name)
		}
	}
}

// tracked is a line that knows which one it is, so that a test knows where it
// went: its number in the first text, or -1.
type tracked struct {
	text string
	id   int
}

// program makes lines as code has them: most are like others somewhere.
func program(r *rand.Rand, lines int) []tracked {
	var list []tracked
	for i := 0; len(list) < lines; i++ {
		body := []string{
			fmt.Sprintf("func f%d(a, b int) error {", i),
			fmt.Sprintf("\tx := compute(a, %d)", r.IntN(40)),
			"\tif err := check(x); err != nil {", "\t\treturn err", "\t}",
			fmt.Sprintf("\tfor i := range x { total += i * %d }", r.IntN(20)),
			"\treturn nil", "}", "",
		}
		for _, text := range body {
			if r.IntN(6) > 0 || text == "}" || strings.HasPrefix(text, "func") {
				list = append(list, tracked{text, len(list)})
			}
		}
	}
	return list
}

// packageSource is code that people wrote: this package's.
func packageSource(t *testing.T) (list []tracked) {
	files, err := filepath.Glob("*.go")
	must(t, err)
	for _, name := range files {
		data, err := os.ReadFile(name)
		must(t, err)
		for _, text := range splitLines(data) {
			list = append(list, tracked{text, len(list)})
		}
	}
	return list[:3000]
}

func join(list []tracked) []byte {
	var b strings.Builder
	for _, l := range list {
		b.WriteString(l.text + "\n")
	}
	return []byte(b.String())
}

// edit changes the text in one random place: lines come, go, change, or move
// as a block.
func edit(r *rand.Rand, list []tracked, n int) []tracked {
	at := r.IntN(len(list))
	count := min(1+r.IntN(6), len(list)-at)
	out := append([]tracked(nil), list[:at]...)
	switch r.IntN(10) {
	case 0, 1, 2, 3: // insert, at times what stands elsewhere
		for i := range count {
			text := fmt.Sprintf("\tadded(%d, %d)", n, i)
			if r.IntN(3) == 0 {
				text = list[r.IntN(len(list))].text
			}
			out = append(out, tracked{text, -1})
		}
		return append(out, list[at:]...)
	case 4, 5: // delete
		return append(out, list[at+count:]...)
	case 6: // move
		rest := append(out, list[at+count:]...)
		to := r.IntN(len(rest) + 1)
		moved := append([]tracked(nil), rest[:to]...)
		moved = append(moved, list[at:at+count]...)
		return append(moved, rest[to:]...)
	default: // change
		out = append(out, tracked{fmt.Sprintf("\tchanged(%d)", n), -1})
		return append(out, list[at+1:]...)
	}
}

// survival counts what becomes of anchors on every line of a program after a
// number of edits. The edits themselves tell what is right.
type survival struct {
	found, missed, wrong, gone, kept int
	once, onceFound                  int // of those kept, whose text stands once in either file
}

func survive(r *rand.Rand, first []tracked, edits int) (s survival) {
	now := first
	for n := range edits {
		now = edit(r, now, n)
	}
	where, count := map[int]int{}, map[string]int{}
	for _, l := range first {
		count[l.text]++
	}
	later := map[string]int{}
	for _, l := range now {
		later[l.text]++
	}
	for i, l := range now {
		if l.id >= 0 {
			where[l.id] = i + 1
		}
	}
	old, text := NewText(join(first)), NewText(join(now))
	match := merge.MatchLines(old.plain, text.plain)
	for line := 1; line <= len(first); line++ {
		a, err := NewAnchor(object.Zero, "f", join(first), Lines{line, line})
		if err != nil {
			panic(err)
		}
		p := a.in("f", old, text, func() []int { return match })
		switch at, there := where[line-1]; {
		case there && p.Outdated():
			s.missed++
		case there && p.Lines.Start == at:
			s.found++
		case !there && p.Outdated():
			s.gone++
		default:
			s.wrong++
		}
		if at, there := where[line-1]; there {
			s.kept++
			if text := first[line-1].text; count[text] == 1 && later[text] == 1 {
				s.once++
				if !p.Outdated() && p.Lines.Start == at {
					s.onceFound++
				}
			}
		}
	}
	return s
}

// TestSurvival states how well anchors survive 1,000 random edits, each line of
// a file with an anchor: all of them in one file of 3,000 lines, of which they
// leave three quarters (made up, where most lines read like others, and real
// code), and one in each of 1,000 files of 60 lines. What is right is known by
// construction, also of lines that read alike.
func TestSurvival(t *testing.T) {
	var after, real, each survival
	for seed := range uint64(3) {
		r := rand.New(rand.NewPCG(seed, 7))
		after.add(survive(r, program(r, 3000), 1000))
		real.add(survive(r, packageSource(t), 1000))
	}
	for seed := range uint64(1000) {
		r := rand.New(rand.NewPCG(seed, 8))
		each.add(survive(r, program(r, 60), 1))
	}
	t.Logf("1,000 edits of 3,000 lines: %s", after)
	t.Logf("1,000 edits of this package's source: %s", real)
	t.Logf("1,000 times one edit of 60 lines: %s", each)
	// Bounds below what is measured, for the day somebody changes the diff.
	if rate := after.rate(); rate < 0.84 {
		t.Errorf("after 1,000 edits only %.3f of the lines that are there were found", rate)
	}
	if rate := each.rate(); rate < 0.99 {
		t.Errorf("after one edit only %.3f of the lines that are there were found", rate)
	}
	if rate := real.rate(); rate < 0.9 {
		t.Errorf("after 1,000 edits of real code only %.3f of the lines that are there were found", rate)
	}
	for _, s := range []survival{after, real, each} { // very short lines are not looked for
		if 1000*s.onceFound < 998*s.once {
			t.Errorf("of %d lines that stand once in both texts %d were found", s.once, s.onceFound)
		}
	}
}

func (s *survival) add(o survival) {
	s.found, s.missed, s.wrong, s.gone, s.kept = s.found+o.found, s.missed+o.missed, s.wrong+o.wrong, s.gone+o.gone, s.kept+o.kept
	s.once, s.onceFound = s.once+o.once, s.onceFound+o.onceFound
}

func (s survival) rate() float64 { return float64(s.found) / float64(s.kept) }

func (s survival) String() string {
	all := s.found + s.missed + s.wrong + s.gone
	return fmt.Sprintf("%.2f%% of %d lines still there found where they are (%d of %d that read like no other), %.2f%% outdated; %.2f%% of all %d anchors on another line that reads alike",
		100*s.rate(), s.kept, s.onceFound, s.once, 100*float64(s.missed)/float64(s.kept), 100*float64(s.wrong)/float64(all), all)
}
