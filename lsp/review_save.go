package lsp

import (
	"context"
	"time"

	"go.lsp.dev/protocol"

	"github.com/airside-ls/airside/lsp/editor"
	"github.com/airside-ls/airside/lsp/ext"
)

// idleAfterSave is how long nothing is typed in a saved file before the model
// reviews it.
const idleAfterSave = 2 * time.Second

// ReviewSettings are the settings under review.
type ReviewSettings struct {
	OnSave bool // a saved file's changes are reviewed
}

// SetReview changes the settings of reviews. It may be called at any time.
func (s *Server) SetReview(settings ReviewSettings) {
	s.reviews.mu.Lock()
	defer s.reviews.mu.Unlock()
	s.reviews.settings = settings
}

// reviewSaved reviews what has changed in a saved file, if the user has set so:
// by the rules at once, and by the model once the file is left alone.
func (s *Server) reviewSaved(params *protocol.DidSaveTextDocumentParams) {
	s.reviews.mu.Lock()
	wanted := s.reviews.settings.OnSave
	s.reviews.mu.Unlock()
	d := s.documents.Open(params.TextDocument.URI)
	if !wanted || d == nil || s.opts.Review.Reviewer == nil {
		return
	}
	s.client.Background(func(ctx context.Context) error {
		if err := s.reviewDocument(ctx, d); err != nil {
			s.log.Info("a saved file was not reviewed", "uri", d.URI, "why", err)
		}
		return nil
	})
}

func (s *Server) reviewDocument(ctx context.Context, d *editor.Document) error {
	r := &reviewRun{s: s, saved: true, rulesOnly: true, arguments: ext.ReviewArguments{Scope: ext.ScopeFile, URI: string(d.URI)}}
	r.ctx, r.cancel = context.WithCancelCause(ctx)
	defer r.cancel(nil)
	if err := r.begin(); err != nil {
		return err
	}
	defer r.end()
	if !r.tree.repository {
		return ErrNoRepository // nothing says what has changed
	}
	if _, err := r.run(); err != nil {
		return err
	}
	idle := time.NewTimer(s.opts.Review.Idle)
	defer idle.Stop()
	select {
	case <-r.ctx.Done():
		return nil
	case <-idle.C:
	}
	if !s.documents.Current(d) {
		return nil // the next save asks again
	}
	r.rulesOnly = false
	_, err := r.run()
	return err
}
