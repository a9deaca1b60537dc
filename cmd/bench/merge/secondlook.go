package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/airside-ls/airside/cmd/bench/merge/compare"
	"github.com/airside-ls/airside/completion/syntax"
	"github.com/airside-ls/airside/gitsync/merge"
	"github.com/airside-ls/airside/gitsync/object"
)

// outcome is how a settled file stands beside what the people committed.
type outcome string

const (
	open      outcome = "left in conflict"
	asMerged  outcome = "as committed"
	spaced    outcome = "as committed, but for white space"
	reordered outcome = "the committed lines, in another order"
	// What remains is for a person to judge; each is listed.
	rewritten outcome = "the people wrote lines that no side had"
	fewer     outcome = "the people left lines of a side away"
	otherwise outcome = "otherwise"
)

var outcomes = []outcome{open, asMerged, spaced, reordered, rewritten, fewer, otherwise}

// triple is a file in conflict, and what the people made of it.
type triple struct {
	from, name string // the merge, and the file's path
	sides      [3][]byte
	people     []byte // nil where they deleted it
}

// answer is what a program makes of a triple.
type answer struct {
	text  []byte
	left  int      // conflicts that it left
	rules []string // that settled something
}

// settler is a program that settles conflicts, with what came of it.
type settler struct {
	name  string
	look  func(t triple) (answer, error)
	by    map[outcome]int
	rules map[string][2]int // files that are settled with a rule, and those of them that are as committed
	hunks int               // settled, also in files of which others are left
	// Of the files that are settled: in which a line of both sides is twice, and in which
	// a word that a side added is not there.
	doubled, lost int
	times         []time.Duration
}

// looks is what came of all conflicts in texts.
type looks struct {
	conflicts int // files that git leaves in conflict, of every kind
	texts     int // those of them in which lines conflict
	hunks     int // in those, as git counts them
	settlers  []*settler
	list      int    // differences that may still be printed
	differ    string // folder for files that are settled otherwise than committed, "" for none
}

// newLooks prepares the second look, and mergiraf's beside it if that is named.
func newLooks(list int, beside, differ string) (*looks, error) {
	l := &looks{list: list, differ: differ}
	l.add("airside", lookTwice)
	switch beside {
	case "":
	case "mergiraf":
		l.add("mergiraf", mergiraf)
	default:
		return nil, fmt.Errorf("beside %s: only mergiraf is known", beside)
	}
	return l, nil
}

func (l *looks) add(name string, look func(triple) (answer, error)) {
	l.settlers = append(l.settlers, &settler{name: name, look: look, by: map[outcome]int{}, rules: map[string][2]int{}})
}

// look takes the second look at each file of a merge in which lines conflict.
func (l *looks) look(out io.Writer, r *compare.Reader, c compare.Comparison, committed object.Hash) error {
	l.conflicts += len(c.Git.Conflicts)
	made := map[object.Hash][]byte{} // where histories cross, the common ancestor is stored nowhere
	for _, o := range c.Result.New {
		made[o.Hash] = o.Data
	}
	for _, conflict := range c.Result.Conflicts {
		if conflict.Kind != merge.KindContent || conflict.Base == nil || conflict.Ours == nil || conflict.Theirs == nil {
			continue
		}
		t := triple{from: committed.String(), name: conflict.Path}
		var err error
		for i, side := range []*merge.Side{conflict.Base, conflict.Ours, conflict.Theirs} {
			text, ok := made[side.Hash]
			if !ok {
				if text, err = r.Blob(side.Hash); err != nil {
					return err
				}
			}
			t.sides[i] = text
		}
		if t.people, err = fileIn(r, committed, conflict.Path); err != nil {
			return err
		}
		if err := l.at(out, t); err != nil {
			return err
		}
	}
	return nil
}

