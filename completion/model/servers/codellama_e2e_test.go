//go:build e2e

package servers

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// Meta's CodeLlama puts a space before a text, as SentencePiece does by
// default; the small model does not. With that one bit of its header turned it
// is tokenised as CodeLlama is, and its unchanged twin gives the reference, for
// in it a space in front is an ordinary character:
//
//	encode(s)           is what the twin makes of " " + s
//	encode_infilling(s) is what the twin makes of s
//
// (meta-llama/codellama, llama/tokenizer.py; infilling_prompt_tokens in
// llama/generation.py puts them together.)
func TestRealCodeLlamaPromptWithSpaces(t *testing.T) {
	header := []byte("tokenizer.ggml.add_space_prefix\x07\x00\x00\x00\x00")
	gguf, err := os.ReadFile(tiny(t))
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(gguf, header)
	if at < 0 {
		t.Fatal("the small model's header does not say add_space_prefix = false")
	}
	gguf[at+len(header)-1] = 1
	spaced := filepath.Join(t.TempDir(), "spaced.gguf")
	if err := os.WriteFile(spaced, gguf, 0o644); err != nil {
		t.Fatal(err)
	}

	connect := func(model string) *session {
		t.Helper()
		b := openLlama(t, LlamaCppOptions{URL: startLlamaServer(t, "-m", model)})
		t.Cleanup(func() { b.Close() })
		s, err := b.connect(t.Context(), true)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	meta, twin := connect(spaced), connect(tiny(t))
	if !meta.spaced || twin.spaced {
		t.Fatalf("spaced: %v and its twin %v", meta.spaced, twin.spaced)
	}
	reference := func(text string) []int {
		t.Helper()
		ids, err := twin.tokenize(t.Context(), text)
		if err != nil {
			t.Fatal(err)
		}
		return ids
	}

	const bos, pre, suf, mid = 1, 4092, 4093, 4094 // of airside-tiny
	for _, tt := range []struct{ prefix, suffix string }{
		{"func add(a, b int) int {\n\treturn ", "\n}\n"},
		{"x = ", " + 1"},
		{"package p\n\n", "func f() {}"},
		{"\tif err != nil {\n\t\t", "\n\t}\n\treturn nil\n"},
		{"s := \"日本語 ☺ é\"", "☺☺"},
		{"// </s> <s> [INST]\nvar ", " = `<unk>`"},
		{"a\r\n  b", "\r\nc"},
	} {
		want := slices.Concat([]int{bos, pre}, reference(" "+tt.prefix), []int{suf}, reference(tt.suffix), []int{mid})
		got, err := meta.encode(t.Context(), insertPrompt(tt.prefix, tt.suffix))
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q ¦ %q, %v\n got %v\nwant %v", tt.prefix, tt.suffix, err, got, want)
		}
	}
}
