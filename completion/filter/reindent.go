package filter

import "strings"

// Reindent has the answer begin where the cursor stands and go on in the document's
// own steps of indentation.
//
// On a line of which only the indentation is typed, nothing blank leads: an answer
// "\treturn" behind "\t" would indent twice. What the first line had too much the
// later ones have too, and it goes there as well; what they all lack, because the model
// took the place for the beginning of a line, is put there. Later lines that are indented
// with spaces in a document of tabs, or the other way round, or in other steps of spaces,
// get the document's, and so does the first one where nothing of it is typed.
func Reindent(in Input) (text, reason string) {
	text = in.Text
	own := lastLine(in.Prefix)
	base := own[:len(own)-len(strings.TrimLeft(own, " \t"))]
	switch {
	case own == "":
		text = inUnits("\n"+text, "", in.Unit)[1:] // each line is one behind a line break
		return text, blankReason(text)
	case own == base:
		text = strings.TrimLeft(in.Text, " \t")
		if surplus := strings.TrimPrefix(in.Text[:len(in.Text)-len(text)], own); surplus != "" {
			text = shiftLeft(text, own, surplus)
		}
	}
	text = shiftRight(inUnits(text, base, in.Unit), base, in.Unit)
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

// shiftRight puts base before all lines but the first, if they are indented as if the
// first were not: it opens a block, and the next line is a single step in where base
// alone is as much.
func shiftRight(text, base, unit string) string {
	first, rest, more := strings.Cut(text, "\n")
	if !more || base == "" || unit == "" || !opensBlock(first) {
		return text
	}
	next := firstLine(rest)
	if code := strings.TrimLeft(next, " \t"); code == "" || next[:len(next)-len(code)] != unit || !strings.HasPrefix(base, unit) {
		return text
	}
	lines := strings.SplitAfter(text, "\n")
	for i, line := range lines[1:] {
		if strings.TrimSpace(line) != "" {
			lines[i+1] = base + line
		}
	}
	return strings.Join(lines, "")
}

// opensBlock tells whether the line behind this one is a step further in, as far as its
// end tells.
func opensBlock(line string) bool {
	line = strings.TrimRight(line, " \t\r")
	return strings.HasSuffix(line, "{") || strings.HasSuffix(line, ":")
}

// inUnits writes the indentation of all lines but the first in steps of unit. base is the
// indentation of the first.
func inUnits(text, base, unit string) string {
	if unit == "" || !strings.Contains(text, "\n") {
		return text
	}
	lines := strings.SplitAfter(text, "\n")
	step := spacesOfStep(lines[1:])
	if unit[0] == ' ' {
		inSteps(lines, base, unit)
	}
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

// inSteps writes what lines but the first have beyond base, in spaces, in steps of unit:
// the step that they have is that of the first line in the first block that is opened, and
// they are left as they are unless all of them have it. A hanging indent is no block.
func inSteps(lines []string, base, unit string) {
	if strings.Contains(base, "\t") {
		return
	}
	beyond := func(line string) int {
		code := strings.TrimLeft(line, " ")
		if strings.TrimSpace(code) == "" {
			return 0
		}
		return max(0, len(line)-len(code)-len(base))
	}
	step := 0
	for i := 1; i < len(lines) && step == 0; i++ {
		if beyond(lines[i]) == 0 {
			continue
		}
		if !opensBlock(strings.TrimRight(lines[i-1], "\n")) || i > 1 && beyond(lines[i-1]) > 0 {
			return
		}
		step = beyond(lines[i])
	}
	if step < 2 || step > 8 || step == len(unit) {
		return
	}
	for _, line := range lines[1:] {
		if beyond(line)%step != 0 || strings.HasPrefix(line, "\t") {
			return
		}
	}
	for i, line := range lines[1:] {
		if n := beyond(line); n > 0 {
			lines[i+1] = base + strings.Repeat(unit, n/step) + line[len(base)+n:]
		}
	}
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
