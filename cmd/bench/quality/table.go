package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// table is figures for people: of each language all places, by way; then by kind.
func table(all []judgement, ways, languages []string, kinds []kind) string {
	var b strings.Builder
	row := func(f figures, name string) {
		recall := "      -"
		if slices.ContainsFunc(ablations, func(a ownWay) bool { return a.name == f.Way && slices.Contains(a.keeps, "symbols") }) && f.Needed > 0 {
			recall = fmt.Sprintf("%6.0f%%", f.Recall)
		}
		fmt.Fprintf(&b, "%-22s %5d %5.0f%% %3.0f-%-3.0f %6.1f %6.0f%% %6.0f%% %6.0f%% %6.0f%% %8.0f %8.0f %7.0f %s", name, f.Places,
			f.Exact, f.Low, f.High, f.Similarity, f.Shown, f.Right, f.Parses, f.Saved, f.P50MS, f.P95MS, f.PromptTokens, recall)
		if f.Cut > 0 {
			fmt.Fprintf(&b, "  %d not in time", f.Cut)
		}
		b.WriteString("\n")
	}
	head := func(name string) {
		fmt.Fprintf(&b, "\n%-22s %5s %6s %7s %6s %7s %7s %7s %7s %8s %8s %7s %7s\n", name, "n", "exact", "95%", "simil.", "shown", "right", "parses", "saved", "p50 ms", "p95 ms", "tokens", "recall")
	}
	if len(languages) > 1 {
		languages = append([]string{""}, languages...)
	}
	for _, l := range languages {
		head(cmp.Or(l, "all"))
		for _, w := range ways {
			row(add(all, w, l, ""), w)
		}
	}
	for _, k := range kinds {
		head("all, " + string(k))
		for _, w := range ways {
			row(add(all, w, "", k), w)
		}
	}
	return b.String()
}

// everything are the figures of all ways, by language and kind.
func everything(all []judgement, ways, languages []string, kinds []kind) (list []figures) {
	for _, w := range ways {
		for _, l := range append([]string{""}, languages...) {
			for _, k := range append([]kind{""}, kinds...) {
				if f := add(all, w, l, k); f.Places > 0 {
					list = append(list, f)
				}
			}
		}
	}
	return list
}
