// Package review says what is wrong with a change: rules that show it for
// certain, and the opinions of a local model, each quoted from the code it
// speaks of. It is given texts and returns findings; where the texts come from,
// and what becomes of a finding, is nobody's concern here.
//
// Nothing in the reviewed code, and nothing that a model answers, has airside do
// anything but report a finding: no tool is called, and every path, range and
// quote is airside's own.
package review

import (
	"context"
	"log/slog"
	"time"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/review/diff"
	"github.com/airside-ls/airside/completion/review/finding"
	"github.com/airside-ls/airside/completion/syntax"
)

// Options are what a Reviewer works with.
type Options struct {
	// Chosen is who answers now; see completion.Engine.Chosen. Its error says
	// why nobody does. Nil is the same as Request.RulesOnly.
	Chosen func(context.Context) (model.Backend, model.Info, error)
	// Siblings are the files beside one of a work tree that are in the same
	// language: types that a signature names are looked for in them. root is
	// Request.Root, path a file of the request. Nil is none.
	Siblings func(root, path string) []Sibling
	// Withheld says why a model must not see a file, by its absolute path, ""
	// if it may; see completion.Engine.Withheld. Nil shows it all.
	Withheld func(path string, by model.Info) string
	Log      *slog.Logger // nil logs nothing
}

// Sibling is a file in the same folder as one that is reviewed.
type Sibling struct {
	Path string // as diff.File has it
	Text []byte
}

// Request is a change to be reviewed.
type Request struct {
	Files []diff.File
	// Root is where the files are, for Options.Siblings alone; may be "".
	Root string
	// Only restricts the review to one place, all of which then counts as
	// changed. Its file has to be among Files, and may be unchanged there (Old
	// equal to New, no hunks).
	Only *Only
	// RulesOnly asks no model.
	RulesOnly bool
	// OddsOnly asks a model only how likely code is, and nothing in words.
	OddsOnly bool
	// NoOdds asks a model in words alone.
	NoOdds bool
}

// Only is a place in a file: the innermost function that holds it is reviewed,
// or its lines where there is none.
type Only struct {
	Path       string
	Start, End int // byte offsets in the new text
}

// Event tells how far a review has come.
type Event struct {
	// Done of Total units are reviewed by the model. Total is known from the first
	// event on, and 0 when rules alone run.
	Done, Total int
	// Path and Unit name what is reviewed next, "" at the end: a file, and the
	// declaration in it if there is one.
	Path, Unit string
	// Findings are those that have come since the event before.
	Findings []finding.Finding
}

// Report is what came of a review.
type Report struct {
	Findings []finding.Finding // by path and place
	Skipped  []Skipped         // by path
	Units    int               // reviewed by the model, now or lately
	// Backend and Model answered; "" when rules alone ran.
	Backend, Model string
	// NoModel says why no model answered, or why one went on no further, "" if
	// all went well or none was wanted.
	NoModel string
	// Compared is how many places were compared with what the model expects there, and
	// NoOdds why not all were that should have been, "" if all were or none was to be.
	Compared int
	NoOdds   string
	// Answers is how many the model gave, Malformed how many of them were not the
	// JSON that was asked for, to the letter.
	Answers, Malformed int
}

// Skipped is a file, or a part of one, that was not reviewed.
type Skipped struct {
	Path   string
	Unit   string // "" is the whole file
	Reason string // a clause for people
}

// Reviewer reviews changes. It is safe for concurrent use.
type Reviewer struct {
	opts   Options
	pauses []time.Duration
	known  known
	odds   knownOdds
}

// New returns a reviewer.
func New(o Options) *Reviewer {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	r := &Reviewer{opts: o}
	for d := 250 * time.Millisecond; d <= 8*time.Second; d *= 2 {
		r.pauses = append(r.pauses, d)
	}
	return r
}

// Review tells on, which may be nil, of findings as they come, and returns all
// of them. When ctx ends first, the error is ctx.Err() and the report holds what
// was found by then. Every other trouble is in the report: a model that fails
// leaves what the rules found.
func (r *Reviewer) Review(ctx context.Context, q Request, on func(Event)) (Report, error) {
	if on == nil {
		on = func(Event) {}
	}
	trees := syntax.NewCache(syntax.DefaultLimits)
	defer trees.CloseAll()
	run := &run{Reviewer: r, on: on, trees: trees, root: q.Root, seen: map[sameness]bool{}}
	run.asker = asker{chosen: r.opts.Chosen, pauses: r.pauses, log: r.opts.Log}
	err := run.review(ctx, q)
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return run.finish(), err
}
