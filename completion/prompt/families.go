package prompt

import (
	"strings"

	"github.com/airside-ls/airside/completion/model"
)

// The families beside CodeLlama. Most vocabularies are byte-level BPE, in which a
// text is encoded alike wherever it stands.

// qwenCoder is Qwen2.5-Coder and Qwen3-Coder. With other files it takes its
// repository form, in which every file stands behind its path.
var qwenCoder = Form{
	Name:     "qwen-coder",
	Source:   "github.com/QwenLM/Qwen2.5-Coder README (Fill in the middle, Repository level code completion); arXiv 2409.12186; Qwen3-Coder issue 343",
	Insert:   true,
	Whole:    true,
	Controls: []string{"<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|file_sep|>", "<|repo_name|>"},
	Stop:     []string{"<|endoftext|>", "<|fim_pad|>", "<|file_sep|>", "<|repo_name|>", "<|im_start|>", "<|im_end|>"},
	build: func(w Window) Layout {
		var p model.Prompt
		if len(w.Files) > 0 {
			p = append(p, model.Control("<|repo_name|>"), model.Text(w.Repository+"\n"))
			for _, f := range w.Files {
				p = append(p, model.Control("<|file_sep|>"), model.Text(f.Path+"\n"+withNewline(f.Text)))
			}
			p = append(p, model.Control("<|file_sep|>"), model.Text(w.Path+"\n"))
		}
		return Layout{Prompt: append(p, middleLast("<|fim_prefix|>", w.Prefix, "<|fim_suffix|>", w.Suffix, "<|fim_middle|>")...)}
	},
}

// codeGemma has Qwen's insert tokens under the same names, and another one
// between files.
var codeGemma = Form{
	Name:     "codegemma",
	Source:   "ai.google.dev/gemma/docs/codegemma/prompt-structure; arXiv 2406.11409",
	Insert:   true,
	Controls: []string{"<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|file_separator|>"},
	Stop:     []string{"<|file_separator|>", "<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"},
	build: func(w Window) Layout {
		var p model.Prompt
		for _, f := range w.Files {
			p = append(p, model.Text(f.Path+"\n"+withNewline(f.Text)), model.Control("<|file_separator|>"))
		}
		if len(w.Files) > 0 {
			p = append(p, model.Text(w.Path+"\n"))
		}
		return Layout{Prompt: append(p, middleLast("<|fim_prefix|>", w.Prefix, "<|fim_suffix|>", w.Suffix, "<|fim_middle|>")...)}
	},
}

// starCoder2 puts other files in front, each behind <file_sep>.
var starCoder2 = Form{
	Name:     "starcoder2",
	Source:   "github.com/bigcode-project/starcoder2 issue 10; arXiv 2402.19173 section 5.1",
	Insert:   true,
	Whole:    true,
	Controls: []string{"<fim_prefix>", "<fim_suffix>", "<fim_middle>", "<file_sep>"},
	Stop:     []string{"<file_sep>", "<|endoftext|>", "<fim_prefix>"},
	build: func(w Window) Layout {
		var p model.Prompt
		for _, f := range w.Files {
			p = append(p, model.Control("<file_sep>"), model.Text(withNewline(f.Text)))
		}
		if len(w.Files) > 0 {
			p = append(p, model.Control("<file_sep>"))
		}
		return Layout{Prompt: append(p, middleLast("<fim_prefix>", w.Prefix, "<fim_suffix>", w.Suffix, "<fim_middle>")...)}
	},
}

// granite3 is Granite 3.x Code and StarCoder 1, which share a vocabulary.
var granite3 = Form{
	Name:     "granite3",
	Source:   "arXiv 2405.04324 (Granite Code Models) section 4; arXiv 2305.06161 (StarCoder) section 5.1",
	Insert:   true,
	Whole:    true,
	Controls: []string{"<fim_prefix>", "<fim_suffix>", "<fim_middle>", "<filename>"},
	Stop:     []string{"<|endoftext|>", "<filename>", "<fim_prefix>"},
	build: func(w Window) Layout {
		var p model.Prompt
		for _, f := range w.Files {
			p = append(p, model.Control("<filename>"), model.Text(f.Path+"\n"+withNewline(f.Text)))
		}
		if len(w.Files) > 0 {
			p = append(p, model.Control("<filename>"), model.Text(w.Path+"\n"))
		}
		return Layout{Prompt: append(p, middleLast("<fim_prefix>", w.Prefix, "<fim_suffix>", w.Suffix, "<fim_middle>")...)}
	},
}

// granite4 has Qwen's insert tokens and no token between files.
var granite4 = Form{
	Name:     "granite4",
	Source:   "huggingface.co/ibm-granite granite-4.0 model cards (Fill-in-the-Middle)",
	Insert:   true,
	Whole:    true,
	Controls: []string{"<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"},
	Stop:     []string{"<|end_of_text|>", "<|endoftext|>", "<|fim_prefix|>"},
	build: func(w Window) Layout {
		return Layout{Prompt: middleLast("<|fim_prefix|>", w.Prefix, "<|fim_suffix|>", w.Suffix, "<|fim_middle|>")}
	},
}