// at has every program look at a file.
func (l *looks) at(out io.Writer, t triple) error {
	hunks := merge.Text(t.sides[0], t.sides[1], t.sides[2], merge.TextOptions{Algorithm: merge.Histogram, Level: merge.Zealous}).Conflicts
	if hunks == 0 {
		return nil
	}
	l.texts++
	l.hunks += hunks
	for _, s := range l.settlers {
		start := time.Now()
		a, err := s.look(t)
		if err != nil {
			return fmt.Errorf("%s at %s: %w", s.name, t.name, err)
		}
		s.times = append(s.times, time.Since(start))
		s.hunks += max(0, hunks-a.left)
		if a.left > 0 {
			s.by[open]++
			continue
		}
		found := judge(t.sides, a.text, t.people)
		s.by[found]++
		for _, rule := range slices.Compact(slices.Sorted(slices.Values(a.rules))) {
			n := s.rules[rule]
			n[0]++
			if found == asMerged {
				n[1]++
			}
			s.rules[rule] = n
		}
		notes := ""
		if line := doubled(t, a.text); line != "" {
			s.doubled++
			notes += "; twice: " + line
		}
		if word := lost(t.sides, a.text); word != "" {
			s.lost++
			notes += "; not there: " + word
		}
		if (found != asMerged || notes != "") && l.list > 0 {
			l.list--
			fmt.Fprintf(out, "%s: %s: %s: %s; %s%s\n", s.name, t.from, t.name, found, strings.Join(a.rules, ", "), notes)
		}
		if found != asMerged && l.differ != "" {
			if err := keep(filepath.Join(l.differ, s.name, fmt.Sprintf("%04d", l.texts)), t, a.text); err != nil {
				return err
			}
		}
	}
	return nil
}

