package surprise

import (
	"context"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/prompt"
)

// Asker asks a model how likely texts are.
type Asker struct {
	Backend model.Backend
	Info    model.Info
}

// Cannot says why a model cannot be asked, "" if it can.
func (a Asker) Cannot() string {
	switch {
	case !a.Info.Scores:
		return "it does not tell how likely a given text is"
	case !prompt.Choose(a.Info).Insert:
		return "it does not read what follows a place"
	case a.table() == nil:
		return "what is usual has not been measured for a model of its size"
	}
	return ""
}

// Odds are what a model says of a place.
type Odds struct {
	Place
	Best string // of Place.Others the likeliest
	// Ln is how much likelier Best is than what stands there, by the natural logarithm
	// of the ratio; below 0 it is less likely.
	Ln float64
}

// Bytes of code that a model sees around a place. What stands behind is read anew for
// each place, and the lines next to it say the most.
const (
	before = 1800
	behind = 260
)

// Shown is what a model sees before and behind a place. start is where the shown text
// begins at the earliest: the same for all places of a function, so that what was read
// for one is not read again for the next. Blanks before a place are a part of what is
// compared, as they are of tokens.
func Shown(text string, start int, p Place) (before, after string) {
	before = text[windowStart(text, start, p.Start):p.Start]
	if trimmed := strings.TrimRight(before, " \t"); !strings.HasSuffix(trimmed, "\n") {
		before = trimmed
	}
	return before, suffix(text[p.End:])
}

// At asks about a place of a text; start as for [Shown]. It looks first at what is
// likely behind what stands before, which costs little, and between both where that leaves
// a doubt. The odds are the mean of the two then, but not much beyond the lesser: each by
// itself is wrong at other places than the other (make bench-review FLAGS=-fit). The error
// is ctx.Err() or the model's.
func (a Asker) At(ctx context.Context, text string, start int, p Place) (Odds, error) {
	glance, err := a.Scores(ctx, text, start, p, doubt, false)
	if err != nil {
		return Odds{}, err
	}
	for i := range glance {
		glance[i].End = 0 // no answer ends there
	}
	if o := odds(p, glance); !(o.Ln >= doubt) {
		return o, nil
	}
	whole, err := a.Scores(ctx, text, start, p, doubt, true)
	if err != nil {
		return Odds{}, err
	}
	return together(p, glance, whole), nil
}

// together are the odds by two scores of each text.
func together(p Place, glance, whole []model.Score) Odds {
	o := Odds{Place: p, Ln: math.Inf(-1)}
	if len(glance) != len(p.Others)+1 || len(whole) != len(glance) {
		return o
	}
	for i, other := range p.Others {
		x, y := glance[i+1].Whole()-glance[0].Whole(), whole[i+1].Whole()-whole[0].Whole()
		if ln := min((x+y)/2, min(x, y)+aside); ln > o.Ln || math.IsNaN(ln) {
			o.Best, o.Ln = other, ln
		}
	}
	return o
}

// aside is how far the odds may be beyond the lesser of two.
const aside = 1.5

// doubt is how much likelier (ln) another has to be behind what stands before for
// what follows to be looked at.
const doubt = -1

// Scores are those of what stands at a place, and of its others, which are read to their
// ends as far as they can become likelier than that by least (ln). Without whole the
// model sees only what stands before.
func (a Asker) Scores(ctx context.Context, text string, start int, p Place, least float64, whole bool) ([]model.Score, error) {
	form := prompt.Choose(a.Info)
	before, after := Shown(text, start, p)
	blank := text[p.Start-leading(text, p.Start, before) : p.Start]
	window := prompt.Window{Prefix: before}
	if whole {
		window.Suffix = after
	}
	built := form.Build(window)
	if form.Whole {
		built = form.BuildHealed(window)
	}
	r := model.Request{Prompt: built.Prompt, MaxTokens: 1, Beyond: least}
	if !whole {
		window.Prefix = strings.TrimSuffix(before, built.Echo)
		r.Prompt = form.Head(window)
	}
	for _, t := range append([]string{text[p.Start:p.End]}, p.Others...) {
		r.Score = append(r.Score, built.Echo+blank+t)
	}
	resp, err := model.Generate(ctx, a.Backend, r)
	return resp.Scores, err
}

// leading is how many blanks before an offset are not in what is shown before it.
func leading(text string, at int, before string) int {
	n := at - len(strings.TrimRight(text[:at], " \t"))
	if strings.HasSuffix(before, text[at-n:at]) && n > 0 {
		return 0
	}
	return n
}

// windowStart is where the shown text begins: at start, or some lines further on where
// that is too far from the place. It moves in steps, so that places near each other
// share what was read.
func windowStart(text string, start, at int) int {
	if at-start <= before {
		return start
	}
	start += (at - start - before + before/2 - 1) / (before / 2) * (before / 2)
	if i := strings.IndexByte(text[start:at], '\n'); i >= 0 {
		return start + i + 1
	}
	for start < at && !utf8.RuneStart(text[start]) {
		start++
	}
	return start
}

// odds compares scores, of which the first is of what stands there.
func odds(p Place, scores []model.Score) Odds {
	o := Odds{Place: p, Ln: math.Inf(-1)}
	if len(scores) != len(p.Others)+1 {
		return o
	}
	for i, s := range scores[1:] {
		if ln := s.Whole() - scores[0].Whole(); ln > o.Ln || math.IsNaN(ln) {
			o.Best, o.Ln = p.Others[i], ln
		}
	}
	return o
}

// suffix is what is shown behind a place: whole lines, as far as there is room.
func suffix(text string) string {
	if len(text) <= behind {
		return text
	}
	if i := strings.LastIndexByte(text[:behind], '\n'); i > 0 {
		return text[:i+1]
	}
	return strings.ToValidUTF8(text[:behind], "")
}
