package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// Watch remembers what went wrong during one conversation that somebody else's
// client has.
type Watch struct {
	err  error
	body int // bytes of the answer
}

// Err is what went wrong with the transfer, for [Client.Failure]; nil if nothing.
func (w *Watch) Err() error { return w.err }

// Watched is an HTTP client with the rules of this package for one conversation by
// somebody else's client of a server's protocol. amend changes the fields of a
// request before it is sent.
func (c *Client) Watched(amend func(body map[string]json.RawMessage)) (*http.Client, *Watch) {
	w := new(Watch)
	return &http.Client{Transport: watcher{c.streaming, w, amend}, CheckRedirect: noRedirect}, w
}

// watcher is a round tripper with the rules of this package that tells a watch.
type watcher struct {
	next  http.RoundTripper
	watch *Watch
	amend func(map[string]json.RawMessage)
}

func (w watcher) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	if err := w.change(r); err != nil {
		w.watch.err = err
		return nil, err
	}
	repeatable(r)
	response, err := w.next.RoundTrip(r)
	if err == nil {
		if err = checkStatus(response); err != nil {
			response.Body.Close()
		}
	}
	if err != nil {
		w.watch.err = err
		return nil, err
	}
	response.Body = &watchedBody{response.Body, w.watch}
	return response, nil
}

// change amends the request's body.
func (w watcher) change(r *http.Request) error {
	if r.Body == nil {
		return nil
	}
	data, err := io.ReadAll(r.Body)
	r.Body.Close()
	if err != nil {
		return err
	}
	var body map[string]json.RawMessage
	if err := json.Unmarshal(data, &body); err != nil {
		return fmt.Errorf("a request that is no JSON object: %w", err)
	}
	w.amend(body)
	if data, err = json.Marshal(body); err != nil {
		return err
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(data)), int64(len(data))
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }
	return nil
}

// JSONSchemaFormat is the response_format by which OpenAI-compatible servers
// hold an answer to a schema.
func JSONSchemaFormat(schema json.RawMessage) json.RawMessage {
	data, err := json.Marshal(map[string]any{
		"type":        "json_schema",
		"json_schema": map[string]any{"name": "answer", "strict": true, "schema": schema},
	})
	if err != nil {
		return nil // a schema of our own is valid
	}
	return data
}

// watchedBody also bounds the answer.
type watchedBody struct {
	io.ReadCloser
	watch *Watch
}

func (b *watchedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.watch.body += n
	if b.watch.body > maxStream {
		err = errors.New("the answer has no end")
	}
	if err != nil && err != io.EOF {
		b.watch.err = BadReply(fmt.Errorf("the answer broke off: %w", err))
	}
	return n, err
}
