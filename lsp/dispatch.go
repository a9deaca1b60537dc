package lsp

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"github.com/airside-ls/airside/lsp/editor"
	"github.com/airside-ls/airside/lsp/ext"
)

// table says who handles what. A handler itself runs in the order of arrival and
// must be quick; the answer to a request is made concurrently.
type table struct {
	requests      map[string]func(*editor.Call, jsonrpc2.RawMessage) (editor.Answer, error)
	notifications map[string]func(jsonrpc2.RawMessage) error
}

func (s *Server) newTable() table {
	return table{
		requests: map[string]func(*editor.Call, jsonrpc2.RawMessage) (editor.Answer, error){
			protocol.MethodTextDocumentInlineCompletion: request(s.completions.inline),
			protocol.MethodTextDocumentCompletion:       request(s.completions.popup),
			ext.MethodPanelCompletion:                   request(s.completions.panel),
			ext.MethodInlineEdit:                        request(s.next.propose),
			protocol.MethodTextDocumentCodeAction:       request(s.codeAction),
			protocol.MethodTextDocumentDiagnostic:       request(s.board.Diagnostics),
			protocol.MethodWorkspaceExecuteCommand:      request(s.executeCommand),
		},
		notifications: map[string]func(jsonrpc2.RawMessage) error{
			protocol.MethodInitialized:                        notification(s.initialized),
			protocol.MethodTextDocumentDidOpen:                notification(s.documents.didOpen),
			protocol.MethodTextDocumentDidChange:              s.documents.didChange,
			protocol.MethodTextDocumentDidClose:               notification(s.documents.didClose),
			protocol.MethodTextDocumentDidSave:                notification(s.didSave),
			protocol.MethodNotebookDocumentDidOpen:            notification(s.documents.didOpenNotebook),
			protocol.MethodNotebookDocumentDidChange:          s.documents.didChangeNotebook,
			protocol.MethodNotebookDocumentDidClose:           notification(s.documents.didCloseNotebook),
			protocol.MethodNotebookDocumentDidSave:            notification(s.didSaveNotebook),
			protocol.MethodWorkspaceDidChangeWorkspaceFolders: notification(s.workspace.FoldersChanged),
			protocol.MethodWindowWorkDoneProgressCancel:       notification(s.client.progress.cancel),
			protocol.MethodWorkspaceDidChangeConfiguration:    notification(s.settings.didChange),
			protocol.MethodWorkspaceDidChangeWatchedFiles:     notification(s.board.FilesChanged),
			protocol.MethodCancelRequest:                      notification(s.calls.cancelRequest),
			ext.MethodCursorRests:                             notification(s.completions.cursorRests),
			ext.MethodTrust:                                   notification(s.workspace.TrustChanged),
			ext.MethodDidShowCompletion:                       notification(s.completions.didShow),
			ext.MethodDidShowInlineEdit:                       ignored,
			ext.MethodDidPartiallyAcceptCompletion:            notification(s.completions.didPartiallyAccept),

			// Known, and of no interest.
			protocol.MethodSetTrace:             ignored,
			protocol.MethodTextDocumentWillSave: ignored,
		},
	}
}

func request[P any](h func(*editor.Call, *P) (editor.Answer, error)) func(*editor.Call, jsonrpc2.RawMessage) (editor.Answer, error) {
	return func(c *editor.Call, raw jsonrpc2.RawMessage) (editor.Answer, error) {
		var params P
		if err := decode(raw, &params); err != nil {
			return nil, err
		}
		return h(c, &params)
	}
}

func notification[P any](h func(*P) error) func(jsonrpc2.RawMessage) error {
	return func(raw jsonrpc2.RawMessage) error {
		var params P
		if err := decode(raw, &params); err != nil {
			return err
		}
		return h(&params)
	}
}

func ignored(jsonrpc2.RawMessage) error { return nil }

// decode reads params; those left out count as empty. Its error is an
// InvalidParams.
func decode(raw jsonrpc2.RawMessage, params any) error {
	if len(raw) == 0 {
		raw = jsonrpc2.RawMessage("{}")
	}
	if err := protocol.Unmarshal(raw, params); err != nil {
		return editor.InvalidParams(err)
	}
	return nil
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
	handler, ok := s.table.requests[r.Method()]
	if !ok {
		return nil, jsonrpc2.Errorf(jsonrpc2.MethodNotFound, "method %.100q is not known", r.Method())
	}
	ofCompletion := r.Method() == protocol.MethodTextDocumentInlineCompletion || r.Method() == protocol.MethodTextDocumentCompletion
	c := s.calls.begin(s.lifecycle.ctx, r.ID(), !ofCompletion)
	if c == nil {
		return nil, jsonrpc2.Errorf(jsonrpc2.Code(protocol.LSPErrorCodesServerCancelled), "%d requests are being answered; ask again when some are", maxCalls)
	}
	defer s.calls.end(c)
	answer, err := handler(&c.Call, r.Params())
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
	handler, ok := s.table.notifications[r.Method()]
	if !ok {
		if !strings.HasPrefix(r.Method(), "$/") {
			s.log.Debug("notification of no known method", "method", r.Method())
		}
		return
	}
	if err = handler(r.Params()); err != nil {
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
