// Package builtin runs language models inside airside, without a server: GGUF
// files of the architectures llama and qwen2, read from disk or embedded in the
// binary.
//
// An [Engine] takes token ids and gives text. How a prompt is made of tokens is
// the caller's business, with the engine's [tokenizer.Tokenizer].
package builtin

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/builtin/gguf"
	"github.com/airside-ls/airside/completion/model/builtin/internal/kernel"
	"github.com/airside-ls/airside/completion/model/builtin/llama"
	"github.com/airside-ls/airside/completion/model/builtin/tiny"
	"github.com/airside-ls/airside/completion/model/builtin/tokenizer"
	"github.com/airside-ls/airside/completion/model/machine"
)

// Options size an engine. Zero values mean the defaults.
type Options struct {
	// ContextTokens is the most tokens of a prompt and its answer together; by
	// default the model's own context, but no more than
	// [llama.DefaultMaxContext].
	ContextTokens int
	// Threads is how many goroutines compute: at most, and by default, as many as
	// this process may have processors ([machine.Processors]).
	Threads int
	// BatchTokens is how many tokens of a prompt are read at once, between two
	// looks at the context (64).
	BatchTokens int
	// StateDir is a folder, made if need be, in which Close leaves what was read of
	// the last texts, for the next engine with the same file; "" for none.
	StateDir string
	// OnWeighed, if set, hears of each line that was weighed against what was
	// expected, all options read to their ends: for fitting the odds.
	OnWeighed func(WeighedLine)

	// Instead names what fits, for the message that a model does not: models on this
	// machine that take less than so many bytes of memory, "" for none; may be nil.
	Instead func(bytes int64) string

	memory    func() machine.Memory // for tests; machine.Now
	keepSmall bool                  // in StateDir: of small models too, for tests
}

// ErrClosed is returned by an engine after Close.
var ErrClosed = errors.New("builtin: the engine is closed")

// PanicError is a panic inside the engine: a mistake in it, or a model file
// that was truncated while it was in use.
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("builtin: the engine failed: %v", e.Value) }

// Unwrap is what was panicked with, if that is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// faulted tells whether memory could not be read: the model's file became shorter
// while it was mapped.
func (e *PanicError) faulted() bool {
	var fault interface { // a runtime.Error under debug.SetPanicOnFault
		error
		Addr() uintptr
	}
	return errors.Is(e, kernel.ErrGone) || errors.As(e.Unwrap(), &fault)
}

// Engine generates text with one model. Nothing is read or allocated for the
// model before it is first needed: the vocabulary by Tokenizer, the weights by
// Generate. An Engine is safe for concurrent use; one generation runs at a time.
type Engine struct {
	options Options
	open    func() (*gguf.File, error)
	path    string // "" for the embedded model

	// turn holds one token; who takes it may use the fields below it.
	turn     chan struct{}
	session  *llama.Session
	stops    map[int32]bool // tokens that end a text
	drafting *draftRecord

	ahead prereader

	// closing ends the generation under way and keeps others from starting.
	closing context.Context
	close   context.CancelCauseFunc

	// mapped is held by who looks into the file without the turn: it is unmapped
	// when nobody does. It is taken before header.
	mapped sync.RWMutex

	header sync.Mutex // guards the fields below
	file   *gguf.File
	info   os.FileInfo // of path, as file was opened
	tok    *tokenizer.Tokenizer
	gone   []*gguf.File // that have changed since; see forget
}

// Open prepares to run the GGUF file at path. It looks that the file is there
// and reads nothing else; what is wrong inside it comes from the first call
// that needs it.
func Open(path string, o Options) (*Engine, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("builtin: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("builtin: %s is not a regular file", path)
	}
	e := newEngine(o, func() (*gguf.File, error) { return gguf.Open(path) })
	e.path = path
	return e, nil
}

// OpenEmbedded prepares to run the model in the binary, package tiny's.
func OpenEmbedded(o Options) *Engine {
	return newEngine(o, func() (*gguf.File, error) { return gguf.Parse(tiny.Model()) })
}

func newEngine(o Options, open func() (*gguf.File, error)) *Engine {
	e := &Engine{options: o, open: open, turn: make(chan struct{}, 1), drafting: newDrafting()}
	e.turn <- struct{}{}
	e.closing, e.close = context.WithCancelCause(context.Background())
	return e
}

// Close ends a generation under way, waits for it and gives back memory,
// goroutines and the mapping of the file. Closing twice is no error.
func (e *Engine) Close() error {
	e.close(ErrClosed)
	<-e.turn
	defer func() { e.turn <- struct{}{} }()
	e.mapped.Lock()
	defer e.mapped.Unlock()
	e.header.Lock()
	defer e.header.Unlock()
	if e.session != nil {
		_ = e.keep() // without it the next engine reads again
		e.session.Close()
		e.session = nil
	}
	e.tok = nil
	files := e.gone
	if e.file != nil {
		files = append(files, e.file)
	}
	e.file, e.gone = nil, nil
	var errs []error
	for _, file := range files {
		errs = append(errs, file.Close())
	}
	return errors.Join(errs...)
}

