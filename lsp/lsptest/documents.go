package lsptest

import (
	"encoding/json"
	"net/url"
	"strings"
)

// Item is an InlineCompletionItem.
type Item struct {
	InsertText string   `json:"insertText"`
	FilterText string   `json:"filterText,omitempty"`
	Range      *Range   `json:"range,omitempty"`
	Command    *Command `json:"command,omitempty"`
}

// Command is LSP's.
type Command struct {
	Title     string            `json:"title"`
	Command   string            `json:"command"`
	Arguments []json.RawMessage `json:"arguments,omitempty"`
}

// SelectedCompletion is LSP's SelectedCompletionInfo.
type SelectedCompletion struct {
	Range Range  `json:"range"`
	Text  string `json:"text"`
}

// Open opens a document.
func (e *Editor) Open(uri, language, text string) {
	b := &buffer{uri: uri, language: language, version: 1, text: text}
	e.buffers[uri] = b
	e.Notify("textDocument/didOpen", map[string]any{"textDocument": map[string]any{
		"uri": uri, "languageId": language, "version": b.version, "text": text,
	}})
}

// CloseDocument closes a document.
func (e *Editor) CloseDocument(uri string) {
	delete(e.buffers, uri)
	e.Notify("textDocument/didClose", map[string]any{"textDocument": map[string]any{"uri": uri}})
}

// Save says that a document was saved; the test writes the file.
func (e *Editor) Save(uri string) {
	e.Notify("textDocument/didSave", map[string]any{"textDocument": map[string]any{"uri": uri}})
}

// FileURI names a file.
func FileURI(path string) string { return (&url.URL{Scheme: "file", Path: path}).String() }

// Text is the editor's text of a document.
func (e *Editor) Text(uri string) string { return e.buffers[uri].text }

// Change replaces the bytes [start, end) and sends the change.
func (e *Editor) Change(uri string, start, end int, text string) {
	b := e.buffers[uri]
	e.ChangeRange(uri, Range{position(b.text, start, e.Encoding), position(b.text, end, e.Encoding)}, text)
}

// ChangeRange replaces a range, which may lie outside the document, and sends
// the change.
func (e *Editor) ChangeRange(uri string, r Range, text string) {
	b := e.buffers[uri]
	start, _ := offset(b.text, r.Start, e.Encoding)
	end, _ := offset(b.text, r.End, e.Encoding)
	if start > end {
		start, end = end, start
	}
	b.text = b.text[:start] + text + b.text[end:]
	b.version++
	e.didChange(b, map[string]any{"range": r, "text": text})
}

// ChangeAll replaces the whole text and sends it.
func (e *Editor) ChangeAll(uri, text string) {
	b := e.buffers[uri]
	b.text = text
	b.version++
	e.didChange(b, map[string]any{"text": text})
}

func (e *Editor) didChange(b *buffer, change map[string]any) {
	e.Notify("textDocument/didChange", map[string]any{
		"textDocument":   map[string]any{"uri": b.uri, "version": b.version},
		"contentChanges": []any{change},
	})
}

// InlineCompletion asks at a byte offset. The answer is checked against the
// specification when it comes.
func (e *Editor) InlineCompletion(uri string, at int, invoked bool, selected *SelectedCompletion) *Call {
	return e.InlineCompletionAt(uri, position(e.buffers[uri].text, at, e.Encoding), invoked, selected)
}

// InlineCompletionAt asks at a position, which may lie outside the document.
func (e *Editor) InlineCompletionAt(uri string, p Position, invoked bool, selected *SelectedCompletion) *Call {
	trigger := 2
	if invoked {
		trigger = 1
	}
	context := map[string]any{"triggerKind": trigger}
	if selected != nil {
		context["selectedCompletionInfo"] = selected
	}
	text := ""
	if b := e.buffers[uri]; b != nil {
		text = b.text
	}
	return e.request("textDocument/inlineCompletion", map[string]any{
		"textDocument": map[string]any{"uri": uri},
		"position":     p,
		"context":      context,
	}, func(result json.RawMessage) { e.checkInline(result, text, p, selected) })
}

// Items reads the result of an inline completion; null has none.
func Items(result json.RawMessage) []Item {
	var list struct {
		Items []Item `json:"items"`
	}
	var plain []Item
	if json.Unmarshal(result, &plain) == nil {
		return plain
	}
	if json.Unmarshal(result, &list) == nil {
		return list.Items
	}
	return nil
}

// checkInline holds a result against LSP 3.18 and against what makes ghost text
// flicker.
func (e *Editor) checkInline(result json.RawMessage, text string, p Position, selected *SelectedCompletion) {
	if string(result) == "null" {
		return
	}
	items := Items(result)
	if len(items) == 0 {
		e.t.Errorf("an inline completion without items, it should be null: %s", result)
	}
	for _, item := range items {
		if item.Range == nil {
			e.t.Errorf("an item without a range: %s", result)
			continue
		}
		e.checkRange(*item.Range, text, p)
		if selected != nil && (*item.Range != selected.Range || !strings.HasPrefix(item.InsertText, selected.Text)) {
			e.t.Errorf("item %q does not go on from the selected completion %q", item.InsertText, selected.Text)
		}
		if item.Command == nil || item.Command.Title == "" {
			e.t.Errorf("an item without its command: %s", result)
		}
	}
}

// checkRange: a range of one line that exists and holds the place asked about.
func (e *Editor) checkRange(r Range, text string, p Position) {
	at, _ := offset(text, p, e.Encoding)
	p = position(text, at, e.Encoding) // where a place outside the text is meant to be
	start, ok1 := offset(text, r.Start, e.Encoding)
	end, ok2 := offset(text, r.End, e.Encoding)
	switch {
	case !ok1 || !ok2:
		e.t.Errorf("range %v is not in the document", r)
	case r.Start.Line != r.End.Line || r.Start.Line != p.Line:
		e.t.Errorf("range %v is not in the line of %v", r, p)
	case start > at || end < at:
		e.t.Errorf("range %v does not hold %v", r, p)
	}
}

// Accept puts an item into the document, sends the change, and runs the item's
// command.
func (e *Editor) Accept(uri string, item Item) *Call {
	e.ChangeRange(uri, *item.Range, item.InsertText)
	return e.Request("workspace/executeCommand", map[string]any{
		"command": item.Command.Command, "arguments": item.Command.Arguments,
	})
}

// Completion asks for the popup's entries at a byte offset.
func (e *Editor) Completion(uri string, at int) *Call {
	text := e.buffers[uri].text
	p := position(text, at, e.Encoding)
	return e.request("textDocument/completion", map[string]any{
		"textDocument": map[string]any{"uri": uri},
		"position":     p,
		"context":      map[string]any{"triggerKind": 1},
	}, func(result json.RawMessage) { e.checkPopup(result, text, p) })
}

func (e *Editor) checkPopup(result json.RawMessage, text string, p Position) {
	var list struct {
		IsIncomplete bool
		Items        []struct {
			Label    string
			TextEdit struct {
				Range   Range
				NewText string
			}
		}
	}
	if string(result) == "null" {
		return
	}
	if err := json.Unmarshal(result, &list); err != nil {
		e.t.Errorf("completion: %v: %s", err, result)
	}
	for _, item := range list.Items {
		e.checkRange(item.TextEdit.Range, text, p)
		if item.Label == "" || strings.Contains(item.Label, "\n") {
			e.t.Errorf("label %q", item.Label)
		}
	}
}
