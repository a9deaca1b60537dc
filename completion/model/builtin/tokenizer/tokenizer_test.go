package tokenizer

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/airside-ls/airside/completion/model/builtin/gguf"
	"github.com/airside-ls/airside/completion/model/builtin/internal/ggufwrite"
)

// vocabulary collects tokens for a test file.
type vocabulary struct {
	pieces []string
	scores []float32
	types  []int32
}

func (v *vocabulary) add(piece string, score float32, k kind) {
	v.pieces = append(v.pieces, piece)
	v.scores = append(v.scores, score)
	v.types = append(v.types, int32(k))
}

// base has the specials and the bytes, as every SentencePiece vocabulary.
func base() *vocabulary {
	v := &vocabulary{}
	v.add("<unk>", 0, unknown)
	v.add("<s>", 0, control)
	v.add("</s>", 0, control)
	for b := range 256 {
		v.add(fmt.Sprintf("<0x%02X>", b), 0, byteToken)
	}
	return v
}

// pieces adds normal tokens, the first the most eagerly merged.
func (v *vocabulary) normal(pieces ...string) *vocabulary {
	for i, p := range pieces {
		v.add(p, -float32(i), normal)
	}
	return v
}

func (v *vocabulary) builder() *ggufwrite.Builder {
	return ggufwrite.New().
		Set("tokenizer.ggml.model", "llama").
		Set("tokenizer.ggml.tokens", v.pieces).
		Set("tokenizer.ggml.scores", v.scores).
		Set("tokenizer.ggml.token_type", v.types)
}

