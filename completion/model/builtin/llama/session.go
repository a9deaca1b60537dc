package llama

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/airside-ls/airside/completion/model/machine"
)

// Options size a Session. Zero values mean the defaults.
type Options struct {
	// Context is the most positions, prompt and answer together; by default
	// the model's own, but no more than DefaultMaxContext.
	Context int
	// Batch is how many tokens of a prompt are evaluated at once (64).
	Batch int
	// Threads is how many goroutines compute; at most, and by default, as many as
	// can at once ([machine.Processors], GOMAXPROCS).
	Threads int
	// KeepBytes bounds the keys and values of all sequences that are kept,
	// beside the current one, which always is (DefaultKeepBytes).
	KeepBytes int
}

// DefaultMaxContext bounds the context, in tokens, where nobody asked for one:
// the cache of keys and values grows with it.
const DefaultMaxContext = 4096

const defaultBatch = 64

// maxBatchElements bounds the activations of a batch, each of some ten bytes.
const maxBatchElements = 1 << 24

// Session evaluates one sequence of tokens after another and keeps the keys and
// values of the last ones, each of another text, so that a sequence with the same
// beginning costs only its new end. It is not safe for concurrent use. It must be
// closed.
type Session struct {
	model   *Model
	context int
	batch   int
	workers *workers

	*sequence           // the one that was evaluated last
	kept      sequences // it and those before it
	rope      *rope
	state     *state
	logits    []float32 // after each of the last scored tokens of the sequence
	scored    int       // valid after an evaluation
}

// withDefaults is o for m.
func (o Options) withDefaults(m *Model) Options {
	if o.Context <= 0 {
		o.Context = min(m.ContextLength, DefaultMaxContext)
	}
	if o.Batch <= 0 {
		o.Batch = defaultBatch
	}
	// More threads than processors wait for each other. In a container with half of
	// one, where the runtime has two, two would use up its share in a quarter of the
	// time and stand still for the rest.
	if most := min(runtime.GOMAXPROCS(0), machine.Processors()); o.Threads <= 0 || o.Threads > most {
		o.Threads = most
	}
	o.Context = min(o.Context, maxContext)
	// Activations of impossible widths must not take all memory.
	widths := m.Embedding + m.FeedForward + m.Heads*m.HeadDim
	o.Batch = max(1, min(o.Batch, o.Context, maxBatchElements/widths))
	if o.KeepBytes <= 0 {
		o.KeepBytes = DefaultKeepBytes
	}
	return o
}

// NewSession prepares for evaluation with m.
func NewSession(m *Model, o Options) *Session {
	o = o.withDefaults(m)
	s := &Session{
		model:   m,
		context: o.Context,
		batch:   o.Batch,
		workers: newWorkers(o.Threads),
		rope:    newRope(m),
		state:   newState(m, o.Batch, o.Threads),
		kept:    sequences{most: o.KeepBytes},
	}
	s.sequence = s.kept.add(newSequence(m))
	return s
}

// gentleBatch is how many tokens are read at once for what nobody waits for, so
// that it ends soon when somebody comes.
const gentleBatch = 16

// Gently has evaluations compute on the caller's goroutine alone and lose nothing of
// sequences that do not go on in them, until it is called with false.
func (s *Session) Gently(gently bool) { s.workers.alone = gently }

// Close ends the session's goroutines.
func (s *Session) Close() { s.workers.stop() }

// Model is the network.
func (s *Session) Model() *Model { return s.model }

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
// one. cached is how many of the tokens, at the beginning, were known from a
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
	s.scored = 0
	s.sequence = s.kept.choose(tokens, s.model, s.workers.alone)
	// The last token is evaluated again even if it is cached, for its logits.
	cached = min(common(s.tokens, tokens), len(tokens)-1)
	s.Truncate(cached)
	s.prompt = len(tokens)
	batch := s.batch
	if s.workers.alone {
		batch = min(batch, gentleBatch)
	}
	for rest := tokens[cached:]; len(rest) > 0; {
		n := min(batch, len(rest))
		score := 0
		if n == len(rest) {
			score = 1
		}
		if err := s.extend(ctx, rest[:n], score); err != nil {
			return cached, err
		}
		rest = rest[n:]
	}
	return cached, nil
}

// Known is how many of tokens, at their beginning, Evaluate would find known.
func (s *Session) Known(tokens []int32) int {
	most := 0
	for _, q := range s.kept.list {
		most = max(most, common(q.tokens, tokens))
	}
	return most
}

// Common is how many tokens the sequence has, at its beginning, in common with
// those of parts one behind the other.
func (s *Session) Common(parts ...[]int32) int {
	n := 0
	for _, p := range parts {
		c := common(s.tokens[n:], p)
		if n += c; c < len(p) {
			break
		}
	}
	return n
}

// Append adds one token to the sequence and computes the logits after it.
// Errors are as for Evaluate.
func (s *Session) Append(ctx context.Context, token int32) error {
	return s.Extend(ctx, []int32{token})
}

// Extend adds tokens to the sequence, MaxExtend at most, in one batch and computes
// the logits after each of them, which are those that Append would give one by
// one, bit for bit. Errors are as for Evaluate.
func (s *Session) Extend(ctx context.Context, tokens []int32) error {
	if len(tokens) == 0 || len(tokens) > s.MaxExtend() {
		return fmt.Errorf("llama: %d tokens at once, of 1 to %d", len(tokens), s.MaxExtend())
	}
	if err := s.check(tokens, len(s.tokens)+len(tokens)); err != nil {
		return err
	}
	s.scored = 0
	return s.extend(ctx, tokens, len(tokens))
}

// maxExtend bounds the logits that are held: those of a vocabulary of 150,000
// take 600 KB for each token.
const maxExtend = 16

// MaxExtend is the most tokens that Extend takes.
func (s *Session) MaxExtend() int { return min(s.batch, maxExtend) }

// Truncate goes back to the first n tokens of the sequence; longer than it is, it
// stays. There are no logits until the next evaluation.
func (s *Session) Truncate(n int) {
	s.tokens = s.tokens[:min(n, len(s.tokens))]
	s.scored = 0
}

// Logits are the scores of each token of the vocabulary to come next. They stay
// valid until the next evaluation and belong to the evaluation before, which
// must have succeeded; the caller may change them.
func (s *Session) Logits() []float32 { return s.LogitsAfter(s.scored - 1) }

// LogitsAfter is Logits for the i-th token of those that the last Extend added.
func (s *Session) LogitsAfter(i int) []float32 {
	return s.logits[i*s.model.Vocabulary:][:s.model.Vocabulary]
}

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

// extend evaluates tokens, at most a batch, behind the sequence, and scores what
// comes after the last so many of them.
func (s *Session) extend(ctx context.Context, tokens []int32, score int) error {
	end := len(s.tokens) + len(tokens)
	s.cache.reserve(end, s.context)
	s.rope.reserve(end)
	if need := score * s.model.Vocabulary; len(s.logits) < need {
		s.logits = make([]float32, need)
	}
	if err := s.forward(ctx, tokens, len(s.tokens), score); err != nil {
		return err
	}
	s.tokens = append(s.tokens, tokens...)
	s.scored = score
	return nil
}
