package review

import (
	"slices"
	"strings"
)

// unit is what the model is asked about at a time: a changed declaration, or a
// part of one that is too large, with its surroundings.
type unit struct {
	*source
	name  string // of the declaration, "" outside of any
	about span   // the lines whose changes it is about
	shown []span // ascending; what lies between is left out
	head  span   // the lines of the signature; last < first without one
	types string // declarations of types that the signature names
	first int    // the first changed line, for people
}

// looseContext is how much is shown around a change outside of declarations, in
// bytes.
const looseContext = 1200

// cut makes units of at most size bytes each of what changed in a file. The
// changes that the model is not asked about are those of comments, imports and
// white space alone, and declarations that are gone.
func (s *source) cut(regions []region, size int) []unit {
	var units []unit
	for _, r := range regions {
		if !r.loose && !s.changed[r.first] {
			delete(s.removed, r.first) // stood before it, and is gone
		}
		if !s.differs(r.span) || !s.worthAsking(r.span) {
			continue
		}
		units = append(units, s.cutRegion(r, size)...)
	}
	return units
}

func (s *source) cutRegion(r region, size int) []unit {
	if !r.loose && s.cost(r.span) <= size {
		return []unit{s.unit(r, r.span, []span{r.span})}
	}
	head := r.head
	if head.last < head.first || s.cost(head) > size/3 {
		head = span{0, -1}
	}
	room := size
	if head.first <= head.last {
		room -= s.cost(head)
	}
	context := room
	if r.loose {
		context = min(room, looseContext)
	}
	atoms := s.atoms(r.span, max(room/8, 200))
	var units []unit
	for i := 0; i < len(atoms); i++ {
		if !s.differs(atoms[i]) {
			continue
		}
		// From here on as many changed atoms as there is room for. One change
		// is not torn unless it has no room by itself.
		last := i
		for j := i + 1; j < len(atoms) && s.cost(span{atoms[i].first, atoms[j].last}) <= room*4/5; j++ {
			if s.differs(atoms[j]) && (!r.loose || s.cost(span{atoms[last].first, atoms[j].last}) <= context || s.joined(atoms[last], atoms[j])) {
				last = j
			}
		}
		if back := s.untorn(atoms, i, last); back >= i {
			last = back
		}
		about := span{atoms[i].first, atoms[last].last}
		if s.worthAsking(about) {
			shown := s.widen(atoms, i, last, context)
			list := []span{shown}
			if head.first <= head.last && head.last < shown.first {
				list = []span{head, shown}
			} else if head.first <= head.last && head.first < shown.first {
				list = []span{{head.first, shown.last}}
			}
			units = append(units, s.unit(r, about, list))
		}
		i = last
	}
	return units
}

// joined tells whether one change covers the end of an atom and the start of
// the next.
func (s *source) joined(a, b span) bool {
	return a.last+1 == b.first && s.changed[a.last] && s.changed[b.first]
}

// untorn is the last atom that may end a piece which begins with atom from: one
// behind which no change goes on. from-1 says that there is none.
func (s *source) untorn(atoms []span, from, last int) int {
	for i := last; i >= from; i-- {
		if i+1 >= len(atoms) || !s.joined(atoms[i], atoms[i+1]) {
			return i
		}
	}
	return from - 1
}

// widen takes in what stands around the atoms from i to last, in turns, while
// there is room.
func (s *source) widen(atoms []span, i, last, room int) span {
	shown := span{atoms[i].first, atoms[last].last}
	room -= s.cost(shown)
	before, after := i-1, last+1
	for {
		took := false
		if before >= 0 && s.cost(atoms[before]) <= room {
			room -= s.cost(atoms[before])
			shown.first, took = atoms[before].first, true
			before--
		}
		if after < len(atoms) && s.cost(atoms[after]) <= room {
			room -= s.cost(atoms[after])
			shown.last, took = atoms[after].last, true
			after++
		}
		if !took {
			return s.trimmed(shown)
		}
	}
}

// trimmed leaves out blank lines at the ends that did not change.
func (s *source) trimmed(p span) span {
	blank := func(line int) bool { return !s.touched(line) && strings.TrimSpace(s.line(line)) == "" }
	for p.first < p.last && blank(p.first) {
		p.first++
	}
	for p.first < p.last && blank(p.last) {
		p.last--
	}
	return p
}

func (s *source) unit(r region, about span, shown []span) unit {
	u := unit{source: s, name: r.name, head: r.head, about: about, shown: shown, first: about.first}
	for line := about.first; line <= about.last; line++ {
		if s.touched(line) {
			u.first = line
			break
		}
	}
	return u
}

// worthAsking tells whether anything but comments, imports and blank lines
// changed.
func (s *source) worthAsking(p span) bool {
	for line := p.first; line <= p.last; line++ {
		if s.changed[line] && !idle(s.line(line)) {
			return true
		}
		if slices.ContainsFunc(s.removed[line], func(old string) bool { return !idle(old) }) {
			return true
		}
	}
	return p.last == s.lines()-1 && slices.ContainsFunc(s.removed[s.lines()], func(old string) bool { return !idle(old) })
}

// idle tells whether a line does nothing, by its looks.
func idle(line string) bool {
	line = strings.TrimSpace(line)
	switch line {
	case "", "{", "}", "(", ")", "end", "};", ");":
		return true
	}
	return isComment(line) && !strings.HasPrefix(line, "#[") && !strings.HasPrefix(line, "@") && !strings.HasPrefix(line, "#include") && !strings.HasPrefix(line, "#define") && !strings.HasPrefix(line, "#if") ||
		strings.HasPrefix(line, "import ") || strings.HasPrefix(line, "package ") || strings.HasPrefix(line, `"`) && strings.HasSuffix(line, `"`)
}
