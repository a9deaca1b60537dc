package filter

import "strings"

// RepeatBelow drops an answer whose first line is the next line of the
// document: it adds what is already there.
func RepeatBelow(in Input) (text, reason string) {
	if strings.TrimSpace(firstLine(in.Suffix)) != "" {
		return in.Text, "" // the cursor is inside a line; SuffixOverlap has seen to it
	}
	below := nonBlank(in.Suffix, 1)
	line := strings.TrimSpace(lastLine(in.Prefix) + firstLine(in.Text))
	if len(below) > 0 && telling(line) && line == strings.TrimSpace(below[0]) {
		return "", "the line below says the same"
	}
	return in.Text, ""
}

// RepeatAbove drops an answer that writes the line above once more, and one
// that writes the three lines above once more.
func RepeatAbove(in Input) (text, reason string) {
	above := lastLines(in.Prefix, 4)
	own := above[len(above)-1]
	above = above[:len(above)-1]
	line := strings.TrimSpace(own + firstLine(in.Text))
	if len(above) > 0 && telling(line) && line == strings.TrimSpace(above[len(above)-1]) {
		return "", "the line above says the same"
	}
	return in.Text, ""
}

// telling says that a line is long enough for its repetition to mean
// something: "}" or "0," may well follow itself.
func telling(line string) bool { return len(line) >= 6 }

// lastLines returns the last n lines of s, the unfinished one included.
func lastLines(s string, n int) []string {
	i := len(s)
	for range n {
		j := strings.LastIndexByte(s[:i], '\n')
		if j < 0 {
			return strings.Split(s, "\n")
		}
		i = j
	}
	return strings.Split(s[i+1:], "\n")
}
