package completion

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/selector"
	"github.com/airside-ls/airside/completion/prompt"
)

// servedModel names a model where it is served.
type servedModel struct{ backend, endpoint, model string }

func keyOf(info model.Info) servedModel { return servedModel{info.Backend, info.Endpoint, info.Model} }

// selfTests runs the insert self-test once per model that answers: after its first
// answer, when it is in memory anyway, and behind everything that is asked. A server
// with one slot loses for it what it has read, so a model that has passed is not tested
// by later processes.
type selfTests struct {
	mu     sync.Mutex
	known  map[servedModel]bool
	closed bool
	cancel context.CancelFunc // of the tests that run; nil before the first
	ctx    context.Context
	all    sync.WaitGroup
}

// selfTestTimeout bounds one self-test, the wait for its turn included.
const selfTestTimeout = time.Minute

func (e *Engine) selfTests() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.opts.SelfTest
}

// begin tests the model of a choice unless that was done before.
func (s *selfTests) begin(e *Engine, choice selector.Choice) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := keyOf(choice.Info)
	if s.closed || s.known[key] || e.stats.hasPassed(key.backend, key.model, fingerprint(choice.Info)) {
		return
	}
	if s.known == nil {
		s.known = map[servedModel]bool{}
		s.ctx, s.cancel = context.WithCancel(context.Background())
	}
	s.known[key] = true
	s.all.Go(func() {
		ctx, cancel := context.WithTimeout(s.ctx, selfTestTimeout)
		defer cancel()
		_, err := insertSample(ctx, choice.Backend, prompt.Choose(choice.Info), model.Ahead)
		switch {
		case err == nil:
			e.log.Debug("insert self-test passed", "model", key.model)
			e.stats.change(key.backend, key.model, func(m *modelStats) { m.unsaved.Tested = fingerprint(choice.Info) })
		case model.IsKind(err, model.Unreachable) || ctx.Err() != nil: // says nothing about the model: the next answer tries again
			s.mu.Lock()
			delete(s.known, key)
			s.mu.Unlock()
		default:
			e.log.Warn("insert self-test failed", "backend", key.backend, "model", key.model, "error", err)
			e.status.warn(key, key.model+" failed the insert self-test: "+err.Error()+" "+modelsThatInsert)
		}
	})
}

// fingerprint tells apart models that a server has under one name.
func fingerprint(info model.Info) string {
	return fmt.Sprint(info.Parameters, info.ContextTokens, prompt.Choose(info).Name, len(info.Controls))
}

func (s *selfTests) close() {
	s.mu.Lock()
	s.closed = true
	if s.cancel != nil {
		s.cancel()
	}
	s.mu.Unlock()
	s.all.Wait()
}

// modelsThatInsert names one small enough for any laptop beside the first choice.
const modelsThatInsert = "Models that can insert: codellama:7b-code, qwen2.5-coder:1.5b-base."

// cannotInsert warns of a model that reads only what stands before the cursor,
// "" for any other.
func cannotInsert(info model.Info) string {
	if !prompt.CannotInsert(info) {
		return ""
	}
	return info.Model + " cannot insert: its suggestions know nothing of what follows the cursor. " + modelsThatInsert
}

// warn has the status tell what is wrong with a model while it is the one that
// answers.
func (b *statusBoard) warn(key servedModel, message string) {
	b.change(func(b *statusBoard) {
		if b.warned == nil {
			b.warned = map[servedModel]string{}
		}
		b.warned[key] = message
	})
}
