// Package samefile answers with a model that Ollama has by whoever runs its file
// faster on this machine: Ollama, or airside's own engine. Ollama keeps its models
// as GGUF files, and where no GPU runs them both compute on the same processors.
//
// Ollama answers until both have been measured ([Backend.Compare]), whenever it
// uses a GPU, and wherever the engine cannot run the file or fails with it.
package samefile

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/machine"
	"github.com/airside-ls/airside/completion/model/ollama"
)

// Options configure [New].
type Options struct {
	// Folders are where Ollama may keep its models.
	Folders []string
	// Open returns the engine for a GGUF file; what is wrong with it comes from its
	// Probe.
	Open func(file string) model.Backend
	// Fits says why a file is not to be run beside what is in memory now; nil if it
	// may.
	Fits func(file string) error
	// StateDir is a folder in which it is kept who is faster; "" for memory only.
	StateDir string
	// Machine names what the speeds depend on; [machine.Name] when empty.
	Machine string
	// Log gets who is taken, and why; nil discards it.
	Log *slog.Logger
}

// Backend implements [model.Backend]. Listing and fetching models is Ollama's.
type Backend struct {
	*ollama.Backend
	options Options
	log     *slog.Logger

	comparing sync.Mutex // one at a time

	mu      sync.Mutex
	known   []verdict // newest first
	read    bool      // known holds what the folder has
	without map[string]bool
	own     *openEngine // the engine that answers; nil when Ollama does
	closed  bool
}

// openEngine is the engine with a file open.
type openEngine struct {
	backend model.Backend
	stored  ollama.StoredModel
}

// New returns a backend that takes the place of o.
func New(o *ollama.Backend, options Options) *Backend {
	if options.Machine == "" {
		options.Machine = machine.Name()
	}
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	return &Backend{Backend: o, options: options, log: options.Log, without: map[string]bool{}}
}

// Probe implements [model.Backend]. Where Ollama cannot be reached, a file of its
// that the engine runs faster is still here.
func (b *Backend) Probe(ctx context.Context) (model.Info, error) {
	info, failed := b.Backend.Probe(ctx)
	name, digest := b.Backend.Chosen()
	if failed != nil {
		if !model.IsKind(failed, model.Unreachable) || ctx.Err() != nil {
			b.change(nil)
			return model.Info{}, failed
		}
		if v, ok := b.latest(); ok {
			name, digest = v.Name, v.Digest
		}
	} else if !info.Here() {
		b.change(nil)
		return info, nil
	}
	own, v, err := b.engine(ctx, name, digest)
	if own == nil {
		b.change(nil)
		if err != nil {
			b.log.Info("Ollama runs its model itself", "model", name, "because", err)
		}
		return info, failed
	}
	mine, err := own.backend.Probe(ctx)
	if err != nil {
		b.giveUp(digest, err)
		return info, failed
	}
	mine.Model, mine.Code = name, true
	mine.Why = fmt.Sprintf("%s, run by airside's own engine from Ollama's file, which is faster here (it %s, Ollama %s; builtin.useOllamaFiles)", name, speedText(v.Own), speedText(v.Ollama))
	if failed != nil {
		mine.Why = fmt.Sprintf("%s, run by airside's own engine from Ollama's file (builtin.useOllamaFiles)", name)
	}
	return mine, nil
}

// Restartable implements [model.Restarter]: of Ollama, while that answers.
func (b *Backend) Restartable() bool { return b.running() == nil && b.Backend.Restartable() }

func speedText(s model.Speed) string {
	return fmt.Sprintf("reads %.0f and writes %.0f tokens a second", s.Read, s.Write)
}

// engine is the engine for a model that it runs faster; nil for any other. The
// error is worth telling.
func (b *Backend) engine(ctx context.Context, name, digest string) (*openEngine, verdict, error) {
	v, ok := b.verdict(digest)
	b.mu.Lock()
	own, without, closed := b.own, b.without[digest], b.closed
	b.mu.Unlock()
	if !ok || !v.ownIsFaster() || without || closed {
		return nil, v, nil
	}
	stored, err := ollama.FindStored(b.options.Folders, name, digest)
	if err != nil {
		b.giveUp(digest, err)
		return nil, v, err
	}
	if own == nil || own.stored != stored {
		own = &openEngine{b.options.Open(stored.File), stored}
		b.change(own)
		b.log.Info("airside's own engine runs Ollama's file", "model", name, "file", stored.File,
			"own", speedText(v.Own), "ollama", speedText(v.Ollama))
	}
	return own, v, nil
}

// change has another engine answer, or Ollama for nil, and closes the one before.
func (b *Backend) change(to *openEngine) {
	b.mu.Lock()
	old := b.own
	if b.closed {
		old, to = to, nil
	} else {
		b.own = to
	}
	b.mu.Unlock()
	if old != nil && old != to {
		if err := old.backend.Close(); err != nil {
			b.log.Warn("closing", "file", old.stored.File, "error", err)
		}
	}
}

// giveUp leaves a model to Ollama for as long as this process lives.
func (b *Backend) giveUp(digest string, because error) {
	b.mu.Lock()
	b.without[digest] = true
	b.mu.Unlock()
	b.log.Info("Ollama runs its model itself", "digest", digest, "because", because)
	b.change(nil)
}

func (b *Backend) running() *openEngine {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.own
}

// Close implements [model.Backend].
func (b *Backend) Close() error {
	b.mu.Lock()
	own := b.own
	b.own, b.closed = nil, true
	b.mu.Unlock()
	var err error
	if own != nil {
		err = own.backend.Close()
	}
	return errors.Join(err, b.Backend.Close())
}

// Converses implements [model.Backend].
func (b *Backend) Converses() bool { return true }

// Prepare implements [model.Preparer].
func (b *Backend) Prepare(ctx context.Context, p model.Prompt, onReading func(read, of int)) error {
	if own := b.running(); own != nil {
		if p2, ok := own.backend.(model.Preparer); ok {
			return p2.Prepare(ctx, p, onReading)
		}
	}
	return model.ErrNotPrepared
}

// Generate implements [model.Backend]: by who answers now, and by Ollama where the
// engine fails. A file whose chat template is unknown to the engine converses by
// Ollama, which has one of its own.
func (b *Backend) Generate(ctx context.Context, r model.Request) (model.Response, error) {
	own := b.running()
	if own == nil || r.Chat != nil && !own.backend.Converses() {
		return b.Backend.Generate(ctx, r)
	}
	said := false
	mine := r
	if r.OnText != nil {
		mine.OnText = func(chunk string) error {
			said = true
			return r.OnText(chunk)
		}
	}
	resp, err := own.backend.Generate(ctx, mine)
	if err == nil || ctx.Err() != nil || said || !model.IsKind(err, model.Broken) {
		return resp, err
	}
	b.giveUp(own.stored.Digest, err)
	return b.Backend.Generate(ctx, r)
}
