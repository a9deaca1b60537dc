// Package tokenizer turns text into the token ids of a model and back, with
// the vocabulary stored in the model's GGUF file.
//
// It implements the SentencePiece BPE tokenizer (tokenizer.ggml.model "llama":
// Kudo and Richardson, 2018, https://arxiv.org/abs/1808.06226) and the
// byte-level BPE tokenizer of GPT-2 ("gpt2": Radford et al., 2019) with the
// splitting rules that tokenizer.ggml.pre names, so that the ids equal those of
// llama.cpp. Text is only ever encoded as text: what looks like a control token
// in it ("<s>", "▁<PRE>") becomes the tokens of its letters.
package tokenizer

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/airside-ls/airside/completion/model/builtin/gguf"
)

// The values of tokenizer.ggml.model that are supported.
const (
	sentencePiece = "llama"
	byteLevel     = "gpt2"
)

// UnsupportedError says that the file wants a tokenizer this package lacks.
type UnsupportedError struct {
	Model string // the file's tokenizer.ggml.model
	Pre   string // its tokenizer.ggml.pre, if that is what is lacking
}

func (e *UnsupportedError) Error() string {
	if e.Model == byteLevel {
		return fmt.Sprintf("tokenizer: the rules %q for splitting text (tokenizer.ggml.pre) are not supported, only %s", e.Pre, splitterNames())
	}
	return fmt.Sprintf("tokenizer: model %q is not supported, only %q (SentencePiece) and %q (byte-level BPE)", e.Model, sentencePiece, byteLevel)
}

// VocabularyError says what is wrong with the vocabulary in the file.
type VocabularyError struct {
	Reason string
}

func (e *VocabularyError) Error() string { return "tokenizer: " + e.Reason }

func vocabularyErrorf(format string, args ...any) error {
	return &VocabularyError{Reason: fmt.Sprintf(format, args...)}
}

// kind is the kind of a token, with the numbers of tokenizer.ggml.token_type.
type kind uint8

const (
	normal      kind = 1
	unknown     kind = 2
	control     kind = 3
	userDefined kind = 4
	unused      kind = 5
	byteToken   kind = 6
)

// None is the id of a special token that the model does not have.
const None int32 = -1

// Tokenizer holds a vocabulary. It is safe for concurrent use.
type Tokenizer struct {
	pieces []string
	scores []float32
	kinds  []kind
	ids    map[string]int32 // every piece
	merges map[string]int32 // the pieces that text may become
	bytes  [256]int32       // the token of each byte, or None
	user   []int32          // user-defined tokens, the longest first

	bytePairs *bytePairs // of a byte-level tokenizer, else nil

	bos, eos       int32
	addSpacePrefix bool
}

// New reads the vocabulary of f. The Tokenizer keeps nothing of the file. The
// error is an [*UnsupportedError], a [*VocabularyError] or a [*gguf.TypeError].
func New(f *gguf.File) (*Tokenizer, error) {
	model, err := f.Text("tokenizer.ggml.model")
	if err != nil {
		return nil, err
	}
	t := &Tokenizer{}
	switch model {
	case sentencePiece:
		err = t.readSentencePiece(f)
	case byteLevel:
		err = t.readByteLevel(f)
	default:
		err = &UnsupportedError{Model: model}
	}
	if err != nil {
		return nil, err
	}
	if t.eos, err = t.special(f, "tokenizer.ggml.eos_token_id", 2); err != nil {
		return nil, err
	}
	if t.bos, err = t.special(f, "tokenizer.ggml.bos_token_id", 1); err != nil {
		return nil, err
	}
	addBOS, err := optionalBool(f, "tokenizer.ggml.add_bos_token", t.bytePairs == nil || t.bytePairs.splitter.addBOS)
	if !addBOS {
		t.bos = None
	}
	return t, err
}

// optionalBool reads a boolean; missing stands for a key that is not there.
func optionalBool(f *gguf.File, key string, missing bool) (bool, error) {
	if _, ok := f.Value(key); !ok {
		return missing, nil
	}
	return f.Bool(key)
}

func (t *Tokenizer) readSentencePiece(f *gguf.File) (err error) {
	if t.pieces, err = f.Strings("tokenizer.ggml.tokens"); err != nil {
		return err
	}
	if t.scores, err = f.Floats("tokenizer.ggml.scores"); err != nil {
		return err
	}
	kinds, err := f.Ints("tokenizer.ggml.token_type")
	if err != nil {
		return err
	}
	if len(t.scores) != len(t.pieces) {
		return vocabularyErrorf("%d tokens with %d scores", len(t.pieces), len(t.scores))
	}
	for i, score := range t.scores {
		if math.IsNaN(float64(score)) {
			return vocabularyErrorf("the score of token %d is not a number", i)
		}
	}
	if err := t.index(kinds); err != nil {
		return err
	}
	if err := t.indexBytes(); err != nil {
		return err
	}
	t.addSpacePrefix, err = optionalBool(f, "tokenizer.ggml.add_space_prefix", true)
	return err
}

