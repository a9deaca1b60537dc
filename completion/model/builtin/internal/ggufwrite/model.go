package ggufwrite

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// The encodings that Encode writes, by their numbers in GGUF.
const (
	F32  uint32 = 0
	F16  uint32 = 1
	Q8_0 uint32 = 8
	Q4_K uint32 = 12
	Q6_K uint32 = 14
	BF16 uint32 = 30
)

// Encode encodes values, their count a multiple of 32 for Q8_0, of 256 for the
// K formats; in these roughly, with one scale for all 256.
func Encode(typ uint32, values []float32) []byte {
	le := binary.LittleEndian
	var out []byte
	switch typ {
	case F32:
		for _, v := range values {
			out = le.AppendUint32(out, math.Float32bits(v))
		}
	case F16:
		for _, v := range values {
			out = le.AppendUint16(out, float16(v))
		}
	case BF16:
		for _, v := range values {
			out = le.AppendUint16(out, uint16(math.Float32bits(v)>>16))
		}
	case Q8_0:
		for ; len(values) > 0; values = values[32:] {
			largest := 0.0
			for _, v := range values[:32] {
				largest = max(largest, math.Abs(float64(v)))
			}
			scale := largest / 127
			out = le.AppendUint16(out, float16(float32(scale)))
			for _, v := range values[:32] {
				q := 0.0
				if scale > 0 {
					q = math.Round(float64(v) / scale)
				}
				out = append(out, byte(int8(q)))
			}
		}
	case Q4_K:
		for ; len(values) > 0; values = values[256:] {
			out = append(out, blockQ4K(values[:256])...)
		}
	case Q6_K:
		for ; len(values) > 0; values = values[256:] {
			out = append(out, blockQ6K(values[:256])...)
		}
	default:
		panic(fmt.Sprintf("ggufwrite: no encoding %d", typ))
	}
	return out
}

// blockQ4K has all scales and minimums 1.
func blockQ4K(values []float32) []byte {
	least, most := slices.Min(values), slices.Max(values)
	d := (most - least) / 15
	out := binary.LittleEndian.AppendUint16(nil, float16(d))
	out = binary.LittleEndian.AppendUint16(out, float16(-least))
	out = append(out, 1, 1, 1, 1, 1, 1, 1, 1, 0x11, 0x11, 0x11, 0x11)
	q := func(i int) byte { return byte(max(0, min(15, math.Round(float64((values[i]-least)/d))))) }
	for i := range 128 {
		at := i/32*64 + i%32
		out = append(out, q(at)|q(at+32)<<4)
	}
	return out
}

// blockQ6K has all scales 1.
func blockQ6K(values []float32) []byte {
	d := max(slices.Max(values), -slices.Min(values)) / 31
	q := func(i int) byte { return byte(max(-32, min(31, math.Round(float64(values[i]/d)))) + 32) }
	out := make([]byte, 210)
	for i := range 256 {
		part, third, l := i/128, i%128/32, i%32
		out[part*64+third%2*32+l] |= q(i) & 15 << (third / 2 * 4)
		out[128+part*32+l] |= q(i) >> 4 << (third * 2)
	}
	for i := range 16 {
		out[192+i] = 1
	}
	binary.LittleEndian.PutUint16(out[208:], float16(d))
	return out
}

// float16 cuts v to half precision (normal numbers only; smaller ones become 0).
func float16(v float32) uint16 {
	bits := math.Float32bits(v)
	exponent := int(bits>>23&0xff) - 127
	if exponent < -14 {
		return uint16(bits >> 16 & 0x8000)
	}
	return uint16(bits>>16&0x8000) | uint16(exponent+15)<<10 | uint16(bits>>13&0x3ff)
}

// Llama describes a small network with random weights.
type Llama struct {
	Architecture                   string // "": llama; or qwen2, with biases
	Embedding, Blocks, FeedForward int
	Heads, KVHeads, HeadDim        int
	RopeDims                       int     // 0: HeadDim
	RopeBase                       float32 // 0: 1000
	RopeFactors                    bool
	Context                        int
	Vocabulary                     []Token // nil: Letters
	// SetVocabulary, if set, writes the tokenizer's metadata in place of the
	// SentencePiece vocabulary.
	SetVocabulary func(*Builder)
	Encoding      uint32
	Tied          bool
	// OutputScale multiplies the output matrix (0: 1): larger ones make the
	// choices clearer, as in a trained network.
	OutputScale float64
	Seed        uint64
	// Change may replace a tensor's values, or give nil to leave it out.
	Change func(name string, values []float32) []float32
	// Mute, if set, zeroes the rows of the tokens it is true of in embedding and
	// output, so that they never come out.
	Mute func(token int) bool
}

// Token is an entry of the vocabulary.
type Token struct {
	Piece string
	Score float32
	Type  int32
}

// Letters is a vocabulary of the specials (0 to 2), the bytes (from 3), the
// marked space, printable ASCII characters and, last, "▁<EOT>".
func Letters() []Token {
	v := []Token{{"<unk>", 0, 2}, {"<s>", 0, 3}, {"</s>", 0, 3}}
	for b := range 256 {
		v = append(v, Token{fmt.Sprintf("<0x%02X>", b), 0, 6})
	}
	v = append(v, Token{"▁", -1, 1})
	for c := '!'; c <= '~'; c++ {
		v = append(v, Token{string(c), -2, 1})
	}
	return append(v, Token{"▁<EOT>", 0, 3})
}

