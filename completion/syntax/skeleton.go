package syntax

import "sort"

// Skeleton returns what to keep of the text before windowStart when a prompt
// has no room for all of it: the imports and the signatures of the
// declarations around the place of a. The ranges are in source order, do not
// overlap, and end at windowStart at most.
func Skeleton(a Analysis, windowStart int) []Range {
	all := append([]Range(nil), a.Imports...)
	for _, s := range a.Enclosing {
		all = append(all, s.Signature)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Start < all[j].Start })
	var kept []Range
	for _, r := range all {
		r.End = min(r.End, windowStart)
		if n := len(kept); n > 0 {
			r.Start = max(r.Start, kept[n-1].End)
		}
		if r.Start < r.End {
			kept = append(kept, r)
		}
	}
	return kept
}
