package lsp

import (
	"fmt"
	"strings"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/lsp/editor"
	"github.com/airside-ls/airside/lsp/ext"
)

// maxPanel is how many alternatives a panel has at most.
const maxPanel = 8

// panel is textDocument/copilotPanelCompletion. One panel is filled at a time, until
// its document changes.
func (cs *completions) panel(c *editor.Call, params *ext.PanelCompletionParams) (editor.Answer, error) {
	d, offset, err := cs.position(&protocol.TextDocumentPositionParams{
		TextDocument: protocol.TextDocumentIdentifier{URI: params.TextDocument.URI}, Position: params.Position,
	})
	if err != nil {
		return nil, err
	}
	why := ""
	switch {
	case d == nil:
		why = "the document is not open"
	case params.TextDocument.Version != nil && *params.TextDocument.Version != d.Version:
		why = "the text has changed; ask again"
	default:
		why = d.Withheld(cs.documents.maxSize)
	}
	if why != "" {
		return func() (any, error) { return &ext.PanelCompletionResult{Items: []ext.PanelItem{}, Message: why}, nil }, nil
	}
	r := cs.documents.ask(d, offset)
	r.Line = int(params.Position.Line) + 1
	cs.openPanel(d.URI, c)
	return func() (any, error) { return cs.fill(c, d, r, params) }, nil
}

// fill looks for alternatives.
func (cs *completions) fill(c *editor.Call, d *editor.Document, r completion.Request, params *ext.PanelCompletionParams) (any, error) {
	defer cs.closePanel(c)
	var progress editor.Progress
	if params.WorkDoneToken != nil {
		progress = cs.client.Progress(&editor.Invocation{Call: c, Token: params.WorkDoneToken}, "Looking for alternatives", true)
		defer func() { progress.End("") }()
	}
	result := &ext.PanelCompletionResult{Items: []ext.PanelItem{}}
	n := 0
	reason, err := cs.engine.Panel(c.Ctx, r, maxPanel, func(s completion.Suggestion) {
		if unfit(d.Text, r, s.Replacement) != "" {
			return
		}
		n++
		found := ext.PanelItem{
			InsertText: s.Text, Range: d.Text.OffsetRange(s.Start, s.End), Command: acceptedCommand(s.ID), Label: labelOf(s.Text),
		}
		if params.PartialResultToken == nil {
			result.Items = append(result.Items, found)
		} else {
			cs.tellFound(params.PartialResultToken, found)
		}
		if progress != nil {
			progress.ReportOf(fmt.Sprintf("%d found", n), n, maxPanel)
		}
	})
	switch {
	case c.Ctx.Err() != nil:
		return c.Unanswered()
	case err != nil:
		return nil, jsonrpc2.Errorf(jsonrpc2.InternalError, "%v", err)
	}
	if n == 0 {
		result.Message = reason
	}
	return result, nil
}

// tellFound sends an alternative to a panel.
func (cs *completions) tellFound(token protocol.ProgressToken, found ext.PanelItem) {
	raw, err := protocol.Marshal(&ext.PanelCompletionResult{Items: []ext.PanelItem{found}})
	if err != nil {
		cs.log.Warn("an alternative", "err", err)
		return
	}
	cs.client.Notify(protocol.MethodProgress, &protocol.ProgressParams{Token: token, Value: raw})
}

// labelOf tells how much a suggestion is.
func labelOf(text string) string {
	if n := strings.Count(strings.Trim(text, "\n"), "\n") + 1; n > 1 {
		return fmt.Sprintf("%d lines", n)
	}
	return "1 line"
}
