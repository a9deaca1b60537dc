package syntax

import "strings"

// tabWidth is what a tab counts for where indentations are compared.
const tabWidth = 4

// columnOf returns the width of the indentation of the line that begins at
// start.
func columnOf(text string, start int) int {
	width := 0
	for i := start; i < len(text); i++ {
		switch text[i] {
		case ' ':
			width++
		case '\t':
			width += tabWidth
		default:
			return width
		}
	}
	return width
}

// lineStart returns where the line of offset begins.
func lineStart(text string, offset int) int {
	return strings.LastIndexByte(text[:offset], '\n') + 1
}

// lineEnd returns where the line of offset ends, without its line break.
func lineEnd(text string, offset int) int {
	if i := strings.IndexByte(text[offset:], '\n'); i >= 0 {
		return offset + len(strings.TrimSuffix(text[offset:offset+i], "\r"))
	}
	return len(text)
}

// nextLine returns where the line after that of offset begins, the end of the
// text when it is the last.
func nextLine(text string, offset int) int {
	if i := strings.IndexByte(text[offset:], '\n'); i >= 0 {
		return offset + i + 1
	}
	return len(text)
}

// indentationOf returns the white space that line begins with.
func indentationOf(line string) string {
	return line[:len(line)-len(strings.TrimLeft(line, " \t"))]
}

func isBlank(line string) bool { return strings.TrimSpace(line) == "" }

// indentUnit returns one step of indentation, judged by the lines around
// offset: a tab when more lines begin with one, else the commonest increase in
// spaces from a line to the next, else fallback.
func indentUnit(text string, offset int, fallback string) string {
	const reach = 8 << 10
	from, to := max(0, offset-reach), min(len(text), offset+reach)
	var tabs, spaces, previous int
	var steps [9]int
	for line := range strings.Lines(text[from:to]) {
		if from > 0 { // cut off
			from = 0
			continue
		}
		if isBlank(line) {
			continue
		}
		indentation := indentationOf(line)
		if strings.HasPrefix(indentation, "\t") {
			tabs++
			continue
		}
		if n := len(indentation); n > 0 {
			spaces++
		}
		if step := len(indentation) - previous; step > 1 && step < len(steps) {
			steps[step]++
		}
		previous = len(indentation)
	}
	if tabs > 0 && tabs >= spaces {
		return "\t"
	}
	best := 0
	for step, n := range steps {
		if n > steps[best] {
			best = step
		}
	}
	if best == 0 {
		return fallback
	}
	return strings.Repeat(" ", best)
}
