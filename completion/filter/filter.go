// Package filter decides what of a model's answer may be shown. Each filter is
// one small pure function in a file of its own: it returns the text that
// remains, or "" and the reason why nothing does.
package filter

// Input is a model's answer and the place it is meant for.
type Input struct {
	// Prefix and Suffix are the document before and after the cursor (after
	// the replaced range, if there is one). Filters look at a few lines next
	// to the cursor only.
	Prefix, Suffix string
	// Text is the answer.
	Text string
	// Stop are the markers that the prompt's form knows (prompt.Form.Stop).
	Stop []string
	// Unit is one step of indentation as the document has it, "" if unknown.
	Unit string
	// Prose says that the document is no code, where fences around code are text
	// like any other.
	Prose bool
}

// Filter cuts in.Text or drops it. The reason is set exactly when the text
// that it returns is empty.
type Filter func(in Input) (text, reason string)

// chain in order: what cuts stands before what judges.
var chain = []Filter{
	Markers,
	Lying,
	Fences,
	Reindent,
	Loop,
	SuffixOverlap,
	RepeatBelow,
	RepeatAbove,
	Blank,
}

// Apply runs all filters.
func Apply(in Input) (text, reason string) {
	for _, f := range chain {
		in.Text, reason = f(in)
		if in.Text == "" {
			return "", reason
		}
	}
	return in.Text, ""
}
