//go:build e2e

package merge

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

var triples = flag.Int("triples", 2000, "random triples to merge beside git merge-file")

// TestE2EMergeFileAgreesWithGit: where all lines are distinct the result is
// git's, byte for byte, in every style; where lines repeat the alignment can be
// another, and the verdict is the same in at least 97%.
func TestE2EMergeFileAgreesWithGit(t *testing.T) {
	const workers = 4
	var mu sync.Mutex
	same, verdict, repeats, conflicts := 0, 0, 0, 0
	var all sync.WaitGroup
	for worker := range workers {
		dir := t.TempDir()
		all.Go(func() {
			for n := worker; n < *triples; n += workers {
				rnd := rand.New(rand.NewPCG(uint64(n), 1))
				distinct := n%2 == 0
				base, ours, theirs := randomTriple(rnd, distinct)
				style := []Style{StyleMerge, StyleDiff3, StyleZDiff3}[n/2%3]
				got := Text(base, ours, theirs, TextOptions{Style: style, Level: ZealousAlnum, Ours: "o", Base: "b", Theirs: "t"})
				want, count := gitMergeFile(t, dir, base, ours, theirs, style)
				equal := bytes.Equal(got.Text, want)
				mu.Lock()
				if count > 0 {
					conflicts++
				}
				if !distinct {
					repeats++
					if equal {
						same++
					}
					if (got.Conflicts == 0) == (count == 0) {
						verdict++
					}
				} else if !equal || got.Conflicts != count {
					t.Errorf("triple %d, style %d: %d conflicts, git has %d\nbase %q\nours %q\ntheirs %q\ngot  %q\nwant %q", n, style, got.Conflicts, count, base, ours, theirs, got.Text, want)
				}
				mu.Unlock()
				if t.Failed() {
					return
				}
			}
		})
	}
	all.Wait()
	t.Logf("%d triples, %d with conflicts; of %d with repeated lines %.2f%% have git's verdict, %.2f%% git's bytes",
		*triples, conflicts, repeats, 100*float64(verdict)/float64(repeats), 100*float64(same)/float64(repeats))
	if float64(verdict) < 0.97*float64(repeats) {
		t.Errorf("verdicts agree in %d of %d", verdict, repeats)
	}
}

func gitMergeFile(t *testing.T, dir string, base, ours, theirs []byte, style Style) (text []byte, conflicts int) {
	names := []string{"ours", "base", "theirs"}
	for i, data := range [][]byte{ours, base, theirs} {
		names[i] = filepath.Join(dir, names[i])
		if err := os.WriteFile(names[i], data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	args := []string{"merge-file", "-p", "-q", "-L", "o", "-L", "b", "-L", "t"}
	args = append(args, map[Style][]string{StyleDiff3: {"--diff3"}, StyleZDiff3: {"--zdiff3"}}[style]...)
	text, err := exec.Command("git", append(args, names...)...).Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return text, exit.ExitCode()
	}
	if err != nil {
		t.Error(err)
	}
	return text, 0
}

// randomTriple edits a text in two ways. Lines of repeated texts come from a
// small set.
func randomTriple(rnd *rand.Rand, distinct bool) (base, ours, theirs []byte) {
	fresh := 0
	line := func() string {
		fresh++
		end := "\n"
		if rnd.IntN(40) == 0 {
			end = "\r\n"
		}
		switch {
		case distinct:
			return fmt.Sprintf("line %d%s", fresh, end)
		case rnd.IntN(4) == 0:
			return []string{"}\n", "\n", "\t\n"}[rnd.IntN(3)]
		}
		return fmt.Sprintf("%c%s", 'a'+rune(rnd.IntN(8)), end)
	}
	var lines []string
	for range rnd.IntN(60) {
		lines = append(lines, line())
	}
	edit := func() []byte {
		var out bytes.Buffer
		for i := 0; i <= len(lines); i++ {
			switch rnd.IntN(12) {
			case 0:
				for range 1 + rnd.IntN(3) {
					out.WriteString(line())
				}
			case 1:
				i += rnd.IntN(3)
			case 2:
				out.WriteString(line())
				i++
			}
			if i < len(lines) {
				out.WriteString(lines[i])
			}
		}
		text := out.Bytes()
		if rnd.IntN(6) == 0 && len(text) > 0 {
			text = bytes.TrimRight(text, "\r\n")
		}
		return text
	}
	for _, l := range lines {
		base = append(base, l...)
	}
	ours, theirs = edit(), edit()
	if rnd.IntN(8) == 0 { // both made the same change somewhere
		theirs = append(bytes.Clone(ours[:len(ours)/2]), theirs[min(len(theirs), len(ours)/2):]...)
	}
	return base, ours, theirs
}
