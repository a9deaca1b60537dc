package memory

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

const (
	beamWidth  = 8
	beamWords  = 40   // words of a line at most
	branches   = 6    // words tried after each
	leastP     = 0.02 // what is less likely is not tried
	leastTotal = 1e-4 // lines less likely are given up
	leastEnd   = 1e-3 // where an end is less likely there is none
	maxLines   = 16
)

// Line is the rest of a line, as the memory expects it.
type Line struct {
	// Text goes behind the cursor. It ends where the text goes on, or, at an
	// open place, with a line's end and the next line's indentation.
	Text string
	// P is how likely it is to be right, as it was found on held-out places;
	// those of all lines together are at most 1.
	P float64

	order, written, share float64 // see sure
}

// search finds line ends for one place.
type search struct {
	*blender
	levels  []level
	vocab   *vocabulary
	context []word // before the cursor, without the partial word
	partial string // the word that the cursor stands at the end of
	after   []word // what follows the cursor
	open    bool   // the line may end though something else follows
	seen    map[string]prediction
	texts   []string // of words
}

// draft is a line that is being written.
type draft struct {
	words []word // after the context
	p     float64
	order int // the sum of the orders of the predictions that made it
}

// lines searches by beam: the line as a whole is to be likely, with what follows
// it, and not each word of it.
func (s *search) lines() []Line {
	var done []Line
	for beam := s.begin(); len(beam) > 0 && len(beam[0].words) < beamWords; {
		var longer []draft
		for _, d := range beam {
			pr := s.predict(s.tail(d.words))
			done = s.end(done, d, pr)
			for i, l := range pr.words {
				if i >= branches || l.p < leastP || d.p*l.p < leastTotal {
					break
				}
				if endsLine(s.texts[l.word]) {
					continue
				}
				words := append(slices.Clip(d.words), l.word)
				longer = append(longer, draft{words, d.p * l.p, d.order + pr.order})
			}
		}
		slices.SortStableFunc(longer, func(a, b draft) int { return cmp.Compare(b.p, a.p) })
		beam = longer[:min(len(longer), beamWidth)]
	}
	known := 0
	for _, l := range s.levels {
		if l.index != nil {
			known += l.index.live()
		}
	}
	return judge(done, known)
}

// judge orders lines and says how likely they are; known is how many words were
// read.
func judge(lines []Line, known int) []Line {
	slices.SortStableFunc(lines, func(a, b Line) int { return cmp.Compare(b.P, a.P) })
	lines = lines[:min(len(lines), maxLines)]
	total := 0.0
	for _, l := range lines {
		total += l.P
	}
	for i := range lines {
		lines[i].share = lines[i].P / total
	}
	if len(lines) > 0 {
		scale := lines[0].sure() * lines[0].borne(known) / lines[0].share
		for i := range lines {
			lines[i].P = lines[i].share * scale
		}
	}
	return lines
}

// sure is how likely the best line is to be right: a logistic regression on
// held-out places (see cmd/bench/memory) over how much of what came before was
// seen with what comes, how likely its words are, and its share of all lines that
// were found.
func (l Line) sure() float64 {
	z := -4.5 + 1.13*math.Log1p(l.order) + 0.52*math.Log(l.written) + 4.2*l.share - 0.04*float64(len(l.Text))
	return 1 / (1 + math.Exp(-z))
}

// borne is how far what was read bears sure out, which was found on whole
// repositories: of a few words the only one that follows a dot is no sure thing,
// of 10,000 it is, and what begins as it did over several words needs few.
func (l Line) borne(known int) float64 {
	needed := 2000 / math.Pow(max(1, l.order), 3)
	return float64(known) / (float64(known) + needed)
}

// begin are the ways in which the word at the cursor may go on.
func (s *search) begin() []draft {
	if s.partial == "" {
		return []draft{{p: 1}}
	}
	pr := s.predict(s.context)
	var drafts []draft
	total := 0.0
	for _, l := range pr.words {
		text := s.texts[l.word]
		if !strings.HasPrefix(text, s.partial) || endsLine(text) {
			continue
		}
		p := l.p
		if text == s.partial {
			p *= s.whole
		}
		total += p
		drafts = append(drafts, draft{[]word{l.word}, p, pr.order})
	}
	// The word may be whole though nothing like it was seen here.
	whole := s.vocab.id(s.partial)
	if !slices.ContainsFunc(drafts, func(d draft) bool { return d.words[0] == whole }) {
		p := s.strange * pr.rest * s.whole
		total += p
		drafts = append(drafts, draft{[]word{whole}, p, 0})
		s.texts = s.vocab.snapshot()
		s.blender.texts = s.texts
	}
	for i := range drafts {
		drafts[i].p /= total
	}
	slices.SortStableFunc(drafts, func(a, b draft) int { return cmp.Compare(b.p, a.p) })
	return drafts[:min(len(drafts), beamWidth)]
}

// end adds the lines that d is if it ends here.
func (s *search) end(lines []Line, d draft, pr prediction) []Line {
	if len(d.words) == 0 {
		return lines // the memory is asked how the line goes on
	}
	text := s.spell(d.words)
	add := func(end string, p float64) {
		if p >= leastEnd && text+end != "" {
			lines = append(lines, Line{
				Text: text + end, P: d.p * p, written: d.p, order: float64(d.order) / float64(len(d.words)),
			})
		}
	}
	if s.open {
		for _, l := range pr.words {
			if end := s.texts[l.word]; endsLine(end) {
				add(end, l.p)
			}
		}
		return lines
	}
	p := 0.0
	if len(s.after) == 0 || endsLine(s.texts[s.after[0]]) {
		for _, l := range pr.words {
			if endsLine(s.texts[l.word]) {
				p += l.p
			}
		}
	}
	if len(s.after) > 0 {
		p = max(pr.of(s.after[0]), s.otherEnd*p)
		if p >= leastEnd {
			p *= s.fit(d.words)
		}
	}
	add("", p)
	return lines
}

// fit is how well what follows the cursor follows words.
func (s *search) fit(words []word) float64 {
	fit := 1.0
	line := slices.Clip(words)
	for i := 1; i < len(s.after); i++ {
		line = append(line, s.after[i-1])
		pr := s.predict(s.tail(line))
		fit *= max(pr.of(s.after[i]), 0.1*pr.rest, 1e-4)
	}
	return max(math.Pow(fit, s.afterPower), leastEnd)
}

// tail is the end of the context with words after it.
func (s *search) tail(words []word) []word {
	n := min(len(s.context), maxOrder)
	all := append(slices.Clip(s.context[len(s.context)-n:]), words...)
	return all[max(0, len(all)-maxOrder):]
}

// predict remembers: lines that begin alike ask the same.
func (s *search) predict(context []word) prediction {
	context = context[max(0, len(context)-maxOrder):]
	key := keyOf(context)
	p, ok := s.seen[key]
	if !ok {
		p = s.blender.predict(s.levels, context)
		s.seen[key] = p
	}
	return p
}

func keyOf(words []word) string {
	b := make([]byte, 0, 4*maxOrder)
	for _, w := range words {
		b = append(b, byte(w), byte(w>>8), byte(w>>16), byte(w>>24))
	}
	return string(b)
}

// spell is the text that words add behind the cursor.
func (s *search) spell(words []word) string {
	var b strings.Builder
	for _, w := range words {
		b.WriteString(s.texts[w])
	}
	return b.String()[len(s.partial):]
}
