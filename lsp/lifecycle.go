package lsp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"github.com/airside-ls/airside/lsp/editor"
)

// phase of a server's life (LSP, "Server lifecycle").
type phase int

const (
	uninitialized phase = iota
	running             // initialize has been answered
	shutDown
	exited
)

// lifecycle tells what may be asked of the server now.
type lifecycle struct {
	ctx  context.Context // ends with Serve
	life context.Context // ends as soon as nothing more will be asked
	end  context.CancelFunc

	mu          sync.Mutex
	phase       phase
	wasShutDown bool          // before exit
	parentGone  chan struct{} // closed when the client's process is gone
	gone        bool
}

func (l *lifecycle) start(ctx context.Context) {
	l.ctx = ctx
	l.life, l.end = context.WithCancel(ctx)
	l.parentGone = make(chan struct{})
}

// admit refuses requests that come too early or too late.
func (l *lifecycle) admit(method string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	initialize := method == protocol.MethodInitialize
	switch {
	case l.phase == uninitialized && !initialize:
		return jsonrpc2.NewError(jsonrpc2.ServerNotInitialized, "the server is not initialized")
	case l.phase == running && initialize:
		return jsonrpc2.NewError(jsonrpc2.InvalidRequest, "the server is already initialized")
	case l.phase > running:
		return jsonrpc2.NewError(jsonrpc2.InvalidRequest, "the server has been shut down")
	}
	return nil
}

// listening tells whether notifications are taken in.
func (l *lifecycle) listening() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.phase == running
}

func (l *lifecycle) enter(p phase) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if p == exited {
		l.wasShutDown = l.phase == shutDown
	}
	l.phase = p
}

// abandon ends Serve because the client's process is gone.
func (l *lifecycle) abandon() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.gone {
		l.gone = true
		close(l.parentGone)
	}
}

func (l *lifecycle) abandoned() <-chan struct{} { return l.parentGone }

// outcome is how Serve ended. The input may end without an exit after a
// shutdown: there was nothing left to say.
func (l *lifecycle) outcome(err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.phase == exited && !l.wasShutDown:
		return ErrExitWithoutShutdown
	case l.phase >= shutDown:
		return nil
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: %w", ErrDisconnected, err)
	case l.phase == uninitialized:
		return ErrNoClient
	default:
		return ErrDisconnected
	}
}

// initialize is answered before anything else is read. All it may send before
// that is window/logMessage.
func (s *Server) initialize(raw jsonrpc2.RawMessage) (any, error) {
	var params protocol.InitializeParams
	if err := decode(raw, &params); err != nil {
		return nil, err
	}
	s.client.capabilities = editor.NewCapabilities(&params)
	s.workspace.Initialize(s.lifecycle.ctx, s.lifecycle.life, &params)
	s.settings.given = s.settings.apply(params.InitializationOptions)
	if params.ProcessID != nil {
		s.watchParent(int(*params.ProcessID))
	}
	s.lifecycle.enter(running)
	s.log.Info("initialize", "client", params.ClientInfo.Name, "encoding", s.client.capabilities.Encoding.String(),
		"inlineCompletion", s.client.capabilities.InlineCompletion)
	return &protocol.InitializeResult{
		Capabilities: s.capabilities(),
		ServerInfo: protocol.ServerInfo{
			Name:    "airside",
			Version: protocol.NewOptional(s.opts.Version),
		},
	}, nil
}

// initialized is where the server begins to ask and tell the client things.
func (s *Server) initialized(*protocol.InitializedParams) error {
	s.settings.register()
	s.settings.ask()
	s.settings.await()
	if s.client.capabilities.Status {
		s.engine.OnStatus(s.client.tellStatus)
	}
	s.completions.followReady()
	s.workspace.Start()
	return nil
}

// shutdown stops everything that is running; only exit may follow.
func (s *Server) shutdown() (any, error) {
	s.lifecycle.enter(shutDown)
	s.calls.cancelAll(editor.ErrShutdown)
	s.workspace.Stop()
	return nil, nil
}

// exit ends Serve: nothing is read after it.
func (s *Server) exit() {
	s.lifecycle.enter(exited)
	s.ending(nil)
	s.stream.Stop()
	s.lifecycle.end()
}
