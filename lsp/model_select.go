package lsp

import (
	"errors"

	"go.lsp.dev/protocol"

	"github.com/airside-ls/airside/lsp/ext"
)

// modelSelect is airside.model.select.
func (s *Server) modelSelect(run *invocation) (any, error) {
	if s.opts.SelectModel == nil {
		return nil, errors.New("this server has no models to choose from")
	}
	var arguments ext.ModelArguments
	if len(run.arguments) > 0 && string(run.arguments[0]) != "null" {
		if err := protocol.Unmarshal(run.arguments[0], &arguments); err != nil {
			return nil, invalidParams(err)
		}
	}
	list, err := s.opts.SelectModel(run.ctx, arguments)
	if run.ctx.Err() != nil {
		return run.unanswered()
	}
	if err != nil {
		return nil, err
	}
	return list, nil
}
