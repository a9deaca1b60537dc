package review

import (
	"bytes"
	"slices"

	"github.com/airside-ls/airside/completion/review/diff"
	"github.com/airside-ls/airside/completion/syntax"
	"github.com/airside-ls/airside/completion/syntax/lang"
)

// only makes a file one in which the function that holds a place is new, and
// nothing else: the lines of the place where there is no function.
func only(f diff.File, place Only, trees *syntax.Cache) diff.File {
	if unwanted(f) != "" || len(f.New) == 0 {
		return f
	}
	s := newSource(f, trees)
	start := min(max(place.Start, 0), len(s.text)-1)
	end := min(max(place.End, start+1), len(s.text))
	at := s.spanOf(start, end)
	for decls := s.decls; ; {
		i := slices.IndexFunc(decls, func(d syntax.Declaration) bool {
			p := s.spanOf(d.Whole.Start, d.Whole.End)
			return p.holds(s.lineOf(start)) && p.holds(s.lineOf(end-1))
		})
		if i < 0 {
			break
		}
		d := decls[i]
		if d.Kind == lang.Function || d.Kind == lang.Method || !hasFunction(d.Members) {
			at = s.spanOf(d.Whole.Start, d.Whole.End)
		}
		decls = d.Members
	}
	f.Hunks = []diff.Hunk{{
		OldStart: min(at.first, bytes.Count(f.Old, []byte("\n"))), // nothing was there
		NewStart: at.first + 1, NewLines: at.last - at.first + 1,
	}}
	return f
}