// index checks the vocabulary and builds the tables for looking up pieces.
func (t *Tokenizer) index(kinds []int64) error {
	n := len(t.pieces)
	if n == 0 || n > math.MaxInt32 || len(kinds) != n {
		return vocabularyErrorf("%d tokens and %d types", n, len(kinds))
	}
	t.kinds = make([]kind, n)
	t.ids = make(map[string]int32, n)
	t.merges = make(map[string]int32, n)
	for i, piece := range t.pieces {
		id := int32(i)
		if kinds[i] < int64(normal) || kinds[i] > int64(byteToken) {
			return vocabularyErrorf("token %d has the unknown type %d", i, kinds[i])
		}
		t.kinds[i] = kind(kinds[i])
		if steering[piece] {
			t.kinds[i] = control
		}
		if piece == "" {
			return vocabularyErrorf("token %d is empty", i)
		}
		if other, twice := t.ids[piece]; twice {
			return vocabularyErrorf("tokens %d and %d are both %q", other, i, piece)
		}
		t.ids[piece] = id
		switch t.kinds[i] {
		case normal, unused:
			t.merges[piece] = id
		case userDefined:
			t.merges[piece] = id
			t.user = append(t.user, id)
		}
	}
	slices.SortStableFunc(t.user, func(a, b int32) int { return len(t.pieces[b]) - len(t.pieces[a]) })
	return nil
}

// steering lists tokens that end a text or mark an insertion. Some files call
// them normal or user-defined; as in llama.cpp they are control tokens all the
// same, lest they be found in a user's text.
var steering = map[string]bool{}

func init() {
	for _, piece := range strings.Fields(`
		<|eot_id|> <|im_end|> <|end|> <end_of_turn> <|endoftext|> <EOT> ▁<EOT> _<EOT> <|end_of_text|> <｜end▁of▁sentence｜> <|eom_id|>
		<|fim_prefix|> <fim-prefix> <fim_prefix> <｜fim▁begin｜> <PRE> ▁<PRE> <|code_prefix|>
		<|fim_suffix|> <fim-suffix> <fim_suffix> <｜fim▁hole｜> <SUF> ▁<SUF> <|code_suffix|>
		<|fim_middle|> <fim-middle> <fim_middle> <｜fim▁end｜> <MID> ▁<MID> <|code_middle|>
		<|fim_pad|> <fim-pad> <fim_pad> <PAD> <|fim_repo|> <fim-repo> <fim_repo> <REPO> <reponame> <|repo_name|> <|file_sep|>`) {
		steering[piece] = true
	}
}

// indexBytes finds for each byte its token "<0x0A>", or else the token whose
// text is that byte.
func (t *Tokenizer) indexBytes() error {
	for b := range 256 {
		id, ok := t.ids[fmt.Sprintf("<0x%02X>", b)]
		if !ok || t.kinds[id] != byteToken {
			id, ok = t.merges[string([]byte{byte(b)})]
		}
		if !ok {
			return vocabularyErrorf("no token for the byte 0x%02X", b)
		}
		t.bytes[b] = id
	}
	return nil
}

// special reads the id of a special token; the default holds for a file that
// does not say.
func (t *Tokenizer) special(f *gguf.File, key string, missing int32) (int32, error) {
	id, err := f.Uint(key)
	var typed *gguf.TypeError
	if errors.As(err, &typed) && typed.Got == "" {
		if int(missing) < len(t.pieces) && t.kinds[missing] == control {
			return missing, nil
		}
		return None, nil
	}
	if err != nil {
		return None, err
	}
	if id >= uint64(len(t.pieces)) {
		return None, vocabularyErrorf("%s is %d, but there are %d tokens", key, id, len(t.pieces))
	}
	return int32(id), nil
}

// Size is the number of tokens in the vocabulary.
func (t *Tokenizer) Size() int { return len(t.pieces) }

// BOS is the token at the beginning of every prompt, or None.
func (t *Tokenizer) BOS() int32 { return t.bos }

// EOS is the token that ends a text, or None.
func (t *Tokenizer) EOS() int32 { return t.eos }

// ID returns the token spelt piece in the vocabulary, control tokens and byte
// tokens ("<0x0A>") included; spaces are written "▁" there.
func (t *Tokenizer) ID(piece string) (int32, bool) {
	id, ok := t.ids[piece]
	return id, ok
}

// Spelling returns the token as the vocabulary spells it, the inverse of ID;
// "" for an id outside the vocabulary.
func (t *Tokenizer) Spelling(id int32) string {
	if !t.has(id) {
		return ""
	}
	return t.pieces[id]
}

// IsControl reports whether id steers the model and stands for no text.
func (t *Tokenizer) IsControl(id int32) bool {
	return t.has(id) && (t.kinds[id] == control || t.kinds[id] == unknown)
}

// Piece returns the bytes that id stands for in decoded text: none for control
// tokens and for ids outside the vocabulary, one byte for a byte token, which
// may be part of a UTF-8 sequence.
func (t *Tokenizer) Piece(id int32) []byte {
	if !t.has(id) {
		return nil
	}
	switch piece := t.pieces[id]; t.kinds[id] {
	case control, unknown:
		return nil
	case byteToken:
		var b byte
		if _, err := fmt.Sscanf(piece, "<0x%02X>", &b); err != nil {
			return []byte(piece)
		}
		return []byte{b}
	case userDefined:
		return []byte(piece)
	default:
		if t.bytePairs != nil {
			return decodeBytes(piece)
		}
		return []byte(strings.ReplaceAll(piece, spaceMark, " "))
	}
}

func (t *Tokenizer) has(id int32) bool { return id >= 0 && int(id) < len(t.pieces) }
