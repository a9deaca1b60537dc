package merge

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"strings"
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

// Recorded are conflicts that people have settled before, as git's rerere has them:
// of each the three sides, and what was made of them. Only the same three sides, byte by
// byte, are the same conflict; which of them was ours does not matter.
type Recorded struct {
	by map[[sha256.Size]byte]outcomeOf
}

// outcomeOf is what was made of one conflict.
type outcomeOf struct {
	text      []byte
	from      string
	elsewhere bool
	disputed  bool // settled in two ways: then nobody can tell
}

// maxRecorded bounds what is recorded at once, and maxRecordedHunk each side of a
// conflict and what was made of it, in bytes.
const (
	maxRecorded     = 2000
	maxRecordedHunk = 64 << 10
)

// Rules of conflicts that were settled before.
const (
	RuleRecorded = "as people settled it before"
	// The merge is in neither history that is merged, and has lines that no side has.
	RuleElsewhere = "as people settled it on another branch"
)

// Learn records what a merge made of the conflicts of a file, and says of how many. from
// names the merge; elsewhere says that it is in neither of the histories that will be
// merged. Where the people changed anything but the conflicts, or where it cannot be told
// which of their lines are the outcome of which conflict, nothing is recorded.
func (r *Recorded) Learn(base, ours, theirs, people []byte, from string, elsewhere bool) (n int) {
	if hasMarkers(people) {
		return 0
	}
	chunks := diff3(base, ours, theirs)
	outcomes, ok := outcomesIn(chunks, people, true)
	if !ok {
		return 0
	}
	for _, c := range chunks {
		if !c.Conflict {
			continue
		}
		text := outcomes[0]
		outcomes = outcomes[1:]
		if r.add(Hunk{c.Base, c.Ours, c.Theirs}, text, from, elsewhere) {
			n++
		}
	}
	return n
}

func (r *Recorded) add(h Hunk, text []byte, from string, elsewhere bool) bool {
	if max(len(h.Base), len(h.Ours), len(h.Theirs), len(text)) > maxRecordedHunk {
		return false
	}
	if r.by == nil {
		r.by = map[[sha256.Size]byte]outcomeOf{}
	}
	key := h.key()
	known, again := r.by[key]
	switch {
	case again && !bytes.Equal(known.text, text):
		known.disputed = true
		r.by[key] = known
		return false
	case again:
		known.elsewhere = known.elsewhere && elsewhere
		r.by[key] = known
		return true
	case len(r.by) >= maxRecorded:
		return false
	}
	r.by[key] = outcomeOf{text: notNil(text), from: from, elsewhere: elsewhere && h.foreign(text)}
	return true
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

// foreign tells whether a text has lines that no side has.
func (h Hunk) foreign(text []byte) bool {
	known := map[string]bool{"": true}
	for _, side := range [][]byte{h.Base, h.Ours, h.Theirs} {
		for line := range bytes.Lines(side) {
			known[string(bytes.TrimSpace(line))] = true
		}
	}
	for line := range bytes.Lines(text) {
		if !known[string(bytes.TrimSpace(line))] {
			return true
		}
	}
	return false
}

// Len counts the conflicts that are known, whether or not they are disputed.
func (r *Recorded) Len() int {
	if r == nil {
		return 0
	}
	return len(r.by)
}

// of is what was made of a conflict before, by which rule it is taken, and in which merge.
func (r *Recorded) of(h Hunk) (text []byte, rule, from string, ok bool) {
	if r == nil {
		return nil, "", "", false
	}
	o, ok := r.by[h.key()]
	if !ok || o.disputed {
		return nil, "", "", false
	}
	if o.elsewhere {
		return o.text, RuleElsewhere, o.from, true
	}
	return o.text, RuleRecorded, o.from, true
}

// knowsAny tells whether any conflict of three texts was settled before.
func (r *Recorded) knowsAny(base, ours, theirs []byte) bool {
	if r.Len() == 0 {
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

// From are the merges that a proposal goes by, in order, each once.
func (p Proposal) From() (list []string) {
	for _, r := range p.Resolved {
		if r.From != "" && !strings.Contains(" "+strings.Join(list, " ")+" ", " "+r.From+" ") {
			list = append(list, r.From)
		}
	}
	return list
}
