package llama

import (
	"runtime"
	"testing"

	"github.com/airside-ls/airside/completion/model/builtin/internal/ggufwrite"
)

// TestWeightsAreNotCopied checks that loading allocates for the norms and little
// else, in every encoding.
func TestWeightsAreNotCopied(t *testing.T) {
	for _, encoding := range []uint32{ggufwrite.F32, ggufwrite.F16, ggufwrite.BF16, ggufwrite.Q8_0, ggufwrite.Q4_K, ggufwrite.Q6_K} {
		data := wide(encoding).Builder().Bytes()
		f := parse(t, wide(encoding).Builder())
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := Load(f); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; used > uint64(len(data))/20 {
			t.Errorf("encoding %d: %d bytes allocated for a file of %d", encoding, used, len(data))
		}
	}
}
