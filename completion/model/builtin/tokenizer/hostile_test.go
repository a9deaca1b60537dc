package tokenizer

import (
	"testing"

	"github.com/airside-ls/airside/completion/model/builtin/gguf"
)

// FuzzNew checks that any file either has a vocabulary that encodes and decodes
// or is refused.
func FuzzNew(f *testing.F) {
	f.Add(base().normal("a", "ab").builder().Bytes())
	f.Add(byteLevelFile("qwen2", "a b", "Ġ a").Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := gguf.Parse(data)
		if err != nil {
			return
		}
		tok, err := New(file)
		if err != nil {
			return
		}
		for _, id := range tok.Encode("a ab\xff\n12 <s><|endoftext|>") {
			if tok.Spelling(id) == "" {
				t.Fatalf("token %d is outside the vocabulary", id)
			}
			tok.Piece(id)
		}
	})
}
