package chat

import (
	"strings"

	"github.com/airside-ls/airside/completion/model"
)

// chatML is Qwen's and SmolLM2's: <|im_start|>role⏎text<|im_end|>⏎
func chatML(conversation []model.Message) (p model.Prompt) {
	for _, m := range conversation {
		p = append(p, model.Control("<|im_start|>"), model.TextNoSpace(string(m.Role)+"\n"+m.Text), model.Control("<|im_end|>"), model.TextNoSpace("\n"))
	}
	return append(p, model.Control("<|im_start|>"), model.TextNoSpace("assistant\n"))
}

// llama3 is Llama 3's: <|start_header_id|>role<|end_header_id|>⏎⏎text<|eot_id|>
func llama3(conversation []model.Message) (p model.Prompt) {
	header := func(r model.Role) {
		p = append(p, model.Control("<|start_header_id|>"), model.TextNoSpace(string(r)), model.Control("<|end_header_id|>"))
	}
	for _, m := range conversation {
		header(m.Role)
		p = append(p, model.TextNoSpace("\n\n"+strings.TrimSpace(m.Text)), model.Control("<|eot_id|>"))
	}
	header(model.Assistant)
	return append(p, model.TextNoSpace("\n\n"))
}

// llama2 is Llama 2's and CodeLlama-Instruct's:
//
//	[INST] <<SYS>>⏎system⏎<</SYS>>⏎⏎text [/INST] answer </s><s>[INST] …
//
// Its marks are text to the vocabulary, so those in what people say are split.
func llama2(conversation []model.Message) (p model.Prompt) {
	said := "" // by the system and the user, until the assistant answers
	for _, m := range conversation {
		text := split.Replace(strings.TrimSpace(m.Text))
		switch m.Role {
		case model.System:
			said += "<<SYS>>\n" + text + "\n<</SYS>>\n\n"
		case model.User:
			said += text
		default:
			p = append(p, model.Text("[INST] "+said+" [/INST] "+text+" "), model.Control("</s>"), model.Control("<s>"))
			said = ""
		}
	}
	return append(p, model.Text("[INST] "+said+" [/INST]"))
}

// split takes from what people say the marks that are text to a vocabulary.
var split = strings.NewReplacer(
	"[INST]", "[ INST]", "[/INST]", "[ /INST]", "<<SYS>>", "< <SYS>>", "<</SYS>>", "< </SYS>>",
	"### Instruction:", "## # Instruction:", "### Response:", "## # Response:",
)

// deepSeekCoder is DeepSeek-Coder-Instruct's, whose marks are text as well:
//
//	system### Instruction:⏎text⏎### Response:⏎answer⏎<|EOT|>⏎
func deepSeekCoder(conversation []model.Message) (p model.Prompt) {
	var turn strings.Builder
	for _, m := range conversation {
		text := split.Replace(m.Text)
		switch m.Role {
		case model.System:
			turn.WriteString(text)
		case model.User:
			turn.WriteString("### Instruction:\n" + text + "\n")
		default:
			turn.WriteString("### Response:\n" + text + "\n")
			p = append(p, model.TextNoSpace(turn.String()), model.Control("<|EOT|>"), model.TextNoSpace("\n"))
			turn.Reset()
		}
	}
	return append(p, model.TextNoSpace(turn.String()+"### Response:\n"))
}
