package merge

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"slices"
)

// Hunk is one conflict: what each side has there, as whole lines.
type Hunk struct{ Base, Ours, Theirs []byte }

// Hunks are the conflicts of three texts, with all that either side changed there.
func Hunks(base, ours, theirs []byte) (list []Hunk) {
	for _, c := range diff3(base, ours, theirs) {
		if c.Conflict {
			list = append(list, Hunk{c.Base, c.Ours, c.Theirs})
		}
	}
	return list
}

// diff3 are the parts of a merge by lines, with the base shown.
func diff3(base, ours, theirs []byte) []Chunk {
	return Text(base, ours, theirs, TextOptions{Algorithm: Histogram, Level: Zealous, Style: StyleDiff3}).Chunks
}

// Recorded are the conflicts of one file, each with what was made of the same one before.
// The same is a conflict with the same three sides and the same lines around it, byte by
// byte; which side was ours does not matter. What is of another path is for the caller to
// keep out.
type Recorded struct {
	by map[[sha256.Size]byte]*outcomeOf
}

// outcomeOf is what was made of one conflict.
type outcomeOf struct {
	above, below []byte // the lines around it
	text         []byte
	from         string // the merge; "" for none yet
	sure         bool   // taken without asking
	disputed     bool   // settled in two ways, or in the file twice: then nobody can tell
}

// maxRecorded bounds the conflicts of a file that are looked for, maxRecordedHunk each side
// of one and what was made of it, in bytes. maxAround is how many lines above and below are
// a conflict's place.
const (
	maxRecorded     = 500
	maxRecordedHunk = 64 << 10
	maxAround       = 3
)

// Rules of conflicts that were settled before. What goes by RuleProposed is for a person to
// see, whatever else is taken without asking.
const (
	RuleRecorded = "as people settled it before"
	RuleProposed = "as it was settled in another merge"
)

// Wanted are the conflicts of three texts, of which nothing is known yet; nil where there
// are none.
func Wanted(base, ours, theirs []byte) *Recorded {
	r := &Recorded{by: map[[sha256.Size]byte]*outcomeOf{}}
	chunks := diff3(base, ours, theirs)
	for i, c := range chunks {
		if !c.Conflict || max(len(c.Base), len(c.Ours), len(c.Theirs)) > maxRecordedHunk || len(r.by) == maxRecorded {
			continue
		}
		key := Hunk{c.Base, c.Ours, c.Theirs}.key()
		_, twice := r.by[key]
		above, below := around(chunks, i)
		r.by[key] = &outcomeOf{above: above, below: below, disputed: twice}
	}
	if len(r.by) == 0 {
		return nil
	}
	return r
}

// around are the lines above and below a conflict that nobody disagrees on.
func around(chunks []Chunk, at int) (above, below []byte) {
	if at > 0 {
		lines := splitLines(chunks[at-1].Merged)
		above = slices.Concat(lines[max(0, len(lines)-maxAround):]...)
	}
	if at < len(chunks)-1 {
		lines := splitLines(chunks[at+1].Merged)
		below = slices.Concat(lines[:min(len(lines), maxAround)]...)
	}
	return above, below
}

// Learn records what a merge made of the conflicts that are wanted, and says of how many.
// from names the merge; own says that people made it in the histories that are merged now.
// Where the people changed anything but the conflicts, or where it cannot be told which of
// their lines are the outcome of which conflict, nothing is recorded.
func (r *Recorded) Learn(base, ours, theirs, people []byte, from string, own bool) (n int) {
	if hasMarkers(people) {
		return 0
	}
	chunks := diff3(base, ours, theirs)
	outcomes, ok := outcomesIn(chunks, people, true)
	if !ok {
		return 0
	}
	for i, c := range chunks {
		if !c.Conflict {
			continue
		}
		text, h := outcomes[0], Hunk{c.Base, c.Ours, c.Theirs}
		outcomes = outcomes[1:]
		o := r.by[h.key()]
		above, below := around(chunks, i)
		if o == nil || len(text) > maxRecordedHunk || !bytes.Equal(above, o.above) || !bytes.Equal(below, o.below) {
			continue
		}
		n++
		if o.from == "" {
			o.text, o.from = notNil(text), from
		}
		o.disputed = o.disputed || !bytes.Equal(o.text, text)
		o.sure = o.sure || own && h.keeps(text) && telling(string(slices.Concat(above, c.Base, c.Ours, c.Theirs, below)))
	}
	return n
}

