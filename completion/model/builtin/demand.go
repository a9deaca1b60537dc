package builtin

import (
	"bytes"
	"math"

	"github.com/airside-ls/airside/completion/model/builtin/tokenizer"
)

// hold leaves the network only tokens that go along with a text which is demanded
// next: those that it begins with, and those that begin with it. The others' scores
// become -Inf. Without a demand nothing changes.
func hold(tok *tokenizer.Tokenizer, logits []float32, demand string) {
	if demand == "" {
		return
	}
	text := []byte(demand)
	for i := range logits {
		piece := tok.Piece(int32(i))
		if len(piece) == 0 || !bytes.HasPrefix(piece, text) && !bytes.HasPrefix(text, piece) {
			logits[i] = float32(math.Inf(-1))
		}
	}
}

// after is what is left of a demand when piece was written.
func after(demand, piece string) string { return demand[min(len(piece), len(demand)):] }
