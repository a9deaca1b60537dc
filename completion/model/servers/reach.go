package servers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/httpapi"
)

// drainTime is how long after its end an answer's connection may still be
// brought into a state in which it can be used again.
const drainTime = 2 * time.Second

// errStale ends a probe whose used connection gives no answer.
var errStale = errors.New("no answer on a used connection")

// serverUse is one use of the server. Its context ends with the caller's, when no
// connection comes about in time, and when a probe finds the server gone.
type serverUse struct {
	ctx    context.Context // what requests are made with
	caller context.Context
	cancel context.CancelCauseFunc
	timer  *time.Timer
	reused atomic.Bool // the connection has served before
}

// reach begins to use the server.
func (b *OpenAI) reach(ctx context.Context) *serverUse {
	inner, cancel := context.WithCancelCause(ctx)
	r := &serverUse{caller: ctx, cancel: cancel}
	r.timer = time.AfterFunc(b.connectTimeout, func() {
		cancel(&model.Error{
			Kind: model.Unreachable, Backend: openAIName, Op: "connect",
			Err: fmt.Errorf("%s: no connection within %v", b.client.URL(), b.connectTimeout),
		})
	})
	r.ctx = httptrace.WithClientTrace(inner, &httptrace.ClientTrace{
		GotConn: func(i httptrace.GotConnInfo) {
			r.timer.Stop()
			r.reused.Store(i.Reused)
		},
	})
	return r
}

// end releases what reach took.
func (r *serverUse) end() {
	r.timer.Stop()
	r.cancel(nil)
}

// endLater is end for a use that went well: the connection is still being
// emptied for the next one.
func (r *serverUse) endLater() {
	r.timer.Stop()
	time.AfterFunc(drainTime, func() { r.cancel(nil) })
}

// failure is the error to return for err: the caller's end, the reason for which
// the use was ended, or err.
func (r *serverUse) failure(err error) error {
	if r.caller.Err() != nil {
		return r.caller.Err()
	}
	var gone *model.Error
	if cause := context.Cause(r.ctx); errors.As(cause, &gone) {
		return gone
	}
	return err
}

// begin is reach for a generation, which a probe that finds the server gone
// ends.
func (b *OpenAI) begin(ctx context.Context) *serverUse {
	r := b.reach(ctx)
	b.using.Lock()
	defer b.using.Unlock()
	b.running[r] = nil
	return r
}

// finish ends what begin began and makes err the error to return.
func (b *OpenAI) finish(r *serverUse, err error) error {
	b.using.Lock()
	delete(b.running, r)
	b.using.Unlock()
	if model.IsKind(err, model.NoModel) {
		b.forget()
	}
	if err == nil {
		r.endLater()
		return nil
	}
	defer r.end()
	return b.clean(r.failure(err))
}

// look asks the server which model it has.
func (b *OpenAI) look(ctx context.Context) (*session, error) {
	s, err := b.lookOnce(ctx, true)
	if errors.Is(err, errStale) {
		// The network may have changed under all of the connections.
		_ = b.Close()
		s, err = b.lookOnce(ctx, false)
	}
	if err == nil {
		return s, nil
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	err = b.clean(err)
	b.forget()
	if model.IsKind(err, model.Unreachable) {
		b.using.Lock()
		defer b.using.Unlock()
		for r := range b.running {
			r.cancel(err)
		}
	}
	return nil, err
}

// lookOnce is look with one attempt. With again its error is errStale when there
// should be another on a new connection.
func (b *OpenAI) lookOnce(ctx context.Context, again bool) (*session, error) {
	r := b.reach(ctx)
	defer r.end()
	if again {
		stale := time.AfterFunc(b.staleTimeout, func() {
			if r.reused.Load() {
				r.cancel(errStale)
			}
		})
		defer stale.Stop()
	}
	m, why, err := b.choose(r.ctx)
	if err != nil {
		if errors.Is(context.Cause(r.ctx), errStale) && ctx.Err() == nil {
			return nil, errStale
		}
		return nil, r.failure(err)
	}
	return b.with(ctx, b.client, m.served(), b.client.URL(), why, b.open)
}

// missing says that the server does not have what was asked for, such as
// /tokenize; other errors may pass.
func missing(err error) bool {
	var status *httpapi.StatusError
	if errors.As(err, &status) {
		return status.Code >= 300 && status.Code < 500 && status.Code != http.StatusTooManyRequests
	}
	return model.IsKind(err, model.BadReply)
}
