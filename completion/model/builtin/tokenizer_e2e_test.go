//go:build e2e

package builtin

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/airside-ls/airside/completion/model/builtin/internal/ggufwrite"
	"github.com/airside-ls/airside/completion/model/builtin/tokenizer"
	"github.com/airside-ls/airside/completion/model/realtest"
)

// tokenizerTexts is a corpus for tokenizers: Go files, some with other line ends
// and indentation, and what else people type. (Bytes that are not UTF-8 are
// checked by unit tests: llama-server takes JSON.)
func tokenizerTexts(t *testing.T, files int) []string {
	t.Helper()
	texts := []string{
		" ", "  ", "\n", "\r\n", "\t", "a\r\n\tb\r\n", "\n\t\t\t\t\t\t\t\t\t\t\t\t", "   \n   \n", "\n\n\n  x", "x  ", "x \n", " \r\n \r\n\t",
		"package main\r\n\r\nfunc main() {\r\n\tprintln(\"hi\")\r\n}\r\n",
		"日本語のコメント // 中文注释 한국어", "naïve café — “quotes” … №", "🙂👩‍👩‍👧‍👦🇩🇪 x := \"🚀\"", "x🙂y 世界 a世b1界2",
		"e\u0301 \u202eabc\u202c \ufeff\u00a0\u2028 \u0000\u0001\u007f", "a\u3000b\u3000\u3000c\u2003\u2003\nd\u0085e", "\u00a0x \u00a0x \u00a0 x",
		"s := \"<s></s><unk><PRE> <SUF> <MID> <EOT>\" // ▁<PRE>▁<SUF>▁<MID>▁<EOT> <0x0A>",
		"<|endoftext|><|fim_prefix|>x<|fim_suffix|><|fim_middle|> <|im_start|>user <|eot_id|><fim_prefix>",
		"▁▁▁ ▁ a▁b", strings.Repeat("=", 300), strings.Repeat("ab ", 400), strings.Repeat(" ", 137) + "x",
		"\\u0000 0xdeadbeef 1_000_000 'x' `raw\n` %[1]*.*f", "1234567890 12 a12b 3.14e-10 ١٢٣ Ⅻ ½²",
		"it's IT'S we'Re they'll o'dd 'tis '' 'x 've'VE'Ll don't.", "a.b..c...d,,;;  !!\n\n?? //\r\n/*\n*/ #!$%\n",
		"Ġ Ċ ĠĠ ġ Ā ł", "ǅ ª º ʰ ா ् ⃝ ₤ ∑ ﷽ 𝒳𝟘 𐍈",
	}
	for i, text := range goSources(t, files) {
		if i%7 == 0 {
			text = strings.ReplaceAll(text, "\n", "\r\n")
		}
		if i%11 == 0 {
			text = strings.ReplaceAll(text, "\t", "    ")
		}
		texts = append(texts, strings.ToValidUTF8(text, "?"))
	}
	return texts
}

// sameTokens compares the tokens of texts with llama-server's.
func sameTokens(t *testing.T, server *llamaServer, tok *tokenizer.Tokenizer, texts []string) {
	t.Helper()
	tokens := 0
	for _, text := range texts {
		var reply struct{ Tokens []int32 }
		server.post(t, "/tokenize", map[string]any{"content": text, "add_special": false, "parse_special": false}, &reply)
		got := tok.Encode(text)
		tokens += len(got)
		if !slices.Equal(got, reply.Tokens) {
			n := 0
			for n < min(len(got), len(reply.Tokens)) && got[n] == reply.Tokens[n] {
				n++
			}
			show := func(ids []int32) (out []string) {
				for _, id := range ids[max(0, n-2):min(len(ids), n+6)] {
					out = append(out, tok.Spelling(id))
				}
				return out
			}
			t.Errorf("%.60q: at token %d of %d: %q, want %q", text, n, len(reply.Tokens), show(got), show(reply.Tokens))
		}
		for _, id := range got {
			if tok.IsControl(id) {
				t.Errorf("%.60q: control token %s", text, tok.Spelling(id))
			}
		}
	}
	t.Logf("%d texts, %d tokens", len(texts), tokens)
}

func TestTokenizerEqualsLlamaServer(t *testing.T) {
	server := startLlamaServer(t, "-t", "1")
	tok, err := OpenEmbedded(Options{}).Tokenizer()
	if err != nil {
		t.Fatal(err)
	}
	sameTokens(t, server, tok, tokenizerTexts(t, 300))
}

// TestRealTokenizersEqualsLlamaServer does so with the real models, and with every
// character that both sides' Unicode tables know: SmolLM2's vocabulary lacks the
// bytes of some.
func TestRealTokenizersEqualsLlamaServer(t *testing.T) {
	texts := append(tokenizerTexts(t, 300), everyCharacter()...)
	for _, m := range realtest.Models {
		t.Run(m.Short(), func(t *testing.T) {
			path := realtest.Path(t, m, "")
			server := serve(t, path, "-t", "1", "--no-warmup")
			tok, err := openTokenizer(t, path)
			if err != nil {
				t.Fatal(err)
			}
			sameTokens(t, server, tok, texts)
		})
	}
}

func openTokenizer(t *testing.T, path string) (*tokenizer.Tokenizer, error) {
	t.Helper()
	e, err := Open(path, Options{})
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { e.Close() })
	return e.Tokenizer()
}

