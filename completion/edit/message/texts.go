package message

import (
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/airside-ls/airside/completion/edit/tokens"
	"github.com/airside-ls/airside/completion/review/diff"
)

// removedAdded are the lines that a file lost and got.
func removedAdded(f diff.File) (removed, added []string) {
	olds, news := lineStarts(f.Old), lineStarts(f.New)
	for _, h := range f.Hunks {
		start, end := span(olds, len(f.Old), h.OldStart, h.OldLines)
		removed = append(removed, linesOf(f.Old[start:end])...)
		start, end = span(news, len(f.New), h.NewStart, h.NewLines)
		added = append(added, linesOf(f.New[start:end])...)
	}
	return removed, added
}

func linesOf(text []byte) []string {
	return strings.Split(strings.TrimSuffix(strings.ToValidUTF8(string(text), "\uFFFD"), "\n"), "\n")
}

// required is a line that names a dependency and its version.
var required = regexp.MustCompile(`^\s*(?:require\s+|gem\s+)?["']?([A-Za-z0-9@_./-]{2,})["']?\s*(?:[:=]=?|>=|~=|\s|,)\s*(?:\{\s*version\s*=\s*)?["']?[\^~>=<]*\s*(v?\d+(?:\.\d+)*[\w.+-]*)`)

// used is a line of a workflow that names an action and its version.
var used = regexp.MustCompile(`^[\s-]*uses:\s*["']?([\w./-]+)@([\w.-]{1,12})`)

// dependency is what a line requires, and in which version.
func dependency(line string) (name, version string) {
	for _, form := range []*regexp.Regexp{used, required} {
		if m := form.FindStringSubmatch(line); m != nil && m[1] != "rev" {
			return m[1], m[2]
		}
	}
	return "", ""
}

// dependencies tell which dependencies are others now.
func dependencies(files []diff.File) []fact {
	was, is := map[string]string{}, map[string]string{}
	var order []string
	for _, f := range files {
		if k := classOf(f.Path); k != deps && k != ci || f.Skipped != "" {
			continue
		}
		removed, added := removedAdded(f)
		for _, line := range removed {
			if dep, version := dependency(line); dep != "" {
				was[dep] = version
				order = append(order, dep)
			}
		}
		for _, line := range added {
			if dep, version := dependency(line); dep != "" {
				is[dep] = version
				order = append(order, dep)
			}
		}
	}
	var list []fact
	seen := map[string]bool{}
	for _, dep := range order {
		if seen[dep] {
			continue
		}
		seen[dep] = true
		from, to := was[dep], is[dep]
		switch {
		case from == to:
		case from == "":
			list = append(list, fact{verb: "add", object: name(dep), rest: name(to), weight: 1})
		case to == "":
			list = append(list, fact{verb: "remove", object: name(dep), weight: 1})
		default:
			list = append(list, fact{verb: "bump", object: name(dep), rest: "from " + name(from) + " to " + name(to), weight: 1})
		}
	}
	if len(list) == 0 {
		return nil
	}
	return list
}

var heading = regexp.MustCompile(`^#{1,4}\s+(\S.*?)\s*#*$`)

// textFacts tell of a text that is no code: a version, a section, a slip of the pen.
func textFacts(f diff.File) []fact {
	if f.Skipped != "" || f.Old == nil || f.New == nil {
		return nil
	}
	weight := max(1, changedLines(f))
	removed, added := removedAdded(f)
	base := name(path.Base(f.Path))
	if dependencies := dependencies([]diff.File{f}); len(dependencies) > 0 {
		return dependencies
	}
	if classOf(f.Path) == docs {
		for _, line := range added {
			if m := heading.FindStringSubmatch(line); m != nil && !slices.Contains(removed, line) {
				return []fact{{verb: "add", object: name(m[1]), rest: "to " + base, weight: weight}}
			}
		}
		if slip(removed, added) {
			return []fact{{verb: "fix", object: "typo", rest: "in " + base, weight: weight}}
		}
	}
	return []fact{{verb: "update", object: base, weight: weight}}
}

// slip tells of lines in which a word or two are spelled otherwise, and no more.
func slip(removed, added []string) bool {
	was, is := strings.Join(removed, "\n"), strings.Join(added, "\n")
	a, b := tokens.Lex(was), tokens.Lex(is)
	old, now := tokens.Texts(was, a), tokens.Texts(is, b)
	changes := tokens.Diff(old, now)
	if len(changes) == 0 || len(changes) > 4 {
		return false
	}
	for _, c := range changes {
		if c.AEnd-c.AStart != 1 || c.BEnd-c.BStart != 1 || a[c.AStart].Kind != tokens.Word || len(old[c.AStart]) < 4 || distance(old[c.AStart], now[c.BStart]) > 2 {
			return false
		}
	}
	return true
}

// distance is how many letters have to be changed, left out or put in.
func distance(a, b string) int {
	before := make([]int, len(b)+1)
	for j := range before {
		before[j] = j
	}
	for i := range len(a) {
		row := make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			row[j+1] = min(before[j+1]+1, row[j]+1)
			step := before[j]
			if a[i] != b[j] {
				step++
			}
			row[j+1] = min(row[j+1], step)
		}
		before = row
	}
	return before[len(b)]
}

// leastRenamed is the share, in hundredths, of the changed places that a renaming has to
// explain.
const leastRenamed = 70

// renamed tells of a change that replaces one word by another, in several places, and does
// little else.
func renamed(files []diff.File) (fact, bool) {
	type pair struct{ from, to string }
	counts := map[pair]int{}
	in := map[pair]map[string]bool{}
	places := 0
	for _, f := range files {
		if f.Skipped != "" {
			continue
		}
		olds, news := lineStarts(f.Old), lineStarts(f.New)
		bareOld, bareNew := bare(string(f.Old)), bare(string(f.New))
		for _, h := range f.Hunks {
			oldStart, oldEnd := span(olds, len(f.Old), h.OldStart, h.OldLines)
			start, end := span(news, len(f.New), h.NewStart, h.NewLines)
			if places++; oldEnd-oldStart > 20_000 || end-start > 20_000 || places > 5000 {
				continue
			}
			was, is := bareOld[oldStart:oldEnd], bareNew[start:end]
			a, b := tokens.Lex(was), tokens.Lex(is)
			old, now := tokens.Texts(was, a), tokens.Texts(is, b)
			changes := tokens.Diff(old, now)
			places += max(0, len(changes)-1)
			for _, c := range changes {
				if c.AEnd-c.AStart != 1 || c.BEnd-c.BStart != 1 || a[c.AStart].Kind != tokens.Word || b[c.BStart].Kind != tokens.Word {
					continue
				}
				p := pair{old[c.AStart], now[c.BStart]}
				counts[p]++
				if in[p] == nil {
					in[p] = map[string]bool{}
				}
				in[p][f.Path] = true
			}
		}
	}
	var best pair
	for p, n := range counts {
		if n > counts[best] || n == counts[best] && p.from < best.from {
			best = p
		}
	}
	if counts[best] < 3 || counts[best]*100 < places*leastRenamed {
		return fact{}, false
	}
	f := fact{verb: "rename", object: name(best.from), rest: "to " + name(best.to), weight: counts[best]}
	if n := len(in[best]); n > 1 {
		f.rest += " (" + strconv.Itoa(n) + " files)"
	}
	return f, true
}
