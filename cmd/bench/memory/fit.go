package main

import (
	"cmp"
	"slices"
	"strings"

	"github.com/airside-ls/airside/cmd/bench/heldout"
)

// fit is the least confidence at which so many percent of what is shown is right,
// and how much is shown then, in percent.
func fit(places []place, answers []answer, percent float64) (least, shown float64) {
	type outcome struct {
		confidence float64
		right      bool
	}
	var list []outcome
	for i, a := range answers {
		right := strings.TrimSpace(heldout.FirstLine(a.text)) == strings.TrimSpace(places[i].want)
		list = append(list, outcome{a.confidence, right})
	}
	slices.SortFunc(list, func(a, b outcome) int { return cmp.Compare(b.confidence, a.confidence) })
	least, right := 1.0, 0.0
	for i, o := range list {
		if o.right {
			right++
		}
		if n := float64(i + 1); 100*right/n >= percent {
			least, shown = o.confidence, 100*n/float64(len(list))
		}
	}
	return least, shown
}
