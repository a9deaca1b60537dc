package reviewing

import (
	"context"
	"time"

	"go.lsp.dev/uri"

	"github.com/airside-ls/airside/lsp/editor"
	"github.com/airside-ls/airside/lsp/ext"
)

// idleAfterSave is how long nothing is typed in a saved file before the model
// reviews it.
const idleAfterSave = 2 * time.Second

// Saved reviews what has changed in a saved file, if the user has set so:
// by the rules at once, and by the model once the file is left alone.
func (s *Reviews) Saved(u uri.URI) {
	d := s.documents.Open(u)
	if !s.onSave() || d == nil || s.opts.Reviewer == nil {
		return
	}
	order := s.number()
	s.client.Background(func(ctx context.Context) error {
		if err := s.reviewDocument(ctx, d, order); err != nil {
			s.log.Info("a saved file was not reviewed", "uri", d.URI, "why", err)
		}
		return nil
	})
}

// reviewDocument reviews the document of a save; order grows from one to the next.
func (s *Reviews) reviewDocument(ctx context.Context, d *editor.Document, order int) error {
	r := &run{s: s, saved: true, order: order, rulesOnly: true, arguments: ext.ReviewArguments{Scope: ext.ScopeFile, URI: string(d.URI)}}
	r.ctx, r.cancel = context.WithCancelCause(ctx)
	defer r.cancel(nil)
	if err := r.begin(); err != nil {
		return err
	}
	defer r.end()
	if !r.tree.repository {
		return ErrNoRepository // nothing says what has changed
	}
	if _, err := r.review(); err != nil {
		return err
	}
	idle := time.NewTimer(s.opts.Idle)
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
	_, err := r.review()
	return err
}
