package merge

import "math"

// The bounds by which git's diff keeps long comparisons cheap (its xdiff
// library); with others the alignments would differ from git's.
const (
	minMaxCost    = 256  // edits after which a search may give up
	heuristicFrom = 256  // edits after which a good diagonal is good enough
	heuristicGain = 4    // how far beyond its cost such a diagonal has come
	snakeLength   = 20   // equal lines that make a diagonal good
	maxMatches    = 1024 // a line with more equals than this says little
	scanWindow    = 100  // lines looked at around one that says little
	keepRun       = 4    // how many such lines weigh as much as one without an equal
)

// myers marks what changed between x[x0:x1] and y[y0:y1] by Myers' O(ND)
// algorithm ("An O(ND) Difference Algorithm and Its Variations", 1986) in its
// linear-space form, after lines that cannot or need not match are set aside.
func myers(x, y *side, x0, x1, y0, y1 int) {
	for x0 < x1 && y0 < y1 && x.ids[x0] == y.ids[y0] {
		x0, y0 = x0+1, y0+1
	}
	for x0 < x1 && y0 < y1 && x.ids[x1-1] == y.ids[y1-1] {
		x1, y1 = x1-1, y1-1
	}
	countX, countY := map[int]int{}, map[int]int{}
	tally := func(s *side, from, until int, count map[int]int) {
		for _, id := range s.ids[from:until] {
			count[id]++
		}
	}
	tally(x, x0, x1, countX)
	tally(y, y0, y1, countY)
	m := &search{
		a: keepable(x, x0, x1, countY), b: keepable(y, y0, y1, countX),
	}
	diagonals := len(m.a.at) + len(m.b.at) + 3
	m.maxCost = max(roughRoot(diagonals), minMaxCost)
	m.offset = len(m.b.at) + 1
	m.forward, m.backward = make([]int, diagonals+2), make([]int, diagonals+2)
	m.compare(0, len(m.a.at), 0, len(m.b.at), false)
}

// reducedText is a text without the lines that were set aside.
type reducedText struct {
	*side
	at  []int // where each kept line stands
	ids []int // and its class
}

// keepable sets aside lines without an equal in the other text, and lines with
// very many among such. count are the other text's lines.
func keepable(s *side, from, until int, count map[int]int) *reducedText {
	const (
		alone = iota
		plain
		common
	)
	limit := min(roughRoot(len(s.ids)), maxMatches)
	kind := make([]uint8, until-from)
	for i := range kind {
		switch n := count[s.ids[from+i]]; {
		case n == 0:
			kind[i] = alone
		case n >= limit:
			kind[i] = common
		default:
			kind[i] = plain
		}
	}
	// noise tells whether a common line stands among lines without equals.
	noise := func(i int) bool {
		scan := func(step, steps int) (lone, commons int) {
			commons = 1
			for j := i + step; steps > 0; j, steps = j+step, steps-1 {
				switch kind[j] {
				case alone:
					lone++
				case common:
					commons++
				default:
					return
				}
			}
			return
		}
		lone0, common0 := scan(-1, min(i, scanWindow))
		if lone0 == 0 {
			return false
		}
		lone1, common1 := scan(1, min(len(kind)-1-i, scanWindow))
		if lone1 == 0 {
			return false
		}
		return (common0+common1)*keepRun < common0+common1+lone0+lone1
	}
	r := &reducedText{side: s}
	for i, k := range kind {
		if k == plain || k == common && !noise(i) {
			r.at, r.ids = append(r.at, from+i), append(r.ids, s.ids[from+i])
		} else {
			s.set(from+i, true)
		}
	}
	return r
}

// roughRoot is a power of two near the square root of n.
func roughRoot(n int) int {
	i := 1
	for ; n > 0; n >>= 2 {
		i <<= 1
	}
	return i
}

// search finds a shortest way from one text to the other. forward and backward
// hold, per diagonal (a minus b, plus offset), how far a path has come in a.
type search struct {
	a, b              *reducedText
	maxCost, offset   int
	forward, backward []int
}

// compare marks the changed lines of a box: all of one side where the other is
// used up, else it splits the box where a shortest path passes. minimal asks for
// a shortest path however long that takes.
func (m *search) compare(a0, a1, b0, b1 int, minimal bool) {
	for {
		for a0 < a1 && b0 < b1 && m.a.ids[a0] == m.b.ids[b0] {
			a0, b0 = a0+1, b0+1
		}
		for a0 < a1 && b0 < b1 && m.a.ids[a1-1] == m.b.ids[b1-1] {
			a1, b1 = a1-1, b1-1
		}
		if a0 == a1 || b0 == b1 {
			break
		}
		a, b, minLow, minHigh := m.split(a0, a1, b0, b1, minimal)
		m.compare(a0, a, b0, b, minLow)
		a0, b0, minimal = a, b, minHigh
	}
	for ; a0 < a1; a0++ {
		m.a.set(m.a.at[a0], true)
	}
	for ; b0 < b1; b0++ {
		m.b.set(m.b.at[b0], true)
	}
}

