package lsp

import (
	"errors"

	"go.lsp.dev/protocol"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/lsp/editor"
	"github.com/airside-ls/airside/lsp/ext"
	"github.com/airside-ls/airside/lsp/text"
)

// accepted is airside.accepted: the suggestion was taken as a whole.
func (cs *completions) accepted(run *editor.Invocation) (any, error) {
	id, err := suggestionID(run.Arguments)
	if err != nil {
		return nil, err
	}
	cs.engine.Feedback(id, completion.Accepted, 0)
	return nil, nil
}

// didShow is textDocument/didShowCompletion.
func (cs *completions) didShow(params *ext.DidShowCompletionParams) error {
	id, err := suggestionID(params.Item.Command.Arguments)
	if err != nil {
		return err
	}
	cs.engine.Feedback(id, completion.Shown, 0)
	return nil
}

// didPartiallyAccept is textDocument/didPartiallyAcceptCompletion.
// Its length counts UTF-16 units of the item's text, whatever the encoding of
// positions is.
func (cs *completions) didPartiallyAccept(params *ext.DidPartiallyAcceptCompletionParams) error {
	id, err := suggestionID(params.Item.Command.Arguments)
	if err != nil {
		return err
	}
	accepted := text.UTF16.Bytes(insertText(params.Item), int(params.AcceptedLength))
	cs.engine.Feedback(id, completion.PartlyAccepted, accepted)
	return nil
}

func insertText(item protocol.InlineCompletionItem) string {
	switch t := item.InsertText.(type) {
	case protocol.String:
		return string(t)
	case *protocol.StringValue:
		return t.Value
	}
	return ""
}

// suggestionID reads the argument of airside.accepted.
func suggestionID(arguments []protocol.LSPAny) (string, error) {
	var id protocol.String
	if len(arguments) == 0 || protocol.Unmarshal(arguments[0], &id) != nil || id == "" {
		return "", editor.InvalidParams(errors.New("the suggestion's id is missing"))
	}
	return string(id), nil
}
