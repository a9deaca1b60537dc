package merge

import (
	"bytes"
	"regexp"
	"slices"
)

// forPeople tells whether a conflict is left to a person whatever could be made of it: a
// side changed a line of which the other brought another like it, and the copy may need
// the change as well; or both brought a line of which one says what the other does and more.
func forPeople(path string, h Hunk) bool {
	loosely := alignThree(part{base: h.Base, ours: h.Ours, theirs: h.Theirs}, loose)
	if loosely.saidTwice() {
		return true
	}
	if len(kindsOf(path, blocks{})) > 0 { // two entries are often alike
		return false
	}
	return loosely.copies()
}

// copies tells whether a side changed a line that the other kept and has another one like.
func (m *aligned3) copies() bool {
	for side, other := range []int{1, 0} {
		kept, brought := m.keptLines(other), m.brought(other)
		for _, c := range m.changes[side] {
			if c.nb == 0 {
				continue
			}
			for k := c.a; k < c.a+c.na; k++ {
				if kept[k] && len(wordy(m.base[k])) > 2 && !brings.Match(m.base[k]) && slices.ContainsFunc(brought, func(line []byte) bool { return alike(m.base[k], line) }) {
					return true
				}
			}
		}
	}
	return false
}

// saidTwice tells whether both sides brought a line, one of which has each word of the
// other and more.
func (m *aligned3) saidTwice() bool {
	for _, a := range m.brought(0) {
		for _, b := range m.brought(1) {
			if endless(bytes.TrimSpace(a)) != endless(bytes.TrimSpace(b)) && (saysAll(a, b) || saysAll(b, a)) {
				return true
			}
		}
	}
	return false
}

// brings matches a line that names what of other files is used: those are alike, too.
var brings = regexp.MustCompile(`^\s*(?:import|from|use|pub use|using|#include|require|export|mod)\b|^\s*"[^"]*",?\s*$`)

// keptLines tells of each line of base whether a side has it.
func (m *aligned3) keptLines(side int) []bool {
	kept := make([]bool, len(m.base))
	for i := range kept {
		kept[i] = true
	}
	for _, c := range m.changes[side] {
		for k := c.a; k < c.a+c.na; k++ {
			kept[k] = false
		}
	}
	return kept
}

// brought are the lines of a side where it has more than there were.
func (m *aligned3) brought(side int) (lines [][]byte) {
	all := m.ours
	if side == 1 {
		all = m.theirs
	}
	for _, c := range m.changes[side] {
		if c.nb > c.na {
			lines = append(lines, all[c.b:c.b+c.nb]...)
		}
	}
	return lines
}

// saysAll tells whether a line has each word of another one, of at least three.
func saysAll(line, of []byte) bool {
	words, have := wordy(of), wordy(line)
	if len(words) < 3 {
		return false
	}
	for _, w := range words {
		if !slices.Contains(have, w) {
			return false
		}
	}
	return true
}

// mixes tells whether a text has line ends of both kinds, and none of the sides has.
func mixes(text []byte, sides ...[]byte) bool {
	mixed := func(text []byte) bool {
		windows := bytes.Count(text, []byte("\r\n"))
		return windows > 0 && bytes.Count(text, []byte("\n")) > windows
	}
	return mixed(text) && !slices.ContainsFunc(sides, mixed)
}
