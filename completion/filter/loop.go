package filter

import (
	"strings"
	"unicode"
)

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
	if at := stutter(text); at >= 0 {
		// The line that stutters went wrong before it did: none of it is kept.
		text = strings.TrimRight(text[:strings.LastIndexByte(text[:at], '\n')+1], " \t\n")
		if text == "" {
			return "", "the model repeats itself"
		}
	}
	return text, blankReason(text)
}

// minStutter is how often a piece within a line must follow itself, and
// maxPiece how many bytes long the piece can be.
const minStutter, maxPiece = 5, 24

// stutter returns where a piece with a letter in it begins to repeat
// ("x.p.p.p.p.p"), or -1. Runs without letters ("0, 0, 0, 0, 0", "-----") are
// ordinary code.
func stutter(text string) int {
	for piece := 1; piece <= maxPiece; piece++ {
		run := 0 // bytes that equal those one piece before
		for i := piece; i < len(text); i++ {
			if text[i] != text[i-piece] || text[i] == '\n' {
				run = 0
				continue
			}
			run++
			start := i - piece - run + 1
			if run >= (minStutter-1)*piece && strings.IndexFunc(text[start:start+piece], unicode.IsLetter) >= 0 {
				return start
			}
		}
	}
	return -1
}
