package prompt

import "github.com/airside-ls/airside/completion/model"

// codeLlama is the prefix-suffix-middle form of CodeLlama 7B and 13B, as
// infilling_prompt_tokens builds it:
//
//	[bos, "▁<PRE>"] + encode(prefix) + ["▁<SUF>"] + encode_infilling(suffix) + ["▁<MID>"]
//
// encode puts SentencePiece's space before the prefix (the blank that stands
// after "<PRE>" when the prompt is written out as a string), encode_infilling
// puts none before the suffix.
var codeLlama = Form{
	Name:     "codellama",
	Source:   "github.com/meta-llama/codellama llama/generation.py infilling_prompt_tokens, llama/tokenizer.py encode_infilling; arXiv 2308.12950 section 2.3",
	Insert:   true,
	Controls: []string{"▁<PRE>", "▁<SUF>", "▁<MID>"},
	Stop:     []string{"<EOT>", "▁<EOT>"},
	build: func(w Window) Layout {
		return Layout{Prompt: model.Prompt{
			model.Control("▁<PRE>"), model.Text(w.Prefix),
			model.Control("▁<SUF>"), model.TextNoSpace(w.Suffix),
			model.Control("▁<MID>"),
		}}
	},
}
