package ollama

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/airside-ls/airside/completion/model"
)

func TestSpell(t *testing.T) {
	all := func(merged bool) map[string]bool {
		m := map[string]bool{}
		for _, c := range codeLlamaControls {
			m[c] = merged
		}
		return m
	}
	// CodeLlama as Meta made it; ">)" is one of its tokens.
	meta := vocabulary{
		pieces: all(true), spaced: true,
		before: map[rune]bool{'▁': true}, after: map[rune]bool{')': true},
	}
	tokens := vocabulary{pieces: all(false), spaced: true} // control tokens that nothing merges to
	tiny := vocabulary{pieces: all(false)}
	insert := func(prefix, suffix string) model.Prompt { return insertPrompt(prefix, suffix) }
	tests := []struct {
		name string
		v    vocabulary
		p    model.Prompt
		want string
	}{
		{"meta", meta, insert("a", "b"), "<PRE> a <SUF>b <MID>"},
		{"blanks before a control token", meta, insert("a  ", "b "), "<PRE> a  ▁<SUF>b ▁<MID>"},
		{"text that would take the control token's end", meta, insert("a", ")b"), "<PRE> a▁<SUF>)b <MID>"},
		{"blanks that are put in", meta, insert(")a", ""), "<PRE> )a <SUF> <MID>"},
		{"empty texts", meta, insert("", ""), "<PRE> <SUF> <MID>"},
		{"suffix first", meta, model.Prompt{
			model.Control("▁<PRE>"), model.Control("▁<SUF>"), model.TextNoSpace("b"), model.Control("▁<MID>"), model.Text("a"),
		}, "<PRE> <SUF>b <MID> a"},
		{"control tokens only", tokens, insert("a", "b"), "▁<PRE>a▁<SUF>b▁<MID>"},
		{"tiny", tiny, insert("a  ", "b"), "▁<PRE>a  ▁<SUF>b▁<MID>"},
		{"plain", meta, model.Prompt{model.Text("a"), model.Text("b")}, "ab"},
	}
	for _, tt := range tests {
		if got := tt.v.spell(tt.p); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestReadVocabulary(t *testing.T) {
	raw := func(info map[string]any) map[string]json.RawMessage {
		m := map[string]json.RawMessage{}
		for k, v := range info {
			m[k], _ = json.Marshal(v)
		}
		return m
	}
	full := codellama("x").info
	unspaced := codellama("x").info
	unspaced["tokenizer.ggml.add_space_prefix"] = false
	tests := []struct {
		name     string
		info     map[string]any
		template string
		model    string
		controls []string
		merged   bool
		spaced   bool
	}{
		{"Meta's", full, "", "x", codeLlamaControls, true, true},
		{"no space in front", unspaced, "", "x", codeLlamaControls, true, false},
		{"control tokens that nothing merges to", map[string]any{
			"tokenizer.ggml.model": "llama", "tokenizer.ggml.tokens": []string{"a", "▁<PRE>", "▁<MID>"}, "tokenizer.ggml.scores": []float64{0, 0, 0},
		}, "", "x", []string{"▁<PRE>", "▁<MID>"}, false, true},
		{"none", map[string]any{"tokenizer.ggml.model": "gpt2", "tokenizer.ggml.tokens": []string{"a"}}, "<PRE>", "codellama:7b-code", nil, false, false},
		{"from the template", map[string]any{"tokenizer.ggml.tokens": nil}, "<PRE> {{ .Prompt }} <SUF>{{ .Suffix }} <MID>", "x", codeLlamaControls, true, true},
		{"from the name", nil, "{{ .Prompt }}", "codellama:13b-code", codeLlamaControls, true, true},
		{"34B cannot insert", nil, "{{ .Prompt }}", "codellama:34b-code", nil, false, false},
		{"another family from the template", nil, "<|fim_prefix|>{{ .Prompt }}<|fim_suffix|>{{ .Suffix }}<|fim_middle|>", "x", []string{"<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"}, false, false},
		{"another family's vocabulary", map[string]any{
			"tokenizer.ggml.model": "gpt2", "tokenizer.ggml.tokens": []string{"<|fim_middle|>", "a", "<|fim_prefix|>", "<|fim_suffix|>"},
		}, "", "x", []string{"<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"}, false, false},
		{"nothing known", nil, "{{ .Prompt }}", "x", nil, false, false},
	}
	for _, tt := range tests {
		v := readVocabulary(raw(tt.info), tt.template, tag{Name: tt.model})
		if _, told := tt.info["tokenizer.ggml.tokens"].([]string); v.known != told {
			t.Errorf("%s: known %v", tt.name, v.known)
		}
		if !slices.Equal(v.controls(), tt.controls) {
			t.Errorf("%s: controls %q, want %q", tt.name, v.controls(), tt.controls)
		}
		if v.pieces["▁<PRE>"] != tt.merged || v.spaced != tt.spaced {
			t.Errorf("%s: %+v", tt.name, v)
		}
	}
}

func TestNeighbours(t *testing.T) {
	before, after := neighbours(
		[]string{"▁a", "▁▁", "\n▁", ">(", "=>x", ">", ">;", "a▁"},
		[]float64{-1, -1, -1, -1, -5, -1, -6, -6}, -5)
	if len(before) != 2 || !before['▁'] || !before['\n'] {
		t.Errorf("before blanks: %v", before)
	}
	if len(after) != 2 || !after['('] || !after['x'] {
		t.Errorf("after >: %v", after)
	}
}
