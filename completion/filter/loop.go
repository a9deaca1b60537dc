package filter

import "strings"

// maxRepeats is how often a line may follow itself. Code has runs of two equal
// lines ("}", "0, 0,"); three are a model that has lost its way.
const maxRepeats = 2

// Loop cuts an answer that repeats a line, or a pair of lines, over and over:
// the first occurrences up to maxRepeats stay.
func Loop(in Input) (text, reason string) {
	lines := strings.SplitAfter(in.Text, "\n")
	for period := 1; period <= 2; period++ {
		run := 0
		for i := period; i < len(lines); i++ {
			if strings.TrimSpace(lines[i]) == "" || strings.TrimSpace(lines[i]) != strings.TrimSpace(lines[i-period]) {
				run = 0
				continue
			}
			if run++; run >= maxRepeats*period {
				lines = lines[:i-run+1]
				break
			}
		}
	}
	text = strings.Join(lines, "")
	return text, blankReason(text)
}
