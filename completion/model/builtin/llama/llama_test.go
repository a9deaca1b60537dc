package llama

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/airside-ls/airside/completion/model/builtin/gguf"
	"github.com/airside-ls/airside/completion/model/builtin/internal/ggufwrite"
	"github.com/airside-ls/airside/completion/model/builtin/internal/kernel"
)

// small is a network with every width a multiple of 32, for Q8_0.
var small = ggufwrite.Llama{
	Embedding: 64, Blocks: 2, FeedForward: 96, Heads: 4, KVHeads: 2, HeadDim: 32, Context: 200, Seed: 1,
}

// wide is small with widths for the K formats.
func wide(encoding uint32) ggufwrite.Llama {
	m := small
	m.Embedding, m.FeedForward, m.Heads, m.HeadDim, m.Encoding = 256, 512, 8, 32, encoding
	return m
}

// variants are networks that differ in one respect each.
func variants() map[string]ggufwrite.Llama {
	with := func(change func(*ggufwrite.Llama)) ggufwrite.Llama {
		m := small
		change(&m)
		return m
	}
	return map[string]ggufwrite.Llama{
		"F32":                small,
		"F16":                with(func(m *ggufwrite.Llama) { m.Encoding = ggufwrite.F16 }),
		"Q8_0":               with(func(m *ggufwrite.Llama) { m.Encoding = ggufwrite.Q8_0 }),
		"BF16":               with(func(m *ggufwrite.Llama) { m.Encoding = ggufwrite.BF16 }),
		"Q4_K":               wide(ggufwrite.Q4_K),
		"Q6_K":               wide(ggufwrite.Q6_K),
		"qwen2":              with(func(m *ggufwrite.Llama) { m.Architecture = "qwen2" }),
		"qwen2 half rotated": with(func(m *ggufwrite.Llama) { m.Architecture, m.RopeDims = "qwen2", 16 }),
		"tied":               with(func(m *ggufwrite.Llama) { m.Tied = true }),
		"Q8_0 tied":          with(func(m *ggufwrite.Llama) { m.Tied, m.Encoding = true, ggufwrite.Q8_0 }),
		"no sharing":         with(func(m *ggufwrite.Llama) { m.KVHeads = 4 }),
		"one kv head":        with(func(m *ggufwrite.Llama) { m.KVHeads = 1 }),
		"narrow heads":       with(func(m *ggufwrite.Llama) { m.HeadDim = 16 }),
		"half rotated":       with(func(m *ggufwrite.Llama) { m.RopeDims = 16 }),
		"rope factors":       with(func(m *ggufwrite.Llama) { m.RopeFactors = true }),
		"uneven widths":      with(func(m *ggufwrite.Llama) { m.Embedding, m.FeedForward, m.HeadDim = 60, 100, 10 }),
	}
}

