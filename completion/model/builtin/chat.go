package builtin

import (
	"fmt"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/builtin/chat"
	"github.com/airside-ls/airside/completion/model/builtin/gguf"
	"github.com/airside-ls/airside/completion/model/builtin/tokenizer"
	"github.com/tmc/langchaingo/llms"
)

// Chat implements [model.Backend]. It is nil for a file whose chat template is
// none or of no known family, and for one that cannot be read.
func (b *Backend) Chat() llms.Model {
	t := b.template()
	if t == nil {
		return nil
	}
	return llm{b, func(messages []llms.MessageContent) (model.Prompt, error) {
		said, err := conversation(messages)
		if err != nil {
			return nil, err
		}
		return t.Prompt(said), nil
	}}
}

// template is how the model was trained to read a conversation; nil if unknown.
func (b *Backend) template() (t *chat.Template) {
	if b.broken != nil {
		return nil
	}
	err := b.engine.inspect(func(file *gguf.File, tok *tokenizer.Tokenizer) error {
		text, err := file.Text("tokenizer.chat_template")
		if err == nil {
			t = chat.Recognize(text, vocabulary{tok})
		}
		return err
	})
	if err != nil {
		return nil // Probe tells what is wrong with the file
	}
	return t
}

// vocabulary is a tokenizer as package chat asks it.
type vocabulary struct{ *tokenizer.Tokenizer }

func (v vocabulary) IsControlPiece(piece string) bool {
	id, ok := v.ID(piece)
	return ok && v.IsControl(id)
}

// conversation is langchaingo's messages as package chat has them.
func conversation(messages []llms.MessageContent) (said []chat.Message, err error) {
	for _, m := range messages {
		turn := chat.Message{Role: chat.User}
		switch m.Role {
		case llms.ChatMessageTypeSystem:
			turn.Role = chat.System
		case llms.ChatMessageTypeAI:
			turn.Role = chat.Assistant
		case llms.ChatMessageTypeHuman, llms.ChatMessageTypeGeneric:
		default:
			return nil, fmt.Errorf("a conversation has no role %q", m.Role)
		}
		for _, c := range m.Parts {
			part, ok := c.(llms.TextContent)
			if !ok {
				return nil, fmt.Errorf("a conversation holds text only, not %T", c)
			}
			turn.Text += part.Text
		}
		said = append(said, turn)
	}
	return said, nil
}
