package model

import (
	"fmt"
	"strings"

	"github.com/tmc/langchaingo/llms"
)

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

// part carries a Segment through langchaingo. Embedding TextContent makes it
// an llms.ContentPart, whose method set is closed to other packages, and lets
// any langchaingo tool that prints messages print this one.
type part struct {
	llms.TextContent
	segment Segment
}

// Messages wraps the prompt for [llms.Model.GenerateContent].
func (p Prompt) Messages() []llms.MessageContent {
	parts := make([]llms.ContentPart, len(p))
	for i, s := range p {
		parts[i] = part{llms.TextContent{Text: s.Text}, s}
	}
	return []llms.MessageContent{{Role: llms.ChatMessageTypeGeneric, Parts: parts}}
}

// PromptOf unwraps what [Prompt.Messages] wrapped. Plain text parts are taken
// as text, so that langchaingo's own helpers (GenerateFromSinglePrompt) work
// too; anything else is an error.
func PromptOf(messages []llms.MessageContent) (Prompt, error) {
	var p Prompt
	for _, m := range messages {
		for _, c := range m.Parts {
			switch c := c.(type) {
			case part:
				p = append(p, c.segment)
			case llms.TextContent:
				p = append(p, Text(c.Text))
			default:
				return nil, fmt.Errorf("an insert prompt holds text only, not %T", c)
			}
		}
	}
	return p, nil
}
