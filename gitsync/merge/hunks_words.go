package merge

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// word is what no two sides may change parts of: a name, a number, a version, a date, a
// time.
var word = regexp.MustCompile(`v?[0-9](?:[\p{L}\p{N}_.+-]|[,:/'’][0-9])*|[\p{L}_$][\p{L}\p{N}_$]*|\n|[^\S\n]+|.`)

func wordsOf(text string) []string { return word.FindAllString(text, -1) }

// isWordy tells words from punctuation and white space.
func isWordy(w string) bool {
	return w[0] >= 0x80 || w[0] == '_' || w[0] >= '0' && w[0] <= '9' || w[0] >= 'a' && w[0] <= 'z' || w[0] >= 'A' && w[0] <= 'Z'
}

func wordy(text []byte) (list []string) {
	for _, w := range wordsOf(string(text)) {
		if isWordy(w) {
			list = append(list, w)
		}
	}
	return list
}

// maxWords bounds what is merged word by word.
const maxWords = 3000

// words merges by words, where both sides kept half of them and their changes are
// apart.
func words(p part) (text []byte, ok bool) {
	if len(p.base) == 0 || len(p.ours) == 0 || len(p.theirs) == 0 {
		return nil, false
	}
	var sides [3][]string
	var ids [3][]int
	numbers := map[string]int{}
	for i, side := range [][]byte{p.base, p.ours, p.theirs} {
		sides[i] = wordsOf(string(side))
		if len(sides[i]) > maxWords || bytes.Count(side, []byte("\n")) != bytes.Count(p.base, []byte("\n")) || len(strings.Join(sides[i], "")) != len(side) {
			return nil, false
		}
		for _, w := range sides[i] {
			id, ok := numbers[w]
			if !ok {
				id = len(numbers)
				numbers[w] = id
			}
			ids[i] = append(ids[i], id)
		}
	}
	ours, theirs := diff(ids[inBase], ids[inOurs], Myers), diff(ids[inBase], ids[inTheirs], Myers)
	if !kept(sides[inBase], sides[inOurs], ours) || !kept(sides[inBase], sides[inTheirs], theirs) {
		return nil, false
	}
	near := func(x, y hunk) bool {
		if touch(x, y) {
			return true
		}
		if y.a < x.a {
			x, y = y, x
		}
		return !apart(sides[inBase][x.a+x.na : y.a])
	}
	var out strings.Builder
	b, o := 0, 0
	for _, r := range regions(ours, theirs, near) {
		out.WriteString(strings.Join(sides[inOurs][o:o+r.base-b], ""))
		mine := strings.Join(sides[inOurs][r.ours:r.ours+r.nOurs], "")
		others := strings.Join(sides[inTheirs][r.theirs:r.theirs+r.nTheirs], "")
		switch {
		case r.origin == fromOurs || mine == others:
			out.WriteString(mine)
		case r.origin == fromTheirs:
			out.WriteString(others)
		default:
			return nil, false
		}
		b, o = r.base+r.nBase, r.ours+r.nOurs
	}
	out.WriteString(strings.Join(sides[inOurs][o:], ""))
	return []byte(out.String()), true
}

// apart tells whether the words between two changes keep them apart. White space and
// punctuation do not, nor does a number, as the day within a date; and what has no white
// space in it is one value, as a path.
func apart(between []string) bool {
	letters := slices.ContainsFunc(between, func(w string) bool {
		first, _ := utf8.DecodeRuneInString(w)
		return unicode.IsLetter(first)
	})
	return letters && slices.ContainsFunc(between, func(w string) bool { return strings.TrimSpace(w) == "" })
}

// kept tells whether a side kept half of the words, and the lines as they were cut.
func kept(base, side []string, changes []hunk) bool {
	all, gone := 0, 0
	for _, w := range base {
		if isWordy(w) {
			all++
		}
	}
	for _, h := range changes {
		if slices.Contains(base[h.a:h.a+h.na], "\n") || slices.Contains(side[h.b:h.b+h.nb], "\n") {
			return false
		}
		for _, w := range base[h.a : h.a+h.na] {
			if isWordy(w) {
				gone++
			}
		}
	}
	return all > 0 && 2*gone <= all
}
