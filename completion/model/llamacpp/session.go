package llamacpp

import (
	"context"
	"slices"
	"strings"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/encoded"
	"github.com/airside-ls/airside/completion/model/httpapi"
)

// session is what is known about the model that a server has: its control
// tokens, how it encodes texts, and texts encoded lately.
type session struct {
	client     *httpapi.Client
	props      props
	parameters int64 // of the model; 0 when the server does not tell

	bos      []int          // begin of sequence; empty when the model wants none
	controls map[string]int // those of model.InsertControls that are one token
	anchor   []int          // the ids of anchorText alone
	spaced   bool           // a text is encoded with a blank in front
	encoded  encoded.Texts
	slots    *slots // none of a server that others may ask
}

// anchorText stands before a text that is to be encoded without a blank in
// front; its own ids are dropped. Nothing merges with it (Meta's
// encode_infilling does the same).
const anchorText = "☺"

// newSession finds out about the vocabulary, in a few short requests.
func newSession(ctx context.Context, client *httpapi.Client, p props) (*session, error) {
	s := &session{client: client, props: p, parameters: readParameters(ctx, client), controls: map[string]int{}, slots: &slots{}}
	plain, err := s.tokenize(ctx, tokenizeRequest{Content: "x"})
	if err != nil {
		return nil, err
	}
	special, err := s.tokenize(ctx, tokenizeRequest{Content: "x", AddSpecial: true})
	if err != nil {
		return nil, err
	}
	for i := range special {
		if rest := special[i:]; len(rest) >= len(plain) && slices.Equal(rest[:len(plain)], plain) {
			s.bos = special[:i]
			break
		}
	}
	if s.anchor, err = s.tokenize(ctx, tokenizeRequest{Content: anchorText}); err != nil {
		return nil, err
	}
	for _, piece := range model.InsertControls {
		id, ok, err := s.findControl(ctx, piece)
		if err != nil {
			return nil, err
		}
		if ok {
			s.controls[piece] = id
		}
	}
	anchored, err := s.tokenize(ctx, tokenizeRequest{Content: anchorText + "x"})
	if err != nil {
		return nil, err
	}
	s.spaced = len(anchored) > len(s.anchor) && !slices.Equal(anchored[len(s.anchor):], plain)
	return s, nil
}

// findControl looks a control token up: its piece must be exactly one token that
// is written like it. Behind the anchor, because a blank put in front would be
// merged with the piece's own when the vocabulary holds it as a word.
func (s *session) findControl(ctx context.Context, piece string) (id int, ok bool, err error) {
	ids, err := s.tokenize(ctx, tokenizeRequest{Content: anchorText + piece, ParseSpecial: true})
	if err != nil {
		return 0, false, err
	}
	if len(ids) != len(s.anchor)+1 || !slices.Equal(ids[:len(s.anchor)], s.anchor) {
		return 0, false, nil
	}
	id = ids[len(s.anchor)]
	text, err := s.detokenize(ctx, []int{id})
	return id, strings.TrimLeft(text, "▁ ") == strings.TrimLeft(piece, "▁ "), err
}

// controlPieces are the model's control tokens in the order of
// model.InsertControls.
func (s *session) controlPieces() []string {
	var found []string
	for _, c := range model.InsertControls {
		if _, ok := s.controls[c]; ok {
			found = append(found, c)
		}
	}
	return found
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

// isControl says that id is one of the insert control tokens.
func (s *session) isControl(id int) bool {
	for _, c := range s.controls {
		if c == id {
			return true
		}
	}
	return false
}

// tokenizeRequest is the body of POST /tokenize. The server's own default for
// ParseSpecial is true.
type tokenizeRequest struct {
	Content      string `json:"content"`
	AddSpecial   bool   `json:"add_special"`
	ParseSpecial bool   `json:"parse_special"`
}

func (s *session) tokenize(ctx context.Context, r tokenizeRequest) ([]int, error) {
	var reply struct {
		Tokens []int `json:"tokens"`
	}
	if err := s.client.Post(ctx, "/tokenize", r, &reply); err != nil {
		return nil, err
	}
	return reply.Tokens, nil
}

func (s *session) detokenize(ctx context.Context, ids []int) (string, error) {
	var reply struct {
		Content string `json:"content"`
	}
	err := s.client.Post(ctx, "/detokenize", map[string][]int{"tokens": ids}, &reply)
	return reply.Content, err
}
