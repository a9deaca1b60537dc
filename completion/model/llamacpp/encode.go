package llamacpp

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/airside-ls/airside/completion/model"
)

// encode turns a prompt into token ids, begin of sequence first. Neighbouring
// texts are one text.
func (s *session) encode(ctx context.Context, p model.Prompt) ([]int, error) {
	ids := slices.Clone(s.bos)
	for i := 0; i < len(p); i++ {
		if p[i].Control {
			id, ok := s.controls[p[i].Text]
			if !ok {
				return nil, &model.Error{
					Kind: model.NoInsert, Backend: backendName, Op: "encode the prompt",
					Err: fmt.Errorf("%s has no token %s", s.props.name(), p[i].Text),
				}
			}
			ids = append(ids, id)
			continue
		}
		text := p[i]
		for i+1 < len(p) && !p[i+1].Control {
			i++
			text.Text += p[i].Text
		}
		more, err := s.encodeText(ctx, text.Text, text.NoSpace)
		if err != nil {
			return nil, err
		}
		ids = append(ids, more...)
	}
	return ids, nil
}

// encodeText encodes user's text, in which nothing is a control token.
func (s *session) encodeText(ctx context.Context, text string, noSpace bool) ([]int, error) {
	if text == "" {
		return nil, nil
	}
	noSpace = noSpace && s.spaced
	if ids, ok := s.encoded.Get(text, noSpace); ok {
		return ids, nil
	}
	ids, err := s.encodePiece(ctx, text, noSpace)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(ids, s.isControl) {
		// In Meta's vocabulary " <PRE>" is merged into the control token like any
		// word. Encoded in two pieces it is the same text and no control token.
		if ids, err = s.encodeApart(ctx, text, noSpace); err != nil {
			return nil, err
		}
	}
	s.encoded.Put(text, noSpace, ids)
	return ids, nil
}

// encodeApart cuts text after the "<" of everything that is spelled like a
// control token and encodes the pieces by themselves.
func (s *session) encodeApart(ctx context.Context, text string, noSpace bool) ([]int, error) {
	var ids []int
	for text != "" {
		piece := text[:cutControl(text)]
		more, err := s.encodePiece(ctx, piece, noSpace)
		if err != nil {
			return nil, err
		}
		ids = append(ids, more...)
		text, noSpace = text[len(piece):], s.spaced
	}
	return ids, nil
}

// cutControl is the length of text up to and with the first "<" of a control
// token's spelling.
func cutControl(text string) int {
	first := len(text)
	for _, c := range model.InsertControls {
		if at := strings.Index(text, strings.TrimPrefix(c, "▁")); at >= 0 {
			first = min(first, at+len("<"))
		}
	}
	return first
}

func (s *session) encodePiece(ctx context.Context, text string, noSpace bool) ([]int, error) {
	if noSpace {
		ids, err := s.tokenize(ctx, tokenizeRequest{Content: anchorText + text})
		if err != nil {
			return nil, err
		}
		if len(ids) >= len(s.anchor) && slices.Equal(ids[:len(s.anchor)], s.anchor) {
			return ids[len(s.anchor):], nil
		}
	}
	return s.tokenize(ctx, tokenizeRequest{Content: text})
}
