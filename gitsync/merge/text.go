package merge

import (
	"bytes"
	"slices"
	"strings"
)

// IsBinary tells what git takes for binary: a NUL among the first 8000 bytes.
func IsBinary(data []byte) bool {
	return bytes.IndexByte(data[:min(len(data), 8000)], 0) >= 0
}

// Text merges by lines, with the conflict boundaries of git merge-file: changes
// that touch are one conflict, and what both sides did alike is none.
func Text(base, ours, theirs []byte, o TextOptions) TextResult {
	t := &threeTexts{o: o, base: splitLines(base), ours: splitLines(ours), theirs: splitLines(theirs)}
	c := classes{}
	t.baseIDs, t.oursIDs, t.theirsIDs = c.of(t.base), c.of(t.ours), c.of(t.theirs)
	changes := t.join(diff(t.baseIDs, t.oursIDs, o.Algorithm), diff(t.baseIDs, t.theirsIDs, o.Algorithm))
	switch {
	case o.Style == StyleZDiff3:
		changes = t.trim(changes)
	case o.Style == StyleMerge:
		// With the base shown, splitting a conflict would tear it from its base.
		changes = t.simplify(t.refine(changes))
	}
	return t.result(changes)
}

// threeTexts are the lines of a merge.
type threeTexts struct {
	o                           TextOptions
	base, ours, theirs          [][]byte
	baseIDs, oursIDs, theirsIDs []int
}

// origin says whose lines a region takes.
type origin int

const (
	conflict origin = iota
	fromOurs
	fromTheirs
	fromBoth // ours, then theirs: a union
)

// region is a part in which a side differs from base. Indices count lines.
type region struct {
	origin
	base, nBase     int
	ours, nOurs     int
	theirs, nTheirs int
}

// regionList joins what touches.
type regionList []region

func (l *regionList) add(c region) {
	if n := len(*l); n > 0 {
		last := &(*l)[n-1]
		if c.ours <= last.ours+last.nOurs || c.theirs <= last.theirs+last.nTheirs {
			if c.origin != last.origin {
				last.origin = conflict
			}
			last.nBase = c.base + c.nBase - last.base
			last.nOurs = c.ours + c.nOurs - last.ours
			last.nTheirs = c.theirs + c.nTheirs - last.theirs
			return
		}
	}
	*l = append(*l, c)
}

// join walks through the changes of both sides in the order of base.
func (t *threeTexts) join(ours, theirs []hunk) []region {
	var list regionList
	for len(ours) > 0 && len(theirs) > 0 {
		a, b := ours[0], theirs[0]
		switch {
		case a.a+a.na < b.a:
			list.add(region{fromOurs, a.a, a.na, a.b, a.nb, b.b - b.a + a.a, a.na})
			ours = ours[1:]
			continue
		case b.a+b.na < a.a:
			list.add(region{fromTheirs, b.a, b.na, a.b - a.a + b.a, b.na, b.b, b.nb})
			theirs = theirs[1:]
			continue
		case a.a != b.a || a.na != b.na || a.nb != b.nb || !slices.Equal(t.oursIDs[a.b:a.b+a.nb], t.theirsIDs[b.b:b.b+b.nb]):
			list.add(overlap(a, b))
		}
		aEnd, bEnd := a.a+a.na, b.a+b.na
		if aEnd >= bEnd {
			theirs = theirs[1:]
		}
		if bEnd >= aEnd {
			ours = ours[1:]
		}
	}
	for _, a := range ours {
		list.add(region{fromOurs, a.a, a.na, a.b, a.nb, a.a + len(t.theirs) - len(t.base), a.na})
	}
	for _, b := range theirs {
		list.add(region{fromTheirs, b.a, b.na, b.a + len(t.ours) - len(t.base), b.na, b.b, b.nb})
	}
	return list
}

// overlap is a conflict that covers both hunks.
func overlap(a, b hunk) region {
	c := region{origin: conflict, base: a.a, ours: a.b, theirs: b.b}
	before := a.a - b.a
	if before > 0 {
		c.base -= before
		c.ours -= before
	} else {
		c.theirs += before
	}
	c.nBase, c.nOurs, c.nTheirs = a.a+a.na-c.base, a.b+a.nb-c.ours, b.b+b.nb-c.theirs
	if behind := a.a + a.na - b.a - b.na; behind < 0 {
		c.nBase -= behind
		c.nOurs -= behind
	} else {
		c.nTheirs += behind
	}
	return c
}

// refine takes out of conflicts what both sides have alike.
func (t *threeTexts) refine(changes []region) []region {
	var list []region
	for _, c := range changes {
		if c.origin != conflict || c.nOurs == 0 || c.nTheirs == 0 {
			list = append(list, c)
			continue
		}
		base, n := c.base, c.nBase
		for _, h := range diff(t.oursIDs[c.ours:c.ours+c.nOurs], t.theirsIDs[c.theirs:c.theirs+c.nTheirs], t.o.Algorithm) {
			// Base belongs to the first part: nobody can tell which of them it is.
			list = append(list, region{conflict, base, n, c.ours + h.a, h.na, c.theirs + h.b, h.nb})
			base, n = base+n, 0
		}
	}
	return list
}

