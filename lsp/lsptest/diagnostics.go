package lsptest

import (
	"encoding/json"
	"fmt"
)

// Diagnostic is LSP's.
type Diagnostic struct {
	Range              Range           `json:"range"`
	Severity           int             `json:"severity"`
	Code               string          `json:"code"`
	Source             string          `json:"source"`
	Message            string          `json:"message"`
	Data               json.RawMessage `json:"data,omitempty"`
	RelatedInformation []struct {
		Location struct {
			URI   string `json:"uri"`
			Range Range  `json:"range"`
		} `json:"location"`
		Message string `json:"message"`
	} `json:"relatedInformation,omitempty"`
}

// published are the params of textDocument/publishDiagnostics.
type published struct {
	URI         string       `json:"uri"`
	Version     *int         `json:"version"`
	Diagnostics []Diagnostic `json:"diagnostics"`
}

// Diagnostics are those of a file that the editor was told last. They are held
// against the text if they are of its present version.
func (e *Editor) Diagnostics(uri string) []Diagnostic {
	e.t.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	kept := e.inbox[:0]
	for _, n := range e.inbox {
		if n.Method != "textDocument/publishDiagnostics" {
			kept = append(kept, n)
			continue
		}
		var p published
		if err := json.Unmarshal(n.Params, &p); err != nil {
			e.t.Errorf("diagnostics: %v: %s", err, n.Params)
		}
		if e.diagnostics == nil {
			e.diagnostics = make(map[string]published)
		}
		e.diagnostics[p.URI] = p
	}
	e.inbox = kept
	p := e.diagnostics[uri]
	if b := e.buffers[uri]; b != nil {
		e.checkDiagnostics(p, b)
	}
	return p.Diagnostics
}

// checkDiagnostics: what is said of a version is about places that it has.
func (e *Editor) checkDiagnostics(p published, b *buffer) {
	if p.Version == nil {
		return
	}
	if *p.Version > b.version {
		e.t.Errorf("diagnostics of version %d, the document is at %d", *p.Version, b.version)
	}
	if *p.Version < b.version {
		return
	}
	for _, d := range p.Diagnostics {
		if _, _, ok := e.span(b, d.Range); !ok {
			e.t.Errorf("a diagnostic at %v, which is not in the document", d.Range)
		}
	}
}

// span converts a range to byte offsets.
func (e *Editor) span(b *buffer, r Range) (start, end int, ok bool) {
	start, ok1 := offset(b.text, r.Start, e.Encoding)
	end, ok2 := offset(b.text, r.End, e.Encoding)
	return start, end, ok1 && ok2
}

// Spanned is the text of a document in a range.
func (e *Editor) Spanned(uri string, r Range) string {
	start, end, ok := e.span(e.buffers[uri], r)
	if !ok || start > end {
		return fmt.Sprintf("no text at %v", r)
	}
	return e.buffers[uri].text[start:end]
}

// Action is a code action, or a command of a client that knows no other.
type Action struct {
	Title       string          `json:"title"`
	Kind        string          `json:"kind"`
	IsPreferred bool            `json:"isPreferred"`
	Diagnostics []Diagnostic    `json:"diagnostics"`
	Edit        *WorkspaceEdit  `json:"edit"`
	Command     json.RawMessage `json:"command"` // a Command, or its name
	Arguments   []any           `json:"arguments"`
}

// WorkspaceEdit is LSP's.
type WorkspaceEdit struct {
	DocumentChanges []struct {
		TextDocument struct {
			URI     string `json:"uri"`
			Version *int   `json:"version"`
		} `json:"textDocument"`
		Edits []TextEdit `json:"edits"`
	} `json:"documentChanges,omitempty"`
	Changes map[string][]TextEdit `json:"changes,omitempty"`
}

// TextEdit is LSP's.
type TextEdit struct {
	Range   Range  `json:"range"`
	NewText string `json:"newText"`
}

// CodeActions asks for code actions in a range.
func (e *Editor) CodeActions(uri string, r Range, only ...string) []Action {
	e.t.Helper()
	context := map[string]any{"diagnostics": []any{}}
	if only != nil {
		context["only"] = only
	}
	result, err := e.Request("textDocument/codeAction", map[string]any{
		"textDocument": map[string]any{"uri": uri}, "range": r, "context": context,
	}).Wait()
	if err != nil {
		e.t.Errorf("code actions: %v", err)
		return nil
	}
	var list []Action
	if err := json.Unmarshal(result, &list); err != nil {
		e.t.Errorf("code actions: %v: %s", err, result)
	}
	return list
}

// Apply makes a workspace edit, as an editor does that checks versions, and
// sends the changes.
func (e *Editor) Apply(edit *WorkspaceEdit) {
	e.t.Helper()
	for uri, edits := range edit.Changes {
		for _, te := range edits {
			e.ChangeRange(uri, te.Range, te.NewText)
		}
	}
	for _, change := range edit.DocumentChanges {
		b := e.buffers[change.TextDocument.URI]
		if b == nil || change.TextDocument.Version == nil || *change.TextDocument.Version != b.version {
			e.t.Errorf("an edit of another document or version: %+v", change)
			continue
		}
		for _, te := range change.Edits {
			e.ChangeRange(b.uri, te.Range, te.NewText)
		}
	}
}
