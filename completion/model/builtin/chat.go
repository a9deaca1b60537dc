package builtin

import (
	"github.com/airside-ls/airside/completion/model/builtin/chat"
	"github.com/airside-ls/airside/completion/model/builtin/gguf"
	"github.com/airside-ls/airside/completion/model/builtin/tokenizer"
)

// Converses implements [model.Backend]. A file whose chat template is none or of no
// known family does not, nor one that cannot be read.
func (b *Backend) Converses() bool { return b.template() != nil }

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
