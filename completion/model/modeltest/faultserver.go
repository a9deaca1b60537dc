package modeltest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// FaultServer starts a server on loopback that is healthy except for one fault
// and returns its address. When late, only generatePath is faulty. record is a
// good first record of a streamed answer, with its line end.
func FaultServer(t *testing.T, f Fault, late bool, generatePath, record string, healthy http.Handler) string {
	t.Helper()
	if f == Gone && !late {
		s := httptest.NewServer(healthy)
		s.Close()
		return s.URL
	}
	bad := faultHandler(t, f, record)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if late && r.URL.Path != generatePath {
			healthy.ServeHTTP(w, r)
			return
		}
		// Only when the body has been read does the server notice that the
		// client is gone.
		_, _ = io.Copy(io.Discard, r.Body)
		bad(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func faultHandler(t *testing.T, f Fault, record string) http.HandlerFunc {
	begin := func(w http.ResponseWriter, text string) {
		_, _ = io.WriteString(w, text)
		_ = http.NewResponseController(w).Flush()
	}
	fail := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	switch f {
	case Gone:
		return func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	case WebPage:
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = io.WriteString(w, "<!DOCTYPE html><title>It works!</title>")
		}
	case Status500:
		return fail(http.StatusInternalServerError, `{"error":"something broke"}`)
	case LoadingNow:
		return fail(http.StatusServiceUnavailable,
			`{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}`)
	case InvalidJSON:
		return fail(http.StatusOK, "{\"this is\": not JSON}\n")
	case HugeLine:
		return func(w http.ResponseWriter, _ *http.Request) {
			block := strings.Repeat("x", 1<<16)
			for {
				if _, err := io.WriteString(w, block); err != nil {
					return
				}
			}
		}
	case HalfAnswer:
		return func(w http.ResponseWriter, _ *http.Request) {
			begin(w, record+record[:len(record)/2])
			panic(http.ErrAbortHandler)
		}
	case EndsEarly:
		return func(w http.ResponseWriter, _ *http.Request) { begin(w, record) }
	case Redirect:
		elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			t.Errorf("the redirection was followed: %s %s", r.Method, r.URL)
		}))
		t.Cleanup(elsewhere.Close)
		return func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		}
	case Silent:
		return func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	case FallsSilent:
		return func(w http.ResponseWriter, r *http.Request) {
			begin(w, record)
			<-r.Context().Done()
		}
	}
	t.Fatalf("unknown fault %q", f)
	return nil
}
