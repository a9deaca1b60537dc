package builtin

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/builtin/gguf"
	"github.com/airside-ls/airside/completion/model/builtin/internal/kernel"
	"github.com/airside-ls/airside/completion/model/builtin/llama"
	"github.com/airside-ls/airside/completion/model/builtin/tiny"
	"github.com/airside-ls/airside/completion/model/builtin/tokenizer"
	"github.com/airside-ls/airside/completion/model/machine"
)

const backendName = "builtin"

// Backend is an [Engine] as a [model.Backend].
type Backend struct {
	engine *Engine
	path   string // "" for the embedded model
	broken error  // why the file cannot be used at all

	fitting sync.Mutex
	large   *TooLargeError // as the latest Probe found it
}

// NewBackend returns a backend for the GGUF file at path, or for the model in
// the binary when path is "". What is wrong with the file comes from Probe.
func NewBackend(path string, o Options) *Backend {
	if o.Threads <= 0 && path == "" {
		// The small model leaves a processor to the editor: its loops are so short
		// that waiting for a busy one costs more than the second one brings.
		o.Threads = max(1, min(runtime.GOMAXPROCS(0), machine.Processors())-1)
	}
	if path == "" {
		if o.ContextTokens <= 0 || o.ContextTokens > tiny.TheCard.ContextTokens {
			o.ContextTokens = tiny.TheCard.ContextTokens
		}
		return &Backend{engine: OpenEmbedded(o)}
	}
	engine, err := Open(path, o)
	if err != nil {
		engine = OpenEmbedded(o) // never asked: every method sees broken first
	}
	return &Backend{engine: engine, path: path, broken: err}
}

// Name implements [model.Backend].
func (b *Backend) Name() string { return backendName }

// Probe implements [model.Backend]. It reads the file's header at most.
func (b *Backend) Probe(ctx context.Context) (model.Info, error) {
	if ctx.Err() != nil {
		return model.Info{}, ctx.Err()
	}
	if b.broken != nil {
		return model.Info{}, b.error("open", b.broken)
	}
	b.engine.renewIfIdle()
	var info model.Info
	err := b.engine.inspect(func(file *gguf.File, tok *tokenizer.Tokenizer) (err error) {
		info, err = b.info(file, tok)
		return err
	})
	if err != nil {
		return model.Info{}, b.error("read "+b.path, err)
	}
	return info, nil
}

// info is what the file says of the model.
func (b *Backend) info(file *gguf.File, tok *tokenizer.Tokenizer) (model.Info, error) {
	info := model.Info{
		Backend: backendName, Code: true, VocabularyKnown: true, Expects: true, Scores: true,
		Model: tiny.TheCard.Name, Endpoint: "the binary itself",
		ContextTokens: tiny.TheCard.ContextTokens, PromptTokens: tiny.TheCard.PromptTokens, Form: tiny.TheCard.PromptForm,
		Why: "the small model inside the binary",
	}
	if b.path != "" {
		// What is wrong with the weights' shapes or encodings shows now rather
		// than when someone waits for a suggestion; they themselves stay on disk.
		network, err := llama.Load(file)
		if err != nil {
			return model.Info{}, err
		}
		most := b.engine.options.ContextTokens
		if most <= 0 {
			most = llama.DefaultMaxContext
		}
		info.Model, info.Endpoint, info.Form, info.PromptTokens = filepath.Base(b.path), b.path, "", 0
		info.ContextTokens = min(network.ContextLength, most)
		info.Parameters = network.Parameters()
		_, info.Weighs = oddsOf(info.Parameters)
		info.Demands = info.Weighs
		info.Why = "builtin.model names it"
		memory := machine.Now
		if b.engine.options.memory != nil {
			memory = b.engine.options.memory
		}
		need, has := needsOf(network, b.engine.options), memory()
		if err := b.fits(need, has.Total); err != nil {
			return model.Info{}, err
		}
		if has.Free > 0 && need.Total() > has.Free && !b.engine.Loaded() {
			info.Why += fmt.Sprintf("; it needs %s of memory and %s are free, so it will be slow until other programs end", gigabytes(need.Total()), gigabytes(has.Free))
		}
	}
	for _, piece := range model.InsertControls {
		if id, ok := tok.ID(piece); ok && tok.IsControl(id) {
			info.Controls = append(info.Controls, piece)
		}
	}
	return info, nil
}

// fits is [Memory.fits]; what to take instead is looked for once.
func (b *Backend) fits(need Memory, has int64) error {
	b.fitting.Lock()
	defer b.fitting.Unlock()
	if large := b.large; large != nil && large.Needs == need && large.Has == has {
		return large
	}
	b.large = nil
	err := need.fits(need.parameters, has, b.engine.options.Instead)
	errors.As(err, &b.large)
	return err
}

// Close implements [model.Backend].
func (b *Backend) Close() error { return b.engine.Close() }

// error wraps what the engine says in what a user can do about it.
func (b *Backend) error(op string, err error) error {
	e := &model.Error{Kind: model.Broken, Backend: backendName, Op: op, Err: err}
	var long *llama.TooLongError
	var failed *PanicError
	var large *TooLargeError
	switch {
	case errors.As(err, &large):
		e.Advice = large.Instead
	case errors.As(err, &failed) && failed.faulted():
		e.Err, e.Advice = kernel.ErrGone, "put the whole file there again"
	case errors.As(err, &long):
		e.Kind = model.TooLong
	case errors.Is(err, ErrClosed):
		e.Kind = model.Unreachable
	case b.path != "":
		e.Advice = advice(err)
	}
	return e
}

// advice is what to do about a file that cannot be used.
func advice(err error) string {
	var unsupported *llama.UnsupportedError
	if errors.As(err, &unsupported) && unsupported.Advice != "" {
		return unsupported.Advice
	}
	var lacking *tokenizer.UnsupportedError
	if errors.As(err, &lacking) {
		return "serve the file with llama.cpp instead (llamacpp.model)"
	}
	return fmt.Sprintf("builtin.model must name a GGUF file of architecture %s, its weights in %s",
		strings.Join(llama.Architectures, " or "), llama.Encodings())
}
