package lsp

import (
	"errors"

	"github.com/airside-ls/airside/lsp/editor"
	"github.com/airside-ls/airside/lsp/ext"
)

// modelSelect is airside.model.select.
func (s *Server) modelSelect(run *editor.Invocation) (any, error) {
	if s.opts.SelectModel == nil {
		return nil, errors.New("this server has no models to choose from")
	}
	var arguments ext.ModelArguments
	if err := run.Argument(&arguments); err != nil {
		return nil, err
	}
	list, err := s.opts.SelectModel(run.Ctx, arguments)
	if run.Ctx.Err() != nil {
		return run.Unanswered()
	}
	if err != nil {
		return nil, err
	}
	return list, nil
}
