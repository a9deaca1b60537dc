package httpapi_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/httpapi"
)

func client(t *testing.T, h http.HandlerFunc) *httpapi.Client {
	t.Helper()
	return clientWith(t, httpapi.Options{}, h)
}

func clientWith(t *testing.T, o httpapi.Options, h http.HandlerFunc) *httpapi.Client {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	o.Backend, o.URL = "test", s.URL+"/"
	c, err := httpapi.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestNoProxy(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	t.Setenv("http_proxy", "http://127.0.0.1:1")
	c := client(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") })
	if err := c.Get(t.Context(), "/x", &struct{}{}); err != nil {
		t.Error(err)
	}
}

func TestSourceCodeIsSentAsItIs(t *testing.T) {
	var body string
	c := client(t, func(w http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		body = string(data)
		_, _ = io.WriteString(w, "{}")
	})
	if err := c.Post(t.Context(), "/x", map[string]string{"a": "<b> && ▁"}, &struct{}{}); err != nil {
		t.Error(err)
	}
	if want := `{"a":"<b> && ▁"}`; strings.TrimSpace(body) != want {
		t.Errorf("got %s, want %s", body, want)
	}
}

// A server may close an idle connection at the moment of the next request.
func TestConnectionClosedWhileIdle(t *testing.T) {
	var requests atomic.Int32
	c := client(t, func(w http.ResponseWriter, _ *http.Request) {
		if requests.Add(1) == 2 {
			panic(http.ErrAbortHandler)
		}
		_, _ = io.WriteString(w, "{}")
	})
	for range 2 {
		if err := c.Post(t.Context(), "/x", map[string]int{}, &struct{}{}); err != nil {
			t.Error(err)
		}
	}
	if n := requests.Load(); n != 3 {
		t.Errorf("%d requests", n)
	}
}

func TestFinishedStreamsShareAConnection(t *testing.T) {
	addresses := map[string]bool{}
	c := client(t, func(w http.ResponseWriter, r *http.Request) {
		addresses[r.RemoteAddr] = true
		_, _ = io.WriteString(w, "one\n\n  \ntwo\r\nthree")
	})
	for range 5 {
		lines, err := c.PostStream(t.Context(), "/x", 1)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for {
			line, err := lines.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, string(line))
		}
		if strings.Join(got, "|") != "one|two|three" {
			t.Errorf("%q", got)
		}
		lines.Finish()
		lines.Close()
	}
	if len(addresses) != 1 {
		t.Errorf("%d connections for 5 requests, one after the other", len(addresses))
	}
}

// A server that says it is done and does not close is not waited for.
func TestFinishDoesNotWait(t *testing.T) {
	left := make(chan struct{})
	c := client(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, "done\n")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
		close(left)
	})
	lines, err := c.PostStream(t.Context(), "/x", 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lines.Next(); err != nil {
		t.Fatal(err)
	}
	lines.Finish()
	lines.Close()
	select {
	case <-left:
	case <-time.After(20 * time.Second):
		t.Error("the connection is still open")
	}
}

// A gentle client closes the connection in a pause, and its caller does not wait
// for that.
func TestGentle(t *testing.T) {
	const pieces = 6
	dropped := make(chan struct{})
	written := make(chan int, 1) // pieces written when the client left
	c := clientWith(t, httpapi.Options{Gentle: true}, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		n := 0
		for ; n < pieces && r.Context().Err() == nil; n++ {
			_, _ = io.WriteString(w, "piece\n")
			_ = http.NewResponseController(w).Flush()
			if n == 0 {
				<-dropped
			}
		}
		<-r.Context().Done()
		written <- n
	})
	lines, err := c.PostStream(t.Context(), "/x", 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lines.Next(); err != nil {
		t.Fatal(err)
	}
	lines.Close()
	close(dropped)
	select {
	case n := <-written:
		if n != pieces {
			t.Errorf("the client left after %d of %d pieces that came together", n, pieces)
		}
	case <-time.After(20 * time.Second):
		t.Error("the connection is still open")
	}
}

// Pieces that come without a pause do not hold the connection for ever.
func TestGentleHasALimit(t *testing.T) {
	left := make(chan struct{})
	c := clientWith(t, httpapi.Options{Gentle: true}, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		for r.Context().Err() == nil {
			_, _ = io.WriteString(w, "piece\n")
		}
		close(left)
	})
	ctx, cancel := context.WithCancel(t.Context())
	lines, err := c.PostStream(ctx, "/x", 1)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := lines.Next(); !errors.Is(err, context.Canceled) {
		t.Errorf("Next: %v", err)
	}
	lines.Close()
	select {
	case <-left:
		t.Error("the caller waited until the connection was closed")
	default:
	}
	select {
	case <-left:
	case <-time.After(20 * time.Second):
		t.Error("the connection is still open")
	}
}

func TestErrorMessages(t *testing.T) {
	for body, want := range map[string]string{
		`{"error":"flat"}`:                         `test gave an unusable answer (GET /x): status 418 I'm a teapot: flat`,
		`{"error":{"message":"nested"}}`:           `test gave an unusable answer (GET /x): status 418 I'm a teapot: nested`,
		"some\n\ttext " + strings.Repeat("é", 500): `test gave an unusable answer (GET /x): status 418 I'm a teapot: some text ` + strings.Repeat("é", 95) + "…",
		"": `test gave an unusable answer (GET /x): status 418 I'm a teapot`,
	} {
		c := client(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusTeapot)
			_, _ = io.WriteString(w, body)
		})
		err := c.Get(t.Context(), "/x", &struct{}{})
		if err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
		if !model.IsKind(err, model.BadReply) {
			t.Errorf("%v", err)
		}
	}
}
