package merge

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestText merges the cases under testdata/text: files of sections that begin
// with "-- name --". Options are words in the first line.
func TestText(t *testing.T) {
	files, err := filepath.Glob("testdata/text/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			head, sections := parseSections(string(data))
			o := TextOptions{Level: ZealousAlnum, Ours: "ours", Base: "base", Theirs: "theirs"}
			for _, word := range strings.Fields(head) {
				switch word {
				case "diff3":
					o.Style = StyleDiff3
				case "zdiff3":
					o.Style = StyleZDiff3
				case "histogram":
					o.Algorithm, o.Level = Histogram, Zealous
				case "ours":
					o.Favor = FavorOurs
				case "theirs":
					o.Favor = FavorTheirs
				case "union":
					o.Favor = FavorUnion
				}
			}
			r := Text([]byte(sections["base"]), []byte(sections["ours"]), []byte(sections["theirs"]), o)
			if o.Favor == FavorNone || o.Favor == FavorUnion {
				checkText(t, []byte(sections["base"]), []byte(sections["ours"]), []byte(sections["theirs"]), r)
			}
			got := unescape.Replace(string(r.Text))
			if *update {
				before, _, _ := strings.Cut(string(data), "-- want --\n")
				if err := os.WriteFile(file, []byte(before+"-- want --\n"+got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if want := sections["want"]; strings.TrimSuffix(got, "\n") != strings.TrimSuffix(unescape.Replace(want), "\n") {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// In the files ␍ stands for a carriage return and ⌁ for "no newline here".
var (
	escape   = strings.NewReplacer("␍", "\r", "⌁\n", "")
	unescape = strings.NewReplacer("\r", "␍")
)

func parseSections(text string) (head string, sections map[string]string) {
	sections = map[string]string{}
	name := ""
	for line := range strings.Lines(text) {
		if inner, ok := strings.CutPrefix(line, "-- "); ok && strings.HasSuffix(inner, " --\n") {
			name = strings.TrimSuffix(inner, " --\n")
			continue
		}
		sections[name] += line
	}
	for n, s := range sections {
		sections[n] = escape.Replace(s)
	}
	return sections[""], sections
}

// checkText holds what every merge has to keep: the chunks rejoin to the three
// texts, and each line that a side added is in the result or in a conflict.
func checkText(t *testing.T, base, ours, theirs []byte, r TextResult) {
	t.Helper()
	var b, o, th []byte
	conflicts := 0
	for _, c := range r.Chunks {
		b, o, th = append(b, c.Base...), append(o, c.Ours...), append(th, c.Theirs...)
		if c.Conflict {
			conflicts++
		}
	}
	if !bytes.Equal(b, base) || !bytes.Equal(o, ours) || !bytes.Equal(th, theirs) {
		t.Errorf("the chunks do not rejoin:\nbase %q\nours %q\ntheirs %q", b, o, th)
	}
	if conflicts != r.Conflicts {
		t.Errorf("%d conflicts, %d chunks with one", r.Conflicts, conflicts)
	}
	count := func(text []byte) map[string]int {
		m := map[string]int{}
		for _, line := range splitLines(text) {
			m[strings.TrimRight(string(line), "\r\n")]++
		}
		return m
	}
	inBase, merged := count(base), count(r.Text)
	for _, side := range [][]byte{ours, theirs} {
		for line, n := range count(side) {
			if n > inBase[line] && merged[line] == 0 {
				t.Errorf("the added line %q is nowhere", line)
			}
		}
	}
}

func FuzzText(f *testing.F) {
	f.Add("1\n2\n3\n", "1\nx\n3\n", "1\n2\n3\n4\n", uint8(0))
	f.Add("a\r\nb\r\n", "a\r\nc", "b\r\n", uint8(1))
	f.Add("", "\x00", "\n\n\n", uint8(2))
	f.Add("}\n}\n}\n", "}\n{\n}\n", "}\n}\n", uint8(5))
	f.Fuzz(func(t *testing.T, base, ours, theirs string, options uint8) {
		o := TextOptions{Style: Style(options % 3), Algorithm: Algorithm(options / 3 % 2), Level: Level(options / 6 % 2)}
		r := Text([]byte(base), []byte(ours), []byte(theirs), o)
		checkText(t, []byte(base), []byte(ours), []byte(theirs), r)
		mirrored := Text([]byte(base), []byte(theirs), []byte(ours), o)
		if (r.Conflicts == 0) != (mirrored.Conflicts == 0) || r.Conflicts == 0 && !bytes.Equal(r.Text, mirrored.Text) {
			t.Errorf("the sides are not symmetric: %d and %d conflicts\n%q\n%q", r.Conflicts, mirrored.Conflicts, r.Text, mirrored.Text)
		}
		for _, one := range []string{base, ours} { // one side alone has changed
			if r := Text([]byte(one), []byte(one), []byte(theirs), o); r.Conflicts > 0 || string(r.Text) != theirs {
				t.Errorf("a change of one side gives %q", r.Text)
			}
		}
	})
}

func TestIsBinary(t *testing.T) {
	for at, want := range map[int]bool{0: true, 100: true, 7999: true, 8000: false} {
		data := bytes.Repeat([]byte("x"), 9000)
		data[at] = 0
		if IsBinary(data) != want {
			t.Errorf("a NUL at %d: %v", at, !want)
		}
	}
}

// TestDiffIsADiff: what a diff leaves unchanged is equal, by both algorithms,
// also where they give up searching for the shortest.
func TestDiffIsADiff(t *testing.T) {
	long := func(step, n int) []int {
		ids := make([]int, n)
		for i, x := 0, 1; i < n; i++ {
			x = (x*step + 7) % 10007
			ids[i] = x % 97
		}
		return ids
	}
	for _, texts := range [][2][]int{{{1, 2, 3}, {1, 3}}, {{}, {1}}, {long(31, 5000), long(37, 5000)}, {long(31, 20000), long(31, 19000)}} {
		for _, algorithm := range []Algorithm{Myers, Histogram} {
			a, b := texts[0], texts[1]
			i, j := 0, 0
			for _, h := range append(diff(a, b, algorithm), hunk{a: len(a), b: len(b)}) {
				if !slices.Equal(a[i:h.a], b[j:h.b]) {
					t.Fatalf("unchanged lines differ before %+v", h)
				}
				i, j = h.a+h.na, h.b+h.nb
			}
		}
	}
}

// BenchmarkText merges texts of 10,000 lines with ten changes each, and two
// that have nothing in common.
func BenchmarkText(b *testing.B) {
	lines := func(salt int) [][]byte {
		var list [][]byte
		for i := range 10000 {
			list = append(list, []byte(strings.Repeat("x", i%40)+string(rune('a'+i%26))+string(rune('0'+(i*salt)%77))+"\n"))
		}
		return list
	}
	edited := func(at int) []byte {
		l := lines(1)
		for i := at; i < len(l); i += 1000 {
			l[i] = []byte("changed\n")
		}
		return bytes.Join(l, nil)
	}
	base := bytes.Join(lines(1), nil)
	for name, sides := range map[string][2][]byte{
		"edits": {edited(100), edited(600)}, "all different": {bytes.Join(lines(13), nil), bytes.Join(lines(29), nil)},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				Text(base, sides[0], sides[1], TextOptions{Algorithm: Histogram})
			}
		})
	}
}
