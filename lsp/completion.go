package lsp

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"go.lsp.dev/protocol"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/lsp/editor"
	"github.com/airside-ls/airside/lsp/text"
)

// popup is textDocument/completion, for clients without inline completion.
// Its lists are always incomplete, so that the client asks again on the next
// character even if there was nothing for this one.
func (cs *completions) popup(c *editor.Call, params *protocol.CompletionParams) (editor.Answer, error) {
	d, offset, err := cs.position(&params.TextDocumentPositionParams)
	if d == nil {
		return func() (any, error) { return nil, nil }, err
	}
	cs.supersede(d.URI, c)
	r := cs.documents.ask(d, offset)
	r.Line, r.Arrived = int(params.Position.Line)+1, time.Now()
	return func() (any, error) {
		result, err := cs.ask(c, d, r)
		if err != nil {
			return nil, err
		}
		list := &protocol.CompletionList{IsIncomplete: true, Items: []protocol.CompletionItem{}}
		if result != nil {
			list.Items = cs.popupItems(d, r, result.Suggestions)
		}
		return list, nil
	}, nil
}

func (cs *completions) popupItems(d *editor.Document, r completion.Request, suggestions []completion.Suggestion) []protocol.CompletionItem {
	items := []protocol.CompletionItem{}
	for _, suggestion := range suggestions {
		if why := unfit(d.Text, r, suggestion.Replacement); why != "" {
			cs.decline(r, "suggestion dropped: "+why)
			continue
		}
		if beginsNextLine(d.Text.Text(), suggestion.Replacement) {
			cs.decline(r, "it begins in the next line, and a popup would take the key that begins that")
			continue
		}
		items = append(items, cs.popupItem(d, r, suggestion))
	}
	return items
}

// beginsNextLine tells whether a suggestion leaves the line of code that it stands
// behind as it is.
func beginsNextLine(text string, r completion.Replacement) bool {
	line := text[strings.LastIndexByte(text[:r.Start], '\n')+1 : r.Start]
	return strings.HasPrefix(strings.TrimLeft(r.Text, "\r"), "\n") && strings.TrimSpace(line) != ""
}

// popupItem encodes one suggestion. Popups filter by the word at the cursor, so
// the item replaces that word by itself and the suggestion.
func (cs *completions) popupItem(d *editor.Document, r completion.Request, suggestion completion.Suggestion) protocol.CompletionItem {
	start := wordStart(d.Text, suggestion.Start)
	newText := d.Text.Text()[start:suggestion.Start] + suggestion.Text
	first, more, multiline := strings.Cut(newText, "\n")
	item := protocol.CompletionItem{
		Label:            label(newText),
		Kind:             protocol.CompletionItemKindText,
		Detail:           protocol.NewOptional("airside"),
		FilterText:       protocol.NewOptional(first),
		InsertTextFormat: protocol.InsertTextFormatPlainText,
		InsertTextMode:   protocol.InsertTextModeAsIs,
		TextEdit: &protocol.TextEdit{
			Range:   d.Text.OffsetRange(start, suggestion.End),
			NewText: newText,
		},
		Command: acceptedCommand(suggestion.ID),
	}
	if multiline && strings.TrimSpace(more) != "" {
		item.Documentation = cs.preview(d.Language, newText)
	}
	return item
}

// label is the first line that says something.
func label(newText string) string {
	for line := range strings.Lines(newText) {
		if line = strings.TrimSpace(line); line != "" {
			return line
		}
	}
	return "⏎"
}

// preview shows a suggestion of several lines beside the popup.
func (cs *completions) preview(language, newText string) *protocol.MarkupContent {
	if !cs.client.capabilities.Markdown {
		return &protocol.MarkupContent{Kind: protocol.MarkupKindPlainText, Value: newText}
	}
	fence := "```"
	for strings.Contains(newText, fence) {
		fence += "`"
	}
	return &protocol.MarkupContent{
		Kind:  protocol.MarkupKindMarkdown,
		Value: fence + language + "\n" + strings.TrimRight(newText, "\n") + "\n" + fence,
	}
}

// wordStart is the byte offset at which the word that ends at offset begins.
func wordStart(t *text.Snapshot, offset int) int {
	for offset > 0 {
		r, size := utf8.DecodeLastRuneInString(t.Text()[:offset])
		if r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			break
		}
		offset -= size
	}
	return offset
}