// Builder returns the file, complete with a vocabulary, ready for changes.
func (m Llama) Builder() *Builder {
	if m.Vocabulary == nil {
		m.Vocabulary = Letters()
	}
	if m.RopeDims == 0 {
		m.RopeDims = m.HeadDim
	}
	if m.Architecture == "" {
		m.Architecture = "llama"
	}
	if m.RopeBase == 0 {
		m.RopeBase = 1000
	}
	if m.OutputScale == 0 {
		m.OutputScale = 1
	}
	b := New().
		Set("general.architecture", m.Architecture).
		Set("general.name", "random")
	set := func(key string, value any) { b.Set(m.Architecture+"."+key, value) }
	set("context_length", uint32(m.Context))
	set("embedding_length", uint32(m.Embedding))
	set("block_count", uint32(m.Blocks))
	set("feed_forward_length", uint32(m.FeedForward))
	set("attention.head_count", uint32(m.Heads))
	set("attention.head_count_kv", uint32(m.KVHeads))
	set("attention.key_length", uint32(m.HeadDim))
	set("attention.value_length", uint32(m.HeadDim))
	set("attention.layer_norm_rms_epsilon", float32(1e-5))
	set("rope.dimension_count", uint32(m.RopeDims))
	set("rope.freq_base", m.RopeBase)
	if m.SetVocabulary != nil {
		m.SetVocabulary(b)
	} else {
		m.setVocabulary(b)
	}
	r := rand.New(rand.NewPCG(m.Seed, 7))
	matrix := func(name string, rows, cols int) {
		m.add(b, name, m.Encoding, normal(r, rows*cols, 0, 1/math.Sqrt(float64(cols))), uint64(cols), uint64(rows))
	}
	vector := func(name string, n int) { m.add(b, name, F32, normal(r, n, 1, 0.2), uint64(n)) }
	bias := func(name string, n int) {
		if m.Architecture == "qwen2" {
			m.add(b, name, F32, normal(r, n, 0, 0.5), uint64(n))
		}
	}
	matrix("token_embd.weight", len(m.Vocabulary), m.Embedding)
	for i := range m.Blocks {
		part := func(name string) string { return fmt.Sprintf("blk.%d.%s.weight", i, name) }
		vector(part("attn_norm"), m.Embedding)
		matrix(part("attn_q"), m.Heads*m.HeadDim, m.Embedding)
		bias(fmt.Sprintf("blk.%d.attn_q.bias", i), m.Heads*m.HeadDim)
		matrix(part("attn_k"), m.KVHeads*m.HeadDim, m.Embedding)
		bias(fmt.Sprintf("blk.%d.attn_k.bias", i), m.KVHeads*m.HeadDim)
		matrix(part("attn_v"), m.KVHeads*m.HeadDim, m.Embedding)
		bias(fmt.Sprintf("blk.%d.attn_v.bias", i), m.KVHeads*m.HeadDim)
		matrix(part("attn_output"), m.Embedding, m.Heads*m.HeadDim)
		vector(part("ffn_norm"), m.Embedding)
		matrix(part("ffn_gate"), m.FeedForward, m.Embedding)
		matrix(part("ffn_up"), m.FeedForward, m.Embedding)
		matrix(part("ffn_down"), m.Embedding, m.FeedForward)
	}
	vector("output_norm.weight", m.Embedding)
	if !m.Tied {
		n, cols := len(m.Vocabulary), m.Embedding
		m.add(b, "output.weight", m.Encoding, normal(r, n*cols, 0, m.OutputScale/math.Sqrt(float64(cols))), uint64(cols), uint64(n))
	}
	if m.RopeFactors {
		m.add(b, "rope_freqs.weight", F32, normal(r, m.RopeDims/2, 4, 0.5), uint64(m.RopeDims/2))
	}
	return b
}

func (m Llama) setVocabulary(b *Builder) {
	var pieces []string
	var scores []float32
	var types []int32
	for _, t := range m.Vocabulary {
		pieces, scores, types = append(pieces, t.Piece), append(scores, t.Score), append(types, t.Type)
	}
	b.Set("tokenizer.ggml.model", "llama").
		Set("tokenizer.ggml.tokens", pieces).
		Set("tokenizer.ggml.scores", scores).
		Set("tokenizer.ggml.token_type", types).
		Set("tokenizer.ggml.add_space_prefix", false)
}

func (m Llama) add(b *Builder, name string, typ uint32, values []float32, dims ...uint64) {
	if m.Mute != nil && (name == "token_embd.weight" || name == "output.weight") {
		for width, token := int(dims[0]), 0; token*width < len(values); token++ {
			if m.Mute(token) {
				clear(values[token*width:][:width])
			}
		}
	}
	if m.Change != nil {
		if values = m.Change(name, values); values == nil {
			return
		}
	}
	b.Tensor(name, typ, Encode(typ, values), dims...)
}

func normal(r *rand.Rand, n int, mean, deviation float64) []float32 {
	out := make([]float32, n)
	for i := range out {
		out[i] = float32(mean + deviation*r.NormFloat64())
	}
	return out
}