// split finds a point on a shortest path, from both ends at once, or on a good
// one when that takes too long. minLow and minHigh tell whether the parts below
// and above it are to be searched for shortest paths.
func (m *search) split(a0, a1, b0, b1 int, minimal bool) (a, b int, minLow, minHigh bool) {
	x, y := m.a.ids, m.b.ids
	f := func(d int) *int { return &m.forward[d+m.offset] }
	r := func(d int) *int { return &m.backward[d+m.offset] }
	dmin, dmax := a0-b1, a1-b0
	fmid, bmid := a0-b0, a1-b1
	odd := (fmid-bmid)&1 != 0
	fmin, fmax, bmin, bmax := fmid, fmid, bmid, bmid
	*f(fmid), *r(bmid) = a0, a1
	for cost := 1; ; cost++ {
		snake := false
		if fmin > dmin {
			fmin--
			*f(fmin - 1) = -1
		} else {
			fmin++
		}
		if fmax < dmax {
			fmax++
			*f(fmax + 1) = -1
		} else {
			fmax--
		}
		for d := fmax; d >= fmin; d -= 2 {
			i := *f(d + 1)
			if before := *f(d - 1); before >= i {
				i = before + 1
			}
			start := i
			for j := i - d; i < a1 && j < b1 && x[i] == y[j]; i, j = i+1, j+1 {
			}
			snake = snake || i-start > snakeLength
			*f(d) = i
			if odd && bmin <= d && d <= bmax && *r(d) <= i {
				return i, i - d, true, true
			}
		}
		if bmin > dmin {
			bmin--
			*r(bmin - 1) = math.MaxInt
		} else {
			bmin++
		}
		if bmax < dmax {
			bmax++
			*r(bmax + 1) = math.MaxInt
		} else {
			bmax--
		}
		for d := bmax; d >= bmin; d -= 2 {
			i := *r(d + 1) - 1
			if below := *r(d - 1); below < *r(d + 1) {
				i = below
			}
			start := i
			for j := i - d; i > a0 && j > b0 && x[i-1] == y[j-1]; i, j = i-1, j-1 {
			}
			snake = snake || start-i > snakeLength
			*r(d) = i
			if !odd && fmin <= d && d <= fmax && i <= *f(d) {
				return i, i - d, true, true
			}
		}
		if minimal {
			continue
		}
		if snake && cost > heuristicFrom {
			best := 0
			for d := fmax; d >= fmin; d -= 2 {
				i := *f(d)
				j := i - d
				v := i - a0 + j - b0 - abs(d-fmid)
				if v > heuristicGain*cost && v > best && a0+snakeLength <= i && i < a1 && b0+snakeLength <= j && j < b1 &&
					equalRun(x[i-snakeLength:i], y[j-snakeLength:j]) {
					best, a, b = v, i, j
				}
			}
			if best > 0 {
				return a, b, true, false
			}
			for d := bmax; d >= bmin; d -= 2 {
				i := *r(d)
				j := i - d
				v := a1 - i + b1 - j - abs(d-bmid)
				if v > heuristicGain*cost && v > best && a0 < i && i <= a1-snakeLength && b0 < j && j <= b1-snakeLength &&
					equalRun(x[i:i+snakeLength], y[j:j+snakeLength]) {
					best, a, b = v, i, j
				}
			}
			if best > 0 {
				return a, b, false, true
			}
		}
		if cost < m.maxCost {
			continue
		}
		// The path that has come furthest, from either end.
		far, farA := -1, -1
		for d := fmax; d >= fmin; d -= 2 {
			i := min(*f(d), a1)
			j := i - d
			if j > b1 {
				i, j = b1+d, b1
			}
			if i+j > far {
				far, farA = i+j, i
			}
		}
		near, nearA := math.MaxInt, math.MaxInt
		for d := bmax; d >= bmin; d -= 2 {
			i := max(*r(d), a0)
			j := i - d
			if j < b0 {
				i, j = b0+d, b0
			}
			if i+j < near {
				near, nearA = i+j, i
			}
		}
		if a1+b1-near < far-(a0+b0) {
			return farA, far - farA, true, false
		}
		return nearA, near - nearA, false, true
	}
}

func equalRun(a, b []int) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}
