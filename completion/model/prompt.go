package model

import "strings"

// Segment is one piece of a raw prompt: either text or one control token.
// Keeping the two apart is what makes a "</s>" in the user's file text and not
// the end of the prompt.
type Segment struct {
	// Text is UTF-8 text, or, when Control is set, the vocabulary's piece of
	// exactly one control token, such as "▁<PRE>".
	Text    string
	Control bool
	// NoSpace asks that Text be encoded without the space that SentencePiece
	// models put in front of a text (Meta's encode_infilling). It means nothing
	// to models that put none.
	NoSpace bool
}

// Prompt is what a model is to continue, from its first token. Every backend
// puts the model's begin-of-sequence token before it, if the model has one.
type Prompt []Segment

// Text returns a text segment.
func Text(s string) Segment { return Segment{Text: s} }

// TextNoSpace returns a text segment encoded without SentencePiece's leading
// space.
func TextNoSpace(s string) Segment { return Segment{Text: s, NoSpace: true} }

// Control returns the control token whose vocabulary piece is given.
func Control(piece string) Segment { return Segment{Text: piece, Control: true} }

// String shows the prompt as one string, control tokens spelled as their
// pieces. It is for logs, traces and cache keys; a backend encodes segments.
func (p Prompt) String() string {
	var b strings.Builder
	for _, s := range p {
		b.WriteString(s.Text)
	}
	return b.String()
}
