package builtin

import (
	"time"
)

// Drafts are what the next tokens may be, to be checked by the network in one
// batch (Leviathan, Kalman and Matias, "Fast inference from transformers via
// speculative decoding", 2023, https://arxiv.org/abs/2211.17192; without a second
// model: Saxena, "Prompt lookup decoding", 2023): what the memory of the workspace
// expects, and what came where the prompt and the answer had the last tokens
// before.
//
// How long a draft is follows from how often those of its kind were right and from
// what a batch of so many tokens was measured to cost beside one: none, where that
// does not pay.

// kind is where a draft comes from.
type kind int

const (
	expected kind = iota // by the memory
	found2               // behind the last two tokens
	found3
	found4 // or more
	kinds
)

// longestMatch is how many tokens before a place are compared at most.
const longestMatch = 8

// record is how often the tokens of one kind of drafts were right, the last ones
// counting most.
type record struct{ right, wrong float64 }

// fading is what a token counts when the next has come.
const fading = 0.95

func (r *record) add(right bool) {
	r.right *= fading
	r.wrong *= fading
	if right {
		r.right++
	} else {
		r.wrong++
	}
}

// rate is how likely the next token of the kind is right.
func (r record) rate() float64 { return min(r.right/(r.right+r.wrong), 0.98) }

// costs are what batches take.
type costs struct {
	seconds [17]float64 // by tokens, moving averages; 0 where it was not measured
}

const (
	// newest is how much the last measurement counts.
	newest = 0.2
	// perToken is what a further token of a batch costs beside the first, until it
	// was measured.
	perToken = 0.12
)

func (c *costs) measured(tokens int, took time.Duration) {
	if tokens >= len(c.seconds) {
		return
	}
	s := &c.seconds[tokens]
	if *s == 0 {
		*s = took.Seconds()
		return
	}
	// A pause of the machine is no cost of the batch.
	*s += newest * (min(took.Seconds(), 3**s) - *s)
}

// of is what a batch takes, in those of one token.
func (c *costs) of(tokens int) float64 {
	one := c.seconds[1]
	if tokens == 1 || one == 0 {
		return 1 + perToken*float64(tokens-1)
	}
	if tokens < len(c.seconds) && c.seconds[tokens] > 0 {
		return c.seconds[tokens] / one
	}
	// As the next shorter one that was measured, and perToken for the rest.
	for n := min(tokens, len(c.seconds)) - 1; n >= 1; n-- {
		if c.seconds[n] > 0 {
			return c.seconds[n]/one + perToken*float64(tokens-n)
		}
	}
	return 1
}

// length is how many of most tokens that are right at rate make the most of the
// time: with n of them a batch gives (1 - rate^(n+1)) / (1 - rate) tokens.
func (c *costs) length(rate float64, most int) int {
	best, gain := 0, 1.0
	tokens, right := 1.0, 1.0
	for n := 1; n <= most; n++ {
		right *= rate
		tokens += right
		if g := tokens / c.of(n+1); g > gain {
			best, gain = n, g
		}
	}
	return best
}

// draftRecord is what an engine has learned about drafts.
type draftRecord struct {
	costs   costs
	records [kinds]record
}

func newDrafting() *draftRecord {
	d := &draftRecord{}
	for k, rate := range map[kind]float64{expected: 0.8, found2: 0.5, found3: 0.7, found4: 0.85} {
		const tokens = 8 // that this guess counts for
		d.records[k] = record{tokens * rate, tokens * (1 - rate)}
	}
	return d
}

// drafter makes drafts for one answer.
type drafter struct {
	*draftRecord
	lines [][]int32 // expected, the likeliest first, each from where it was asked for
	since []int32   // taken since then

	made   kind  // of the draft under way
	guess  int32 // the first token of a draft that was not made, -1 for none
	behind kind  // its kind
}

func newDrafter(d *draftRecord) *drafter { return &drafter{draftRecord: d, guess: -1} }

// expect gives the drafter lines that are expected to come next.
func (d *drafter) expect(lines [][]int32) { d.lines, d.since = lines, nil }

// took hears of every token that was taken. A draft that did not seem worth its
// time is judged by its first token all the same, so that what has become right is
// noticed.
func (d *drafter) took(token int32) {
	if d.guess >= 0 {
		d.records[d.behind].add(d.guess == token)
		d.guess = -1
	}
	if d.lines != nil {
		d.since = append(d.since, token)
	}
}

// propose is a draft of at most so many tokens behind sequence and token.
func (d *drafter) propose(sequence []int32, token int32, most int) []int32 {
	draft, k := d.fromLines()
	if len(draft) == 0 {
		draft, k = fromText(sequence, token)
	}
	if len(draft) == 0 || most <= 0 {
		return nil
	}
	n := d.costs.length(d.records[k].rate(), min(len(draft), most))
	if n == 0 {
		d.guess, d.behind = draft[0], k
		return nil
	}
	d.made = k
	return draft[:n]
}

// judged hears how many tokens of the last draft were right, and whether the next
// one was wrong.
func (d *drafter) judged(right int, wrong bool) {
	for range right {
		d.records[d.made].add(true)
	}
	if wrong {
		d.records[d.made].add(false)
	}
}

// fromLines is the rest of the first line that goes on as the tokens since do.
func (d *drafter) fromLines() ([]int32, kind) {
	for _, l := range d.lines {
		if n := len(d.since); n < len(l) && startsWith(l, d.since) {
			return l[n:], expected
		}
	}
	return nil, expected
}

func startsWith(l, start []int32) bool {
	for i, t := range start {
		if l[i] != t {
			return false
		}
	}
	return true
}

// fromText is what follows where sequence and token end as they do at their end:
// of the longest such places the last. Two tokens at least are to be the same.
func fromText(sequence []int32, token int32) ([]int32, kind) {
	n := len(sequence)
	best, longest := 0, 1
	for at := n - 1; at > 0; at-- {
		if sequence[at] != token {
			continue
		}
		match := 1
		for match < longestMatch && match <= at && sequence[at-match] == sequence[n-match] {
			match++
		}
		if match > longest {
			best, longest = at+1, match
		}
	}
	if longest < 2 || best >= n {
		return nil, found2
	}
	return sequence[best:], kind(int(found2) + min(longest-2, int(found4-found2)))
}