// keeps tells whether a text has all of one side, beside it nothing but lines of the other,
// and those of each side in their order and as often: nobody's words are in it, and what it
// lacks one side alone had. A line of the base that both took away does not come back.
func (h Hunk) keeps(text []byte) bool {
	known, whole := map[string]bool{}, false
	for _, side := range [][]byte{h.Ours, h.Theirs} {
		left, in := splitLines(side), map[string]bool{}
		for _, line := range left {
			in[string(line)], known[string(line)] = true, true
		}
		kept := slices.DeleteFunc(splitLines(text), func(line []byte) bool { return !in[string(line)] })
		whole = whole || len(kept) == len(left)
		for _, line := range kept {
			at := slices.IndexFunc(left, func(l []byte) bool { return bytes.Equal(l, line) })
			if at < 0 {
				return false
			}
			left = left[at+1:]
		}
	}
	return whole && !slices.ContainsFunc(splitLines(text), func(line []byte) bool { return !known[string(line)] })
}

// key is the same whichever side is ours.
func (h Hunk) key() (sum [sha256.Size]byte) {
	low, high := h.Ours, h.Theirs
	if bytes.Compare(low, high) > 0 {
		low, high = high, low
	}
	hash := sha256.New()
	for _, side := range [][]byte{h.Base, low, high} {
		var size [8]byte
		binary.BigEndian.PutUint64(size[:], uint64(len(side)))
		hash.Write(size[:])
		hash.Write(side)
	}
	hash.Sum(sum[:0])
	return sum
}

// Doubt has all that is known proposed alone.
func (r *Recorded) Doubt() {
	for _, o := range r.by {
		o.sure = false
	}
}

// of is what was made of a conflict before, by which rule it is taken, and in which merge.
func (r *Recorded) of(h Hunk) (text []byte, rule, from string, ok bool) {
	if r == nil {
		return nil, "", "", false
	}
	o := r.by[h.key()]
	switch {
	case o == nil || o.disputed || o.from == "":
		return nil, "", "", false
	case o.sure:
		return o.text, RuleRecorded, o.from, true
	}
	return o.text, RuleProposed, o.from, true
}

// knowsAny tells whether any conflict of three texts was settled before.
func (r *Recorded) knowsAny(base, ours, theirs []byte) bool {
	if r == nil {
		return false
	}
	for _, h := range Hunks(base, ours, theirs) {
		if _, _, _, ok := r.of(h); ok {
			return true
		}
	}
	return false
}

// outcomesIn finds in a text what stands in the place of each conflict. What is between
// two of them has to be there, with once only once.
func outcomesIn(chunks []Chunk, text []byte, once bool) (outcomes [][]byte, ok bool) {
	var between []byte // since the last conflict
	open := false
	for _, c := range append(chunks[:len(chunks):len(chunks)], Chunk{Conflict: true}) {
		if !c.Conflict {
			between = append(between, c.Merged...)
			continue
		}
		last := len(outcomes) == conflictsIn(chunks)-1 && open
		switch {
		case !open: // what is before the first
			if !bytes.HasPrefix(text, between) {
				return nil, false
			}
			text = text[len(between):]
		case last:
			if !bytes.HasSuffix(text, between) || !lineStart(text, len(text)-len(between)) {
				return nil, false
			}
			outcomes = append(outcomes, text[:len(text)-len(between)])
		default:
			at := linesAt(text, between, once)
			if at < 0 {
				return nil, false
			}
			outcomes = append(outcomes, text[:at])
			text = text[at+len(between):]
		}
		open, between = true, nil
	}
	return outcomes, len(outcomes) > 0
}

func conflictsIn(chunks []Chunk) (n int) {
	for _, c := range chunks {
		if c.Conflict {
			n++
		}
	}
	return n
}

// linesAt is the first place where lines are in a text, -1 for none, and with once for
// several.
func linesAt(text, lines []byte, once bool) int {
	if len(lines) == 0 {
		return -1
	}
	found := -1
	for from := 0; ; {
		at := bytes.Index(text[from:], lines)
		if at < 0 {
			return found
		}
		if at += from; lineStart(text, at) {
			if !once {
				return at
			}
			if found >= 0 {
				return -1
			}
			found = at
		}
		from = at + 1
	}
}

func lineStart(text []byte, at int) bool { return at == 0 || text[at-1] == '\n' }

// IsRecorded tells whether all that was settled in a proposal was so by what people made
// of the same conflicts before, with nothing left.
func (p Proposal) IsRecorded() bool {
	for _, r := range p.Resolved {
		if r.Rule != RuleRecorded {
			return false
		}
	}
	return p.Conflicts == 0 && len(p.Resolved) > 0
}

// IsDoubted tells whether any of it goes by a merge that nobody may take for granted.
func (p Proposal) IsDoubted() bool {
	return slices.ContainsFunc(p.Resolved, func(r Resolution) bool { return r.Rule == RuleProposed })
}

// From are the merges that a proposal goes by, in order, each once.
func (p Proposal) From() (list []string) {
	for _, r := range p.Resolved {
		if r.From != "" && !slices.Contains(list, r.From) {
			list = append(list, r.From)
		}
	}
	return list
}
