package merge

import (
	"bytes"
	"strings"
)

// reformatted takes an edit of one side in the format of the other, where that changed
// white space and nothing else: what comes back are base and the editing side as they
// would be had the format been changed before both. ours is the side that changed the
// format; ok is false where it did not, or where lines of both sides disagree on that.
func reformatted(base, ours, theirs []byte) (newBase, newTheirs []byte, ok bool) {
	b, o, t := splitLines(base), splitLines(ours), splitLines(theirs)
	toOurs := matched(b, o, loose)
	toTheirs := matched(b, t, func(line []byte) string { return string(line) })
	changed := false
	at := make([][]byte, len(b)) // the lines of base, as ours has them
	for k, line := range b {
		at[k] = line
		if i := toOurs[k]; i >= 0 && len(bytes.TrimSpace(line)) > 0 && !bytes.Equal(o[i], line) {
			at[k], changed = o[i], true
		}
	}
	if !changed {
		return nil, nil, false
	}
	fromBase := make([]int, len(t))
	for i := range fromBase {
		fromBase[i] = -1
	}
	for k, i := range toTheirs {
		if i >= 0 {
			fromBase[i] = k
		}
	}
	own := map[string]bool{} // lines that ours has as they are: theirs has their format already
	for _, line := range o {
		own[string(line)] = true
	}
	var out [][]byte
	for i, line := range t {
		if k := fromBase[i]; k >= 0 {
			out = append(out, at[k])
			continue
		}
		if own[string(line)] {
			out = append(out, line)
			continue
		}
		if atEdge(t, i, fromBase, b, at) {
			return nil, nil, false
		}
		out = append(out, shifted(line, beside(t, i, fromBase), b, at))
	}
	return joinLines(at), joinLines(out), true
}

// matched are for each line of one text its place in another, -1 for none.
func matched(a, b [][]byte, key func([]byte) string) []int {
	c := map[string]int{}
	ids := func(lines [][]byte) (list []int) {
		for _, line := range lines {
			k := key(line)
			if _, ok := c[k]; !ok {
				c[k] = len(c)
			}
			list = append(list, c[k])
		}
		return list
	}
	at := make([]int, len(a))
	i, j := 0, 0
	for _, h := range append(diff(ids(a), ids(b), Histogram), hunk{len(a), 0, len(b), 0}) {
		for ; i < h.a; i, j = i+1, j+1 {
			at[i] = j
		}
		for ; i < h.a+h.na; i++ {
			at[i] = -1
		}
		j = h.b + h.nb
	}
	return at
}

// beside is the line of base by which a line of a side is indented: that of the next line
// above or below that is of base and has the same indentation, else the nearest one.
func beside(t [][]byte, i int, fromBase []int) int {
	nearest := -1
	for d := 1; d < len(t); d++ {
		for _, k := range []int{i - d, i + d} {
			if k < 0 || k >= len(t) || fromBase[k] < 0 || len(bytes.TrimSpace(t[k])) == 0 {
				continue
			}
			if nearest < 0 {
				nearest = fromBase[k]
			}
			if indent(t[k]) == indent(t[i]) {
				return fromBase[k]
			}
		}
		if d > 40 {
			break
		}
	}
	return nearest
}

// atEdge tells whether a line stands between one whose indentation was changed and one
// whose was not: nobody can tell to which it belongs.
func atEdge(t [][]byte, i int, fromBase []int, base, at [][]byte) bool {
	if len(bytes.TrimSpace(t[i])) == 0 {
		return false
	}
	moved := func(step int) bool {
		for k := i + step; k >= 0 && k < len(t); k += step {
			if b := fromBase[k]; b >= 0 && len(bytes.TrimSpace(t[k])) > 0 {
				return indent(base[b]) != indent(at[b])
			}
		}
		return false
	}
	return moved(-1) != moved(1)
}

// shifted is a line with its indentation changed as that of line k of base was.
func shifted(line []byte, k int, base, at [][]byte) []byte {
	if k < 0 || len(bytes.TrimSpace(line)) == 0 {
		return line
	}
	from, to, own := indent(base[k]), indent(at[k]), indent(line)
	switch {
	case from == to:
		return line
	case strings.HasPrefix(own, from):
		return append([]byte(to+own[len(from):]), line[len(own):]...)
	case strings.HasPrefix(to, from):
		return append([]byte(to[len(from):]), line...)
	case strings.HasPrefix(from, to) && len(own) >= len(from)-len(to):
		return bytes.Clone(line[len(from)-len(to):])
	}
	return line
}

func joinLines(lines [][]byte) []byte { return bytes.Join(lines, nil) }

// inFormat merges a text of which one side changed the format. ok is false where that
// leaves a conflict.
func inFormat(base, ours, theirs []byte) (text []byte, ok bool) {
	o := TextOptions{Algorithm: Histogram, Level: Zealous}
	if b, t, ok := reformatted(base, ours, theirs); ok {
		if r := Text(b, ours, t, o); r.Conflicts == 0 {
			return r.Text, true
		}
	}
	if b, other, ok := reformatted(base, theirs, ours); ok {
		if r := Text(b, other, theirs, o); r.Conflicts == 0 {
			return r.Text, true
		}
	}
	return nil, false
}
