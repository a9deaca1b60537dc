// Package lsptest has what tests of the language server need: an editor that
// keeps to the specification and holds the server to it, and a scripted engine.
package lsptest

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
	"time"
)

// Options say what an editor can do. The zero value is an editor with ghost
// text that names no position encodings, as old clients do.
type Options struct {
	Encodings  []string // position encodings, in order of preference
	PopupOnly  bool     // no textDocument/inlineCompletion
	Markdown   bool     // in the popup's documentation
	Status     bool     // wants airside/status
	Comments   bool     // wants airside/commentsChanged
	NewLines   bool     // wants airside/newLines
	Ready      bool     // wants airside/suggestionReady
	Previews   bool     // has the command airside.preview
	ShowsFiles bool     // takes window/showDocument
	Register   bool     // takes registrations for didChangeConfiguration
	Progress   bool     // takes window/workDoneProgress/create
	Plain      bool     // knows neither code actions (only commands), nor versions and data of diagnostics
	Pull       bool     // asks for diagnostics instead of being told
	Folders    []string // paths of the workspace's folders
	Untrusted  bool     // they are said not to be trusted; else that they are,
	Silent     bool     // unless nothing is said of it
	ProcessID  int      // 0 is sent as null
	InitOption any      // initializationOptions

	Words  map[string]string // what its user does in the place of command lines
	Locale string            // of its user

	// Settings answers workspace/configuration for section "airside"; nil means
	// that the editor cannot be asked. See also Editor.SetSettings.
	Settings any

	// Patience is how long its user waits for an answer; 0 is [Patience].
	Patience time.Duration
}

// Editor is a client. Its methods may be called from one goroutine; it fails
// the test when the server breaks the specification.
type Editor struct {
	t    testing.TB
	opts Options
	conn io.ReadWriteCloser

	Encoding string // negotiated
	buffers  map[string]*buffer
	nextID   int

	writing sync.Mutex

	mu           sync.Mutex
	changed      *sync.Cond // something has arrived, or the connection has ended
	pending      map[string]*Call
	answered     map[string]bool
	inbox        []Notification // not yet awaited
	unclaimed    []RawResponse
	raw          bool                 // raw frames were sent: unclaimed responses are to be expected
	diagnostics  map[string]published // by URI
	initialized  bool
	settings     any
	disconnected error // why reading ended
}

// Notification is one from the server.
type Notification struct {
	Method string
	Params json.RawMessage
}

// RawResponse is a response to a raw frame.
type RawResponse struct {
	ID     json.RawMessage
	Result json.RawMessage
	Error  *Error
}

// Start begins to read from the connection. Nothing is sent yet.
func Start(t testing.TB, conn io.ReadWriteCloser, opts Options) *Editor {
	e := &Editor{
		t:        t,
		opts:     opts,
		conn:     conn,
		Encoding: "utf-16",
		buffers:  make(map[string]*buffer),
		pending:  make(map[string]*Call),
		answered: make(map[string]bool),
		settings: opts.Settings,
	}
	e.changed = sync.NewCond(&e.mu)
	go e.read()
	return e
}

// Call is a request on its way.
type Call struct {
	ID     int
	editor *Editor
	method string
	check  func(json.RawMessage) // of the result
	done   chan struct{}
	result json.RawMessage
	err    *Error
}

// Wait returns the response: a result or an error.
func (c *Call) Wait() (json.RawMessage, *Error) {
	c.editor.t.Helper()
	waitFor(c.editor.t, c.done, fmt.Sprintf("the response to %s (id %d)", c.method, c.ID), c.editor.patience())
	return c.result, c.err
}

// patience is how long anything of the server's is waited for.
func (e *Editor) patience() time.Duration { return cmp.Or(e.opts.Patience, Patience) }

// Request sends a request.
func (e *Editor) Request(method string, params any) *Call {
	return e.request(method, params, nil)
}

func (e *Editor) request(method string, params any, check func(json.RawMessage)) *Call {
	e.nextID++
	c := &Call{ID: e.nextID, editor: e, method: method, check: check, done: make(chan struct{})}
	id := fmt.Sprint(c.ID)
	e.mu.Lock()
	e.pending[id] = c
	e.mu.Unlock()
	e.send(message{Version: "2.0", ID: json.RawMessage(id), Method: method, Params: e.marshal(params)})
	return c
}

// Notify sends a notification.
func (e *Editor) Notify(method string, params any) {
	e.send(message{Version: "2.0", Method: method, Params: e.marshal(params)})
}

// Cancel sends $/cancelRequest.
func (e *Editor) Cancel(c *Call) { e.Notify("$/cancelRequest", map[string]any{"id": c.ID}) }

// Raw sends bytes as they are. From now on responses to unknown ids are kept
// for NextUnclaimed.
func (e *Editor) Raw(b []byte) {
	e.mu.Lock()
	e.raw = true
	e.mu.Unlock()
	e.write(b)
}

func (e *Editor) marshal(v any) json.RawMessage {
	if v == nil {
		return nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		e.t.Errorf("params: %v", err)
	}
	return b
}

func (e *Editor) send(m message) { e.write(Frame(e.marshal(m))) }

