// Package llama computes the forward pass of networks with the llama
// architecture (Touvron et al., 2023, https://arxiv.org/abs/2302.13971) from
// GGUF files: RMS norm, rotary position embedding, grouped-query attention and a
// SwiGLU feed-forward network; and of its sister qwen2 (Qwen2 Technical Report,
// https://arxiv.org/abs/2407.10671), which adds biases to queries, keys and
// values and rotates other pairs. [Encodings] lists how weights may be encoded.
//
// Activations are rounded before each product as ggml does it for that encoding
// of the weights, so that answers stay close to those of llama.cpp.
// A token's result depends on the tokens before it alone, bit for bit: not on
// how a prompt is cut into batches, what was cached, or the number of threads.
package llama

import (
	"fmt"
	"slices"

	"github.com/airside-ls/airside/completion/model/builtin/gguf"
	"github.com/airside-ls/airside/completion/model/builtin/internal/kernel"
)

// Model is the weights of a network. It is read-only after Load and refers to
// the file's data, so it must not be used after the file is closed.
type Model struct {
	Hyperparameters

	embedding  matrix // [token, embedding]
	blocks     []block
	outputNorm []float32
	output     matrix    // [token, embedding]; the embedding itself if tied
	ropeFactor []float32 // divisors of the rotation frequencies, or nil
	needs      needs
}

// block is a layer.
type block struct {
	attentionNorm                 []float32
	query, key, value             matrix
	queryBias, keyBias, valueBias []float32 // nil where there is none
	attentionOutput               matrix
	feedForwardNorm               []float32
	gate, up, ffnOutput           matrix
}

// Load reads the network in f. The error is an [*UnsupportedError], a
// [*ModelError] or a [*gguf.TypeError].
func Load(f *gguf.File) (*Model, error) {
	h, err := readHyperparameters(f)
	if err != nil {
		return nil, err
	}
	l := &loader{file: f, used: map[string]bool{}}
	m := &Model{Hyperparameters: h}
	m.embedding = l.embedding(h)
	m.Vocabulary = m.embedding.rows
	h = m.Hyperparameters
	if l.err == nil {
		// Before the layers are allocated: they must at least be named in
		// the file.
		if n := len(f.TensorNames()); n < 9*h.Blocks {
			return nil, modelErrorf("%d tensors are too few for %d blocks", n, h.Blocks)
		}
		m.blocks = make([]block, h.Blocks)
	}
	queryWidth, kvWidth := h.Heads*h.HeadDim, h.KVHeads*h.HeadDim
	for i := range m.blocks {
		name := func(part string) string { return fmt.Sprintf("blk.%d.%s.weight", i, part) }
		bias := func(part string) string { return fmt.Sprintf("blk.%d.%s.bias", i, part) }
		m.blocks[i] = block{
			attentionNorm:   l.vector(name("attn_norm"), h.Embedding),
			query:           l.matrix(name("attn_q"), queryWidth, h.Embedding),
			key:             l.matrix(name("attn_k"), kvWidth, h.Embedding),
			value:           l.matrix(name("attn_v"), kvWidth, h.Embedding),
			queryBias:       l.optional(bias("attn_q"), queryWidth),
			keyBias:         l.optional(bias("attn_k"), kvWidth),
			valueBias:       l.optional(bias("attn_v"), kvWidth),
			attentionOutput: l.matrix(name("attn_output"), h.Embedding, queryWidth),
			feedForwardNorm: l.vector(name("ffn_norm"), h.Embedding),
			gate:            l.matrix(name("ffn_gate"), h.FeedForward, h.Embedding),
			up:              l.matrix(name("ffn_up"), h.FeedForward, h.Embedding),
			ffnOutput:       l.matrix(name("ffn_down"), h.Embedding, h.FeedForward),
		}
	}
	m.outputNorm = l.vector("output_norm.weight", h.Embedding)
	m.output = m.embedding
	if _, untied := f.Tensor("output.weight"); untied {
		m.output = l.matrix("output.weight", h.Vocabulary, h.Embedding)
	}
	m.ropeFactor = l.optional("rope_freqs.weight", h.RopeDims/2)
	m.needs = l.needs
	return m, l.finish()
}

// loader takes tensors out of a file until the first error.
type loader struct {
	file  *gguf.File
	used  map[string]bool
	needs needs
	err   error
}

// tensor returns the named tensor if it has these dimensions.
func (l *loader) tensor(name string, dims ...uint64) *gguf.Tensor {
	if l.err != nil {
		return nil
	}
	t, ok := l.file.Tensor(name)
	if !ok {
		l.err = modelErrorf("tensor %q is missing", name)
		return nil
	}
	if !slices.Equal(t.Dims, dims) {
		l.err = modelErrorf("tensor %q has the shape %v, want %v", name, t.Dims, dims)
		return nil
	}
	l.used[name] = true
	return t
}

// embedding takes the token embedding, whose rows tell the vocabulary's size.
func (l *loader) embedding(h Hyperparameters) matrix {
	const name = "token_embd.weight"
	rows := uint64(0)
	if t, ok := l.file.Tensor(name); ok && len(t.Dims) == 2 {
		rows = t.Dims[1]
	}
	return l.matrix(name, int(rows), h.Embedding)
}

func (l *loader) matrix(name string, rows, cols int) matrix {
	t := l.tensor(name, uint64(cols), uint64(rows))
	if t == nil {
		return matrix{}
	}
	m, err := newMatrix(t)
	if err != nil {
		l.err = err
	}
	l.needs[m.encoding] = true
	return m
}

// optional is vector for a tensor that may be missing.
func (l *loader) optional(name string, n int) []float32 {
	if _, ok := l.file.Tensor(name); !ok {
		return nil
	}
	return l.vector(name, n)
}

func (l *loader) vector(name string, n int) []float32 {
	t := l.tensor(name, uint64(n))
	if t == nil {
		return nil
	}
	v := make([]float32, n)
	switch t.Type {
	case gguf.F32:
		kernel.F32.Decode(v, t.Data)
		return v
	case gguf.F16:
		kernel.F16.Decode(v, t.Data)
		return v
	}
	l.err = unsupportedEncoding(t, "F32 and F16")
	return nil
}

// finish refuses tensors that nothing has asked for: a network with them
// computes something else.
func (l *loader) finish() error {
	if l.err != nil {
		return l.err
	}
	for _, name := range l.file.TensorNames() {
		if !l.used[name] {
			return &UnsupportedError{What: fmt.Sprintf("tensor %q", name), Want: "the tensors of the plain network"}
		}
	}
	return nil
}
