package filter

import "strings"

// Reindent has the answer begin where the cursor stands and go on in the document's
// own steps of indentation.
//
// On a line of which only the indentation is typed, nothing blank leads: an answer
// "\treturn" behind "\t" would indent twice. What the first line had too much the
// later ones have too, and it goes there as well. Later lines that are indented with
// spaces in a document of tabs, or the other way round, get the document's.
func Reindent(in Input) (text, reason string) {
	text = in.Text
	own := lastLine(in.Prefix)
	if own != "" && strings.Trim(own, " \t") == "" {
		text = strings.TrimLeft(in.Text, " \t")
		if surplus := strings.TrimPrefix(in.Text[:len(in.Text)-len(text)], own); surplus != "" {
			text = shiftLeft(text, own, surplus)
		}
	}
	text = inUnits(text, in.Unit)
	return text, blankReason(text)
}

// shiftLeft takes surplus from behind own in the indentation of all lines but the
// first, if all that are not blank have it.
func shiftLeft(text, own, surplus string) string {
	lines := strings.SplitAfter(text, "\n")
	for _, line := range lines[1:] {
		if strings.TrimSpace(line) != "" && !strings.HasPrefix(line, own+surplus) {
			return text
		}
	}
	for i, line := range lines[1:] {
		if rest, ok := strings.CutPrefix(line, own+surplus); ok {
			lines[i+1] = own + rest
		}
	}
	return strings.Join(lines, "")
}

// inUnits writes the indentation of all lines but the first in steps of unit.
func inUnits(text, unit string) string {
	if unit == "" || !strings.Contains(text, "\n") {
		return text
	}
	lines := strings.SplitAfter(text, "\n")
	step := spacesOfStep(lines[1:])
	for i, line := range lines[1:] {
		code := strings.TrimLeft(line, " \t")
		indent := line[:len(line)-len(code)]
		switch {
		case unit == "\t" && strings.HasPrefix(indent, strings.Repeat(" ", step)):
			spaces := len(indent) - len(strings.TrimLeft(indent, " "))
			lines[i+1] = strings.Repeat("\t", spaces/step) + indent[spaces:] + strings.Repeat(" ", spaces%step) + code
		case unit[0] == ' ' && strings.HasPrefix(indent, "\t"):
			tabs := len(indent) - len(strings.TrimLeft(indent, "\t"))
			lines[i+1] = strings.Repeat(unit, tabs) + indent[tabs:] + code
		}
	}
	return strings.Join(lines, "")
}

// spacesOfStep is how many spaces one step takes in lines that are indented with
// spaces: the fewest that one begins with, 2 at least.
func spacesOfStep(lines []string) int {
	step := 0
	for _, line := range lines {
		n := len(line) - len(strings.TrimLeft(line, " "))
		if n >= 2 && (step == 0 || n < step) && strings.TrimSpace(line) != "" {
			step = n
		}
	}
	switch {
	case step == 0 || step > 8:
		return 4
	case step > 4 && step%4 == 0: // no line stands one step in
		return 4
	case step > 4 && step%2 == 0:
		return 2
	}
	return step
}

func blankReason(text string) string {
	if text == "" {
		return "the model had nothing to add"
	}
	return ""
}

// lastLine is the line of the prefix that the cursor is on.
func lastLine(prefix string) string { return prefix[strings.LastIndexByte(prefix, '\n')+1:] }

// firstLine is s up to its line break, without it (and without a '\r').
func firstLine(s string) string {
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		s = s[:i]
	}
	return strings.TrimSuffix(s, "\r")
}