func (e *Editor) write(b []byte) {
	e.writing.Lock()
	defer e.writing.Unlock()
	if _, err := e.conn.Write(b); err != nil && !errors.Is(err, io.ErrClosedPipe) {
		e.t.Errorf("writing to the server: %v", err)
	}
}

// read takes in what the server sends until it ends.
func (e *Editor) read() {
	in := bufio.NewReader(e.conn)
	for {
		body, err := ReadFrame(in)
		if err != nil {
			e.mu.Lock()
			defer e.mu.Unlock()
			e.disconnected = err
			e.changed.Broadcast()
			return
		}
		e.take(body)
	}
}

func (e *Editor) take(body []byte) {
	var batch []message
	if json.Unmarshal(body, &batch) == nil {
		for _, m := range batch {
			e.response(m)
		}
		return
	}
	var m message
	if err := json.Unmarshal(body, &m); err != nil || m.Version != "2.0" {
		e.t.Errorf("not a message: %s", body)
		return
	}
	switch {
	case m.Method == "":
		e.response(m)
	case m.ID != nil:
		e.serverRequest(m)
	default:
		e.notification(m)
	}
}

func (e *Editor) response(m message) {
	if (m.Result == nil) == (m.Error == nil) {
		e.t.Errorf("a response needs a result or an error: %+v", m)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	id := string(m.ID)
	c := e.pending[id]
	if c == nil {
		if e.answered[id] && !e.raw {
			e.t.Errorf("request %s answered twice", id)
		} else if !e.raw {
			e.t.Errorf("response to no request: id %s, %s %v", id, m.Result, m.Error)
		}
		e.unclaimed = append(e.unclaimed, RawResponse{ID: m.ID, Result: m.Result, Error: m.Error})
		e.changed.Broadcast()
		return
	}
	delete(e.pending, id)
	e.answered[id] = true
	c.result, c.err = m.Result, m.Error
	if c.check != nil && m.Error == nil {
		c.check(m.Result)
	}
	if c.method == "initialize" && m.Error == nil {
		e.initialized = true
	}
	close(c.done)
}

func (e *Editor) notification(m message) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch m.Method {
	case "window/logMessage":
	case "airside/commentsChanged":
		if !e.opts.Comments {
			e.t.Errorf("%s to an editor that does not want it", m.Method)
		}
	case "airside/suggestionReady":
		if !e.opts.Ready {
			e.t.Errorf("%s to an editor that does not want it", m.Method)
		}
	case "airside/status", "airside/filesChanged":
		if !e.opts.Status {
			e.t.Errorf("%s to an editor that does not want it", m.Method)
		}
		fallthrough
	default:
		if !e.initialized {
			e.t.Errorf("%s before the response to initialize", m.Method)
		}
	}
	e.inbox = append(e.inbox, Notification{m.Method, m.Params})
	e.changed.Broadcast()
}

// serverRequest answers what the server asks.
func (e *Editor) serverRequest(m message) {
	e.mu.Lock()
	if !e.initialized {
		e.t.Errorf("%s before the response to initialize", m.Method)
	}
	settings := e.settings
	e.inbox = append(e.inbox, Notification{m.Method, m.Params})
	e.changed.Broadcast()
	e.mu.Unlock()

	reply := message{Version: "2.0", ID: m.ID, Result: json.RawMessage("null")}
	switch {
	case m.Method == "workspace/configuration" && settings != nil:
		reply.Result = e.marshal([]any{settings})
	case m.Method == "client/registerCapability" && e.opts.Register:
	case m.Method == "window/workDoneProgress/create" && e.opts.Progress:
	case m.Method == "workspace/diagnostic/refresh" && e.opts.Pull:
	case m.Method == "window/showDocument" && e.opts.ShowsFiles:
		reply.Result = json.RawMessage(`{"success":true}`)
	default:
		e.t.Errorf("the server asked %s, which this editor does not offer", m.Method)
		reply.Result, reply.Error = nil, &Error{Code: -32601, Message: "unknown"}
	}
	go e.send(reply) // not from the reading goroutine, which must read on
}

// Await waits for a message of the method from the server that was not awaited
// before.
func (e *Editor) Await(method string) Notification {
	e.t.Helper()
	var found Notification
	e.until(method, func() bool {
		for i, n := range e.inbox {
			if n.Method == method {
				found = n
				e.inbox = append(e.inbox[:i], e.inbox[i+1:]...)
				return true
			}
		}
		return false
	})
	return found
}

// Received counts the messages of the method that were not awaited.
func (e *Editor) Received(method string) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	n := 0
	for _, got := range e.inbox {
		if got.Method == method {
			n++
		}
	}
	return n
}

// NextUnclaimed waits for the next response to a raw frame.
func (e *Editor) NextUnclaimed() RawResponse {
	e.t.Helper()
	var found RawResponse
	e.until("a response to a raw frame", func() bool {
		if len(e.unclaimed) == 0 {
			return false
		}
		found = e.unclaimed[0]
		e.unclaimed = e.unclaimed[1:]
		return true
	})
	return found
}

// RawMessage sends a message of one's own making as a frame; see Raw.
func (e *Editor) RawMessage(m map[string]any) { e.Raw(Frame(e.marshal(m))) }