// keep writes a file down as all have it.
func keep(dir string, t triple, text []byte) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, data := range map[string][]byte{
		"name": []byte(t.name), "base": t.sides[0], "ours": t.sides[1], "theirs": t.sides[2], "merged": t.people, "settled": text,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// triplesIn reads the files that are below a folder as [keep] writes them.
func triplesIn(dir string) (list []triple, err error) {
	names, err := filepath.Glob(filepath.Join(dir, "*", "name"))
	if err != nil {
		return nil, err
	}
	for _, file := range names {
		at := filepath.Dir(file)
		name, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		t := triple{from: filepath.Base(at), name: strings.TrimSpace(string(name))}
		for i, side := range []string{"base", "ours", "theirs"} {
			if t.sides[i], err = os.ReadFile(filepath.Join(at, side)); err != nil {
				return nil, err
			}
		}
		if t.people, err = os.ReadFile(filepath.Join(at, "merged")); err != nil {
			return nil, err
		}
		list = append(list, t)
	}
	return list, nil
}

func (l *looks) print(out io.Writer) {
	fmt.Fprintf(out, "second look\t%d files in conflict, in %d of them lines are, %d hunks\n", l.conflicts, l.texts, l.hunks)
	if l.texts == 0 {
		return
	}
	for _, s := range l.settlers {
		settled := l.texts - s.by[open]
		fmt.Fprintf(out, "%s\tsettles %d files (%.1f %%), %d hunks (%.1f %%); as committed %d (%.1f %% of them); doubled %d, lost %d\n", s.name,
			settled, percent(settled, l.texts), s.hunks, percent(s.hunks, l.hunks), s.by[asMerged], percent(s.by[asMerged], settled), s.doubled, s.lost)
		for _, o := range outcomes {
			fmt.Fprintf(out, "  %s\t%d\n", o, s.by[o])
		}
		rules := make([]string, 0, len(s.rules))
		for rule := range s.rules {
			rules = append(rules, rule)
		}
		slices.Sort(rules)
		for _, rule := range rules {
			fmt.Fprintf(out, "    %s\t%d, as committed %d\n", rule, s.rules[rule][0], s.rules[rule][1])
		}
		fmt.Fprintf(out, "  time, the median\t%v; the longest %v\n", median(s.times), slices.Max(s.times).Round(time.Microsecond))
	}
}

func percent(n, of int) float64 {
	if of == 0 {
		return 0
	}
	return 100 * float64(n) / float64(of)
}

// lookTwice is [merge.SecondLook] as a sync calls it.
func lookTwice(t triple) (answer, error) {
	trees := syntax.NewCache(merge.LookLimits)
	defer trees.CloseAll()
	proposal, ok := merge.SecondLook(context.Background(), t.name, t.sides[0], t.sides[1], t.sides[2], trees, merge.TextOptions{Algorithm: merge.Histogram, Level: merge.Zealous}, nil)
	if !ok {
		return answer{left: 1 << 20}, nil
	}
	a := answer{text: proposal.Text, left: proposal.Conflicts}
	for _, r := range proposal.Resolved {
		a.rules = append(a.rules, r.Rule)
	}
	return a, nil
}

// mergiraf is the program of that name, which is expected among the user's programs.
func mergiraf(t triple) (answer, error) {
	dir, err := os.MkdirTemp("", "bench-merge")
	if err != nil {
		return answer{}, err
	}
	defer os.RemoveAll(dir)
	args := []string{"merge", "-p", t.name}
	for i, side := range []string{"base", "ours", "theirs"} {
		file := filepath.Join(dir, side+filepath.Ext(t.name))
		if err := os.WriteFile(file, t.sides[i], 0o600); err != nil {
			return answer{}, err
		}
		args = append(args, file)
	}
	text, code, err := output(dir, "mergiraf", args...)
	if err != nil {
		return answer{}, err
	}
	a := answer{text: text}
	for line := range bytes.Lines(text) {
		if bytes.HasPrefix(line, []byte("<<<<<<<")) {
			a.left++
		}
	}
	if code != 0 {
		a.left = max(a.left, 1)
	}
	return a, nil
}

// fileIn is a file of a commit; nil when there is none.
func fileIn(r *compare.Reader, commit object.Hash, name string) ([]byte, error) {
	c, err := r.Commit(commit)
	if err != nil {
		return nil, err
	}
	at := c.Tree
	parts := strings.Split(name, "/")
	for i, part := range parts {
		entries, err := r.Tree(at)
		if err != nil {
			return nil, err
		}
		k := slices.IndexFunc(entries, func(e object.TreeEntry) bool { return e.Name == part })
		if k < 0 {
			return nil, nil
		}
		if at = entries[k].Hash; i == len(parts)-1 {
			return r.Blob(at)
		}
	}
	return nil, nil
}

// judge sets a settled file beside what the people committed.
func judge(sides [3][]byte, settled, people []byte) outcome {
	mine, theirs := lineSet(settled), lineSet(people)
	switch {
	case bytes.Equal(settled, people):
		return asMerged
	case strings.Join(strings.Fields(string(settled)), " ") == strings.Join(strings.Fields(string(people)), " "):
		return spaced
	case sameCounts(mine, theirs):
		return reordered
	}
	known := lineSet(bytes.Join(sides[:], []byte("\n")))
	more, less := false, false
	for line, n := range theirs {
		more = more || known[line] == 0
		less = less || mine[line] > n
	}
	for line := range mine {
		less = less || theirs[line] == 0
	}
	switch {
	case more:
		return rewritten
	case less:
		return fewer
	}
	return otherwise
}

// doubled is a line that both sides brought and that is there for both, though the
// people have it less often; "" for none.
func doubled(t triple, settled []byte) string {
	base, ours, theirs := lineSet(t.sides[0]), lineSet(t.sides[1]), lineSet(t.sides[2])
	people := lineSet(t.people)
	for line, n := range lineSet(settled) {
		if len(line) >= 12 && strings.ContainsAny(line, " \t(=") && ours[line] > base[line] && theirs[line] > base[line] &&
			n > max(ours[line], theirs[line]) && n > people[line] {
			return line
		}
	}
	return ""
}

// lost is a word that a side added, and the other did not take away, which is not there;
// "" for none.
func lost(sides [3][]byte, settled []byte) string {
	count := func(text []byte) map[string]int {
		n := map[string]int{}
		for _, w := range bytes.FieldsFunc(text, func(r rune) bool {
			return r < 0x80 && !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_' || r == '.' || r == '-')
		}) {
			n[string(w)]++
		}
		return n
	}
	base, ours, theirs, merged := count(sides[0]), count(sides[1]), count(sides[2]), count(settled)
	for _, side := range []map[string]int{ours, theirs} {
		for w, n := range side {
			if len(w) >= 3 && base[w] == 0 && n > 0 && merged[w] == 0 {
				return w
			}
		}
	}
	return ""
}

func lineSet(text []byte) map[string]int {
	set := map[string]int{}
	for line := range bytes.Lines(text) {
		if line = bytes.TrimSpace(line); len(line) > 0 {
			set[string(line)]++
		}
	}
	return set
}

func sameCounts(a, b map[string]int) bool {
	for line, n := range a {
		if b[line] != n {
			return false
		}
	}
	return len(a) == len(b)
}