func open(t testing.TB, b *ggufwrite.Builder) (*Tokenizer, error) {
	t.Helper()
	f, err := gguf.Parse(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return New(f)
}

func mustOpen(t testing.TB, b *ggufwrite.Builder) *Tokenizer {
	t.Helper()
	tok, err := open(t, b)
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

// spell writes tokens as the vocabulary spells them, divided by blanks.
func spell(t *Tokenizer, ids []int32) string {
	var out []string
	for _, id := range ids {
		out = append(out, t.Spelling(id))
	}
	return strings.Join(out, " ")
}

func TestEncode(t *testing.T) {
	v := base().normal("ab", "bc", "abc", "▁▁", "▁", "a", "b", "c", "é", "<", "s", ">", "<s", "\n\t", "\n", "\t", "\r")
	v.add("▁<PRE>", 0, control)
	v.add("▁<", -1, normal)
	v.add("P", -9, normal)
	tok := mustOpen(t, v.builder())
	tests := []struct{ text, want string }{
		{"", ""},
		{"abc", "abc"},
		{"bcab", "bc ab"},
		{"aabb", "a ab b"},
		{"abcbc", "abc bc"},
		{"a  b   c", "a ▁▁ b ▁▁ ▁ c"},
		{"é", "é"},
		{"é\xc3", "é <0xC3>"},
		{"\xa9a", "<0xA9> a"},
		{"\xe2ab", "<0xE2> <0x61> <0x62>"}, // a cut sequence takes two more bytes along
		{"\xf0", "<0xF0>"},
		{"世", "<0xE4> <0xB8> <0x96>"},
		{"<s>", "<s >"}, // the control token must not come out of text
		{" <PRE>", "▁< P <0x52> <0x45> >"},
		{"▁<PRE>", "▁< P <0x52> <0x45> >"},
		{"a\r\n\tb", "a \r \n\t b"},
		{"\x00", "<0x00>"},
	}
	for _, c := range tests {
		if got := spell(tok, tok.Encode(c.text)); got != c.want {
			t.Errorf("%q: %s, want %s", c.text, got, c.want)
		}
	}
}

func TestSpacePrefix(t *testing.T) {
	v := base().normal("▁a", "▁", "a")
	v.add("<|user|>", 0, userDefined)
	tests := []struct {
		name   string
		set    func(*ggufwrite.Builder)
		encode func(*Tokenizer, string) []int32
		want   string
	}{
		{"missing means true", func(*ggufwrite.Builder) {}, (*Tokenizer).EncodeBeginning, "▁a <|user|> ▁a"},
		{"true", func(b *ggufwrite.Builder) { b.Set("tokenizer.ggml.add_space_prefix", true) }, (*Tokenizer).EncodeBeginning, "▁a <|user|> ▁a"},
		{"false", func(b *ggufwrite.Builder) { b.Set("tokenizer.ggml.add_space_prefix", false) }, (*Tokenizer).EncodeBeginning, "a <|user|> a"},
		{"not at the beginning", func(*ggufwrite.Builder) {}, (*Tokenizer).Encode, "a <|user|> a"},
	}
	for _, c := range tests {
		b := v.builder()
		c.set(b)
		tok := mustOpen(t, b)
		if got := spell(tok, c.encode(tok, "a<|user|>a")); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestEncodeAgainstScan compares with the definition: join the best pair of
// neighbours, found by a scan over all of them, until there is none.
func TestEncodeAgainstScan(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	letters := []string{"a", "b", "▁", "é", "\n"}
	v := base().normal(letters...)
	seen := map[string]bool{"a": true, "b": true, "▁": true, "é": true, "\n": true}
	for range 60 {
		piece := ""
		for range 2 + r.IntN(4) {
			piece += letters[r.IntN(len(letters))]
		}
		if !seen[piece] {
			seen[piece] = true
			v.add(piece, -float32(r.IntN(20)), normal) // with ties
		}
	}
	tok := mustOpen(t, v.builder())
	for range 2000 {
		text := ""
		for range r.IntN(40) {
			text += []string{"a", "b", " ", "é", "\n", "z", "\xff"}[r.IntN(7)]
		}
		got, want := tok.Encode(text), scan(tok, text)
		if !slices.Equal(got, want) {
			t.Fatalf("%q: %s, want %s", text, spell(tok, got), spell(tok, want))
		}
	}
}

func scan(t *Tokenizer, text string) []int32 {
	if text == "" {
		return nil
	}
	text = strings.ReplaceAll(text, " ", spaceMark)
	var parts []string
	for _, s := range splitCharacters(text) {
		parts = append(parts, text[s.start:s.end])
	}
	for {
		best, bestScore := -1, float32(math.Inf(-1))
		for i := 1; i < len(parts); i++ {
			if id, ok := t.merges[parts[i-1]+parts[i]]; ok && t.scores[id] > bestScore {
				best, bestScore = i, t.scores[id]
			}
		}
		if best < 0 {
			break
		}
		parts[best-1] += parts[best]
		parts = slices.Delete(parts, best, best+1)
	}
	var out []int32
	for _, p := range parts {
		out = t.appendSymbol(out, p)
	}
	return out
}

func TestDecode(t *testing.T) {
	v := base().normal("▁a", "\n\t", "▁")
	v.add("u▁", 0, userDefined)
	tok := mustOpen(t, v.builder())
	tests := []struct {
		piece, want string
		control     bool
	}{
		{"▁a", " a", false},
		{"\n\t", "\n\t", false},
		{"<0xFF>", "\xff", false},
		{"<0x0A>", "\n", false},
		{"<s>", "", true},
		{"<unk>", "", true},
		{"u▁", "u▁", false},
	}
	for _, c := range tests {
		id, ok := tok.ID(c.piece)
		if got := string(tok.Piece(id)); !ok || got != c.want || tok.IsControl(id) != c.control {
			t.Errorf("%s: %q, control %v", c.piece, got, tok.IsControl(id))
		}
	}
	for _, id := range []int32{-1, int32(tok.Size()), math.MaxInt32, math.MinInt32} {
		if tok.Piece(id) != nil || tok.IsControl(id) || tok.Spelling(id) != "" {
			t.Errorf("id %d is outside the vocabulary", id)
		}
	}
	if tok.BOS() != 1 || tok.EOS() != 2 {
		t.Errorf("BOS %d, EOS %d", tok.BOS(), tok.EOS())
	}
	if _, ok := tok.ID("nothing"); ok {
		t.Error("ID of an unknown piece")
	}
}

func TestRefused(t *testing.T) {
	with := func(change func(*vocabulary)) *ggufwrite.Builder {
		v := base().normal("a")
		change(v)
		return v.builder()
	}
	set := func(key string, value any) *ggufwrite.Builder {
		return base().builder().Set(key, value)
	}
	tests := []struct {
		name string
		file *ggufwrite.Builder
		want string
	}{
		{"no model", ggufwrite.New(), `key "tokenizer.ggml.model": missing`},
		{"other model", ggufwrite.New().Set("tokenizer.ggml.model", "bert"), `tokenizer: model "bert" is not supported, only "llama" (SentencePiece) and "gpt2" (byte-level BPE)`},
		{"other rules", ggufwrite.New().Set("tokenizer.ggml.model", "gpt2").Set("tokenizer.ggml.pre", "tekken"), `the rules "tekken" for splitting text`},
		{"no tokens", ggufwrite.New().Set("tokenizer.ggml.model", "llama"), `key "tokenizer.ggml.tokens": missing`},
		{"empty", (&vocabulary{}).builder(), "0 tokens"},
		{"few scores", with(func(v *vocabulary) { v.scores = v.scores[1:] }), "260 tokens with 259 scores"},
		{"few types", with(func(v *vocabulary) { v.types = v.types[1:] }), "and 259 types"},
		{"score NaN", with(func(v *vocabulary) { v.scores[7] = float32(math.NaN()) }), "score of token 7"},
		{"type", with(func(v *vocabulary) { v.types[7] = 70 }), "token 7 has the unknown type 70"},
		{"empty token", with(func(v *vocabulary) { v.pieces[259] = "" }), "token 259 is empty"},
		{"twice", with(func(v *vocabulary) { v.pieces[259] = "<s>" }), `tokens 1 and 259 are both "<s>"`},
		{"no byte", with(func(v *vocabulary) { v.pieces[3+0x41] = "x" }), "no token for the byte 0x41"},
		{"bos outside", set("tokenizer.ggml.bos_token_id", uint32(9999)), "bos_token_id is 9999, but there are 259 tokens"},
		{"eos type", set("tokenizer.ggml.eos_token_id", "2"), "is string"},
		{"space type", set("tokenizer.ggml.add_space_prefix", uint32(1)), "is uint32, want bool"},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			_, err := open(t, c.file)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("%v, want %q", err, c.want)
			}
			var unsupported *UnsupportedError
			var vocabulary *VocabularyError
			var typed *gguf.TypeError
			if !errors.As(err, &unsupported) && !errors.As(err, &vocabulary) && !errors.As(err, &typed) {
				t.Errorf("untyped error %T", err)
			}
		})
	}
}

// FuzzEncode checks that whatever is encoded comes back when decoded.
func FuzzEncode(f *testing.F) {
	v := base().normal("ab", "▁▁", "▁a", "▁", "a", "b", "\n", "é")
	tok := mustOpen(f, v.builder())
	for _, s := range []string{"", "a b", "  ab", "é世\xff\xc3", "<s><0x41>▁"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var back []byte
		for _, id := range tok.Encode(text) {
			if tok.IsControl(id) {
				t.Fatalf("%q: control token %s", text, tok.Spelling(id))
			}
			back = append(back, tok.Piece(id)...)
		}
		// "▁" in a text is not told from a space.
		if want := strings.ReplaceAll(text, spaceMark, " "); utf8.ValidString(text) && string(back) != want {
			t.Errorf("%q came back as %q", text, back)
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	v := base().normal("▁▁", "int", "▁i", "er", "ret", "urn", "return", "▁", "i", "n", "t", "e", "r", "u")
	tok := mustOpen(b, v.builder())
	text := strings.Repeat("func (t *T) print(i int) error {\n\treturn nil\n}\n", 28) // 1,316 bytes
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		tok.Encode(text)
	}
}
