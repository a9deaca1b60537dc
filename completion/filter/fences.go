package filter

import "strings"

// Fences removes the fences of a code block in Markdown, or what a token's
// boundary has left of one, which chat models put around code: the line that begins
// the block, and everything from the line that ends it on.
func Fences(in Input) (text, reason string) {
	text = in.Text
	if in.Prose || strings.Contains(near(in.Prefix), "``") {
		return text, blankReason(text)
	}
	first, rest, more := strings.Cut(text, "\n")
	if more && strings.HasPrefix(strings.TrimSpace(first), "```") {
		text = rest
	}
	kept := 0
	for line := range strings.Lines(text) {
		if fence := strings.TrimSpace(line); len(fence) >= 2 && strings.Trim(fence, "`") == "" {
			return text[:kept], blankReason(text[:kept])
		}
		kept += len(line)
	}
	// One that stands behind the last line of code.
	if code := strings.TrimRight(text, " \t\r\n"); strings.HasSuffix(code, "```") {
		text = strings.TrimRight(code, "`")
	}
	return text, blankReason(text)
}
