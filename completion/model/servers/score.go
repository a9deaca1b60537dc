package servers

import (
	"context"
	"errors"
	"io"
	"math"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/httpapi"
	"github.com/airside-ls/airside/completion/model/scoring"
)

// probabilitiesToScore is how many of the likeliest tokens are asked for where texts are
// compared. What is not among them is no likelier than the last of them.
const probabilitiesToScore = 100

// score compares texts by the probabilities that the server tells of the next token,
// one request for each token that has to be known: what was read before stays in the
// server's cache.
func (s *session) score(ctx context.Context, r model.Request) (model.Response, error) {
	l, err := s.lay(ctx, r.Prompt)
	if err != nil {
		return model.Response{}, err
	}
	list := make([][]int32, len(r.Score))
	for i, t := range r.Score {
		ids, err := s.encodeText(ctx, t, true)
		if err != nil {
			return model.Response{}, err
		}
		for _, id := range ids {
			list[i] = append(list[i], int32(id))
		}
	}
	ends, err := s.endTokens(ctx)
	if err != nil {
		return model.Response{}, err
	}
	texts := scoring.New(list, r.Beyond)
	resp := model.Response{StopReason: "stop", Usage: model.Usage{PromptTokens: len(l.ids)}}
	for {
		tokens, known := texts.Next()
		if tokens == nil {
			break
		}
		next, err := s.next(ctx, l.ids, tokens[:known])
		if err != nil {
			return model.Response{}, err
		}
		texts.See(tokens[:known], next.of, func() float64 { return next.any(ends) })
	}
	resp.Scores = texts.Scores()
	return resp, nil
}

var errNoProbabilities = errors.New("the server tells no probabilities")

// likeliest are ln of the probabilities of the likeliest tokens.
type likeliest map[int32]float64

// of is ln of a token's probability, or what it is at most.
func (l likeliest) of(token int32) (ln float64, exact bool) {
	if ln, ok := l[token]; ok {
		return ln, true
	}
	least, sum := 0.0, 0.0
	for _, ln := range l {
		least, sum = min(least, ln), sum+math.Exp(ln)
	}
	return math.Min(least, math.Log(max(1-sum, 1e-12))), false
}

// any is the probability of some tokens together.
func (l likeliest) any(tokens []int32) (p float64) {
	for _, t := range tokens {
		if ln, ok := l[t]; ok {
			p += math.Exp(ln)
		}
	}
	return p
}

// endTokens are those that end an answer. They are looked up once.
func (s *session) endTokens(ctx context.Context) ([]int32, error) {
	s.mu.Lock()
	known := s.ends
	s.mu.Unlock()
	if known != nil {
		return known, nil
	}
	ids := make([]int, len(model.EndControls))
	var asks []func(context.Context) error
	for i, piece := range model.EndControls {
		asks = append(asks, func(ctx context.Context) (err error) {
			ids[i], err = s.findControl(ctx, piece)
			return err
		})
	}
	if err := together(ctx, asks...); err != nil {
		return nil, err
	}
	ends := []int32{}
	for _, id := range ids {
		if id >= 0 {
			ends = append(ends, int32(id))
		}
	}
	s.mu.Lock()
	s.ends = ends
	s.mu.Unlock()
	return ends, nil
}

// next is what comes behind a prompt and some tokens more.
func (s *session) next(ctx context.Context, prompt []int, more []int32) (likeliest, error) {
	ids := prompt[:len(prompt):len(prompt)]
	for _, t := range more {
		ids = append(ids, int(t))
	}
	body := completionRequest{
		Prompt: ids, MaxTokens: 1, Stop: []string{}, TopK: 1, Samplers: []string{"top_k"}, RepeatPenalty: 1,
		Slot: s.slots.choose(ids, false), CachePrompt: true, CacheReuse: cacheReuse,
		Stream: true, ReturnProgress: true, ReturnTokens: true, Probabilities: probabilitiesToScore,
	}
	lines, err := s.client.PostStream(ctx, s.dialect.path, body)
	if err != nil {
		return nil, err
	}
	defer lines.Close()
	found := likeliest{}
	for {
		line, err := lines.Next()
		if err == io.EOF {
			return nil, lines.Failure(httpapi.BadReply(errors.New("the answer ended before it was complete")))
		}
		if err != nil {
			return nil, err
		}
		data, ok := dataOf(line)
		if !ok {
			continue
		}
		var r struct {
			Probabilities []struct {
				Best []struct {
					ID *int32   `json:"id"`
					Ln *float64 `json:"logprob"`
				} `json:"top_logprobs"`
			} `json:"completion_probabilities"`
			Stop  bool `json:"stop"`
			Error *struct {
				Code    int    `json:"code"`
				Message string `json:"message"`
			} `json:"error"`
		}
		if err := lines.Decode(data, &r); err != nil {
			return nil, err
		}
		if r.Error != nil {
			return nil, lines.Failure(&httpapi.StatusError{Code: r.Error.Code, Message: r.Error.Message})
		}
		for _, p := range r.Probabilities {
			for _, b := range p.Best {
				if b.ID != nil && b.Ln != nil && !math.IsNaN(*b.Ln) && len(found) < probabilitiesToScore {
					found[*b.ID] = *b.Ln
				}
			}
		}
		if r.Stop {
			lines.Finish()
			if len(found) == 0 {
				return nil, s.failure(model.BadReply, errNoProbabilities)
			}
			return found, nil
		}
	}
}