func parse(t testing.TB, b *ggufwrite.Builder) *gguf.File {
	t.Helper()
	f, err := gguf.Parse(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func load(t testing.TB, m ggufwrite.Llama) (*gguf.File, *Model) {
	t.Helper()
	f := parse(t, m.Builder())
	model, err := Load(f)
	if err != nil {
		t.Fatal(err)
	}
	return f, model
}

func newSession(t testing.TB, m *Model, o Options) *Session {
	t.Helper()
	s := NewSession(m, o)
	t.Cleanup(s.Close)
	return s
}

func randomTokens(seed uint64, n, vocabulary int) []int32 {
	r := rand.New(rand.NewPCG(seed, 3))
	tokens := make([]int32, n)
	for i := range tokens {
		tokens[i] = int32(r.IntN(vocabulary))
	}
	return tokens
}

// evaluate returns a copy of the logits after tokens.
func evaluate(t testing.TB, s *Session, tokens []int32) []float32 {
	t.Helper()
	if _, err := s.Evaluate(context.Background(), tokens); err != nil {
		t.Fatal(err)
	}
	return append([]float32(nil), s.Logits()...)
}

func TestAgainstReference(t *testing.T) {
	for name, spec := range variants() {
		t.Run(name, func(t *testing.T) {
			f, m := load(t, spec)
			s := newSession(t, m, Options{Threads: 2, Batch: 5})
			tokens := randomTokens(1, 21, m.Vocabulary)
			got := evaluate(t, s, tokens)
			want := reference{f, m.Hyperparameters}.logits(tokens)
			worst, largest := 0.0, 0.0
			for i, w := range want {
				worst = max(worst, math.Abs(float64(got[i])-w))
				largest = max(largest, math.Abs(w))
			}
			// An activation near the middle of two int8 may be rounded either
			// way: a difference of a 254th of the largest in its block. In half
			// precision it is a 2000th, in bfloat16 a 250th of its own.
			tolerance := 2e-5
			switch spec.Encoding {
			case ggufwrite.F16:
				tolerance = 1e-3
			case ggufwrite.F32:
			default:
				tolerance = 1e-2
			}
			if worst > tolerance*largest {
				t.Errorf("logits up to %.3g differ by up to %.3g", largest, worst)
			}
		})
	}
}

func sameBits(t *testing.T, what string, got, want []float32) {
	t.Helper()
	for i := range want {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
			t.Fatalf("%s: logit %d is %v, not %v", what, i, got[i], want[i])
		}
	}
}

// TestSameBits checks that a result depends on the tokens alone.
func TestSameBits(t *testing.T) {
	for _, encoding := range []uint32{ggufwrite.F32, ggufwrite.F16, ggufwrite.BF16, ggufwrite.Q8_0, ggufwrite.Q4_K, ggufwrite.Q6_K} {
		spec := small
		if encoding == ggufwrite.Q4_K || encoding == ggufwrite.Q6_K {
			spec = wide(encoding)
		}
		spec.Encoding = encoding
		_, m := load(t, spec)
		tokens := randomTokens(2, 150, m.Vocabulary)
		want := evaluate(t, newSession(t, m, Options{Threads: 1, Batch: 1}), tokens)
		for _, o := range []Options{{Threads: 1}, {Threads: 2, Batch: 7}, {Threads: 3, Batch: 64}, {Threads: 2, Batch: 1000}} {
			sameBits(t, fmt.Sprintf("encoding %d, %+v", encoding, o), evaluate(t, newSession(t, m, o), tokens), want)
		}
		for _, level := range kernel.Levels() {
			before := kernel.SetLevel(level)
			sameBits(t, fmt.Sprintf("encoding %d, %v", encoding, level), evaluate(t, newSession(t, m, Options{}), tokens), want)
			kernel.SetLevel(before)
		}

		s := newSession(t, m, Options{Threads: 2})
		evaluate(t, s, tokens[:140])
		for _, token := range tokens[140:] {
			if err := s.Append(context.Background(), token); err != nil {
				t.Fatal(err)
			}
		}
		sameBits(t, "token by token", s.Logits(), want)
	}
}

func TestPrefixReuse(t *testing.T) {
	_, m := load(t, small)
	s := newSession(t, m, Options{Threads: 2, Batch: 16})
	a := randomTokens(3, 100, m.Vocabulary)
	b := append(append([]int32(nil), a[:60]...), randomTokens(4, 30, m.Vocabulary)...)
	b[60] = (a[60] + 1) % int32(m.Vocabulary)
	steps := []struct {
		name   string
		tokens []int32
		cached int
	}{
		{"first", a, 0},
		{"same again", a, 99},
		{"shorter", a[:40], 39},
		{"longer", a, 99},
		{"other end", b, 60},
		{"back", a, 60},
		{"other beginning", a[1:], 0},
		{"one token", a[1:2], 0},
	}
	for _, step := range steps {
		cached, err := s.Evaluate(context.Background(), step.tokens)
		if err != nil || cached != step.cached {
			t.Errorf("%s: %d cached, %v, want %d", step.name, cached, err, step.cached)
		}
		sameBits(t, step.name, s.Logits(), evaluate(t, newSession(t, m, Options{Threads: 1}), step.tokens))
	}
}

// countdown is a context that ends when it has been asked a number of times.
type countdown struct {
	context.Context
	left int
}

func (c *countdown) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

func TestCancel(t *testing.T) {
	_, m := load(t, small)
	tokens := randomTokens(5, 120, m.Vocabulary)
	want := evaluate(t, newSession(t, m, Options{Threads: 1}), tokens)
	// The context is looked at in each of the two layers of each of eight
	// batches; what is cached afterwards are whole batches.
	for left := range 2 * 8 {
		s := newSession(t, m, Options{Threads: 2, Batch: 16})
		_, err := s.Evaluate(&countdown{context.Background(), left}, tokens)
		if !errors.Is(err, context.Canceled) || s.Len() != left/2*16 {
			t.Errorf("after %d looks: %d tokens cached, %v", left, s.Len(), err)
		}
		sameBits(t, "after a cancelled evaluation", evaluate(t, s, tokens), want)
	}
}

func TestLimits(t *testing.T) {
	_, m := load(t, small)
	s := newSession(t, m, Options{Context: 10})
	ctx := context.Background()
	var long *TooLongError
	if _, err := s.Evaluate(ctx, make([]int32, 11)); !errors.As(err, &long) || long.Tokens != 11 || long.Context != 10 {
		t.Errorf("11 tokens: %v", err)
	}
	if _, err := s.Evaluate(ctx, make([]int32, 10)); err != nil {
		t.Errorf("10 tokens: %v", err)
	}
	if err := s.Append(ctx, 1); !errors.As(err, &long) {
		t.Errorf("the eleventh token: %v", err)
	}
	if _, err := s.Evaluate(ctx, nil); err != ErrNoTokens {
		t.Errorf("no tokens: %v", err)
	}
	var token *TokenError
	for _, bad := range []int32{-1, int32(m.Vocabulary), math.MaxInt32} {
		if _, err := s.Evaluate(ctx, []int32{bad}); !errors.As(err, &token) {
			t.Errorf("token %d: %v", bad, err)
		}
	}
	if n := newSession(t, m, Options{}).Context(); n != 200 {
		t.Errorf("context %d, the model's is 200", n)
	}
	m.ContextLength = 1 << 20
	if n := newSession(t, m, Options{}).Context(); n != DefaultMaxContext {
		t.Errorf("context %d, want %d", n, DefaultMaxContext)
	}
}

func TestRefused(t *testing.T) {
	// Later values win nowhere: a key that appears twice is refused by gguf. So
	// each case drops the key or tensor and adds its own.
	set := func(key string, value any) func(*ggufwrite.Builder) {
		return func(b *ggufwrite.Builder) { b.Drop(key).Set(key, value) }
	}
	drop := func(name string) func(*ggufwrite.Builder) {
		return func(b *ggufwrite.Builder) { b.Drop(name) }
	}
	tensor := func(name string, typ uint32, bytes int, dims ...uint64) func(*ggufwrite.Builder) {
		return func(b *ggufwrite.Builder) { b.Drop(name).Tensor(name, typ, make([]byte, bytes), dims...) }
	}
	tests := []struct {
		name   string
		change func(*ggufwrite.Builder)
		want   string
	}{
		{"architecture", set("general.architecture", "gemma3"), `llama: architecture "gemma3" is not supported, only llama and qwen2`},
		{"no architecture", drop("general.architecture"), `key "general.architecture": missing`},
		{"no width", drop("llama.embedding_length"), `key "llama.embedding_length": missing`},
		{"width 0", set("llama.embedding_length", uint32(0)), "llama.embedding_length is 0"},
		{"width huge", set("llama.embedding_length", uint32(math.MaxUint32)), "llama.embedding_length is 4294967295"},
		{"width type", set("llama.embedding_length", "64"), "is string, want an integer"},
		{"blocks huge", set("llama.block_count", uint32(4096)), "tensors are too few for 4096 blocks"},
		{"heads 0", set("llama.attention.head_count", uint32(0)), "head_count is 0"},
		{"heads uneven", set("llama.attention.head_count", uint32(3)), "not divisible"},
		{"kv heads uneven", set("llama.attention.head_count_kv", uint32(3)), "4 heads are not divisible among 3 key-value heads"},
		{"cache huge", set("llama.attention.key_length", uint32(1<<18)), "2 blocks with 2 key-value heads of width 262144 take 8388608 bytes a token"},
		{"rope odd", set("llama.rope.dimension_count", uint32(3)), "3 rotated dimensions"},
		{"rope wide", set("llama.rope.dimension_count", uint32(34)), "34 rotated dimensions in a head of width 32"},
		{"rope base", set("llama.rope.freq_base", float32(0)), "rope base 0"},
		{"rope base NaN", set("llama.rope.freq_base", float32(math.NaN())), "rope base NaN"},
		{"epsilon", set("llama.attention.layer_norm_rms_epsilon", float32(-1)), "RMS epsilon -1"},
		{"no epsilon", drop("llama.attention.layer_norm_rms_epsilon"), "missing"},
		{"value width", set("llama.attention.value_length", uint32(16)), "value length 16 beside key length 32 is not supported"},
		{"scaling", set("llama.rope.scaling.type", "yarn"), `rope scaling "yarn" is not supported`},
		{"linear scaling", set("llama.rope.scale_linear", float32(0)), "rope scaling by 0"},
		{"experts", set("llama.expert_count", uint32(8)), "a mixture of 8 experts"},
		{"missing tensor", drop("blk.1.ffn_up.weight"), `llama: tensor "blk.1.ffn_up.weight" is missing`},
		{"missing embedding", drop("token_embd.weight"), `llama: tensor "token_embd.weight" is missing`},
		{"shape", tensor("blk.0.attn_q.weight", 0, 64*64*4, 64, 64), `llama: tensor "blk.0.attn_q.weight" has the shape [64 64], want [64 128]`},
		{"vector shape", tensor("output_norm.weight", 0, 32*4, 32), "shape [32], want [64]"},
		{"embedding shape", tensor("token_embd.weight", 0, 64*4, 64), "shape [64], want [64 0]"},
		{"encoding", tensor("blk.0.attn_k.weight", 20, 18*64*2, 64, 64), "the encoding IQ4_NL of tensor blk.0.attn_k.weight is not supported, only F32, F16, BF16, Q3_K, Q4_0,"},
		{"vector encoding", tensor("output_norm.weight", 8, 68, 64), "the encoding Q8_0 of tensor output_norm.weight"},
		{"unknown tensor", tensor("blk.0.ffn_up.bias", 0, 512, 128), `tensor "blk.0.ffn_up.bias" is not supported`},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			b := small.Builder()
			c.change(b)
			_, err := Load(parse(t, b))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("%v, want %q", err, c.want)
			}
			var unsupported *UnsupportedError
			var model *ModelError
			var typed *gguf.TypeError
			if !errors.As(err, &unsupported) && !errors.As(err, &model) && !errors.As(err, &typed) {
				t.Errorf("untyped error %T", err)
			}
		})
	}
}

