package lsp

import (
	"strings"
	"time"

	"go.lsp.dev/protocol"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/lsp/ext"
	"github.com/airside-ls/airside/lsp/text"
)

// maxAlternatives is how many suggestions a user who asks by a key can choose
// from.
const maxAlternatives = 3

// inlineCompletion is textDocument/inlineCompletion (LSP 3.18). Without a
// suggestion the answer is null and never an empty list: a list without items
// that comes late wipes what a newer request has put on the screen.
func (s *Server) inlineCompletion(c *call, params *protocol.InlineCompletionParams) (answer, error) {
	d, offset, err := s.position(&params.TextDocumentPositionParams)
	if d == nil {
		return func() (any, error) { return nil, nil }, err
	}
	s.documents.supersede(d.uri, c)
	r := completion.Request{
		Document: d.plain(),
		Offset:   offset,
		Line:     int(params.Position.Line) + 1,
		Selected: selected(d.text, params.Context.SelectedCompletionInfo),
	}
	if params.Context.TriggerKind == protocol.InlineCompletionTriggerKindInvoked {
		r.Trigger, r.Alternatives = completion.Invoked, maxAlternatives
	}
	wait := s.debounce.arrived(r, time.Now())
	return func() (any, error) {
		result, err := s.ask(c, d, r, wait)
		if result == nil {
			return nil, err
		}
		items := s.inlineItems(d.text, r, result.Suggestions)
		if len(items) == 0 {
			return nil, nil
		}
		return &protocol.InlineCompletionList{Items: items}, nil
	}, nil
}

// cursorRests is airside/cursorRests.
func (s *Server) cursorRests(params *protocol.TextDocumentPositionParams) error {
	if d := s.documents.get(params.TextDocument.URI); d != nil && d.known {
		s.engine.Rests(completion.Request{Document: d.plain(), Offset: d.text.PositionOffset(params.Position)})
	}
	return nil
}

// selected is the entry highlighted in the editor's popup, nil if there is none.
func selected(t *text.Snapshot, info protocol.SelectedCompletionInfo) *completion.Replacement {
	if info == (protocol.SelectedCompletionInfo{}) {
		return nil
	}
	start, end := t.RangeOffsets(info.Range)
	return &completion.Replacement{Start: start, End: end, Text: valid(info.Text)}
}

// inlineItems encodes the suggestions that an editor can show.
func (s *Server) inlineItems(t *text.Snapshot, r completion.Request, suggestions []completion.Suggestion) []protocol.InlineCompletionItem {
	var items []protocol.InlineCompletionItem
	for _, suggestion := range suggestions {
		if why := unfit(t, r, suggestion.Replacement); why != "" {
			s.decline(r, "suggestion dropped: "+why)
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
