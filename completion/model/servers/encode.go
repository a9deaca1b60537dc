package servers

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/airside-ls/airside/completion/model"
)

// CodeLlama's marks, which stand for the places of prefix and suffix where the
// server lays the prompt out.
const (
	preMark = "▁<PRE>"
	sufMark = "▁<SUF>"
	midMark = "▁<MID>"
)

// maxSpellings bounds what is remembered of spellings.
const maxSpellings = 200

// spelling finds what vocabularies spell their control tokens like.
var spelling = regexp.MustCompile(
	`</?s>|▁?<(?:PRE|SUF|MID|EOT)>|<[|｜][^<>|｜\s]{1,40}[|｜]>|<\[[^<>\[\]\s]{1,40}\]>|\[/?(?:INST|PREFIX|SUFFIX|MIDDLE|TOOL_CALLS|TOOL_RESULTS|AVAILABLE_TOOLS|SYSTEM_PROMPT)\]|<[a-z]+(?:_[a-z0-9]+)+>|<(?:unk|pad|bos|eos|filename|reponame)>`)

// encode turns a prompt into token ids, begin of sequence first. Neighbouring
// texts are one text.
func (s *session) encode(ctx context.Context, p model.Prompt) ([]int, error) {
	ids := slices.Clone(s.bos)
	for i := 0; i < len(p); i++ {
		if p[i].Control {
			id, ok := s.controls[p[i].Text]
			if !ok {
				return nil, &model.Error{
					Kind: model.NoInsert, Backend: s.backend, Op: "encode the prompt",
					Err: fmt.Errorf("%s has no token %s", s.served.name, p[i].Text),
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
	if ids, ok := s.encoded.get(text, noSpace); ok {
		return ids, nil
	}
	var cuts []int
	if s.dialect.parses {
		var err error
		if cuts, err = s.cuts(ctx, text); err != nil {
			return nil, err
		}
	}
	ids, err := s.encodeCut(ctx, text, noSpace, cuts)
	if err == nil && !s.dialect.parses && slices.ContainsFunc(ids, s.isControl) {
		// In Meta's vocabulary " <PRE>" is merged into the control token like any word.
		ids, err = s.encodeCut(ctx, text, noSpace, cutAll(text))
	}
	if err != nil {
		return nil, err
	}
	s.encoded.put(text, noSpace, ids)
	return ids, nil
}

// cuts are the places within spellings of control tokens at which text has to be
// cut for a server that reads them. Encoded in two pieces they are the same text and
// no control tokens.
func (s *session) cuts(ctx context.Context, text string) ([]int, error) {
	found := spelling.FindAllStringIndex(text, -1)
	if len(found) == 0 {
		return nil, nil
	}
	// CodeLlama's may also stand behind a blank, which is the same to its vocabulary.
	var unsure []string
	for _, at := range found {
		if t := text[at[0]:at[1]]; !isCodeLlamas(t) {
			unsure = append(unsure, t)
		}
	}
	special, err := s.specials(ctx, unsure)
	if err != nil {
		return nil, err
	}
	var cuts []int
	for _, at := range found {
		if t := text[at[0]:at[1]]; special[t] || s.codeLlama() && isCodeLlamas(t) {
			cuts = append(cuts, cutIn(text, at))
		}
	}
	return cuts, nil
}

// cutAll are the places within everything that is spelled like a control token of
// an insert.
func cutAll(text string) (cuts []int) {
	for _, at := range spelling.FindAllStringIndex(text, -1) {
		if isInsertControl(text[at[0]:at[1]]) {
			cuts = append(cuts, cutIn(text, at))
		}
	}
	return cuts
}

// cutIn is the place behind the opening bracket of a spelling.
func cutIn(text string, at []int) int { return at[0] + strings.IndexAny(text[at[0]:at[1]], "<[") + 1 }

func isInsertControl(spelling string) bool {
	return slices.ContainsFunc(model.InsertControls, func(c string) bool {
		return strings.TrimPrefix(c, "▁") == strings.TrimPrefix(strings.TrimPrefix(spelling, "▁"), " ")
	})
}

func isCodeLlamas(spelling string) bool {
	return strings.Contains("▁<PRE> ▁<SUF> ▁<MID> ▁<EOT>", spelling)
}

// encodeCut encodes text in pieces.
func (s *session) encodeCut(ctx context.Context, text string, noSpace bool, cuts []int) ([]int, error) {
	if len(cuts) == 0 {
		return s.encodePiece(ctx, text, noSpace)
	}
	type piece struct {
		text    string
		noSpace bool
	}
	var pieces []piece
	encoded := map[piece][]int{}
	for from, i := 0, 0; from < len(text); i++ {
		to := len(text)
		if i < len(cuts) {
			to = cuts[i]
		}
		p := piece{text[from:to], noSpace}
		pieces, encoded[p] = append(pieces, p), nil
		from, noSpace = to, s.spaced
	}
	var asks []func(context.Context) error
	results := make([][]int, 0, len(encoded))
	var order []piece
	for p := range encoded {
		i := len(results)
		results, order = append(results, nil), append(order, p)
		asks = append(asks, func(ctx context.Context) (err error) {
			results[i], err = s.encodePiece(ctx, p.text, p.noSpace)
			return err
		})
	}
	if err := together(ctx, asks...); err != nil {
		return nil, err
	}
	for i, p := range order {
		encoded[p] = results[i]
	}
	var ids []int
	for _, p := range pieces {
		ids = append(ids, encoded[p]...)
	}
	return ids, nil
}

func (s *session) encodePiece(ctx context.Context, text string, noSpace bool) ([]int, error) {
	if noSpace {
		ids, err := s.tokenize(ctx, anchorText+text)
		if err != nil {
			return nil, err
		}
		if len(ids) >= len(s.anchor) && slices.Equal(ids[:len(s.anchor)], s.anchor) {
			return ids[len(s.anchor):], nil
		}
	}
	return s.tokenize(ctx, text)
}

// split takes a prompt in CodeLlama's form apart, for a server that lays it out
// itself. What has been written of the middle, behind its mark, goes to the prefix:
// such a server begins an answer anew. ok is false for one in another form.
func split(p model.Prompt) (prefix, suffix string, ok bool) {
	var texts []string
	marks, place := []string{preMark, sufMark, midMark}, 0
	for _, s := range p {
		switch {
		case s.Control && place < len(marks) && s.Text == marks[place]:
			place++
			texts = append(texts, "")
		case s.Control || place == 0:
			return "", "", false
		default:
			texts[place-1] += s.Text
		}
	}
	if place < len(marks) {
		return "", "", false
	}
	return texts[0] + texts[2], texts[1], true
}
