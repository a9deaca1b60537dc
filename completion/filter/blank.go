package filter

import "strings"

// Blank cuts white space from the answer's end and drops an answer that is
// nothing else.
func Blank(in Input) (text, reason string) {
	text = strings.TrimRight(in.Text, " \t\r\n")
	return text, blankReason(text)
}
