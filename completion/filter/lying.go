package filter

import (
	"strings"

	"github.com/airside-ls/airside/completion/shown"
)

// Lying ends an answer before the line that has a character in it which nobody
// sees or which turns the order of what is read: what is accepted is what was
// looked at.
func Lying(in Input) (text, reason string) {
	at := shown.Lie(in.Text)
	if at < 0 {
		return in.Text, ""
	}
	if line := strings.LastIndexByte(in.Text[:at], '\n'); line > 0 {
		return in.Text[:line], ""
	}
	return "", "it has characters that do not show"
}
