package builtin

import (
	"context"
	"math"
	"strings"
	"time"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/builtin/llama"
	"github.com/airside-ls/airside/completion/model/builtin/tokenizer"
	"github.com/airside-ls/airside/completion/model/odds"
	"github.com/airside-ls/airside/completion/model/stream"
)

// weigher chooses line after line between what the network would write and what
// an expecter names, for networks that know code: see [WeighedLine]. The network reads
// the expected lines as drafts of its own line, and those that are none of it in a
// batch each. A line that is surer than its word is taken without it, where it
// would have to read first.
type weigher struct {
	engine *Engine
	expect model.Expecter
	least  float64 // how likely the answer has to be
	// leastBegun is how likely the beginning of its first line has to be; see
	// [model.Request.LeastBegun].
	leastBegun float64
	tok        *tokenizer.Tokenizer
	odds       odds.Odds
	closes     string
	begun      int // bytes of the answer that are in the prompt

	tokens  []int32 // the prompt
	options GenerateOptions
	start   time.Time

	session *llama.Session
	out     *stream.Writer
	result  *Result
	told    *model.Odds

	sequence []int32 // the prompt, and the answer's lines that were chosen
	answer   strings.Builder
	indent   string  // of the line that comes next, not yet in the answer
	likely   float64 // the answer so far
	demand   string  // what the rest of the answer begins with
	expected []model.Continuation
	view     view
}

// maxCandidates is how many expected lines the network reads for one of its own.
const maxCandidates = 3

// leastCandidate is how likely a line has to be expected to be read.
const leastCandidate = 0.01

// fewUnread are so few tokens that the network is asked about a sure line too.
const fewUnread = 32

// begin sets out behind what the answer begins with.
func (w *weigher) begin(begun string) {
	w.closes, w.likely, w.demand = w.expect.Closes(), 1, w.options.Demand
	w.answer.WriteString(begun)
	w.begun = len(begun)
}

