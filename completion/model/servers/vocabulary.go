package servers

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/airside-ls/airside/completion/model"
)

// vocabulary is what is known of how a server encodes texts with its model. It is
// empty for a server that encodes prompts itself.
type vocabulary struct {
	bos      []int          // begin of sequence; empty when the model wants none
	controls map[string]int // those of model.InsertControls that are one token
	anchor   []int          // the ids of anchorText alone
	unknown  int            // the id of what is not in the vocabulary; -1 if none
	spaced   bool           // a text is encoded with a blank in front
	encoded  encodings

	mu      sync.Mutex
	special map[string]bool // spellings that have been looked up: control tokens?
	ends    []int32         // what ends an answer; nil until it is looked up
}

// parallel is how many questions about a vocabulary are asked at once.
const parallel = 4

// anchorText stands before a text that is to be encoded without SentencePiece's
// blank in front; its own ids are dropped. Nothing merges with it (Meta's
// encode_infilling does the same).
const anchorText = "☺"

// nonsense is a piece that no vocabulary has. What it is encoded to if that is
// one token is the token for the unknown.
const nonsense = "▁<Q~Z~X>"

// learn finds out about the vocabulary. plain is "x" encoded.
func (s *session) learn(ctx context.Context, plain []int) error {
	var special, anchored, unknown []int
	err := together(ctx,
		func(ctx context.Context) (err error) { special, _, err = s.ask(ctx, "x", true, false); return err },
		func(ctx context.Context) (err error) { s.anchor, err = s.tokenize(ctx, anchorText); return err },
		func(ctx context.Context) (err error) { anchored, err = s.tokenize(ctx, anchorText+"x"); return err },
		func(ctx context.Context) (err error) {
			if !s.dialect.detokenizes {
				unknown, _, err = s.ask(ctx, anchorText+nonsense, false, true)
			}
			return err
		},
	)
	if err != nil {
		return err
	}
	for i := range special {
		if rest := special[i:]; len(rest) >= len(plain) && slices.Equal(rest[:len(plain)], plain) {
			s.bos = special[:i]
			break
		}
	}
	s.spaced = len(anchored) > len(s.anchor) && !slices.Equal(anchored[len(s.anchor):], plain)
	if id, ok := s.single(unknown); ok {
		s.unknown = id
	}
	var asks []func(context.Context) error
	ids := make([]int, len(model.InsertControls))
	for i, piece := range model.InsertControls {
		asks = append(asks, func(ctx context.Context) (err error) {
			ids[i], err = s.findControl(ctx, piece)
			return err
		})
	}
	if err := together(ctx, asks...); err != nil {
		return err
	}
	for i, piece := range model.InsertControls {
		if ids[i] >= 0 {
			s.controls[piece] = ids[i]
		}
	}
	return nil
}

// findControl looks a control token up, -1 if there is none: its piece must be
// exactly one token, and one that is known. Behind the anchor, because a blank put
// in front would be merged with the piece's own when the vocabulary holds it as a
// word.
func (s *session) findControl(ctx context.Context, piece string) (int, error) {
	ids, _, err := s.ask(ctx, anchorText+piece, false, true)
	if err != nil {
		return -1, err
	}
	id, ok := s.single(ids)
	if ok && s.dialect.detokenizes {
		var text string
		text, err = s.detokenize(ctx, id)
		ok = strings.TrimLeft(text, "▁ ") == strings.TrimLeft(piece, "▁ ")
	}
	if !ok || err != nil {
		return -1, err
	}
	return id, nil
}

// single is the one token behind the anchor, if it is one that is known.
func (s *session) single(ids []int) (id int, ok bool) {
	if len(ids) != len(s.anchor)+1 || !slices.Equal(ids[:len(s.anchor)], s.anchor) {
		return 0, false
	}
	id = ids[len(s.anchor)]
	return id, id != s.unknown
}

// together does some things at once, and returns the first error.
func together(ctx context.Context, what ...func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	places := make(chan struct{}, parallel)
	var all sync.WaitGroup
	for _, do := range what {
		places <- struct{}{}
		all.Go(func() {
			defer func() { <-places }()
			if context.Cause(ctx) != nil {
				return
			}
			if err := do(ctx); err != nil {
				cancel(err)
			}
		})
	}
	all.Wait()
	return context.Cause(ctx)
}

// tokenize encodes text, in which vLLM reads control tokens and llama.cpp does not.
func (s *session) tokenize(ctx context.Context, text string) ([]int, error) {
	ids, _, err := s.ask(ctx, text, false, false)
	return ids, err
}

// ask encodes text as [dialect.tokenize] says. limit is the model's context if the
// server tells it.
func (s *session) ask(ctx context.Context, text string, begin, parse bool) (ids []int, limit int, err error) {
	var reply struct {
		Tokens      []int `json:"tokens"`
		MaxModelLen int   `json:"max_model_len"`
	}
	err = s.client.Post(ctx, "/tokenize", s.dialect.tokenize(s.served.id, text, begin, parse), &reply)
	return reply.Tokens, reply.MaxModelLen, err
}

// detokenize shows how tokens are spelled.
func (s *session) detokenize(ctx context.Context, ids ...int) (string, error) {
	var reply struct {
		Content string `json:"content"`
	}
	err := s.client.Post(ctx, "/detokenize", map[string][]int{"tokens": ids}, &reply)
	return reply.Content, err
}

// controlPieces are the model's control tokens in the order of
// model.InsertControls. Where the server lays the prompt out, CodeLlama's stand
// for the places of prefix and suffix.
func (s *session) controlPieces() []string {
	if s.dialect.suffix {
		return []string{preMark, sufMark, midMark}
	}
	var found []string
	for _, c := range model.InsertControls {
		if _, ok := s.controls[c]; ok {
			found = append(found, c)
		}
	}
	return found
}

// codeLlama says that the model has CodeLlama's control tokens.
func (s *session) codeLlama() bool {
	_, ok := s.controls[preMark]
	return ok
}

// isControl says that id is one of the insert control tokens.
func (s *session) isControl(id int) bool {
	for _, c := range s.controls {
		if c == id {
			return true
		}
	}
	return false
}

// withoutEnd is text without the spelling of a control token at its end, which
// a server shows when the vocabulary holds the token as a word.
func withoutEnd(text string) string {
	for _, c := range model.InsertControls {
		bare, found := strings.CutSuffix(text, strings.TrimPrefix(c, "▁"))
		if found {
			return strings.TrimSuffix(strings.TrimSuffix(bare, "▁"), " ")
		}
	}
	return text
}

// controlIDs are the ids of the insert control tokens.
func (s *session) controlIDs() []int {
	var ids []int
	for _, c := range s.controlPieces() {
		ids = append(ids, s.controls[c])
	}
	return ids
}

// specials says which of the spellings are one token.
func (s *session) specials(ctx context.Context, spellings []string) (map[string]bool, error) {
	var asks []func(context.Context) error
	s.mu.Lock()
	if len(s.special) > maxSpellings {
		clear(s.special)
	}
	known := maps.Clone(s.special)
	s.mu.Unlock()
	slices.Sort(spellings)
	for _, text := range slices.Compact(spellings) {
		if _, ok := known[text]; ok {
			continue
		}
		asks = append(asks, func(ctx context.Context) error {
			ids, err := s.tokenize(ctx, anchorText+text)
			if err != nil {
				return err
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			_, s.special[text] = s.single(ids)
			return nil
		})
	}
	if len(asks) == 0 {
		return known, nil
	}
	if err := together(ctx, asks...); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.special), nil
}
