package lsp

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"github.com/airside-ls/airside/lsp/ext"
)

// answer is the part of a request that runs concurrently with what arrives
// after it. A nil result is sent as null.
type answer func() (any, error)

// requests says who handles a request. The handler itself runs in the order of
// arrival and must be quick.
var requests = map[string]func(*Server, *call, jsonrpc2.RawMessage) (answer, error){
	protocol.MethodTextDocumentInlineCompletion: request((*Server).inlineCompletion),
	protocol.MethodTextDocumentCompletion:       request((*Server).completion),
	protocol.MethodTextDocumentCodeAction:       request((*Server).codeAction),
	protocol.MethodTextDocumentDiagnostic:       request((*Server).diagnostic),
	protocol.MethodWorkspaceExecuteCommand:      request((*Server).executeCommand),
}

// notifications says who handles a notification, in the order of arrival.
var notifications = map[string]func(*Server, jsonrpc2.RawMessage) error{
	protocol.MethodInitialized:                        notification((*Server).initialized),
	protocol.MethodTextDocumentDidOpen:                notification((*Server).didOpen),
	protocol.MethodTextDocumentDidChange:              (*Server).didChange,
	protocol.MethodTextDocumentDidClose:               notification((*Server).didClose),
	protocol.MethodTextDocumentDidSave:                notification((*Server).didSave),
	protocol.MethodWorkspaceDidChangeWorkspaceFolders: notification((*Server).didChangeWorkspaceFolders),
	protocol.MethodWindowWorkDoneProgressCancel:       notification((*Server).cancelProgress),
	protocol.MethodWorkspaceDidChangeConfiguration:    notification((*Server).didChangeConfiguration),
	protocol.MethodWorkspaceDidChangeWatchedFiles:     notification((*Server).didChangeWatchedFiles),
	protocol.MethodCancelRequest:                      notification((*Server).cancelRequest),
	ext.MethodCursorRests:                             notification((*Server).cursorRests),
	ext.MethodTrust:                                   notification((*Server).trustChanged),
	ext.MethodDidShowCompletion:                       notification((*Server).didShowCompletion),
	ext.MethodDidPartiallyAcceptCompletion:            notification((*Server).didPartiallyAcceptCompletion),

	// Known, and of no interest.
	protocol.MethodSetTrace:             ignored,
	protocol.MethodTextDocumentWillSave: ignored,
}

func request[P any](h func(*Server, *call, *P) (answer, error)) func(*Server, *call, jsonrpc2.RawMessage) (answer, error) {
	return func(s *Server, c *call, raw jsonrpc2.RawMessage) (answer, error) {
		var params P
		if err := decode(raw, &params); err != nil {
			return nil, err
		}
		return h(s, c, &params)
	}
}

func notification[P any](h func(*Server, *P) error) func(*Server, jsonrpc2.RawMessage) error {
	return func(s *Server, raw jsonrpc2.RawMessage) error {
		var params P
		if err := decode(raw, &params); err != nil {
			return err
		}
		return h(s, &params)
	}
}

func ignored(*Server, jsonrpc2.RawMessage) error { return nil }

// decode reads params; those left out count as empty. Its error is an
// InvalidParams.
func decode(raw jsonrpc2.RawMessage, params any) error {
	if len(raw) == 0 {
		raw = jsonrpc2.RawMessage("{}")
	}
	if err := protocol.Unmarshal(raw, params); err != nil {
		return invalidParams(err)
	}
	return nil
}

func invalidParams(err error) error {
	return jsonrpc2.Errorf(jsonrpc2.InvalidParams, "invalid params: %.300v", err)
}

// handle is the connection's handler. It never returns an error for a
// notification and never panics: the connection would close over either.
func (s *Server) handle(ctx context.Context, r *jsonrpc2.Request) (result any, err error) {
	if !r.IsCall() {
		s.notified(r)
		return nil, nil
	}
	return s.called(ctx, r)
}

// called answers a request. The context of the request is of no use: until
// Async it belongs to the connection, which uses it anew for the next request.
func (s *Server) called(ctx context.Context, r *jsonrpc2.Request) (result any, err error) {
	defer s.survive(r, &err)
	if err := s.lifecycle.admit(r.Method()); err != nil {
		return nil, err
	}
	switch r.Method() {
	// These two are answered before anything else is read.
	case protocol.MethodInitialize:
		return s.initialize(r.Params())
	case protocol.MethodShutdown:
		return s.shutdown()
	}
	handler, ok := requests[r.Method()]
	if !ok {
		return nil, jsonrpc2.Errorf(jsonrpc2.MethodNotFound, "method %.100q is not known", r.Method())
	}
	ofCompletion := r.Method() == protocol.MethodTextDocumentInlineCompletion || r.Method() == protocol.MethodTextDocumentCompletion
	c := s.calls.begin(s.lifecycle.ctx, r.ID(), !ofCompletion)
	if c == nil {
		return nil, jsonrpc2.Errorf(jsonrpc2.Code(protocol.LSPErrorCodesServerCancelled), "%d requests are being answered; ask again when some are", maxCalls)
	}
	defer s.calls.end(c)
	answer, err := handler(s, c, r.Params())
	if err != nil {
		return nil, wireError(err)
	}
	jsonrpc2.Async(ctx)
	result, err = answer()
	return result, wireError(err)
}

// notified takes in a notification. Nobody waits for an answer, so trouble goes
// to the log.
func (s *Server) notified(r *jsonrpc2.Request) {
	var err error
	defer s.survive(r, &err)
	if r.Method() == protocol.MethodExit {
		s.exit()
		return
	}
	if !s.lifecycle.listening() {
		s.log.Debug("notification dropped: the server is not running", "method", r.Method())
		return
	}
	handler, ok := notifications[r.Method()]
	if !ok {
		if !strings.HasPrefix(r.Method(), "$/") {
			s.log.Debug("notification of no known method", "method", r.Method())
		}
		return
	}
	if err = handler(s, r.Params()); err != nil {
		s.log.Warn("notification failed", "method", r.Method(), "err", err)
	}
}

// survive turns a panic into the error of the one request that panicked.
func (s *Server) survive(r *jsonrpc2.Request, err *error) {
	p := recover()
	if p == nil {
		return
	}
	s.log.Error("panic", "method", r.Method(), "panic", p, "stack", string(debug.Stack()))
	*err = jsonrpc2.Errorf(jsonrpc2.InternalError, "internal error in %s: %.200v", r.Method(), p)
}

// wireError gives every error a code: jsonrpc2 sends those without one as 0.
func wireError(err error) error {
	var coded *jsonrpc2.Error
	if err == nil || errors.As(err, &coded) {
		return err
	}
	if errors.Is(err, context.Canceled) {
		return protocol.ErrRequestCancelled
	}
	return jsonrpc2.NewError(jsonrpc2.InternalError, fmt.Sprint(err))
}

// codec has jsonrpc2 encode as LSP needs it; protocol's own is not exported.
type codec struct{}

func (codec) Marshal(v any) ([]byte, error) { return protocol.Marshal(v) }

func (codec) Unmarshal(data []byte, v any) error { return protocol.Unmarshal(data, v) }
