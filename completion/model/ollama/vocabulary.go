package ollama

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/airside-ls/airside/completion/model"
)

// space is how SentencePiece vocabularies write a blank.
const space = "▁"

// vocabulary is what has to be known of a model's tokenizer to write a prompt
// for it.
type vocabulary struct {
	// pieces are the model.InsertControls that are tokens. The value tells
	// whether the tokenizer also merges the piece from its characters, so that
	// it can be written with an ordinary blank.
	pieces map[string]bool
	// spaced: the tokenizer puts a blank before the prompt and after every
	// control token (tokenizer.ggml.add_space_prefix).
	spaced bool
	// before and after hold the characters that are merged with a blank behind
	// them or a ">" before them sooner than the pieces are whole. Next to one of
	// them a merged piece is torn apart.
	before, after map[rune]bool
	// known: the pieces were looked up; otherwise template and name suggest them.
	known bool
}

// controls are the pieces in the order of model.InsertControls.
func (v vocabulary) controls() []string {
	var found []string
	for _, c := range model.InsertControls {
		if _, ok := v.pieces[c]; ok {
			found = append(found, c)
		}
	}
	return found
}

// readVocabulary finds the control tokens in the model's vocabulary. A server
// that does not tell it leaves the template, and at last the model's name.
func readVocabulary(info map[string]json.RawMessage, template string, t tag) vocabulary {
	v := vocabulary{pieces: map[string]bool{}, before: map[rune]bool{'▁': true}, after: map[rune]bool{}}
	var kind string
	_ = json.Unmarshal(info["tokenizer.ggml.model"], &kind)
	v.spaced = kind == "llama" // the default for SentencePiece, as in llama.cpp
	if raw, ok := info["tokenizer.ggml.add_space_prefix"]; ok {
		_ = json.Unmarshal(raw, &v.spaced)
	}
	var tokens []string
	var scores []float64
	_ = json.Unmarshal(info["tokenizer.ggml.tokens"], &tokens)
	_ = json.Unmarshal(info["tokenizer.ggml.scores"], &scores)
	if len(tokens) > 0 {
		v.known = true
		lowest := math.Inf(1)
		for _, c := range model.InsertControls {
			if !slices.Contains(tokens, c) {
				continue
			}
			score, ok := 0.0, false
			if kind == "llama" && strings.HasPrefix(c, space) {
				score, ok = merges(c, tokens, scores)
			}
			if v.pieces[c] = ok; ok {
				lowest = min(lowest, score)
			}
		}
		v.before, v.after = neighbours(tokens, scores, lowest)
		return v
	}
	name, version := t.split()
	codellama := strings.Contains(template, "<PRE>") || name == "codellama" && isCodeTag(version) && t.parameters() < 20e9
	v.spaced = codellama
	for _, c := range model.InsertControls {
		switch {
		case strings.HasPrefix(c, space):
			if codellama {
				v.pieces[c] = true
			}
		case strings.Contains(template, c):
			v.pieces[c] = false
		}
	}
	return v
}

// merges tells whether SentencePiece's byte pair encoding joins the characters
// of piece into that one token: again and again the neighbours are joined whose
// token has the highest score, the leftmost of equals. lowest is the lowest score
// on the way.
func merges(piece string, tokens []string, scores []float64) (lowest float64, ok bool) {
	lowest = math.Inf(1)
	if len(scores) != len(tokens) {
		return lowest, false
	}
	score := map[string]float64{}
	for i, t := range tokens {
		if strings.Contains(piece, t) {
			score[t] = scores[i]
		}
	}
	symbols := strings.Split(piece, "")
	for len(symbols) > 1 {
		best, found := 0, false
		for i := range len(symbols) - 1 {
			s, ok := score[symbols[i]+symbols[i+1]]
			if ok && (!found || s > score[symbols[best]+symbols[best+1]]) {
				best, found = i, true
			}
		}
		if !found {
			return lowest, false
		}
		lowest = min(lowest, score[symbols[best]+symbols[best+1]])
		symbols = slices.Replace(symbols, best, best+2, symbols[best]+symbols[best+1])
	}
	return lowest, true
}

// neighbours finds the characters before blanks and after ">" in tokens that are
// merged before those of score lowest.
func neighbours(tokens []string, scores []float64, lowest float64) (before, after map[rune]bool) {
	before, after = map[rune]bool{}, map[rune]bool{}
	for i, t := range tokens {
		if i < len(scores) && scores[i] < lowest {
			continue
		}
		last := rune(-1)
		for _, r := range t {
			if r == '▁' && last >= 0 {
				before[last] = true
			}
			if last == '>' {
				after[r] = true
			}
			last = r
		}
	}
	return before, after
}

// spell writes the prompt as one string that Ollama's tokenizer (llama.cpp's,
// parsing control tokens) turns into the tokens meant.
//
// A control token can be written in two ways. As its piece, "▁<SUF>", it is
// matched before the text is looked at, whatever stands around it; but after it
// the tokenizer of a spaced model puts a blank, which CodeLlama's suffix must
// not have. With an ordinary blank, " <SUF>", it is merged from its characters
// if the vocabulary can do that (Meta's can) and nothing is put after it; but
// its blank may be merged with blanks before it first, or its ">" with what
// follows. So the second way is taken where no token stands in its way.
//
// Neighbouring texts are one text; texts between control tokens that are empty
// are nothing at all.
func (v vocabulary) spell(p model.Prompt) string {
	var b strings.Builder
	merged := false  // the last thing written is a control token of the second way
	last := rune(-1) // the last character of a text
	for i, s := range p {
		switch {
		case !s.Control && s.Text != "":
			if merged && v.spaced && !s.NoSpace {
				b.WriteByte(' ')
			}
			b.WriteString(s.Text)
			merged = false
			last, _ = utf8.DecodeLastRuneInString(s.Text)
		case s.Control && v.pieces[s.Text] && !v.before[blank(last)] && !v.after[v.first(p[i+1:])]:
			if b.Len() > 0 || !v.spaced {
				b.WriteByte(' ')
			}
			b.WriteString(strings.TrimPrefix(s.Text, space))
			merged, last = true, -1
		case s.Control:
			b.WriteString(s.Text)
			merged, last = false, -1
		}
	}
	return b.String()
}

// first is the character that follows a merged control token when rest does;
// -1 at the end.
func (v vocabulary) first(rest model.Prompt) rune {
	for _, s := range rest {
		switch {
		case s.Control, s.Text != "" && v.spaced && !s.NoSpace:
			return '▁'
		case s.Text != "":
			r, _ := utf8.DecodeRuneInString(s.Text)
			return blank(r)
		}
	}
	return -1
}

// blank writes a blank as the vocabulary does.
func blank(r rune) rune {
	if r == ' ' {
		return '▁'
	}
	return r
}

// ends are the texts in which a control token shows when the model generates
// it: Ollama prints it as its piece, or with a blank when its type is ordinary,
// and goes on. Each ends the answer.
func (v vocabulary) ends() []string {
	var found []string
	for _, c := range v.controls() {
		found = append(found, c)
		if v.pieces[c] {
			found = append(found, " "+strings.TrimPrefix(c, space))
		}
	}
	return found
}
