package filter

import "strings"

// Reindent removes indentation that the model wrote although the cursor
// already stands behind it: on a blank line with "\t" before the cursor, an
// answer "\treturn" would indent twice. Deeper indentation than the cursor's
// is cut by what the cursor has; less than a whole repetition is left alone.
func Reindent(in Input) (text, reason string) {
	line := lastLine(in.Prefix)
	if line == "" || strings.Trim(line, " \t") != "" {
		return in.Text, blankReason(in.Text)
	}
	text = strings.TrimPrefix(in.Text, line)
	return text, blankReason(text)
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
