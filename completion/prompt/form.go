// Package prompt builds what a model reads: it cuts a document to the token
// budget and lays the pieces out in the form that the model's family was
// trained with.
package prompt

import (
	"slices"
	"strings"

	"github.com/airside-ls/airside/completion/model"
)

// Form is the way a model family wants an insert to be asked.
type Form struct {
	Name string
	// Source is where the form is written down.
	Source string
	// Insert says that the model reads what follows the cursor.
	Insert bool
	// SuffixFirst says that it reads it before the prefix, so that a server's KV
	// cache keeps it while the user types.
	SuffixFirst bool
	// Whole says that the family reads whole tokens only: a prompt that ends within
	// one is healed ([Form.BuildHealed]). CodeLlama was trained on texts that were
	// cut between any two characters (arXiv 2308.12950, section 2.3).
	Whole bool
	// Controls must all be tokens of the model's vocabulary.
	Controls []string
	// Stop holds texts at which an answer has ended, beside the model's own
	// end token: markers that a model writes as text when it runs on.
	Stop []string

	build func(Window) Layout
}

// Window is what the prompt may show: a part of a document, and other files.
type Window struct {
	Prefix string // text before the cursor
	Suffix string // text after it
	// Begun is what has been written of the middle: it stands between Prefix and the
	// cursor. Where the family reads the suffix behind the prefix, it comes behind
	// both, so that with every key only the prompt's end changes.
	Begun string
	// Note stands between Prefix, which ends with a line then, and what was written
	// since: whole lines of the document's language that are not in it, such as what
	// other files define. What is in them may change with every line that is written.
	Note string

	Path       string // the document's, relative to its repository
	Language   string // LSP language identifier
	Repository string // name, for the forms that tell it
	Files      []File // parts of other files, what changes least first
}

// File is a part of another file of the repository.
type File struct{ Path, Text string }

// Layout is a prompt and what is known about its answer.
type Layout struct {
	Prompt model.Prompt
	// Echo is text at the end of the document's prefix that the prompt leaves
	// out: the answer begins with it, and it is not part of the suggestion.
	Echo string
}

// Append adds to what has been written.
func (w *Window) Append(text string) {
	if w.Begun != "" || w.Note != "" {
		w.Begun += text
		return
	}
	w.Prefix += text
}

// Build lays out a window.
func (f Form) Build(w Window) Layout {
	w.Prefix, w.Note = w.Prefix+w.Note, ""
	if !f.Begins() {
		w.Prefix += w.Begun
		return f.build(w)
	}
	built := f.build(w)
	if w.Begun != "" {
		built.Prompt = append(built.Prompt, model.TextNoSpace(w.Begun))
	}
	return built
}

// Begins says that a prompt can end with the beginning of the middle: that it ends
// where the middle begins, and the suffix stands right before that.
func (f Form) Begins() bool { return f.Insert && !f.SuffixFirst }

// Head is the beginning of a window's prompt, up to and with what stands before
// the cursor.
func (f Form) Head(w Window) model.Prompt {
	p := f.build(w).Prompt
	before := strings.TrimRight(w.Prefix, " ")
	last := len(p) - 1
	for i, s := range p {
		if !s.Control && strings.HasSuffix(strings.TrimRight(s.Text, " "), before) {
			last = i
			if !f.SuffixFirst {
				break
			}
		}
	}
	return p[:last+1]
}

// BuildHealed lays out a window of which the prompt shows whole tokens only: the
// answer has to begin with what it leaves out.
func (f Form) BuildHealed(w Window) Layout {
	left := Unfinished(w.Prefix + w.Begun)
	ofBegun := min(len(left), len(w.Begun))
	w.Begun = w.Begun[:len(w.Begun)-ofBegun]
	w.Prefix = w.Prefix[:len(w.Prefix)-(len(left)-ofBegun)]
	built := f.Build(w)
	built.Echo += left
	return built
}

// forms in the order in which they are tried: of two that share tokens, the one
// that asks for more of them stands first.
var forms = []Form{
	codeLlama, codeGeeX4, codeGemma, qwenCoder, granite4, starCoder2, granite3,
	deepSeekCoder, codestral, seedCoder, plain,
}

// names tell the family of a model whose vocabulary cannot be asked for; parts
// of model names, in lower case, the longer of two that overlap first.
var names = []struct{ part, form string }{
	{"codellama-34b", "plain"}, {"codellama:34b", "plain"}, {"codellama:python", "plain"},
	{"codellama", "codellama"}, {"code-llama", "codellama"},
	{"qwen2.5-coder", "qwen-coder"}, {"qwen3-coder", "qwen-coder"}, {"codeqwen", "qwen-coder"},
	{"starcoder2", "starcoder2"}, {"starcoder", "granite3"},
	{"deepseek-coder", "deepseek-coder"}, {"codegemma", "codegemma"}, {"codestral", "codestral"},
	{"granite4", "granite4"}, {"granite-4", "granite4"}, {"granite-code", "granite3"}, {"granite", "granite3"},
	{"seed-coder", "seed-coder"}, {"codegeex4", "codegeex4"},
}

// cards are models whose card asks for another form than their vocabulary
// suggests, by a part of the name under which a server has them.
var cards = []struct{ name, form string }{
	// It has CodeLlama's control tokens but has only begun to look over the suffix
	// (its card, in completion/model/builtin/tiny).
	{"airside-tiny", "plain"},
}

// Choose returns the form for a model: the one its card names, else the first
// whose control tokens its vocabulary has; if the vocabulary is unknown the one
// that its name suggests; else the plain continuation, which every model
// understands.
func Choose(info model.Info) Form {
	named := info.Form
	for _, c := range cards {
		if strings.Contains(info.Model, c.name) {
			named = c.form
		}
	}
	if named == "" && !info.VocabularyKnown && len(info.Controls) == 0 {
		named = byName(info.Model)
	}
	for _, f := range forms {
		if f.Name == named {
			return f
		}
	}
	for _, f := range forms {
		if len(f.Controls) > 0 && containsAll(info.Controls, f.Controls) {
			return f
		}
	}
	return plain
}

// CannotInsert tells that a model reads nothing of what follows the cursor,
// though its card does not say that this is meant so.
func CannotInsert(info model.Info) bool {
	meant := info.Form != ""
	for _, c := range cards {
		meant = meant || strings.Contains(info.Model, c.name)
	}
	return !meant && !Choose(info).Insert
}

func byName(name string) (form string) {
	name = strings.ToLower(name)
	for _, n := range names {
		if strings.Contains(name, n.part) {
			return n.form
		}
	}
	return ""
}

func containsAll(have, want []string) bool {
	return !slices.ContainsFunc(want, func(s string) bool { return !slices.Contains(have, s) })
}

// plain is the continuation of what stands before the cursor. The model does
// not see what follows; the filters mind it.
var plain = Form{
	Name:   "plain",
	Whole:  true,
	Source: "none: any causal language model continues a text",
	build: func(w Window) Layout {
		// SentencePiece writes the space before a word into the word's token
		// ("▁return"). A prompt that ends in that space forces the model into
		// tokens it never saw there, so the space is left for the model to write.
		text := strings.TrimRight(w.Prefix, " ")
		if text == "" || strings.HasSuffix(text, "\n") {
			text = w.Prefix // indentation: one token with its newline
		}
		return Layout{
			Prompt: model.Prompt{model.Text(text)},
			Echo:   w.Prefix[len(text):],
		}
	},
}
