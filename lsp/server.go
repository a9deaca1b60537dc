// Package lsp is airside's language server. It is the only package that knows
// LSP: it keeps the editor's documents, turns positions into byte offsets, and
// hands plain values to the packages that do the work.
//
// Messages are taken in strictly in the order of their arrival; what changes
// documents is done then and there. A request only decodes and takes its
// snapshot of a document in that order, and is answered from a goroutine of its
// own, so that a slow model never holds up text sync.
package lsp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/completion/edit/next"
	"github.com/airside-ls/airside/lsp/annotate"
	"github.com/airside-ls/airside/lsp/editor"
	"github.com/airside-ls/airside/lsp/ext"
	"github.com/airside-ls/airside/lsp/frame"
	"github.com/airside-ls/airside/lsp/reviewing"
	"github.com/airside-ls/airside/lsp/workspace"
)

// Options make a Server. Engine is required.
type Options struct {
	Engine Engine
	// Log is for developers; nil discards. It must not write to the client's
	// connection.
	Log *slog.Logger
	// Version is told to the client.
	Version string

	// Configure applies the values of the editor's settings section "airside",
	// as JSON decodes them, and returns what is wrong with them. It is called
	// for initializationOptions, and again whenever the settings change; never
	// twice at a time. Problems are told to the user once each.
	Configure func(values map[string]any) []error

	// Settled is called once, when the settings that the editor has from the start
	// have been applied, or when it has said none within SettleWithin; 0 is two
	// seconds. What depends on them should wait for it. nil tells nobody.
	Settled      func()
	SettleWithin time.Duration

	// Ending is called once, when the client has said exit, or is gone, or the
	// server is told to end otherwise: with what Serve is going to return. What does
	// not end by itself is not to be waited for from then on. nil waits.
	Ending func(outcome error)

	// SelectModel lists the models that could answer, after having one of them
	// answer if the arguments name it. nil offers none.
	SelectModel func(context.Context, ext.ModelArguments) ([]ext.Model, error)

	// CommitMessage writes a message for what is about to be committed in the repository
	// that a path lies in, without a model if rulesOnly. nil writes none.
	CommitMessage func(ctx context.Context, path string, rulesOnly bool) (ext.CommitMessage, error)

	// NextEdits proposes the next edit; nil proposes none.
	NextEdits *next.Watcher

	// Workspace says what the editor's folders are opened with.
	Workspace workspace.Options
	// Review is what reviews are made with; without it there are none.
	Review reviewing.Options

	// MaxDocument, in bytes, replaces editor.DefaultMaxDocument when positive.
	MaxDocument int
	// MaxMessage bounds one message in bytes; 0 means frame.DefaultMaxBody.
	MaxMessage int64
}

// The ways in which Serve can end other than by shutdown and exit.
var (
	ErrExitWithoutShutdown = errors.New("the client exited without shutting down the server")
	ErrDisconnected        = errors.New("the client is gone")
	// ErrNoClient is one before there was one.
	ErrNoClient = fmt.Errorf("standard input ended before anything was said there: airside speaks LSP on it, and editors start it (see airside --help): %w", ErrDisconnected)
)

// Server speaks LSP with one client.
type Server struct {
	opts   Options
	engine Engine
	log    *slog.Logger

	stream *frame.Stream
	table  table

	lifecycle   lifecycle
	client      client
	calls       calls
	documents   documents
	settings    settings
	next        nextEdits
	completions completions
	board       *annotate.Board
	workspace   *workspace.Workspace
	reviews     *reviewing.Reviews
	endOnce     sync.Once // for Options.Ending
}

// New returns a server for one client.
func New(opts Options) *Server {
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.MaxDocument <= 0 {
		opts.MaxDocument = editor.DefaultMaxDocument
	}
	if opts.SettleWithin <= 0 {
		opts.SettleWithin = settleWithin
	}
	s := &Server{opts: opts, engine: opts.Engine, log: opts.Log}
	s.client.log, s.client.status.reviews = opts.Log, opts.Review.Reviewer != nil
	s.settings = newSettings(&s.client, opts)
	s.board = annotate.NewBoard(&s.client, &s.documents, opts.Log)
	s.workspace = workspace.New(&s.client, &s.documents, s.board, opts.Engine, opts.Log, opts.Workspace)
	s.reviews = reviewing.New(&s.client, &s.documents, s.board, s.workspace, opts.Log, opts.Review)
	s.documents = documents{
		client: &s.client, engine: opts.Engine, log: opts.Log, maxSize: opts.MaxDocument,
		changed: s.changed, begun: s.begun, closed: s.closed,
	}
	s.next = nextEdits{watcher: opts.NextEdits, client: &s.client, documents: &s.documents}
	s.completions = completions{engine: opts.Engine, log: opts.Log, client: &s.client, documents: &s.documents}
	s.table = s.newTable()
	return s
}