// simplify joins conflicts that a few lines keep apart: people read one easier
// than two.
func (t *threeTexts) simplify(changes []region) []region {
	var list []region
	for _, c := range changes {
		if n := len(list); n > 0 && c.origin == conflict && list[n-1].origin == conflict {
			last := &list[n-1]
			between := t.ours[last.ours+last.nOurs : c.ours]
			if len(between) <= 3 || t.o.Level == ZealousAlnum && !hasAlnum(between) {
				last.nBase = c.base + c.nBase - last.base
				last.nOurs = c.ours + c.nOurs - last.ours
				last.nTheirs = c.theirs + c.nTheirs - last.theirs
				continue
			}
		}
		list = append(list, c)
	}
	return list
}

func hasAlnum(lines [][]byte) bool {
	for _, line := range lines {
		for _, c := range line {
			if c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
				return true
			}
		}
	}
	return false
}

// trim takes out of conflicts what both sides begin and end with.
func (t *threeTexts) trim(changes []region) []region {
	for i := range changes {
		c := &changes[i]
		if c.origin != conflict {
			continue
		}
		for c.nOurs > 0 && c.nTheirs > 0 && t.oursIDs[c.ours] == t.theirsIDs[c.theirs] {
			c.ours, c.theirs, c.nOurs, c.nTheirs = c.ours+1, c.theirs+1, c.nOurs-1, c.nTheirs-1
		}
		for c.nOurs > 0 && c.nTheirs > 0 && t.oursIDs[c.ours+c.nOurs-1] == t.theirsIDs[c.theirs+c.nTheirs-1] {
			c.nOurs, c.nTheirs = c.nOurs-1, c.nTheirs-1
		}
	}
	return changes
}

// result writes the merged text and its chunks.
func (t *threeTexts) result(changes []region) TextResult {
	var r TextResult
	var out bytes.Buffer
	base, ours, theirs := 0, 0, 0
	// upTo adds what stands between two changes: ours, which there is the same
	// as theirs.
	upTo := func(b, o, th int) {
		if b > base || o > ours || th > theirs {
			text := slices.Concat(t.ours[ours:o]...)
			out.Write(text)
			r.Chunks = append(r.Chunks, Chunk{Base: slices.Concat(t.base[base:b]...), Ours: text, Theirs: slices.Concat(t.theirs[theirs:th]...), Merged: notNil(text)})
		}
		base, ours, theirs = b, o, th
	}
	for _, c := range changes {
		upTo(c.base, c.ours, c.theirs)
		base, ours, theirs = c.base+c.nBase, c.ours+c.nOurs, c.theirs+c.nTheirs
		chunk := Chunk{
			Base: slices.Concat(t.base[c.base:base]...), Ours: slices.Concat(t.ours[c.ours:ours]...), Theirs: slices.Concat(t.theirs[c.theirs:theirs]...),
		}
		if c.origin == conflict {
			c.origin = map[Favor]origin{FavorOurs: fromOurs, FavorTheirs: fromTheirs, FavorUnion: fromBoth}[t.o.Favor]
		}
		eol := "\n"
		if t.needsCR(c) {
			eol = "\r\n"
		}
		switch c.origin {
		case fromOurs:
			chunk.Merged = notNil(chunk.Ours)
		case fromTheirs:
			chunk.Merged = notNil(chunk.Theirs)
		case fromBoth:
			chunk.Merged = slices.Concat(ended(chunk.Ours, eol), chunk.Theirs)
		default:
			chunk.Conflict = true
			r.Conflicts++
			t.writeConflict(&out, chunk, eol)
		}
		out.Write(chunk.Merged)
		r.Chunks = append(r.Chunks, chunk)
	}
	upTo(len(t.base), len(t.ours), len(t.theirs))
	r.Text = out.Bytes()
	return r
}

func notNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// ended gives a text's last line its end if it lacks one.
func ended(text []byte, eol string) []byte {
	if len(text) > 0 && text[len(text)-1] != '\n' {
		return slices.Concat(text, []byte(eol))
	}
	return text
}

func (t *threeTexts) writeConflict(out *bytes.Buffer, c Chunk, eol string) {
	size := t.o.MarkerSize
	if size <= 0 {
		size = 7
	}
	marker := func(sign, label string) {
		out.WriteString(strings.Repeat(sign, size))
		if label != "" {
			out.WriteString(" " + label)
		}
		out.WriteString(eol)
	}
	marker("<", t.o.Ours)
	out.Write(ended(c.Ours, eol))
	if t.o.Style != StyleMerge {
		marker("|", t.o.Base)
		out.Write(ended(c.Base, eol))
	}
	marker("=", "")
	out.Write(ended(c.Theirs, eol))
	marker(">", t.o.Theirs)
}

// needsCR tells whether markers end in CR LF: where all three texts do.
func (t *threeTexts) needsCR(c region) bool {
	known := false
	for _, at := range []struct {
		lines [][]byte
		i     int
	}{{t.ours, max(c.ours-1, 0)}, {t.theirs, max(c.theirs-1, 0)}, {t.base, 0}} {
		crlf, ok := endsInCRLF(at.lines, at.i)
		if ok && !crlf {
			return false
		}
		known = ok // the base's word is the last
	}
	return known
}

// endsInCRLF looks at line i, or at the one before if it is the last and has no
// end. ok is false when nothing can be told.
func endsInCRLF(lines [][]byte, i int) (crlf, ok bool) {
	if len(lines) == 0 {
		return false, false
	}
	i = min(i, len(lines)-1)
	if !bytes.HasSuffix(lines[i], []byte("\n")) {
		if i == 0 {
			return false, false
		}
		i--
	}
	return bytes.HasSuffix(lines[i], []byte("\r\n")), true
}
