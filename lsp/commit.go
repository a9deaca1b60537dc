package lsp

import (
	"errors"

	"go.lsp.dev/uri"

	"github.com/airside-ls/airside/lsp/editor"
	"github.com/airside-ls/airside/lsp/ext"
)

// commitMessage is airside.commitMessage.
func (s *Server) commitMessage(run *editor.Invocation) (any, error) {
	if s.opts.CommitMessage == nil {
		return nil, errors.New("this server writes no commit messages")
	}
	var arguments ext.CommitMessageArguments
	if err := run.Argument(&arguments); err != nil {
		return nil, err
	}
	path := s.workspace.Folder()
	if arguments.URI != "" {
		u := editor.Canonical(uri.URI(arguments.URI))
		if !u.IsFile() {
			return nil, editor.InvalidParams(errors.New("uri is no file, so it is in no repository"))
		}
		path = u.FsPath()
	}
	if path == "" {
		return nil, errors.New("no folder is open to commit from; name a file of the repository (uri)")
	}
	if err := s.workspace.Trusts(path); err != nil {
		return nil, err
	}
	message, err := s.opts.CommitMessage(run.Ctx, path, arguments.RulesOnly)
	if run.Ctx.Err() != nil {
		return run.Unanswered()
	}
	if err != nil {
		return nil, err
	}
	return message, nil
}