func TestWorkers(t *testing.T) {
	for _, count := range []int{1, 2, 5} {
		w := newWorkers(count)
		for pieces := range 40 {
			done := make([]int32, pieces)
			w.run(pieces, func(worker, piece int) {
				if worker < 0 || worker >= count {
					t.Errorf("worker %d", worker)
				}
				done[piece]++
			})
			for piece, n := range done {
				if n != 1 {
					t.Fatalf("%d workers: piece %d of %d done %d times", count, piece, pieces, n)
				}
			}
		}
		func() {
			defer func() {
				if p := recover(); p == nil || !strings.Contains(fmt.Sprint(p), "boom") {
					t.Errorf("%d workers: panic %v", count, p)
				}
			}()
			w.run(30, func(_, piece int) {
				if piece == 17 {
					panic("boom")
				}
			})
		}()
		sum := make([]int, 10)
		w.run(10, func(_, piece int) { sum[piece] = piece })
		if sum[9] != 9 {
			t.Error("no work after a panic")
		}
		w.stop()
	}
}

// FuzzLoad evaluates whatever can be loaded: hostile files may be refused, but
// must not panic.
func FuzzLoad(f *testing.F) {
	for _, architecture := range []string{"llama", "qwen2"} {
		f.Add(ggufwrite.Llama{
			Architecture: architecture, Embedding: 256, Blocks: 1, FeedForward: 256, Heads: 1, KVHeads: 1, HeadDim: 256, Context: 8, Encoding: ggufwrite.Q4_K,
			Vocabulary: []ggufwrite.Token{{Piece: "a", Type: 1}, {Piece: "b", Type: 1}},
		}.Builder().Bytes())
	}
	for _, encoding := range []uint32{ggufwrite.F32, ggufwrite.F16, ggufwrite.BF16, ggufwrite.Q8_0} {
		f.Add(ggufwrite.Llama{
			Embedding: 32, Blocks: 1, FeedForward: 32, Heads: 1, KVHeads: 1, HeadDim: 32, Context: 8, Encoding: encoding,
			Vocabulary: []ggufwrite.Token{{Piece: "a", Type: 1}, {Piece: "b", Type: 1}}, RopeFactors: true,
		}.Builder().Bytes())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := gguf.Parse(data)
		if err != nil {
			return
		}
		m, err := Load(file)
		if err != nil {
			return
		}
		s := NewSession(m, Options{Context: 8, Threads: 1})
		defer s.Close()
		if _, err := s.Evaluate(context.Background(), []int32{0, int32(m.Vocabulary - 1), 0}); err != nil && m.ContextLength > 3 {
			t.Fatal(err)
		}
	})
}
