package prompt

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxUnfinished is how long, in bytes, the end of a token is at most: what is
// longer has been several.
const maxUnfinished = 40

// Unfinished is the end of text that may be the beginning of a longer token:
// white space, half a word with what tokenizers write into its token, or
// punctuation. A prompt that ends within a token has the model go on as it never
// saw a text go on: after indentation, which is written into the token of the word
// behind it, with one more blank. So a prompt leaves it out, and the answer has to
// begin with it.
//
// The cuts are those of the byte-level vocabularies (the pattern that Qwen's,
// Llama's and GPT's share); SentencePiece's lie at the same places but for
// punctuation.
func Unfinished(text string) string {
	line := text[strings.LastIndexByte(text, '\n')+1:]
	code := strings.TrimRight(line, " \t")
	end := len(code)
	if end == len(line) {
		end = beginOfLast(line)
	}
	if len(line)-end > maxUnfinished {
		return ""
	}
	return line[end:]
}

// beginOfLast is where the last word or run of punctuation of a line begins, with
// the one character before a word, or the blank before punctuation, that is written
// into the same token. A number is a token by itself.
func beginOfLast(line string) int {
	word := strings.TrimRightFunc(line, unicode.IsLetter)
	if len(word) < len(line) {
		before, size := utf8.DecodeLastRuneInString(word)
		switch {
		case size == 0 || unicode.IsNumber(before):
			return len(word)
		case isPunctuation(before):
			if other, n := utf8.DecodeLastRuneInString(word[:len(word)-size]); n > 0 && isPunctuation(other) {
				return len(word) // of a longer run, which is a token of its own
			}
		}
		return len(word) - size
	}
	return len(strings.TrimSuffix(strings.TrimRightFunc(line, isPunctuation), " "))
}

func isPunctuation(r rune) bool {
	return !unicode.IsSpace(r) && !unicode.IsLetter(r) && !unicode.IsNumber(r)
}
