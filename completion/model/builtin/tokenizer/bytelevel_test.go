package tokenizer

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/airside-ls/airside/completion/model/builtin/internal/ggufwrite"
)

// byteLevelFile is a vocabulary of the bytes, what merges join, and two control
// tokens, one of them called user-defined.
func byteLevelFile(pre string, merges ...string) *ggufwrite.Builder {
	v := &vocabulary{}
	for _, c := range byteCharacters {
		v.add(c, 0, normal)
	}
	for _, m := range merges {
		v.add(strings.ReplaceAll(m, " ", ""), 0, normal)
	}
	v.add("whole", 0, normal)
	v.add("<|endoftext|>", 0, control)
	v.add("<|fim_prefix|>", 0, userDefined)
	v.add("<tool>", 0, userDefined)
	return ggufwrite.New().
		Set("tokenizer.ggml.model", "gpt2").
		Set("tokenizer.ggml.pre", pre).
		Set("tokenizer.ggml.tokens", v.pieces).
		Set("tokenizer.ggml.token_type", v.types).
		Set("tokenizer.ggml.merges", merges).
		Set("tokenizer.ggml.bos_token_id", uint32(len(v.pieces)-3))
}

func TestByteLevel(t *testing.T) {
	merges := []string{"f o", "fo o", "Ġ foo", "1 2", "12 3", "Ċ Ċ", "Ġ Ġ", "b a", "a r"}
	tests := []struct{ pre, text, want string }{
		{"qwen2", "foo foo", "foo Ġfoo"},
		{"qwen2", "bar", "ba r"}, // the lower rank first
		{"qwen2", "1234", "1 2 3 4"},
		{"llama-bpe", "1234", "123 4"},
		{"gpt-2", "1234", "123 4"},
		{"smollm", "1234", "1 2 3 4"},
		{"qwen2", "foo\n\nfoo", "foo ĊĊ foo"},
		{"qwen2", "   foo", "ĠĠ Ġfoo"},
		{"qwen2", "whole", "w h o l e"},
		{"llama-bpe", "whole", "whole"}, // a word of the vocabulary is a token, merges or not
		{"qwen2", "é", "Ã ©"},
		{"qwen2", "\xff\xc3", "ÿ Ã"},
		{"qwen2", "<|endoftext|>", "< | e n d o f t e x t | >"},
		{"qwen2", "<|fim_prefix|>", "< | f i m _ p r e f i x | >"}, // control, whatever the file says
		{"qwen2", "a<tool>b", "a <tool> b"},
		{"qwen2", "", ""},
	}
	for _, c := range tests {
		tok := mustOpen(t, byteLevelFile(c.pre, merges...))
		if got := spell(tok, tok.Encode(c.text)); got != c.want {
			t.Errorf("%s %q: %s, want %s", c.pre, c.text, got, c.want)
		}
	}
}

// TestByteLevelLacksBytes has a vocabulary without some bytes, as SmolLM2's is:
// they are left out, alone and within a character.
func TestByteLevelLacksBytes(t *testing.T) {
	b := byteLevelFile("smollm", "a b")
	pieces := make([]string, 0, 300)
	for i, c := range byteCharacters {
		if i == 0x04 || i == 0xF1 {
			c = "lacking " + c
		}
		pieces = append(pieces, c)
	}
	pieces = append(pieces, "ab", "whole", "<|endoftext|>", "<|fim_prefix|>", "<tool>")
	tok := mustOpen(t, b.Drop("tokenizer.ggml.tokens").Set("tokenizer.ggml.tokens", pieces))
	for text, want := range map[string]string{
		"ab\x04ab": "ab ab", "\x04": "", "\x04\x04x": "x", "\U00040000": "Ģ Ģ Ģ", "\x05": "ą",
	} {
		if got := spell(tok, tok.Encode(text)); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func TestByteLevelDecode(t *testing.T) {
	tok := mustOpen(t, byteLevelFile("qwen2", "Ġ a"))
	for piece, want := range map[string]string{"Ġa": " a", "Ċ": "\n", "ÿ": "\xff", "<tool>": "<tool>", "<|endoftext|>": "", "<|fim_prefix|>": ""} {
		id, ok := tok.ID(piece)
		if got := string(tok.Piece(id)); !ok || got != want {
			t.Errorf("%s: %q, want %q", piece, got, want)
		}
	}
	if tok.BOS() != None {
		t.Error("a prompt begins with BOS though qwen2 has none there")
	}
	if tok := mustOpen(t, byteLevelFile("llama-bpe")); tok.Spelling(tok.BOS()) != "<|endoftext|>" {
		t.Error("a prompt for llama-bpe does not begin with BOS")
	}
}

// TestByteLevelRoundTrip checks that any bytes come back, under all rules.
func TestByteLevelRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	for pre := range splitters {
		tok := mustOpen(t, byteLevelFile(pre, "Ġ Ġ", "a b", "Ċ Ċ", "1 2"))
		for range 300 {
			text := ""
			for range r.IntN(40) {
				text += []string{"a", "b", " ", "é", "\n", "12", "'s", "世", "\xff", "\r\n", ".", "\u00a0", "('"}[r.IntN(13)]
			}
			back := ""
			for _, id := range tok.Encode(text) {
				back += string(tok.Piece(id))
			}
			if back != text {
				t.Fatalf("%s: %q came back as %q", pre, text, back)
			}
		}
	}
}

func TestByteLevelRefused(t *testing.T) {
	for want, file := range map[string]*ggufwrite.Builder{
		`key "tokenizer.ggml.merges": missing`: byteLevelFile("qwen2").Drop("tokenizer.ggml.merges"),
		"merge 1 is not two pieces":            byteLevelFile("qwen2", "a b").Drop("tokenizer.ggml.merges").Set("tokenizer.ggml.merges", []string{"a b", "ab"}),
		"no token for the byte 0x20":           byteLevelFile("qwen2").Drop("tokenizer.ggml.tokens").Set("tokenizer.ggml.tokens", make260()),
		`the rules "bloom"`:                    byteLevelFile("bloom"),
	} {
		if _, err := open(t, file); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// make260 is as many pieces as byteLevelFile has without merges.
func make260() (pieces []string) {
	for i := range 260 {
		pieces = append(pieces, strings.Repeat("x", i+1))
	}
	return pieces
}

// FuzzByteLevel checks that whatever is encoded comes back when decoded.
func FuzzByteLevel(f *testing.F) {
	tok := mustOpen(f, byteLevelFile("llama-bpe", "a b", "Ġ a", "Ċ Ċ", "Ġ Ġ"))
	for _, s := range []string{"", "a b", "  ab\n\n x", "é世\xff\xc3", "<|endoftext|>", "it's 12345"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		back := ""
		for _, id := range tok.Encode(text) {
			if tok.IsControl(id) {
				t.Fatalf("%q: control token %s", text, tok.Spelling(id))
			}
			back += string(tok.Piece(id))
		}
		if back != text {
			t.Errorf("%q came back as %q", text, back)
		}
	})
}