// run writes the answer.
func (w *weigher) run(ctx context.Context) error {
	w.sequence = w.tokens[:len(w.tokens):len(w.tokens)]
	w.view.tok, w.view.stops, w.view.closes = w.tok, w.engine.stops, w.closes
	for w.result.StopReason == "" {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		lines := w.candidates()
		var err error
		if w.sure(lines) {
			err = w.take(lines[0], lines[0].option(), lines[0].memory)
		} else {
			err = w.ask(ctx, lines)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// candidates are the lines that the expecter names.
func (w *weigher) candidates() (lines []*candidateLine) {
	w.expected = w.expect.Expect(w.answer.String() + w.indent)
	for _, x := range w.expected {
		c := newCandidate(w.tok, w.indent, w.closes, x)
		if c != nil && strings.HasPrefix(c.text, w.demand) && x.P >= leastCandidate && len(lines) < maxCandidates {
			lines = append(lines, c)
		}
	}
	return lines
}

// sure tells whether the likeliest line is taken unread.
func (w *weigher) sure(lines []*candidateLine) bool {
	return len(lines) > 0 && lines[0].memory >= w.odds.Sure && w.engine.options.OnWeighed == nil &&
		len(w.sequence)-w.session.Known(w.sequence) > fewUnread
}

// ask has the network write a line and read the candidates, and chooses.
func (w *weigher) ask(ctx context.Context, lines []*candidateLine) error {
	before := time.Now()
	cached, err := w.session.Evaluate(ctx, w.sequence)
	if err != nil {
		return err
	}
	if w.result.Prompt == 0 {
		w.result.CachedTokens, w.result.Prompt = min(cached, len(w.tokens)), elapsed(before)
	}
	own, err := w.write(ctx, lines)
	if len(w.told.Steps) == 0 {
		w.told.Line, w.told.Tokens = own.spelled(w.tok)
		w.told.Ended = own.reason == "" || own.reason == StopStop
	}
	if own.shown {
		p := w.odds.Alone(own.option())
		w.chose(own, own.option(), p)
		w.observe(WeighedLine{Options: []odds.Option{own.option()}, P: p})
	}
	if err != nil || own.shown {
		return err
	}
	for _, c := range lines {
		c.known = c.most().Network
	}
	if err := w.read(ctx, own, lines); err != nil {
		return err
	}
	return w.weigh(own, lines)
}

// weigh chooses the line that is likeliest to be right.
func (w *weigher) weigh(own *candidateLine, lines []*candidateLine) error {
	weighed := WeighedLine{Options: []odds.Option{own.option()}}
	of := []*candidateLine{own}
	for _, c := range lines {
		if c.text == own.text {
			o := &weighed.Options[0]
			o.Memory, o.Network = o.Memory+c.memory, max(o.Network, c.option().Network)
			own.ends, own.indent = own.ends || c.ends, c.indent
			continue
		}
		weighed.Options, of = append(weighed.Options, c.option()), append(of, c)
	}
	weighed.Chosen, weighed.P = w.odds.Choose(weighed.Options)
	w.observe(weighed)
	return w.take(of[weighed.Chosen], weighed.Options[weighed.Chosen], weighed.P)
}

func (w *weigher) observe(weighed WeighedLine) {
	if f := w.engine.options.OnWeighed; f != nil {
		weighed.Line, weighed.Tokens, weighed.Ended, weighed.Expected = w.told.Line, w.told.Tokens, w.told.Ended, w.expected
		f(weighed)
	}
}

// take shows a line, which is right with probability p.
func (w *weigher) take(c *candidateLine, o odds.Option, p float64) error {
	w.answer.WriteString(c.text)
	w.chose(c, o, p)
	return w.out.Write(c.text)
}

// chose notes that a line, which stands in the answer, is the next of it, and
// whether the answer ends with it.
func (w *weigher) chose(c *candidateLine, o odds.Option, p float64) {
	r := w.result
	if r.FirstToken == 0 {
		r.FirstToken = elapsed(w.start)
	}
	w.likely *= p
	r.GeneratedTokens += len(c.tokens)
	w.told.Steps = append(w.told.Steps, model.Step{End: w.answer.Len(), P: p, Expected: o.Memory > 0})
	w.demand = "" // it ends within the first line
	w.sequence, w.indent = append(w.sequence, c.tokens...), c.indent
	switch most := w.options.MaxTokens; {
	case c.reason != "":
		r.StopReason = c.reason
	case c.ends:
		r.StopReason = StopStop
	case most > 0 && r.GeneratedTokens >= most || len(w.sequence) >= w.session.Context():
		r.StopReason = StopLength
	case w.likely < w.least:
		r.StopReason = StopUnsure
	}
}

// write has the network write a line. While it does, what it thinks of the
// candidates is noted where they go along. Without candidates the line is shown as
// it comes.
func (w *weigher) write(ctx context.Context, lines []*candidateLine) (own *candidateLine, err error) {
	own = &candidateLine{own: true, ends: w.closes != "", shown: len(lines) == 0}
	d := newDrafter(w.engine.drafting)
	drafts := make([][]int32, len(lines))
	for i, c := range lines {
		drafts[i] = c.tokens
	}
	d.expect(drafts)
	walk := begin(w.session, d)
	demand := w.demand
	defer walk.back()
	for {
		if ctx.Err() != nil {
			return own, context.Cause(ctx)
		}
		if err := w.view.look(walk.logits(), demand); err != nil {
			return own, err
		}
		for _, c := range lines {
			if !c.apart {
				c.see(&w.view)
			}
		}
		best, p := w.view.best, w.view.of(w.view.best)
		if w.view.ends >= p {
			own.along += math.Log(w.view.ends)
			own.reason = StopStop
			return own, nil
		}
		own.along += math.Log(p)
		own.tokens, own.each = append(own.tokens, best), append(own.each, p)
		for _, c := range lines {
			c.apart = c.apart || c.depth < len(own.tokens) || c.tokens[c.depth-1] != best
		}
		piece := string(w.tok.Piece(best))
		line, _, over := strings.Cut(piece, "\n")
		if over && w.closes == "" {
			line = piece
		}
		own.text += line
		demand = after(demand, piece)
		if own.shown {
			w.answer.WriteString(piece)
			if err := w.out.Write(piece); err != nil {
				return own, err
			}
		}
		if over {
			return own, nil
		}
		length := len(w.sequence) + len(own.tokens)
		if w.result.GeneratedTokens+len(own.tokens) == w.options.MaxTokens || length > w.session.Context() {
			own.reason = StopLength
			return own, nil
		}
		if w.hopeless(own, lines) {
			own.reason = StopUnsure
			return own, nil
		}
		if err := walk.take(ctx, best, w.more(own)); err != nil {
			return own, err
		}
	}
}

// more is how many tokens may come behind the next of its own line.
func (w *weigher) more(own *candidateLine) int {
	more := w.session.Context() - len(w.sequence) - len(own.tokens)
	if w.options.MaxTokens > 0 {
		more = min(more, w.options.MaxTokens-w.result.GeneratedTokens-len(own.tokens)-1)
	}
	return more
}

// hopeless tells whether no line can become likely enough to be of use.
func (w *weigher) hopeless(own *candidateLine, lines []*candidateLine) bool {
	if w.least <= 0 || w.engine.options.OnWeighed != nil {
		return false
	}
	least := w.least / w.likely
	for _, c := range lines {
		if w.odds.Alone(c.most()) >= least {
			return false
		}
	}
	return w.odds.Alone(own.option()) < least && !w.begins(own)
}

// begins tells whether the first line, as far as its own goes, may be right.
func (w *weigher) begins(own *candidateLine) bool {
	if w.leastBegun <= 0 || len(w.told.Steps) > 0 {
		return false
	}
	b := odds.Beginning{Own: true, Network: own.along}
	for _, x := range w.expected {
		if strings.HasPrefix(x.Text, own.text) {
			b.Memory += x.P
		}
	}
	return w.odds.Begins.Of(b) >= w.leastBegun
}

// read has the network read the candidates that its own line is not, as far as
// they can still be chosen.
func (w *weigher) read(ctx context.Context, own *candidateLine, lines []*candidateLine) error {
	mine := w.odds.Score(own.option())
	for _, c := range lines {
		if c.text == own.text || c.depth == 0 {
			continue
		}
		for !c.over {
			if w.engine.options.OnWeighed == nil && w.odds.Score(c.most()) <= mine {
				break
			}
			// The session has what was read last: of another line only what both begin with.
			at := min(c.depth-1, w.session.Common(w.sequence, c.tokens)-len(w.sequence))
			batch := c.tokens[at:min(at+w.session.MaxExtend(), len(c.tokens))]
			if len(w.sequence)+at+len(batch) > w.session.Context() {
				break
			}
			w.session.Truncate(len(w.sequence) + at)
			if err := w.session.Extend(ctx, batch); err != nil {
				return err
			}
			for i := range batch {
				if at+i < c.depth-1 {
					continue // what it says there is known
				}
				if err := w.view.look(w.session.LogitsAfter(i), after(w.demand, c.text[:min(c.at, len(c.text))])); err != nil {
					return err
				}
				c.see(&w.view)
			}
		}
	}
	return nil
}
