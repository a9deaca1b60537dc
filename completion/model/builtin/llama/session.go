package llama

import (
	"context"
	"errors"
	"fmt"
	"runtime"
)

// Options size a Session. Zero values mean the defaults.
type Options struct {
	// Context is the most positions, prompt and answer together; by default
	// the model's own, but no more than DefaultMaxContext.
	Context int
	// Batch is how many tokens of a prompt are evaluated at once (64).
	Batch int
	// Threads is how many goroutines compute (GOMAXPROCS).
	Threads int
}

// DefaultMaxContext bounds the context, in tokens, where nobody asked for one:
// the cache of keys and values grows with it.
const DefaultMaxContext = 4096

const defaultBatch = 64

// maxBatchElements bounds the activations of a batch, each of some ten bytes.
const maxBatchElements = 1 << 24

// Session evaluates one sequence of tokens after another and keeps the keys and
// values of the last one, so that a sequence with the same beginning costs only
// its new end. It is not safe for concurrent use. It must be closed.
type Session struct {
	model   *Model
	context int
	batch   int
	workers *workers

	tokens []int32 // the sequence whose keys and values are cached
	cache  *kvCache
	rope   *rope
	state  *state
	logits []float32 // of the last token of the sequence; valid after an evaluation
}

// NewSession prepares for evaluation with m.
func NewSession(m *Model, o Options) *Session {
	if o.Context <= 0 {
		o.Context = min(m.ContextLength, DefaultMaxContext)
	}
	if o.Batch <= 0 {
		o.Batch = defaultBatch
	}
	if o.Threads <= 0 {
		o.Threads = runtime.GOMAXPROCS(0)
	}
	o.Context = min(o.Context, maxContext)
	// Activations of impossible widths must not take all memory.
	widths := m.Embedding + m.FeedForward + m.Heads*m.HeadDim
	o.Batch = max(1, min(o.Batch, o.Context, maxBatchElements/widths))
	return &Session{
		model:   m,
		context: o.Context,
		batch:   o.Batch,
		workers: newWorkers(o.Threads),
		cache:   newKVCache(m),
		rope:    newRope(m),
		state:   newState(m, o.Batch, o.Threads),
		logits:  make([]float32, m.Vocabulary),
	}
}

// Close ends the session's goroutines.
func (s *Session) Close() { s.workers.stop() }

// Context is the most positions that the session holds.
func (s *Session) Context() int { return s.context }

// Tokens is the sequence whose keys and values are cached; Logits are the scores
// after its last token. It must not be changed and stays valid until the next
// evaluation.
func (s *Session) Tokens() []int32 { return s.tokens }

// Len is the number of positions in use.
func (s *Session) Len() int { return len(s.tokens) }

// ErrNoTokens says that there is nothing to evaluate.
var ErrNoTokens = errors.New("llama: no tokens to evaluate")

// TooLongError says that a sequence does not fit the context.
type TooLongError struct {
	Tokens, Context int
}

func (e *TooLongError) Error() string {
	return fmt.Sprintf("llama: %d tokens do not fit a context of %d", e.Tokens, e.Context)
}

// TokenError says that a token is outside the vocabulary.
type TokenError struct {
	Token      int32
	Vocabulary int
}

func (e *TokenError) Error() string {
	return fmt.Sprintf("llama: token %d is outside the vocabulary of %d", e.Token, e.Vocabulary)
}

// Evaluate makes tokens the sequence and computes the logits after its last
// one. cached is how many of the tokens, at the beginning, were known from the
// sequence before. The error is a [*TooLongError], a [*TokenError] or, within a
// layer of a batch after ctx ended, its cause; what was evaluated by then stays
// cached.
func (s *Session) Evaluate(ctx context.Context, tokens []int32) (cached int, err error) {
	if len(tokens) == 0 {
		return 0, ErrNoTokens
	}
	if err := s.check(tokens, len(tokens)); err != nil {
		return 0, err
	}
	// The last token is evaluated again even if it is cached, for its logits.
	for cached < len(tokens)-1 && cached < len(s.tokens) && tokens[cached] == s.tokens[cached] {
		cached++
	}
	s.tokens = s.tokens[:cached]
	for rest := tokens[cached:]; len(rest) > 0; {
		n := min(s.batch, len(rest))
		if err := s.extend(ctx, rest[:n], n == len(rest)); err != nil {
			return cached, err
		}
		rest = rest[n:]
	}
	return cached, nil
}

// Append adds one token to the sequence and computes the logits after it.
// Errors are as for Evaluate.
func (s *Session) Append(ctx context.Context, token int32) error {
	one := []int32{token}
	if err := s.check(one, len(s.tokens)+1); err != nil {
		return err
	}
	return s.extend(ctx, one, true)
}

// Logits are the scores of each token of the vocabulary to come next. They stay
// valid until the next evaluation and belong to the evaluation before, which
// must have succeeded; the caller may change them.
func (s *Session) Logits() []float32 { return s.logits }

func (s *Session) check(tokens []int32, total int) error {
	if total > s.context {
		return &TooLongError{Tokens: total, Context: s.context}
	}
	for _, token := range tokens {
		if token < 0 || int(token) >= s.model.Vocabulary {
			return &TokenError{Token: token, Vocabulary: s.model.Vocabulary}
		}
	}
	return nil
}

// extend evaluates tokens, at most a batch, behind the sequence.
func (s *Session) extend(ctx context.Context, tokens []int32, wantLogits bool) error {
	end := len(s.tokens) + len(tokens)
	s.cache.reserve(end, s.context)
	s.rope.reserve(end)
	if err := s.forward(ctx, tokens, len(s.tokens), wantLogits); err != nil {
		return err
	}
	s.tokens = append(s.tokens, tokens...)
	return nil
}
