package merge

// maxOccurrences is how often a line may occur, in the part looked at, to be an
// anchor.
const maxOccurrences = 64

// histogram marks what changed between x[x0:x1] and y[y0:y1]: the texts are
// split at the longest run of equal lines that holds the rarest line, and both
// parts are looked at again. Where all equal lines are frequent, Myers'
// algorithm decides. (JGit's HistogramDiff, and git's after it.)
func histogram(x, y *side, x0, x1, y0, y1 int) {
	for {
		switch {
		case x0 >= x1 && y0 >= y1:
			return
		case x0 >= x1:
			y.mark(y0, y1)
			return
		case y0 >= y1:
			x.mark(x0, x1)
			return
		}
		run, ok := anchor(x, y, x0, x1, y0, y1)
		if !ok {
			myers(x, y, x0, x1, y0, y1)
			return
		}
		if run.xEnd == run.x {
			x.mark(x0, x1)
			y.mark(y0, y1)
			return
		}
		histogram(x, y, x0, run.x, y0, run.y)
		x0, y0 = run.xEnd, run.yEnd
	}
}

// equalLines are the same in both texts: x[x:xEnd] and y[y:yEnd].
type equalLines struct{ x, xEnd, y, yEnd int }

// anchor finds the run at which to split; an empty one when no line is in both
// texts. ok is false when there are such lines, but only frequent ones.
func anchor(x, y *side, x0, x1, y0, y1 int) (best equalLines, ok bool) {
	first := map[int]int{} // of a class: its first line in x
	count := map[int]int{}
	next := make([]int, x1-x0) // the next line of the same class, 0 for none
	for i := x1 - 1; i >= x0; i-- {
		id := x.ids[i]
		if count[id] > 0 {
			next[i-x0] = first[id]
		} else {
			next[i-x0] = -1
		}
		first[id] = i
		count[id]++
	}
	rarest, common := maxOccurrences+1, false
	for j := y0; j < y1; {
		after := j + 1
		id := y.ids[j]
		n := count[id]
		if n == 0 || n > rarest {
			common = common || n > 0
			j = after
			continue
		}
		common = true
		for i := first[id]; i >= 0; {
			a, b, rare := i, j, n
			for a > x0 && b > y0 && x.ids[a-1] == y.ids[b-1] {
				a, b = a-1, b-1
				if rare > 1 {
					rare = min(rare, count[x.ids[a]])
				}
			}
			aEnd, bEnd := i, j // inclusive
			for aEnd < x1-1 && bEnd < y1-1 && x.ids[aEnd+1] == y.ids[bEnd+1] {
				aEnd, bEnd = aEnd+1, bEnd+1
				if rare > 1 {
					rare = min(rare, count[x.ids[aEnd]])
				}
			}
			after = max(after, bEnd+1)
			if best.xEnd-best.x-1 < aEnd-a || rare < rarest {
				best, rarest = equalLines{a, aEnd + 1, b, bEnd + 1}, rare
			}
			for i = next[i-x0]; i >= 0 && i <= aEnd; i = next[i-x0] {
			}
		}
		j = after
	}
	return best, !common || rarest <= maxOccurrences
}
