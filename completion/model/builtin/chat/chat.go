// Package chat writes a conversation the way a model was trained to read it, by
// the chat template of its GGUF file (tokenizer.chat_template).
//
// A template is a program in Jinja's language, from whoever made the file. It is
// not run: it is recognized by the words that its family marks turns with, as
// llama.cpp does without Jinja (llama-chat.cpp), and the family's own form is
// written here. What marks a turn is a control token of the vocabulary and goes
// into the prompt as one; what people say is text and becomes no control token
// whatever is in it.
package chat

import (
	"regexp"
	"strings"

	"github.com/airside-ls/airside/completion/model"
)

// Vocabulary tells which pieces are control tokens (tokenizer.Tokenizer).
type Vocabulary interface {
	IsControlPiece(piece string) bool
}

// Template is a family's form.
type Template struct {
	// Name is the family's, as llama.cpp names it: "chatml".
	Name string

	// greeting is what the system says where nobody says it.
	greeting string
	turns    func(conversation []model.Message) model.Prompt
	controls []string // pieces that must be control tokens of the vocabulary
}

// families in the order in which they are looked for: the words that tell one are
// in no template of those before it.
var families = []struct {
	Template
	words []string // all are in the template
}{
	{Template{Name: "chatml", turns: chatML, controls: []string{"<|im_start|>", "<|im_end|>"}}, []string{"<|im_start|>"}},
	{Template{Name: "llama3", turns: llama3, controls: []string{"<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"}}, []string{"<|start_header_id|>", "<|end_header_id|>"}},
	{Template{Name: "llama2", turns: llama2, controls: []string{"<s>", "</s>"}}, []string{"[INST]", "<<SYS>>"}},
	{Template{Name: "deepseek", turns: deepSeekCoder, controls: []string{"<|EOT|>"}}, []string{"### Instruction:", "<|EOT|>"}},
}

// Recognize tells of which family a template is. Nil: of none that is known here,
// or the vocabulary lacks the family's control tokens.
func Recognize(template string, v Vocabulary) *Template {
	for _, f := range families {
		if !containsAll(template, f.words) {
			continue
		}
		for _, piece := range f.controls {
			if !v.IsControlPiece(piece) {
				return nil
			}
		}
		t := f.Template
		t.greeting = greeting(template)
		return &t
	}
	return nil
}

func containsAll(s string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(s, w) {
			return false
		}
	}
	return true
}

// greetings finds the words that a ChatML template has the system say by itself:
// Qwen2.5's and SmolLM2's do, and their models were trained with them.
var greetings = regexp.MustCompile(`<\|im_start\|>system(?:\\n|\n)([^'"{<]+)<\|im_end\|>`)

func greeting(template string) string {
	if m := greetings.FindStringSubmatch(template); m != nil {
		return m[1]
	}
	return ""
}

// Prompt is what the model is to continue with the assistant's next turn. The
// begin-of-sequence token is left to whoever encodes it.
func (t *Template) Prompt(conversation []model.Message) model.Prompt {
	if t.greeting != "" && (len(conversation) == 0 || conversation[0].Role != model.System) {
		conversation = append([]model.Message{{Role: model.System, Text: t.greeting}}, conversation...)
	}
	return t.turns(conversation)
}
