package review

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/airside-ls/airside/completion/review/diff"
	"github.com/airside-ls/airside/completion/syntax"
	"github.com/airside-ls/airside/gitsync/merge"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestUnits cuts the changes of testdata/units. A case is a file before ("old
// PATH") and after ("new PATH"), and the units as the model sees them.
func TestUnits(t *testing.T) {
	for _, file := range archives(t, "units") {
		t.Run(nameOf(file), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			trees := newTrees(t)
			size := unitTokens * bytesPerToken
			fmt.Sscanf(string(archive.Comment), "size %d", &size)
			var got strings.Builder
			for _, f := range changedFiles(archive) {
				s := newSource(f, trees)
				types := typeIndex{}
				types.add(s)
				regions := s.regions()
				s.spread(regions, trees)
				for _, u := range s.cut(regions, size) {
					r := run{asker: asker{}}
					r.asker.info.ContextTokens = 8192
					r.addTypes(&u, types, &siblings{})
					got.WriteString("\n" + u.render())
				}
			}
			golden(t, file, archive, "units", got.String())
		})
	}
}

func archives(t *testing.T, folder string) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/" + folder + "/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	return files
}

func nameOf(file string) string { return strings.TrimSuffix(filepath.Base(file), ".txtar") }

// golden compares with a section of an archive, or writes it.
func golden(t *testing.T, file string, archive *txtar.Archive, section, got string) {
	t.Helper()
	for i, f := range archive.Files {
		if f.Name != section {
			continue
		}
		if *update {
			archive.Files[i].Data = []byte(got)
			if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
				t.Fatal(err)
			}
		} else if strings.TrimRight(got, "\n") != strings.TrimRight(string(f.Data), "\n") {
			t.Errorf("got\n%s\nwant\n%s", got, f.Data)
		}
		return
	}
	t.Fatalf("no section %q", section)
}

// changedFiles are the files of an archive: "old PATH" and "new PATH", "\r" and
// the like spelled as Go does.
func changedFiles(archive *txtar.Archive) []diff.File {
	var files []diff.File
	old := map[string][]byte{}
	for _, f := range archive.Files {
		side, path, _ := strings.Cut(f.Name, " ")
		text := []byte(expand(strings.ReplaceAll(string(f.Data), `\r`, "\r")))
		switch side {
		case "old":
			old[path] = text
		case "new":
			files = append(files, changedFile(path, old[path], text))
		}
	}
	return files
}

// expand writes out "×N" at the end of a line: what stands before it, N times.
func expand(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if i := strings.LastIndex(line, "×"); i >= 0 {
			n := 1
			fmt.Sscan(line[i+len("×"):], &n)
			line = strings.Repeat(line[:i], n) + "\n"
		}
		b.WriteString(line)
	}
	return b.String()
}

func changedFile(path string, old, new []byte) diff.File {
	f := diff.File{Path: path, Old: old, New: new}
	for _, h := range merge.Lines(old, new) {
		f.Hunks = append(f.Hunks, diff.Hunk(h))
	}
	return f
}

func newTrees(t testing.TB) *syntax.Cache {
	trees := syntax.NewCache(syntax.DefaultLimits)
	t.Cleanup(trees.CloseAll)
	return trees
}

// TestEveryChangeIsInAUnit: whatever is changed in real files, each changed line
// that does anything is shown by a unit, no unit is larger than it may be, and
// a change that has room in a unit is not torn.
func TestEveryChangeIsInAUnit(t *testing.T) {
	sources, err := filepath.Glob("../*.go")
	if err != nil || len(sources) < 10 {
		t.Fatal("no sources", err)
	}
	trees := newTrees(t)
	random := rand.New(rand.NewPCG(1, 2))
	for _, path := range sources {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, size := range []int{600, 2000, 6000} {
			changed := edited(random, string(text))
			f := changedFile("x.go", text, []byte(changed))
			s := newSource(f, trees)
			regions := s.regions()
			s.spread(regions, trees)
			covered := make([]bool, s.lines())
			for _, u := range s.cut(regions, size) {
				cost := 0
				for i, p := range u.shown {
					cost += u.cost(p)
					if p.last < p.first || i > 0 && p.first <= u.shown[i-1].last {
						t.Fatalf("%s: shows %v", path, u.shown)
					}
					for line := p.first; line <= p.last; line++ {
						covered[line] = true
					}
				}
				if cost > size+longestIn(u) {
					t.Errorf("%s: a unit of %d bytes, the most is %d", path, cost, size)
				}
			}
			for line, done := range covered {
				if s.changed[line] && !done && !idle(s.line(line)) {
					t.Errorf("%s, size %d: line %d is in no unit: %q", path, size, line+1, s.line(line))
				}
			}
			last := -1
			for _, r := range regions {
				if r.first != last+1 || r.last < r.first {
					t.Fatalf("%s: region %v behind line %d", path, r, last)
				}
				last = r.last
			}
			if last != s.lines()-1 {
				t.Errorf("%s: the regions end at line %d of %d", path, last, s.lines())
			}
		}
	}
}

func longestIn(u unit) int {
	longest := 0
	for line := u.about.first; line <= u.about.last; line++ {
		longest = max(longest, u.cost(span{line, line}))
	}
	return longest
}

// edited changes, adds and takes out some lines.
func edited(random *rand.Rand, text string) string {
	lines := strings.SplitAfter(text, "\n")
	for range 1 + random.IntN(8) {
		i := random.IntN(len(lines))
		switch random.IntN(4) {
		case 0:
			lines[i] = strings.Replace(lines[i], "\n", " + 1\n", 1)
		case 1:
			lines[i] += "\tadded()\n"
		case 2:
			lines = append(lines[:i], lines[min(len(lines), i+1+random.IntN(5)):]...)
		case 3:
			for j := i; j < min(len(lines), i+random.IntN(60)); j++ {
				lines[j] = strings.Replace(lines[j], "\n", " // x\n", 1)
			}
		}
		if len(lines) == 0 {
			lines = []string{"package x\n"}
		}
	}
	return strings.Join(lines, "")
}