// TestByteLevelTokenizerEqualsLlamaServer does so for each set of splitting
// rules, with merges learnt from Go files, and with every character that both
// sides' Unicode tables know.
func TestByteLevelTokenizerEqualsLlamaServer(t *testing.T) {
	texts := tokenizerTexts(t, 60)
	merges := learnMerges(texts[len(texts)-20:], 900)
	texts = append(texts, everyCharacter()...)
	for _, pre := range []string{"gpt-2", "qwen2", "llama-bpe", "smollm", "deepseek-coder"} {
		t.Run(pre, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "model.gguf")
			if err := os.WriteFile(path, byteLevelModel(pre, merges).Builder().Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
			server := serve(t, path, "-t", "1")
			tok, err := openTokenizer(t, path)
			if err != nil {
				t.Fatal(err)
			}
			sameTokens(t, server, tok, texts)
		})
	}
}

// byteLevelModel is a small network with a byte-level vocabulary, in which
// control tokens are marked as files have them, rightly and wrongly.
func byteLevelModel(pre string, merges [][2]string) ggufwrite.Llama {
	var pieces []string
	var types []int32
	add := func(piece string, kind int32) { pieces, types = append(pieces, piece), append(types, kind) }
	next := rune(0x100)
	for b := range rune(256) { // the characters of GPT-2's bytes_to_unicode
		c := b
		if b < '!' || b > '~' && b < '¡' || b == 0xAD {
			c = next
			next++
		}
		add(string(c), 1)
	}
	var lines []string
	for _, m := range merges {
		lines = append(lines, m[0]+" "+m[1])
		if joined := m[0] + m[1]; !slices.Contains(pieces, joined) {
			add(joined, 1)
		}
	}
	add("whole", 1) // a word in the vocabulary that no merges lead to
	add("<|endoftext|>", 3)
	add("<|im_start|>", 3)
	add("<|fim_prefix|>", 4) // user-defined in some files
	add("<|fim_suffix|>", 3)
	add("<|fim_middle|>", 1)
	add("<tool>", 4)
	architecture := "llama"
	if pre == "qwen2" {
		architecture = "qwen2"
	}
	return ggufwrite.Llama{
		Architecture: architecture, Embedding: 256, Blocks: 2, FeedForward: 256, Heads: 8, KVHeads: 4, HeadDim: 32, Context: 1536,
		RopeBase: 1e6, Tied: false, Seed: 3, Vocabulary: make([]ggufwrite.Token, len(pieces)),
		SetVocabulary: func(b *ggufwrite.Builder) {
			end := uint32(slices.Index(pieces, "<|endoftext|>"))
			b.Set("tokenizer.ggml.model", "gpt2").Set("tokenizer.ggml.pre", pre).
				Set("tokenizer.ggml.tokens", pieces).Set("tokenizer.ggml.token_type", types).Set("tokenizer.ggml.merges", lines).
				Set("tokenizer.ggml.bos_token_id", end).Set("tokenizer.ggml.eos_token_id", end).Set("tokenizer.ggml.add_bos_token", false)
		},
	}
}

// learnMerges learns the n most frequent merges of texts, split at spaces.
func learnMerges(texts []string, n int) (merges [][2]string) {
	type word struct {
		pieces []string
		count  int
	}
	counts := map[string]int{}
	for _, text := range texts {
		for _, w := range strings.SplitAfter(strings.ReplaceAll(text, " ", "\x00 "), "\x00") {
			counts[strings.TrimSuffix(w, "\x00")]++
		}
	}
	var words []word
	for _, w := range slices.Sorted(maps.Keys(counts)) {
		var pieces []string
		for _, b := range []byte(w) {
			c := rune(b)
			switch {
			case b == ' ', b == '\n', b == '\t', b == '\r':
				c += 0x100
			case b < '!' || b > '~':
				continue
			}
			pieces = append(pieces, string(c))
		}
		words = append(words, word{pieces, counts[w]})
	}
	for len(merges) < n {
		pairs := map[[2]string]int{}
		for _, w := range words {
			for i := 1; i < len(w.pieces); i++ {
				pairs[[2]string{w.pieces[i-1], w.pieces[i]}] += w.count
			}
		}
		var best [2]string
		for p, count := range pairs {
			if count > pairs[best] || count == pairs[best] && (p[0]+" "+p[1] < best[0]+" "+best[1]) {
				best = p
			}
		}
		merges = append(merges, best)
		for i := range words {
			w := &words[i]
			for j := 1; j < len(w.pieces); j++ {
				if w.pieces[j-1] == best[0] && w.pieces[j] == best[1] {
					w.pieces = slices.Replace(w.pieces, j-1, j+1, best[0]+best[1])
				}
			}
		}
	}
	return merges
}

// everyCharacter puts each assigned character between letters, blanks and
// digits.
func everyCharacter() (texts []string) {
	var b strings.Builder
	for r := rune(1); r <= unicode.MaxRune; r++ {
		if r >= 0xD800 && r < 0xE000 || !unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Z, unicode.Cc, unicode.Cf) {
			continue
		}
		if unicode.Is(unicode.Han, r) && r%64 != 0 || unicode.Is(unicode.Hangul, r) && r%64 != 0 {
			continue
		}
		fmt.Fprintf(&b, "a%ca %c %c1.%c%c\n", r, r, r, r, r)
		if b.Len() > 20000 {
			texts = append(texts, b.String())
			b.Reset()
		}
	}
	return append(texts, b.String())
}
