package review

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/airside-ls/airside/completion/awake"
	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/review/diff"
	"github.com/airside-ls/airside/completion/review/finding"
	"github.com/airside-ls/airside/completion/review/surprise"
	"github.com/airside-ls/airside/completion/syntax"
)

// Bounds of what is compared, in places: what is most suspicious by its kind goes first.
const (
	maxPlacesOfFunction = 24
	maxPlaces           = 600
)

// compared is a changed function with the places in it that a model is asked about.
type compared struct {
	*source
	name   string
	start  int // of the function, in bytes
	places []surprise.Place
}

// comparisons are the changed functions of files, with their places.
func (r *run) comparisons(ctx context.Context, files []diff.File, asker surprise.Asker) ([]compared, error) {
	var list []compared
	left := maxPlaces
	for _, f := range files {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		s := newSource(f, r.trees)
		if !s.parsed || s.unread() != "" || r.withheld(f.Path, f.OldPath) != "" {
			continue // which is said where the model is to read it
		}
		names := map[int]string{}
		for _, region := range s.regions() {
			for line := region.first; line <= region.last; line++ {
				names[line] = region.name
			}
		}
		for _, function := range surprise.Functions(&s.root, s.language) {
			if !s.differs(s.spanOf(function.Start, function.End)) {
				continue
			}
			c := compared{source: s, name: names[s.lineOf(function.Start)], start: function.Start}
			c.places = surprise.Places(&s.root, function, s.text, s.language, s.mayCompare)
			c.places = slices.DeleteFunc(c.places, func(p surprise.Place) bool {
				_, ok := asker.Least(p.Class, s.language)
				return !ok
			})
			if all := len(c.places); all > min(left, maxPlacesOfFunction) {
				c.places = c.places[:min(left, maxPlacesOfFunction)]
				r.skip(f.Path, c.name, fmt.Sprintf("%d of %d places were compared with what the model expects", len(c.places), all))
			}
			// In the order of the text, what was read for one is the beginning for the next.
			slices.SortFunc(c.places, func(p, q surprise.Place) int { return p.Start - q.Start })
			if left -= len(c.places); len(c.places) > 0 {
				list = append(list, c)
			}
		}
		s.root, s.decls = syntax.Node{}, nil // large, and no longer needed
	}
	return list, nil
}

// mayCompare tells whether a place has changed and may be shown, with its lines.
func (s *source) mayCompare(start, end int) bool {
	p := s.spanOf(start, end)
	from, to := s.starts[p.first], s.starts[p.last+1]
	if s.text[from:to] != s.masked[from:to] {
		return false
	}
	for line := p.first; line <= p.last; line++ {
		if s.changed[line] {
			return true
		}
	}
	return false
}

// surprise asks about the places of all functions and tells of those where something
// else is far likelier. done says whether the model has nothing to do afterwards.
func (r *run) surprise(ctx context.Context, list []compared, asker surprise.Asker, done bool) error {
	alike := alike{}
	for i, c := range list {
		e := Event{Total: len(list), Path: c.file.Path, Unit: c.name}
		if done {
			e.Done = i
		}
		r.on(e)
		for _, p := range c.places {
			odds, err := r.oddsAt(ctx, asker, c, p)
			switch {
			case ctx.Err() != nil:
				return ctx.Err()
			case model.IsKind(err, model.TooLong):
				continue
			case err != nil:
				r.report.NoOdds = err.Error()
				return nil
			}
			r.report.Compared++
			if alike.all(odds) {
				r.report.NoOdds = "its probabilities are all alike"
				return nil
			}
			if f, ok := c.surprising(odds, asker, r.trees); ok {
				r.tell(e, []finding.Finding{f})
			}
		}
		if done {
			r.report.Units++
		}
	}
	return nil
}

// oddsAt asks about a place, unless the answer is known.
func (r *run) oddsAt(ctx context.Context, asker surprise.Asker, c compared, p surprise.Place) (surprise.Odds, error) {
	key := r.odds.keyOf(asker.Info, c, p)
	if o, ok := r.odds.get(key); ok {
		o.Place = p
		return o, nil
	}
	inner, cancel, _ := awake.WithTimeout(ctx, askTimeout)
	defer cancel()
	o, err := asker.At(inner, c.masked, c.start, p)
	if err == nil {
		r.odds.put(key, o)
	} else if inner.Err() != nil && ctx.Err() == nil {
		err = fmt.Errorf("the model took longer than %v", askTimeout)
	}
	return o, err
}

// alike notices that a model's probabilities say nothing.
type alike struct{ n, alike int }

// enoughAlike is how many places have to be asked about for that.
const enoughAlike = 6

func (a *alike) all(o surprise.Odds) bool {
	a.n++
	if math.IsNaN(o.Ln) || math.Abs(o.Ln) < 1e-3 {
		a.alike++
	}
	return a.n == a.alike && a.n >= enoughAlike
}

// surprising makes a finding of odds that are beyond what is usual.
func (c compared) surprising(o surprise.Odds, asker surprise.Asker, trees *syntax.Cache) (finding.Finding, bool) {
	least, ok := asker.Least(o.Class, c.language)
	if !ok || !(o.Ln >= least) { // not a number is no finding
		return finding.Finding{}, false
	}
	// The quote is the lines: a finding is known again by it.
	p := c.spanOf(o.Start, o.End)
	start, end := c.starts[p.first], c.starts[p.last]+len(c.line(p.last))
	start += len(c.text[start:end]) - len(strings.TrimLeft(c.text[start:end], " \t"))
	end = start + len(strings.TrimRight(c.text[start:end], " \t"))
	if start > o.Start || end < o.End {
		return finding.Finding{}, false
	}
	fix := c.text[start:o.Start] + o.Best + c.text[o.End:end]
	if !trees.Judge().Fits(c.document(), syntax.Range{Start: start, End: end}, fix) {
		return finding.Finding{}, false
	}
	return finding.Finding{
		Path: c.file.Path, Start: start, End: end, StartLine: p.first + 1, EndLine: p.last + 1,
		Quote: c.text[start:end], Severity: finding.Warning, Category: o.Class.Category(),
		Message: o.Message(c.text), Words: true, Fix: &fix, Source: finding.Model, Unit: c.name,
	}, true
}