// SetSync changes the settings of sync. It may be called at any time, and first
// before Serve.
func (s *Server) SetSync(settings workspace.SyncSettings) { s.workspace.SetSync(settings) }

// SetReview changes the settings of reviews. It may be called at any time.
func (s *Server) SetReview(settings reviewing.Settings) { s.reviews.Set(settings) }

// Serve speaks with the client on conn until it exits or is gone, ctx ends or
// its process does. It returns nil after shutdown and exit, for which a process
// ends with 0 (LSP, "Exit Notification"), else ErrExitWithoutShutdown,
// ErrDisconnected, ErrNoClient or the error of ctx. Serve closes conn, and is called once. It
// does not close the engine.
func (s *Server) Serve(ctx context.Context, conn io.ReadWriteCloser) error {
	ended := ctx.Err
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()

	s.stream = frame.NewStream(conn, frame.Options{
		MaxBody: s.opts.MaxMessage,
		Log:     s.log,
		Dropped: s.frameDropped,
	})
	s.lifecycle.start(ctx)
	s.client.conn, s.client.ctx = jsonrpc2.NewConn(input{s.stream, s}, jsonrpc2.WithCodec(codec{})), ctx
	s.client.conn.Go(ctx, s.handle)

	select {
	case <-s.client.conn.Done():
	case <-s.lifecycle.abandoned():
	case <-ctx.Done():
	}
	cancel() // requests still running, and goroutines that wait for the client
	s.engine.OnStatus(func(completion.Status) {})
	s.engine.OnReady(func(completion.Notice) {})
	s.ending(ended())
	s.workspace.Stop()
	s.stream.Close()
	s.awaitReader()
	s.workspace.Await()
	err := s.lifecycle.outcome(s.client.conn.Err())
	if err != nil && ended() != nil {
		return ended()
	}
	return err
}

// didSave is textDocument/didSave.
func (s *Server) didSave(params *protocol.DidSaveTextDocumentParams) error {
	s.reviews.Saved(params.TextDocument.URI)
	s.workspace.Saved(params.TextDocument.URI)
	s.documents.saved(params.TextDocument.URI)
	return nil
}

// didSaveNotebook is notebookDocument/didSave.
func (s *Server) didSaveNotebook(params *protocol.DidSaveNotebookDocumentParams) error {
	s.workspace.Saved(params.NotebookDocument.URI)
	return nil
}

// begun hears of a document that was opened.
func (s *Server) begun(d *editor.Document) {
	s.next.opened(d)
	s.workspace.Opened(d)
}

// changed hears of each new version of a document.
func (s *Server) changed(d *editor.Document, edits []completion.Edit) {
	s.next.changed(d)
	s.board.Changed(d)
	s.workspace.Changed(d, edits)
	s.completions.changed(d.URI)
}

// closed hears of a document that was closed.
func (s *Server) closed(d *editor.Document) {
	s.next.closed(d)
	s.completions.closed(d.URI)
	s.board.Reread(d.URI)
	s.workspace.Closed(d)
}

// frameDropped hears of messages that never became one.
func (s *Server) frameDropped(prefix []byte) {
	if s.lifecycle.listening() {
		s.documents.frameDropped(prefix)
	}
}

// ending tells Options.Ending how Serve is going to end; cause is why, if not by
// the client.
func (s *Server) ending(cause error) {
	if s.opts.Ending != nil {
		s.endOnce.Do(func() { s.opts.Ending(cmp.Or(cause, s.lifecycle.outcome(nil))) })
	}
}

// readerEnds is the moment that input is given at the end, which may not hear of it.
const readerEnds = 500 * time.Millisecond

// awaitReader gives the reading goroutine a moment to end. Standard input
// cannot always be woken from a read; the process ends then with it waiting.
func (s *Server) awaitReader() {
	limit := time.NewTimer(readerEnds)
	defer limit.Stop()
	select {
	case <-s.client.conn.Done():
	case <-limit.C:
	}
}

// Join makes one connection of two, such as standard input and output.
func Join(in io.ReadCloser, out io.WriteCloser) io.ReadWriteCloser { return duplex{in, out} }

// duplex is what Join makes.
type duplex struct {
	io.ReadCloser
	out io.WriteCloser
}

func (j duplex) Write(p []byte) (int, error) { return j.out.Write(p) }

func (j duplex) Close() error { return errors.Join(j.ReadCloser.Close(), j.out.Close()) }

// input is the stream as the connection reads it: at the end of input, calls
// still running are stopped and answered before the connection hears of it,
// because it writes nothing afterwards.
type input struct {
	*frame.Stream
	s *Server
}

func (in input) ReadFrame(ctx context.Context) ([]byte, int64, error) {
	body, n, err := in.Stream.ReadFrame(ctx)
	if err != nil {
		in.s.ending(nil)
		in.s.calls.cancelAll(editor.ErrShutdown)
		in.s.lifecycle.end()
		in.Stream.Drain(readerEnds)
	}
	return body, n, err
}
