package openaicompat

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"sync"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/encoded"
	"github.com/airside-ls/airside/completion/model/httpapi"
)

// way is how prompts are handed over.
type way int

const (
	asText     way = iota // one string
	asSuffix              // prompt and suffix, laid out by the server
	asVLLM                // token ids, from vLLM's /tokenize
	asLlamaCpp            // token ids, from llama.cpp's /tokenize
)

func (w way) String() string {
	return [...]string{"as text", "as prompt and suffix", "as token ids", "as token ids"}[w]
}

// parallel is how many questions about a vocabulary are asked at once.
const parallel = 4

// anchorText stands before a text that is to be encoded without SentencePiece's
// blank in front; its own ids are dropped.
const anchorText = "☺"

// nonsense is a piece that no vocabulary has. What it is encoded to if that is
// one token is the token for the unknown.
const nonsense = "▁<Q~Z~X>"

// session is what is known about the model that the server has.
type session struct {
	client        *httpapi.Client
	served        served
	why           string
	contextTokens int
	way           way
	ollama        bool

	// For token ids:
	bos      []int          // begin of sequence; empty when the model wants none
	controls map[string]int // those of model.InsertControls that are one token
	anchor   []int          // the ids of anchorText alone
	unknown  int            // the id of what is not in the vocabulary; -1 if none
	spaced   bool           // a text is encoded with a blank in front
	encoded  encoded.Texts

	mu      sync.Mutex
	special map[string]bool // spellings that have been looked up: control tokens?
}

// newSession finds out how prompts are best handed over, and about the
// vocabulary, in some short requests.
func (b *Backend) newSession(ctx context.Context, m served) (*session, error) {
	s := &session{
		client: b.client, served: m, contextTokens: b.options.ContextTokens,
		controls: map[string]int{}, special: map[string]bool{}, unknown: -1,
	}
	told := max(m.MaxModelLen, m.Meta.ContextTokens)
	if told > 0 {
		s.contextTokens = told
	}
	for _, w := range []way{asVLLM, asLlamaCpp} {
		s.way = w
		plain, limit, err := s.ask(ctx, "x", false, false)
		if err != nil && !missing(err) {
			return nil, err
		}
		if err != nil || len(plain) == 0 {
			continue // LM Studio answers 200 to what it does not know
		}
		if told == 0 && limit > 0 {
			s.contextTokens = limit
		}
		return s, s.learn(ctx, plain)
	}
	s.way = asText
	return s, b.askOllama(ctx, s)
}

// askOllama finds out whether the server is an Ollama, whether its model can
// insert, and how much it can read.
func (b *Backend) askOllama(ctx context.Context, s *session) error {
	var reply struct {
		Capabilities *[]string                  `json:"capabilities"`
		ModelInfo    map[string]json.RawMessage `json:"model_info"`
	}
	err := b.client.Post(ctx, "/api/show", map[string]string{"model": s.served.ID}, &reply)
	if err != nil && !missing(err) {
		return err
	}
	if err != nil || reply.Capabilities == nil {
		return nil
	}
	s.client, s.ollama = b.gentle, true
	if slices.Contains(*reply.Capabilities, "insert") {
		s.way = asSuffix
	}
	var architecture string
	var trained int
	_ = json.Unmarshal(reply.ModelInfo["general.architecture"], &architecture)
	_ = json.Unmarshal(reply.ModelInfo[architecture+".context_length"], &trained)
	if trained > 0 {
		s.contextTokens = min(s.contextTokens, trained)
	}
	return nil
}

// learn finds out about the vocabulary. plain is "x" encoded.
func (s *session) learn(ctx context.Context, plain []int) error {
	var special, anchored, unknown []int
	pieces := make([][]int, len(model.InsertControls))
	err := together(ctx,
		func(ctx context.Context) (err error) { special, _, err = s.ask(ctx, "x", true, false); return err },
		func(ctx context.Context) (err error) { s.anchor, err = s.tokenize(ctx, anchorText); return err },
		func(ctx context.Context) (err error) { anchored, err = s.tokenize(ctx, anchorText+"x"); return err },
		func(ctx context.Context) (err error) {
			unknown, _, err = s.ask(ctx, anchorText+nonsense, false, true)
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
	for i, piece := range model.InsertControls {
		asks = append(asks, func(ctx context.Context) (err error) {
			// Behind the anchor, because a blank put in front would be merged with the
			// piece's own when the vocabulary holds it as a word.
			pieces[i], _, err = s.ask(ctx, anchorText+piece, false, true)
			return err
		})
	}
	if err := together(ctx, asks...); err != nil {
		return err
	}
	for i, piece := range model.InsertControls {
		if id, ok := s.single(pieces[i]); ok {
			s.controls[piece] = id
		}
	}
	return nil
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

// tokenize encodes text. vLLM reads control tokens in it, llama.cpp does not.
func (s *session) tokenize(ctx context.Context, text string) ([]int, error) {
	ids, _, err := s.ask(ctx, text, false, false)
	return ids, err
}

// ask encodes text, with the begin of sequence if begin and with control tokens
// read in it if parse. limit is the model's context if the server tells it.
func (s *session) ask(ctx context.Context, text string, begin, parse bool) (ids []int, limit int, err error) {
	var reply struct {
		Tokens      []int `json:"tokens"`
		MaxModelLen int   `json:"max_model_len"`
	}
	request := map[string]any{"model": s.served.ID, "prompt": text, "add_special_tokens": begin}
	if s.way == asLlamaCpp {
		request = map[string]any{"content": text, "add_special": begin, "parse_special": parse}
	}
	err = s.client.Post(ctx, "/tokenize", request, &reply)
	return reply.Tokens, reply.MaxModelLen, err
}

// ids says that prompts go as token ids.
func (s *session) ids() bool { return s.way == asVLLM || s.way == asLlamaCpp }

// controlPieces are the model's control tokens in the order of
// model.InsertControls. Where the server lays the prompt out, CodeLlama's stand
// for the places of prefix and suffix.
func (s *session) controlPieces() []string {
	if s.way == asSuffix {
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

// vocabularyKnown says that no other prompts than controlPieces allow are worth
// trying.
func (s *session) vocabularyKnown() bool { return s.way != asText || s.ollama }

// code says that the model is made for code. Of the control tokens only
// CodeLlama's tell: chat models of other families have theirs too.
func (s *session) code() bool {
	_, codeLlama := s.controls[preMark]
	return s.way == asSuffix || codeLlama || looksLikeCode(s.served.ID)
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
