package review

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/airside-ls/airside/completion/review/diff"
	"github.com/airside-ls/airside/completion/review/finding"
	"github.com/airside-ls/airside/completion/review/rules"
	"github.com/airside-ls/airside/completion/review/surprise"
	"github.com/airside-ls/airside/completion/syntax"
)

// run is one review.
type run struct {
	*Reviewer
	asker  asker
	on     func(Event)
	trees  *syntax.Cache
	root   string // Request.Root
	seen   map[sameness]bool
	report Report
}

// review does the work; its error is ctx.Err() or nil.
func (r *run) review(ctx context.Context, q Request) error {
	files := r.wanted(q)
	asked, err := r.choose(ctx, q, files)
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		r.tell(Event{Total: asked.total(), Path: f.Path}, rules.Check(f, r.trees))
	}
	if err := r.surprise(ctx, asked.compared, asked.odds, len(asked.units) == 0); err != nil {
		return err
	}
	if len(asked.units) > 0 {
		return r.ask(ctx, asked.units)
	}
	r.on(Event{Done: asked.total(), Total: asked.total()})
	return nil
}

// asked is what a model is asked: about places by their odds, and in words about units.
type asked struct {
	odds     surprise.Asker
	compared []compared
	units    []unit
}

func (a asked) total() int { return cmp.Or(len(a.units), len(a.compared)) }

// choose finds out who answers, and what is asked. Who cannot converse may still tell
// odds, and the other way round.
func (r *run) choose(ctx context.Context, q Request, files []diff.File) (a asked, err error) {
	if q.RulesOnly || r.opts.Chosen == nil || len(files) == 0 {
		return a, nil
	}
	err = r.asker.find(ctx)
	if ctx.Err() != nil {
		return a, ctx.Err()
	}
	if err != nil {
		r.report.NoModel = err.Error()
		return a, nil
	}
	info := r.asker.info
	r.report.Backend, r.report.Model = info.Backend, info.Model
	a.odds = surprise.Asker{Backend: r.asker.backend, Info: info}
	compares := !q.NoOdds
	if compares {
		r.report.NoOdds = a.odds.Cannot()
		compares = r.report.NoOdds == ""
	}
	if compares {
		if a.compared, err = r.comparisons(ctx, files, a.odds); err != nil {
			return a, err
		}
	}
	if q.OddsOnly {
		return a, nil
	}
	if err := r.asker.usable(); err != nil {
		if !compares {
			r.report.NoModel = err.Error()
		}
		return a, nil
	}
	a.units, err = r.cut(ctx, files)
	return a, err
}

// wanted are the files to be looked at; the others are reported as skipped.
func (r *run) wanted(q Request) []diff.File {
	var files []diff.File
	for _, f := range q.Files {
		if q.Only != nil {
			if f.Path != q.Only.Path {
				continue
			}
			f = only(f, *q.Only, r.trees)
		}
		if reason := unwanted(f); reason != "" {
			r.skip(f.Path, "", reason)
		} else if f.New != nil && len(f.Hunks) > 0 {
			files = append(files, f)
		}
	}
	return files
}

func (r *run) skip(path, unit, reason string) {
	r.report.Skipped = append(r.report.Skipped, Skipped{path, unit, reason})
}

// cut makes the units of all files.
func (r *run) cut(ctx context.Context, files []diff.File) ([]unit, error) {
	types := typeIndex{}
	var units []unit
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		s := newSource(f, r.trees)
		reason := s.unread()
		if why := r.withheld(f.Path, f.OldPath); why != "" {
			reason = "read by the rules alone: " + why
		}
		if reason != "" {
			r.skip(f.Path, "", reason)
			continue
		}
		types.add(s)
		regions := s.regions()
		s.spread(regions, r.trees)
		for _, u := range s.cut(regions, r.asker.room()) {
			if n := s.cost(span{u.shown[0].first, u.shown[0].last}); len(u.shown) == 1 && u.shown[0].first == u.shown[0].last && n > r.asker.room() {
				r.skip(f.Path, u.name, fmt.Sprintf("line %d alone has %d bytes", u.shown[0].first+1, n))
				continue
			}
			units = append(units, u)
		}
		s.root, s.decls = syntax.Node{}, nil // large, and no longer needed
	}
	beside := &siblings{trees: r.trees, known: types, where: map[string]map[string]Sibling{}}
	if r.opts.Siblings != nil && r.root != "" {
		beside.find = func(path string) []Sibling {
			return slices.DeleteFunc(r.opts.Siblings(r.root, path), func(s Sibling) bool { return r.withheld(s.Path) != "" })
		}
	}
	for i := range units {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		r.addTypes(&units[i], types, beside)
	}
	return units, nil
}

