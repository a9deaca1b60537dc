package tokenizer

import (
	"strings"
	"unicode/utf8"

	"github.com/airside-ls/airside/completion/model/builtin/gguf"
)

// bytePairs is what a byte-level tokenizer has beside its vocabulary, in which
// each byte is written as a character that can be seen (a space as "Ġ").
type bytePairs struct {
	splitter splitter
	ranks    map[pair]int32 // which neighbours are joined, the lowest rank first
}

// pair is two neighbouring pieces.
type pair struct{ left, right string }

// byteCharacters are the characters that stand for bytes, as GPT-2 chose them:
// those of Latin-1 that can be seen for themselves, from U+0100 on the others.
var byteCharacters, characterBytes = func() (characters [256]string, bytes map[rune]byte) {
	bytes = map[rune]byte{}
	next := rune(0x100)
	for b := range rune(256) {
		c := b
		if b < '!' || b > '~' && b < '¡' || b == 0xAD {
			c = next
			next++
		}
		characters[b], bytes[c] = string(c), byte(b)
	}
	return characters, bytes
}()

// decodeBytes is the bytes that a piece stands for. Characters that stand for
// none are their own UTF-8.
func decodeBytes(piece string) []byte {
	out := make([]byte, 0, len(piece))
	for _, c := range piece {
		if b, ok := characterBytes[c]; ok {
			out = append(out, b)
		} else {
			out = utf8.AppendRune(out, c)
		}
	}
	return out
}

func (t *Tokenizer) readByteLevel(f *gguf.File) (err error) {
	pre := "" // what a file says that does not say
	if _, ok := f.Value("tokenizer.ggml.pre"); ok {
		if pre, err = f.Text("tokenizer.ggml.pre"); err != nil {
			return err
		}
	}
	split, ok := splitters[pre]
	if !ok {
		return &UnsupportedError{Model: byteLevel, Pre: pre}
	}
	if t.pieces, err = f.Strings("tokenizer.ggml.tokens"); err != nil {
		return err
	}
	kinds, err := f.Ints("tokenizer.ggml.token_type")
	if err != nil {
		return err
	}
	if err := t.index(kinds); err != nil {
		return err
	}
	if err := t.indexByteCharacters(); err != nil {
		return err
	}
	merges, err := f.Strings("tokenizer.ggml.merges")
	if err != nil {
		return err
	}
	t.bytePairs = &bytePairs{splitter: split, ranks: make(map[pair]int32, len(merges))}
	for rank, merge := range merges {
		left, right, found := strings.Cut(merge, " ")
		if !found || left == "" || right == "" {
			return vocabularyErrorf("merge %d is not two pieces: %.80q", rank, merge)
		}
		if _, twice := t.bytePairs.ranks[pair{left, right}]; !twice {
			t.bytePairs.ranks[pair{left, right}] = int32(rank)
		}
	}
	return nil
}

// indexByteCharacters finds the token of each byte. A vocabulary that was learnt
// from cleaned text lacks some: SmolLM2's six control characters, two bytes of
// rare planes and the 13 that UTF-8 does not have. Such a byte is left out of what
// is encoded, as llama.cpp does it. One without ASCII's letters is no byte-level
// vocabulary.
func (t *Tokenizer) indexByteCharacters() error {
	for b, c := range byteCharacters {
		id, ok := t.ids[c]
		switch {
		case ok:
			t.bytes[b] = id
		case b >= ' ' && b <= '~':
			return vocabularyErrorf("no token for the byte 0x%02X", b)
		default:
			t.bytes[b] = None
		}
	}
	return nil
}

// mergeBytes appends the tokens of text to out: of each word that the splitter
// finds, from single bytes, joining the neighbours of the lowest rank until none
// are left (Sennrich et al., 2016, https://arxiv.org/abs/1508.07909).
func (t *Tokenizer) mergeBytes(out []int32, text string) []int32 {
	var spelt strings.Builder
	t.bytePairs.splitter.words(text, func(word string) {
		spelt.Reset()
		for _, b := range []byte(word) {
			spelt.WriteString(byteCharacters[b])
		}
		out = t.mergeWord(out, spelt.String())
	})
	return out
}

func (t *Tokenizer) mergeWord(out []int32, word string) []int32 {
	if id, ok := t.ids[word]; ok && (t.bytePairs.splitter.wholeWords || utf8.RuneCountInString(word) == 1) {
		return append(out, id)
	}
	symbols := splitCharacters(word)
	q := make(queue, 0, len(symbols))
	add := func(left, right int) {
		if left < 0 || right < 0 {
			return
		}
		a, b := symbols[left], symbols[right]
		if rank, ok := t.bytePairs.ranks[pair{word[a.start:a.end], word[b.start:b.end]}]; ok {
			q.push(bigram{left, right, b.end - a.start, -float32(rank)})
		}
	}
	join(symbols, &q, add)
	for i := 0; i >= 0; i = symbols[i].next {
		piece := word[symbols[i].start:symbols[i].end]
		if id, ok := t.ids[piece]; ok {
			out = append(out, id)
			continue
		}
		for _, b := range decodeBytes(piece) {
			if id := t.bytes[b]; id != None {
				out = append(out, id)
			}
		}
	}
	return out
}
