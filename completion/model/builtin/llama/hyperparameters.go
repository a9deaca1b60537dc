package llama

import (
	"errors"
	"fmt"
	"math"

	"github.com/airside-ls/airside/completion/model/builtin/gguf"
)

// Architecture is the one value of general.architecture that is supported.
const Architecture = "llama"

// UnsupportedError says that the file wants something this package lacks: an
// architecture, an encoding of weights, a variant of the network.
type UnsupportedError struct {
	What string // what the file has
	Want string // what is supported
}

func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("llama: %s is not supported, only %s", e.What, e.Want)
}

// ModelError says what is wrong with the model in the file: a tensor that is
// missing or has another shape than the hyperparameters demand, or
// hyperparameters that do not fit together.
type ModelError struct {
	Reason string
}

func (e *ModelError) Error() string { return "llama: " + e.Reason }

func modelErrorf(format string, args ...any) error {
	return &ModelError{Reason: fmt.Sprintf(format, args...)}
}

// Hyperparameters are the sizes of the network, named as in GGUF.
type Hyperparameters struct {
	ContextLength int // positions the model was made for
	Embedding     int // width of a token's vector
	Blocks        int // layers
	FeedForward   int // width inside the feed-forward network
	Heads         int // attention heads
	KVHeads       int // key-value heads; each serves Heads/KVHeads heads
	HeadDim       int // width of a head
	RopeDims      int // leading dimensions of a head that are rotated
	RopeBase      float64
	RMSEpsilon    float32
	Vocabulary    int // tokens
}

// Upper limits, far above real models, that keep products of sizes in range.
const (
	maxWidth   = 1 << 20
	maxBlocks  = 1 << 12
	maxHeads   = 1 << 12
	maxContext = 1 << 24
)

// readHyperparameters reads and checks the metadata of f.
func readHyperparameters(f *gguf.File) (Hyperparameters, error) {
	var h Hyperparameters
	architecture, err := f.Text("general.architecture")
	if err != nil {
		return h, err
	}
	if architecture != Architecture {
		return h, &UnsupportedError{What: fmt.Sprintf("architecture %q", architecture), Want: fmt.Sprintf("%q", Architecture)}
	}
	r := reader{f: f}
	h.ContextLength = r.size("llama.context_length", maxContext)
	h.Embedding = r.size("llama.embedding_length", maxWidth)
	h.Blocks = r.size("llama.block_count", maxBlocks)
	h.FeedForward = r.size("llama.feed_forward_length", maxWidth)
	h.Heads = r.size("llama.attention.head_count", maxHeads)
	h.KVHeads = r.sizeOr("llama.attention.head_count_kv", maxHeads, h.Heads)
	h.RMSEpsilon = float32(r.float("llama.attention.layer_norm_rms_epsilon", math.NaN()))
	h.RopeBase = r.float("llama.rope.freq_base", 10000)
	if r.err != nil {
		return h, r.err
	}
	h.HeadDim = r.sizeOr("llama.attention.key_length", maxWidth, h.Embedding/h.Heads)
	h.RopeDims = r.sizeOr("llama.rope.dimension_count", maxWidth, h.HeadDim)
	valueDim := r.sizeOr("llama.attention.value_length", maxWidth, h.HeadDim)
	if r.err != nil {
		return h, r.err
	}
	switch {
	case h.Embedding%h.Heads != 0:
		return h, modelErrorf("embedding length %d is not divisible by %d heads", h.Embedding, h.Heads)
	case h.Heads%h.KVHeads != 0:
		return h, modelErrorf("%d heads are not divisible among %d key-value heads", h.Heads, h.KVHeads)
	case h.HeadDim*h.Heads > maxWidth:
		return h, modelErrorf("%d heads of width %d", h.Heads, h.HeadDim)
	case h.RopeDims%2 != 0 || h.RopeDims > h.HeadDim:
		return h, modelErrorf("%d rotated dimensions in a head of width %d", h.RopeDims, h.HeadDim)
	case valueDim != h.HeadDim:
		return h, &UnsupportedError{What: fmt.Sprintf("value length %d beside key length %d", valueDim, h.HeadDim), Want: "equal ones"}
	case !(h.RMSEpsilon >= 0 && h.RMSEpsilon < 1):
		return h, modelErrorf("RMS epsilon %v", h.RMSEpsilon)
	case !(h.RopeBase > 0 && h.RopeBase < 1e12):
		return h, modelErrorf("rope base %v", h.RopeBase)
	}
	return h, refuseVariants(f)
}

// refuseVariants refuses what shares the architecture's name but computes
// something else.
func refuseVariants(f *gguf.File) error {
	if scaling, err := f.Text("llama.rope.scaling.type"); err == nil && scaling != "none" {
		return &UnsupportedError{What: fmt.Sprintf("rope scaling %q", scaling), Want: `"none"`}
	}
	if factor, err := f.Float("llama.rope.scale_linear"); err == nil && factor != 1 {
		return &UnsupportedError{What: fmt.Sprintf("linear rope scaling by %v", factor), Want: "1"}
	}
	if experts, err := f.Uint("llama.expert_count"); err == nil && experts > 0 {
		return &UnsupportedError{What: fmt.Sprintf("a mixture of %d experts", experts), Want: "a single feed-forward network"}
	}
	return nil
}

// reader reads values until the first error.
type reader struct {
	f   *gguf.File
	err error
}

// size reads an integer from 1 to most.
func (r *reader) size(key string, most int) int {
	n, err := r.f.Uint(key)
	if err == nil && (n < 1 || n > uint64(most)) {
		err = modelErrorf("%s is %d, not from 1 to %d", key, n, most)
	}
	if err != nil {
		if r.err == nil {
			r.err = err
		}
		return 1 // keeps later divisions going
	}
	return int(n)
}

// sizeOr is size for a key that may be missing.
func (r *reader) sizeOr(key string, most, missing int) int {
	if _, ok := r.f.Value(key); !ok {
		return missing
	}
	return r.size(key, most)
}

// float reads a number; missing stands for a key that is not there, NaN meaning
// that it must be.
func (r *reader) float(key string, missing float64) float64 {
	x, err := r.f.Float(key)
	var typed *gguf.TypeError
	if errors.As(err, &typed) && typed.Got == "" && !math.IsNaN(missing) {
		return missing
	}
	if err != nil && r.err == nil {
		r.err = err
	}
	return x
}