// deepSeekCoder marks the hole and, with other files, puts each in front behind
// a comment with its path. Its bars are U+FF5C, its underscores U+2581.
var deepSeekCoder = Form{
	Name:     "deepseek-coder",
	Source:   "github.com/deepseek-ai/DeepSeek-Coder README (Code Insertion, Repository Level Code Completion); arXiv 2401.14196",
	Insert:   true,
	Whole:    true,
	Controls: []string{"<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>"},
	Stop:     []string{"<｜end▁of▁sentence｜>", "<｜fim▁begin｜>", "<|EOT|>"},
	build: func(w Window) Layout {
		before := w.Prefix
		if len(w.Files) > 0 {
			var b strings.Builder
			for _, f := range w.Files {
				b.WriteString("#" + f.Path + "\n" + withNewline(f.Text))
			}
			before = b.String() + "#" + w.Path + "\n" + w.Prefix
		}
		return Layout{Prompt: middleLast("<｜fim▁begin｜>", before, "<｜fim▁hole｜>", w.Suffix, "<｜fim▁end｜>")}
	},
}

// codestral reads the suffix first, encoded without SentencePiece's leading
// space as CodeLlama's is. The answer follows the prefix directly.
var codestral = Form{
	Name:        "codestral",
	Source:      "github.com/mistralai/mistral-common tokens/tokenizers/instruct.py encode_fim; other files as Continue has them, +++++ path",
	Insert:      true,
	SuffixFirst: true,
	Controls:    []string{"[SUFFIX]", "[PREFIX]"},
	Stop:        []string{"[PREFIX]", "[SUFFIX]", "</s>"},
	build: func(w Window) Layout {
		before := w.Prefix
		if len(w.Files) > 0 {
			var b strings.Builder
			for _, f := range w.Files {
				b.WriteString("+++++ " + f.Path + "\n" + withNewline(f.Text))
			}
			before = b.String() + "+++++ " + w.Path + "\n" + w.Prefix
		}
		return Layout{Prompt: model.Prompt{
			model.Control("[SUFFIX]"), model.TextNoSpace(w.Suffix), model.Control("[PREFIX]"), model.Text(before),
		}}
	},
}

// seedCoder is trained on suffix, prefix, middle.
var seedCoder = Form{
	Name:        "seed-coder",
	Source:      "arXiv 2506.03524 (Seed-Coder) section 4; github.com/ByteDance-Seed/Seed-Coder issue 12",
	Insert:      true,
	SuffixFirst: true,
	Whole:       true,
	Controls:    []string{"<[fim-suffix]>", "<[fim-prefix]>", "<[fim-middle]>"},
	Stop:        []string{"<[end▁of▁sentence]>", "<[fim-suffix]>", "<[fim-prefix]>"},
	build: func(w Window) Layout {
		return Layout{Prompt: model.Prompt{
			model.Control("<[fim-suffix]>"), model.Text(w.Suffix),
			model.Control("<[fim-prefix]>"), model.Text(w.Prefix), model.Control("<[fim-middle]>"),
		}}
	},
}

// codeGeeX4 asks within its chat turns. Its suffix stands first.
var codeGeeX4 = Form{
	Name:        "codegeex4",
	Source:      "github.com/THUDM/CodeGeeX4 guides/Infilling_guideline.md",
	Insert:      true,
	SuffixFirst: true,
	Whole:       true,
	Controls:    []string{"<|user|>", "<|assistant|>", "<|code_suffix|>", "<|code_prefix|>", "<|code_middle|>"},
	Stop:        []string{"<|endoftext|>", "<|user|>", "<|observation|>"},
	build: func(w Window) Layout {
		var head strings.Builder
		head.WriteString("\n")
		for _, f := range w.Files {
			head.WriteString("###REFERENCE:\n###PATH:" + f.Path + "\n" + withNewline(f.Text))
		}
		head.WriteString("###PATH:" + w.Path + "\n###LANGUAGE:" + w.Language + "\n###MODE:BLOCK\n")
		return Layout{Prompt: model.Prompt{
			model.Control("<|user|>"), model.Text(head.String()),
			model.Control("<|code_suffix|>"), model.Text(w.Suffix),
			model.Control("<|code_prefix|>"), model.Text(w.Prefix),
			model.Control("<|code_middle|>"), model.Control("<|assistant|>"), model.Text("\n"),
		}}
	},
}

// middleLast lays out prefix, suffix, middle.
func middleLast(pre, prefix, suf, suffix, mid string) model.Prompt {
	return model.Prompt{
		model.Control(pre), model.Text(prefix), model.Control(suf), model.Text(suffix), model.Control(mid),
	}
}

func withNewline(s string) string {
	if s == "" || strings.HasSuffix(s, "\n") {
		return s
	}
	return s + "\n"
}
