package merge

// MatchLines tells for each line of a at which line of b it stands, both
// counted from 0, and -1 for those that are not there any more. Lines are told
// apart by their bytes; a last line without an end equals one with it.
func MatchLines(a, b []byte) []int {
	x, y := splitLines(a), splitLines(b)
	for _, lines := range [][][]byte{x, y} {
		if n := len(lines); n > 0 && lines[n-1][len(lines[n-1])-1] != '\n' {
			lines[n-1] = append(lines[n-1], '\n') // a copy: its capacity is its length
		}
	}
	ids := classes{}
	match := make([]int, len(x))
	i, j := 0, 0
	same := func(until int) {
		for ; i < until; i, j = i+1, j+1 {
			match[i] = j
		}
	}
	for _, h := range diff(ids.of(x), ids.of(y), Histogram) {
		same(h.a)
		for ; i < h.a+h.na; i++ {
			match[i] = -1
		}
		j = h.b + h.nb
	}
	same(len(x))
	return match
}