// withheld says why a model must not see what was in a file under one of these
// names, "" if it may.
func (r *run) withheld(paths ...string) string {
	for _, p := range paths {
		if p == "" || r.opts.Withheld == nil {
			continue
		}
		if r.root != "" {
			p = filepath.Join(r.root, filepath.FromSlash(p))
		}
		if why := r.opts.Withheld(p, r.asker.info); why != "" {
			return why
		}
	}
	return ""
}

// addTypes shows with a unit the types of its signature, where they fit.
func (r *run) addTypes(u *unit, types typeIndex, beside *siblings) {
	if u.head.last < u.head.first {
		return
	}
	room := r.asker.room()
	for _, p := range u.shown {
		room -= u.cost(p)
	}
	head := u.text[u.starts[u.head.first]:u.starts[u.head.last+1]]
	beside.add(*u, head)
	u.types = types.typesOf(*u, head, min(room, typesTokens*bytesPerToken))
}

// ask has the model review the units in order.
func (r *run) ask(ctx context.Context, units []unit) error {
	marker := newMarker(random())
	for i, u := range units {
		r.on(Event{Done: i, Total: len(units), Path: u.file.Path, Unit: u.name})
		found, err := r.examine(ctx, u, marker)
		r.tell(Event{Done: i, Total: len(units), Path: u.file.Path, Unit: u.name}, found)
		var nobody errNobody
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.As(err, &nobody):
			r.report.NoModel = fmt.Sprintf("%v (%d of %d parts were reviewed)", err, i, len(units))
			r.on(Event{Done: i, Total: len(units)})
			return nil
		case err != nil:
			r.skip(u.file.Path, u.name, err.Error())
		default:
			r.report.Units++
		}
	}
	r.on(Event{Done: len(units), Total: len(units)})
	return nil
}

// examine cuts a unit smaller as long as it turns out to be too long: how many
// tokens a text has only the model knows.
func (r *run) examine(ctx context.Context, u unit, marker string) ([]finding.Finding, error) {
	key := keyOf(r.asker.info.Backend, r.asker.info.Model, u)
	var found []finding.Finding
	if claims, ok := r.known.get(key); ok {
		for _, c := range claims {
			if f, ok := u.finding(c, r.trees); ok {
				found = append(found, f)
			}
		}
		return found, nil
	}
	found, claims, err := r.asker.examine(ctx, u, marker, r.trees)
	if err == nil {
		r.known.put(key, claims)
	}
	if !tooLong(err) {
		return found, err
	}
	size := 0
	for _, p := range u.shown {
		size += u.cost(p)
	}
	if size /= 2; size < leastUnit*bytesPerToken/2 {
		return nil, err
	}
	whole := region{span: u.about, name: u.name, head: u.head}
	for _, part := range u.cutRegion(whole, size) {
		more, err := r.examine(ctx, part, marker)
		found = append(found, more...)
		if err != nil {
			return found, err
		}
	}
	return found, nil
}

// tell adds findings that are new and tells of them, if there are any.
func (r *run) tell(e Event, found []finding.Finding) {
	for _, f := range found {
		if !r.seen[same(f)] {
			r.seen[same(f)] = true
			e.Findings = append(e.Findings, f)
		}
	}
	if len(e.Findings) > 0 {
		r.report.Findings = append(r.report.Findings, e.Findings...)
		r.on(e)
	}
}

func (r *run) finish() Report {
	r.report.Answers, r.report.Malformed = r.asker.answers, r.asker.malformed
	if r.report.Units == 0 && r.report.Answers == 0 && r.report.Compared == 0 { // nothing was asked
		r.report.Backend, r.report.Model = "", ""
	}
	slices.SortStableFunc(r.report.Findings, func(a, b finding.Finding) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), a.Start-b.Start, a.End-b.End)
	})
	slices.SortStableFunc(r.report.Skipped, func(a, b Skipped) int { return cmp.Compare(a.Path, b.Path) })
	return r.report
}

func random() []byte {
	b := make([]byte, 8)
	rand.Read(b) // never fails
	return b
}
