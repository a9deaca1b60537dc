package lsp

import (
	"context"
	"log/slog"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"github.com/airside-ls/airside/completion/shown"
	"github.com/airside-ls/airside/lsp/editor"
	"github.com/airside-ls/airside/lsp/ext"
)

// client is the one client, as an [editor.Client].
type client struct {
	log          *slog.Logger
	conn         jsonrpc2.Conn
	ctx          context.Context // ends with Serve
	capabilities editor.Capabilities
	status       statusLine
	progress     progresses
}

// Capabilities implements editor.Client.
func (c *client) Capabilities() *editor.Capabilities { return &c.capabilities }

// Notify implements editor.Client.
func (c *client) Notify(method string, params any) {
	if err := c.conn.Notify(c.ctx, method, params); err != nil {
		c.log.Debug("notification not sent", "method", method, "err", err)
	}
}

// Call implements editor.Client.
func (c *client) Call(ctx context.Context, method string, params, result any) error {
	_, err := c.conn.Call(ctx, method, params, result)
	return err
}

// Background implements editor.Client.
func (c *client) Background(f func(context.Context) error) {
	go func() {
		if err := f(c.ctx); err != nil && c.ctx.Err() == nil {
			c.log.Warn("the client did not answer", "err", err)
		}
	}()
}

// Log implements editor.Client.
func (c *client) Log(kind protocol.MessageType, message string) {
	c.Notify(protocol.MethodWindowLogMessage, &protocol.LogMessageParams{Type: kind, Message: shown.Text(c.capabilities.Words.In(message))})
}

// Show implements editor.Client.
func (c *client) Show(kind protocol.MessageType, message string) {
	c.Notify(protocol.MethodWindowShowMessage, &protocol.ShowMessageParams{Type: kind, Message: shown.Text(c.capabilities.Say(message))})
}

// Status implements editor.Client.
func (c *client) Status(change func(*ext.StatusParams)) {
	if c.capabilities.Status {
		c.status.change(change, func(status *ext.StatusParams) {
			c.Notify(ext.MethodStatus, said(status, c.capabilities.Say))
		})
	}
}

// Progress implements editor.Client. A client that named no place is asked for one
// once there is something to tell: what is over soon should not flicker.
func (c *client) Progress(run *editor.Invocation, title string, measured bool) editor.Progress {
	p := &progress{client: c, call: run.Call, title: title, token: run.Token, measured: measured}
	p.start()
	return p
}
