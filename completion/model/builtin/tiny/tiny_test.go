package tiny

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"github.com/airside-ls/airside/completion/model/builtin/gguf"
)

func TestCard(t *testing.T) {
	if n := len(Model()); n != TheCard.Bytes {
		t.Errorf("%d bytes, the card says %d", n, TheCard.Bytes)
	}
	sum := sha256.Sum256(Model())
	if got := hex.EncodeToString(sum[:]); got != TheCard.SHA256 {
		t.Errorf("SHA-256 %s, the card says %s", got, TheCard.SHA256)
	}
	f, err := gguf.Parse(Model())
	if err != nil {
		t.Fatal(err)
	}
	if name, err := f.Text("general.name"); err != nil || name != TheCard.Name {
		t.Errorf("name %q, %v, the card says %q", name, err, TheCard.Name)
	}
	if n, err := f.Uint("llama.context_length"); err != nil || n < uint64(TheCard.ContextTokens) {
		t.Errorf("context %d, %v, the card says %d", n, err, TheCard.ContextTokens)
	}
	parameters := 0
	for _, name := range f.TensorNames() {
		tensor, _ := f.Tensor(name)
		n := 1
		for _, d := range tensor.Dims {
			n *= int(d)
		}
		parameters += n
	}
	if parameters != TheCard.Parameters {
		t.Errorf("%d parameters, the card says %d", parameters, TheCard.Parameters)
	}
}
