// Package rules finds what is wrong with a change for certain, by its diff and
// its syntax trees, without a model.
//
// Only what a change brings is spoken of, never what stood there before, and
// where a rule is in doubt it is silent. A file without a tree, for want of a
// grammar or because it is too large, is seen by the rules that need none.
package rules

import (
	"cmp"
	"slices"

	"github.com/airside-ls/airside/completion/review/diff"
	"github.com/airside-ls/airside/completion/review/finding"
	"github.com/airside-ls/airside/completion/syntax"
)

// all are the rules, each of which reports what it finds in a change.
var all = []func(*change){
	conflictMarkers,
	syntaxErrors,
	credentials,
	debugPrints,
	todos,
	commentedCode,
	ignoredErrors,
	weakerTests,
}

// Check returns what the rules find in a changed file, by place. Each finding
// touches a changed line or, where lines were only taken out, one of the two
// that are neighbours now. Trees parses the file; nil does without.
func Check(file diff.File, trees *syntax.Cache) []finding.Finding {
	if file.New == nil || file.Binary || file.Submodule || file.ModeOnly || file.Skipped != "" || len(file.Hunks) == 0 {
		return nil
	}
	c := newChange(file, trees)
	for _, rule := range all {
		rule(c)
	}
	c.nameUnits()
	slices.SortStableFunc(c.found, func(a, b finding.Finding) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End))
	})
	return c.found
}
