package merge

import (
	"cmp"
	"slices"
)

// Scores of similarity are parts of maxScore, as git counts them.
const (
	maxScore     = 60000
	minScore     = maxScore / 2                     // half of the larger file's bytes
	minBasenames = minScore + (maxScore-minScore)/2 // for two files of one name
	perTarget    = 4                                // best sources that are kept for a target
	exactTries   = 100                              // identical sources looked at for a target
	spanModulus  = 107927                           // git's HASHBASE, a prime above 2^16
	longestSpan  = 64                               // bytes
)

// span is how many bytes of a file lie in pieces of one hash.
type span struct{ hash, bytes uint32 }

// spans cuts content into lines, or pieces of 64 bytes where lines are longer,
// and counts the bytes by the pieces' hashes, ascending. It is the measure of
// git's diffcore-delta, so that the same pairs of files pass for renames. A
// carriage return before a line feed counts only in binary files. The last
// piece counts even without a line feed, as in git since 2.44.
func spans(data []byte) []span {
	text := !IsBinary(data)
	var all []span
	var a, b, n uint32
	for i, c := range data {
		if text && c == '\r' && i+1 < len(data) && data[i+1] == '\n' {
			continue
		}
		a, b = a<<7^b>>25, b<<7^a>>25
		a += uint32(c)
		n++
		if n < longestSpan && c != '\n' {
			continue
		}
		all = append(all, span{(a + b*0x61) % spanModulus, n})
		a, b, n = 0, 0, 0
	}
	if n > 0 {
		all = append(all, span{(a + b*0x61) % spanModulus, n})
	}
	slices.SortFunc(all, func(x, y span) int { return cmp.Compare(x.hash, y.hash) })
	joined := all[:0]
	for _, s := range all {
		if last := len(joined) - 1; last >= 0 && joined[last].hash == s.hash {
			joined[last].bytes += s.bytes
			continue
		}
		joined = append(joined, s)
	}
	return joined
}

// common is how many bytes two files share by their spans.
func common(a, b []span) (bytes int64) {
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0].hash < b[0].hash:
			a = a[1:]
		case a[0].hash > b[0].hash:
			b = b[1:]
		default:
			bytes += int64(min(a[0].bytes, b[0].bytes))
			a, b = a[1:], b[1:]
		}
	}
	return bytes
}

// tooDifferent reports whether two sizes alone rule a score out.
func tooDifferent(a, b int64, score int) bool {
	larger, smaller := max(a, b), min(a, b)
	return larger*int64(maxScore-score) < (larger-smaller)*maxScore
}
