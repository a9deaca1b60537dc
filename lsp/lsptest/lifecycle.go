package lsptest

import (
	"encoding/json"
	"time"
)

// until waits for a condition, which is looked at with e.mu held whenever
// something has arrived.
func (e *Editor) until(what string, holds func() bool) {
	e.t.Helper()
	late := false
	timer := time.AfterFunc(e.patience(), func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		late = true
		e.changed.Broadcast()
	})
	defer timer.Stop()
	e.mu.Lock()
	defer e.mu.Unlock()
	for !holds() {
		if late || e.disconnected != nil {
			e.t.Fatalf("waited in vain for %s (connection: %v)", what, e.disconnected)
		}
		e.changed.Wait()
	}
}

// Initialize shakes hands and returns the result of initialize.
func (e *Editor) Initialize() json.RawMessage {
	e.t.Helper()
	result, err := e.Request("initialize", e.InitializeParams()).Wait()
	if err != nil {
		e.t.Fatalf("initialize: %v", err)
	}
	var got struct {
		Capabilities struct {
			PositionEncoding string `json:"positionEncoding"`
		} `json:"capabilities"`
	}
	if err := json.Unmarshal(result, &got); err != nil {
		e.t.Fatalf("initialize: %v", err)
	}
	e.Encoding = got.Capabilities.PositionEncoding
	e.checkEncoding()
	e.Notify("initialized", struct{}{})
	return result
}

// checkEncoding: the server takes one that was offered; UTF-16 always is.
func (e *Editor) checkEncoding() {
	if e.Encoding == "utf-16" {
		return
	}
	for _, offered := range e.opts.Encodings {
		if offered == e.Encoding {
			return
		}
	}
	e.t.Errorf("position encoding %q was not offered", e.Encoding)
}

// InitializeParams are what Initialize sends.
func (e *Editor) InitializeParams() map[string]any {
	general := map[string]any{}
	if e.opts.Encodings != nil {
		general["positionEncodings"] = e.opts.Encodings
	}
	item := map[string]any{}
	if e.opts.Markdown {
		item["documentationFormat"] = []string{"markdown", "plaintext"}
	}
	textDocument := map[string]any{"completion": map[string]any{"completionItem": item}}
	if !e.opts.PopupOnly {
		textDocument["inlineCompletion"] = map[string]any{"dynamicRegistration": false}
	}
	edit := map[string]any{}
	switch {
	case e.opts.Pull:
		textDocument["diagnostic"] = map[string]any{"relatedInformation": true}
	case !e.opts.Plain:
		textDocument["publishDiagnostics"] = map[string]any{"relatedInformation": true, "versionSupport": true, "dataSupport": true}
	}
	if !e.opts.Plain {
		edit["documentChanges"] = true
		textDocument["codeAction"] = map[string]any{
			"codeActionLiteralSupport": map[string]any{"codeActionKind": map[string]any{"valueSet": []string{"", "quickfix", "source"}}},
			"isPreferredSupport":       true,
		}
	}
	params := map[string]any{
		"processId": nil,
		"rootUri":   nil,
		"clientInfo": map[string]any{
			"name": "lsptest",
		},
		"capabilities": map[string]any{
			"general":      general,
			"textDocument": textDocument,
			"workspace": map[string]any{
				"configuration":          e.opts.Settings != nil,
				"didChangeConfiguration": map[string]any{"dynamicRegistration": e.opts.Register},
				"workspaceEdit":          edit,
				"diagnostics":            map[string]any{"refreshSupport": e.opts.Pull},
			},
			"window": map[string]any{"workDoneProgress": e.opts.Progress, "showDocument": map[string]any{"support": e.opts.ShowsFiles}},
			"experimental": map[string]any{
				"airsideStatus": e.opts.Status, "airsideComments": e.opts.Comments, "airsideSuggestionReady": e.opts.Ready,
				"airsidePreview": e.opts.Previews, "airsideNewLines": e.opts.NewLines, "airsideWords": e.opts.Words,
			},
		},
	}
	if e.opts.Locale != "" {
		params["locale"] = e.opts.Locale
	}
	if e.opts.Folders != nil {
		params["workspaceFolders"] = folders(e.opts.Folders)
	}
	if e.opts.ProcessID != 0 {
		params["processId"] = e.opts.ProcessID
	}
	switch {
	case e.opts.InitOption != nil:
		params["initializationOptions"] = e.opts.InitOption
	case !e.opts.Silent:
		params["initializationOptions"] = map[string]any{"trusted": !e.opts.Untrusted}
	}
	return params
}

func folders(paths []string) []map[string]any {
	list := make([]map[string]any, 0, len(paths))
	for _, path := range paths {
		list = append(list, map[string]any{"uri": FileURI(path), "name": path})
	}
	return list
}

// ChangeFolders tells that folders of the workspace came and went.
func (e *Editor) ChangeFolders(added, removed []string) {
	e.Notify("workspace/didChangeWorkspaceFolders", map[string]any{
		"event": map[string]any{"added": folders(added), "removed": folders(removed)},
	})
}

// SetSettings changes the settings and tells the server so.
func (e *Editor) SetSettings(settings any) {
	e.mu.Lock()
	e.settings = settings
	e.mu.Unlock()
	e.Notify("workspace/didChangeConfiguration", map[string]any{"settings": nil})
}

// Shutdown sends shutdown and waits for its answer.
func (e *Editor) Shutdown() {
	e.t.Helper()
	if _, err := e.Request("shutdown", nil).Wait(); err != nil {
		e.t.Errorf("shutdown: %v", err)
	}
}

// Exit sends exit.
func (e *Editor) Exit() { e.Notify("exit", nil) }

// Close ends the connection from the editor's side and waits until the server
// has ended its own.
func (e *Editor) Close() {
	if c, ok := e.conn.(interface{ CloseWrite() error }); ok {
		c.CloseWrite()
	} else {
		e.conn.Close()
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for e.disconnected == nil {
		e.changed.Wait()
	}
}

// CheckAnswered fails the test if a request was not answered.
func (e *Editor) CheckAnswered() {
	e.t.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	for id, c := range e.pending {
		e.t.Errorf("request %s (%s) was never answered", id, c.method)
	}
}
