package lsp

import (
	"strings"
	"time"

	"go.lsp.dev/protocol"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/lsp/editor"
	"github.com/airside-ls/airside/lsp/ext"
	"github.com/airside-ls/airside/lsp/text"
)

// maxAlternatives is how many suggestions a user who asks by a key can choose
// from.
const maxAlternatives = 3

// inline is textDocument/inlineCompletion (LSP 3.18). Without a
// suggestion the answer is null and never an empty list: a list without items
// that comes late wipes what a newer request has put on the screen.
func (cs *completions) inline(c *editor.Call, params *protocol.InlineCompletionParams) (editor.Answer, error) {
	d, offset, err := cs.position(&params.TextDocumentPositionParams)
	if d == nil {
		return func() (any, error) { return nil, nil }, err
	}
	cs.supersede(d.URI, c)
	r := cs.documents.ask(d, offset)
	r.Line, r.Selected = int(params.Position.Line)+1, selected(d.Text, params.Context.SelectedCompletionInfo)
	r.Arrived = time.Now()
	if params.Context.TriggerKind == protocol.InlineCompletionTriggerKindInvoked {
		r.Trigger, r.Alternatives = completion.Invoked, maxAlternatives
	}
	return func() (any, error) {
		result, err := cs.ask(c, d, r)
		if result == nil {
			return nil, err
		}
		items := cs.inlineItems(d.Text, r, result.Suggestions)
		if len(items) == 0 {
			return nil, nil
		}
		return &protocol.InlineCompletionList{Items: items}, nil
	}, nil
}

// cursorRests is airside/cursorRests.
func (cs *completions) cursorRests(params *protocol.TextDocumentPositionParams) error {
	if d := cs.documents.Open(params.TextDocument.URI); d != nil && d.Known {
		cs.engine.Rests(cs.documents.ask(d, d.Text.PositionOffset(params.Position)))
	}
	return nil
}

// selected is the entry highlighted in the editor's popup, nil if there is none.
func selected(t *text.Snapshot, info protocol.SelectedCompletionInfo) *completion.Replacement {
	if info == (protocol.SelectedCompletionInfo{}) {
		return nil
	}
	start, end := t.RangeOffsets(info.Range)
	return &completion.Replacement{Start: start, End: end, Text: editor.Valid(info.Text)}
}

// inlineItems encodes the suggestions that an editor can show.
func (cs *completions) inlineItems(t *text.Snapshot, r completion.Request, suggestions []completion.Suggestion) []protocol.InlineCompletionItem {
	var items []protocol.InlineCompletionItem
	for _, suggestion := range suggestions {
		if why := unfit(t, r, suggestion.Replacement); why != "" {
			cs.decline(r, "suggestion dropped: "+why)
			continue
		}
		rng := t.OffsetRange(suggestion.Start, suggestion.End)
		items = append(items, protocol.InlineCompletionItem{
			InsertText: protocol.String(suggestion.Text),
			FilterText: filterText(r, suggestion.Replacement),
			Range:      &rng,
			Command:    acceptedCommand(suggestion.ID),
		})
	}
	return items
}

// unfit says what keeps a replacement from being an inline completion, "" if
// nothing: its range lies in one line and holds the cursor, and it goes on from
// the entry selected in the popup.
func unfit(t *text.Snapshot, r completion.Request, rep completion.Replacement) string {
	switch {
	case rep.Start < 0 || rep.Start > rep.End || rep.End > t.Len():
		return "its range is outside the document"
	case rep.Start > r.Offset || rep.End < r.Offset:
		return "its range does not hold the cursor"
	case strings.ContainsAny(t.Text()[rep.Start:rep.End], "\r\n"):
		return "its range is more than one line"
	case rep.Text == t.Text()[rep.Start:rep.End]:
		return "it changes nothing"
	case r.Selected != nil && (rep.Start != r.Selected.Start || rep.End != r.Selected.End):
		return "its range is not that of the selected completion"
	case r.Selected != nil && !strings.HasPrefix(rep.Text, r.Selected.Text):
		return "it does not begin with the selected completion"
	}
	return ""
}

// filterText is needed only where the text rewrites what stands before the
// cursor: editors hide an item that does not begin with it.
func filterText(r completion.Request, rep completion.Replacement) *string {
	typed := r.Document.Text[rep.Start:r.Offset]
	if strings.HasPrefix(rep.Text, typed) {
		return nil
	}
	return &typed
}

// acceptedCommand is run by the editor when the suggestion is taken.
func acceptedCommand(id string) protocol.Command {
	argument, err := protocol.Marshal(protocol.String(id))
	if err != nil {
		return protocol.Command{}
	}
	return protocol.Command{
		Title:     "Accept completion",
		Command:   ext.CommandAccepted,
		Arguments: []protocol.LSPAny{argument},
	}
}
