package llama

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/airside-ls/airside/completion/model/builtin/gguf"
)

// Architectures are the values of general.architecture that are supported.
var Architectures = []string{"llama", "qwen2"}

// UnsupportedError says that the file wants something this package lacks: an
// architecture, an encoding of weights, a variant of the network.
type UnsupportedError struct {
	What   string // what the file has
	Want   string // what is supported
	Advice string // what to do about it, or ""
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
	RopeScale     float64 // positions are multiplied by it: 1, or less if stretched
	RopeHalves    bool    // pairs are half a head apart, not neighbours (NEOX)
	RMSEpsilon    float32
	Vocabulary    int // tokens
}

// Upper limits, far above real models, that keep products of sizes in range.
const (
	maxWidth   = 1 << 20
	maxBlocks  = 1 << 12
	maxHeads   = 1 << 12
	maxContext = 1 << 24
	// maxPositionBytes is what a position may take in the cache of keys and
	// values; CodeLlama-7B's take 1 MiB.
	maxPositionBytes = 4 << 20
)

// positionBytes is the size of a position in the cache of keys and values.
func (h *Hyperparameters) positionBytes() int { return 2 * 4 * h.Blocks * h.KVHeads * h.HeadDim }

// ReadArchitecture reads which network the file holds. The error is an
// [*UnsupportedError] or a [*gguf.TypeError].
func ReadArchitecture(f *gguf.File) (string, error) {
	architecture, err := f.Text("general.architecture")
	if err == nil && !slices.Contains(Architectures, architecture) {
		err = &UnsupportedError{
			What: fmt.Sprintf("architecture %q", architecture), Want: strings.Join(Architectures, " and "),
			Advice: "serve the file with llama.cpp instead (llamacpp.model), or take a model of such an architecture: CodeLlama, Qwen2.5-Coder",
		}
	}
	return architecture, err
}

// readHyperparameters reads and checks the metadata of f.
func readHyperparameters(f *gguf.File) (Hyperparameters, error) {
	var h Hyperparameters
	architecture, err := ReadArchitecture(f)
	if err != nil {
		return h, err
	}
	r := reader{f: f, architecture: architecture}
	h.RopeHalves = architecture == "qwen2"
	h.ContextLength = r.size("context_length", maxContext)
	h.Embedding = r.size("embedding_length", maxWidth)
	h.Blocks = r.size("block_count", maxBlocks)
	h.FeedForward = r.size("feed_forward_length", maxWidth)
	h.Heads = r.size("attention.head_count", maxHeads)
	h.KVHeads = r.sizeOr("attention.head_count_kv", maxHeads, h.Heads)
	h.RMSEpsilon = float32(r.float("attention.layer_norm_rms_epsilon", math.NaN()))
	h.RopeBase = r.float("rope.freq_base", 10000)
	h.RopeScale = r.ropeScale()
	if r.err != nil {
		return h, r.err
	}
	h.HeadDim = r.sizeOr("attention.key_length", maxWidth, h.Embedding/h.Heads)
	h.RopeDims = r.sizeOr("rope.dimension_count", maxWidth, h.HeadDim)
	valueDim := r.sizeOr("attention.value_length", maxWidth, h.HeadDim)
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
	case h.positionBytes() > maxPositionBytes:
		return h, modelErrorf("%d blocks with %d key-value heads of width %d take %d bytes a token", h.Blocks, h.KVHeads, h.HeadDim, h.positionBytes())
	case h.RopeDims%2 != 0 || h.RopeDims > h.HeadDim:
		return h, modelErrorf("%d rotated dimensions in a head of width %d", h.RopeDims, h.HeadDim)
	case valueDim != h.HeadDim:
		return h, &UnsupportedError{What: fmt.Sprintf("value length %d beside key length %d", valueDim, h.HeadDim), Want: "equal ones"}
	case !(h.RMSEpsilon >= 0 && h.RMSEpsilon < 1):
		return h, modelErrorf("RMS epsilon %v", h.RMSEpsilon)
	case !(h.RopeBase > 0 && h.RopeBase < 1e12):
		return h, modelErrorf("rope base %v", h.RopeBase)
	case !(h.RopeScale > 0 && h.RopeScale <= 1):
		return h, modelErrorf("rope scaling by %v", 1/h.RopeScale)
	}
	return h, nil
}

// ropeScale reads by how much positions are compressed, and refuses what shares
// the architecture's name but computes something else.
func (r *reader) ropeScale() float64 {
	factor := r.float("rope.scale_linear", 1)
	kind, err := r.f.Text(r.key("rope.scaling.type"))
	switch {
	case err == nil && kind == "linear":
		factor = r.float("rope.scaling.factor", 1)
	case err == nil && kind != "none" && r.err == nil:
		r.err = &UnsupportedError{What: fmt.Sprintf("rope scaling %q", kind), Want: "none and linear", Advice: "take the file without stretched context"}
	}
	if experts, err := r.f.Uint(r.key("expert_count")); err == nil && experts > 0 && r.err == nil {
		r.err = &UnsupportedError{What: fmt.Sprintf("a mixture of %d experts", experts), Want: "a single feed-forward network"}
	}
	return 1 / factor
}

// reader reads values of an architecture until the first error.
type reader struct {
	f            *gguf.File
	architecture string
	err          error
}

func (r *reader) key(name string) string { return r.architecture + "." + name }

// size reads an integer from 1 to most.
func (r *reader) size(name string, most int) int {
	key := r.key(name)
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
func (r *reader) sizeOr(name string, most, missing int) int {
	if _, ok := r.f.Value(r.key(name)); !ok {
		return missing
	}
	return r.size(name, most)
}

// float reads a number; missing stands for a key that is not there, NaN meaning
// that it must be.
func (r *reader) float(name string, missing float64) float64 {
	x, err := r.f.Float(r.key(name))
	var typed *gguf.TypeError
	if errors.As(err, &typed) && typed.Got == "" && !math.IsNaN(missing) {
		return missing
	}
	if err != nil && r.err == nil {
		r.err = err
	}
	return x
}
