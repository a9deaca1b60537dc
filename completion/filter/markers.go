package filter

import "strings"

// markers are control tokens that models write out as text when they run past
// their answer.
var markers = []string{
	"<PRE>", "<SUF>", "<MID>", "<EOT>", "<|fim_", "<fim_", "<｜fim▁", "<[fim-", "<|code_", "[SUFFIX]", "[PREFIX]",
	"<|endoftext|>", "<|end_of_text|>", "<｜end▁of▁sentence｜>", "<|file_sep", "<file_sep>", "<|repo_name|>",
	"<|im_start|>", "<|im_end|>", "[INST]", "[/INST]",
}

// Markers cuts the answer where a leaked prompt marker begins. A marker that
// the document itself uses (a file about prompts) is text like any other.
func Markers(in Input) (text, reason string) {
	text = in.Text
	for _, list := range [][]string{in.Stop, markers} {
		for _, m := range list {
			i := strings.Index(text, m)
			if i < 0 || strings.Contains(near(in.Prefix), m) {
				continue
			}
			text = strings.TrimSuffix(text[:i], "▁")
		}
	}
	if text == "" && in.Text != "" {
		return "", "the model wrote a prompt marker instead of code"
	}
	return text, blankReason(text)
}

// near is the part of the prefix that counts as the document's own style.
func near(prefix string) string { return prefix[max(0, len(prefix)-8192):] }