// Tokenizer reads the model's header and returns its tokenizer, which stays
// usable after Close. Errors are those of gguf.Open and tokenizer.New.
func (e *Engine) Tokenizer() (*tokenizer.Tokenizer, error) {
	_, tok, err := e.readHeader()
	return tok, err
}

// Load reads header and weights, so that the first generation need not and what
// is wrong with the file comes out now. Generate does it by itself.
func (e *Engine) Load(ctx context.Context) (err error) {
	if err := e.take(ctx); err != nil {
		return err
	}
	defer e.release()
	defer catch(&err)()
	return e.load()
}

// Loaded reports whether the weights are in memory, without waiting for a
// generation under way.
func (e *Engine) Loaded() bool {
	select {
	case <-e.turn:
		defer e.release()
		return e.session != nil
	default:
		return true // someone generates or loads
	}
}

// readHeader opens the file and reads the vocabulary, once.
func (e *Engine) readHeader() (file *gguf.File, tok *tokenizer.Tokenizer, err error) {
	e.header.Lock()
	defer e.header.Unlock()
	defer catch(&err)()
	if e.closing.Err() != nil {
		return nil, nil, ErrClosed
	}
	if e.tok != nil {
		return e.file, e.tok, nil
	}
	var info os.FileInfo
	if e.path != "" {
		if info, err = os.Stat(e.path); err != nil {
			return nil, nil, fmt.Errorf("builtin: %w", err)
		}
	}
	if file, err = e.open(); err != nil {
		return nil, nil, err
	}
	// The architecture first: who has the wrong file learns more from it.
	if _, err = llama.ReadArchitecture(file); err == nil {
		tok, err = tokenizer.New(file)
	}
	if err != nil {
		_ = file.Close()
		return nil, nil, err
	}
	e.file, e.tok, e.info = file, tok, info
	return file, tok, nil
}

// inspect has f look into the file, which is mapped as long as it does. A file that
// becomes shorter meanwhile is an error. Beside f's own, errors are those of
// Tokenizer.
func (e *Engine) inspect(f func(*gguf.File, *tokenizer.Tokenizer) error) (err error) {
	e.mapped.RLock()
	defer e.mapped.RUnlock()
	file, tok, err := e.readHeader()
	if err != nil {
		return err
	}
	defer catch(&err)()
	return f(file, tok)
}

// load makes the session, once. The caller has the turn.
func (e *Engine) load() error {
	if e.session != nil {
		return nil
	}
	file, tok, err := e.readHeader()
	if err != nil {
		return err
	}
	network, err := llama.Load(file)
	if err != nil {
		return err
	}
	if network.Vocabulary != tok.Size() {
		return fmt.Errorf("builtin: the model has scores for %d tokens, but a vocabulary of %d", network.Vocabulary, tok.Size())
	}
	e.session = llama.NewSession(network, llama.Options{
		Context: e.options.ContextTokens, Batch: e.options.BatchTokens, Threads: e.options.Threads,
		KeepBytes: keepBytes(network.Parameters()),
	})
	e.stops = endTokens(file, tok)
	e.recall()
	return nil
}

// endTokens collects the tokens that end a text: end of sequence, and the end
// of an insertion or of a turn, as the file names them or by their spelling.
func endTokens(file *gguf.File, tok *tokenizer.Tokenizer) map[int32]bool {
	ends := map[int32]bool{}
	if tok.EOS() != tokenizer.None {
		ends[tok.EOS()] = true
	}
	for _, key := range []string{"tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id"} {
		if id, err := file.Uint(key); err == nil && id < uint64(tok.Size()) {
			ends[int32(id)] = true
		}
	}
	for _, spelling := range model.EndControls {
		if id, ok := tok.ID(spelling); ok && tok.IsControl(id) {
			ends[id] = true
		}
	}
	return ends
}

// take waits for the turn, as long as ctx allows.
func (e *Engine) take(ctx context.Context) error {
	if e.closing.Err() != nil {
		return ErrClosed
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	defer e.ahead.wait()()
	select {
	case <-e.turn:
	case <-ctx.Done():
		return ctx.Err()
	case <-e.closing.Done():
		return ErrClosed
	}
	if e.closing.Err() != nil {
		e.release()
		return ErrClosed
	}
	return nil
}

func (e *Engine) release() { e.turn <- struct{}{} }

// catch turns a panic of the deferring function, and faults in a mapped file,
// into an error: defer catch(&err)().
func catch(err *error) func() {
	before := debug.SetPanicOnFault(true)
	return func() {
		debug.SetPanicOnFault(before)
		if p := recover(); p != nil {
			*err = &PanicError{Value: p, Stack: debug.Stack()}
		}
	}
}

// elapsed is the time since start, at least a nanosecond, so that 0 can mean
// that something did not happen.
func elapsed(start time.Time) time.Duration { return max(time.Since(start), 1) }
