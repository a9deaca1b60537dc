package httpapi

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestAUserInTheAddress is sent to the server and shown to nobody.
func TestAUserInTheAddress(t *testing.T) {
	var user, password string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ = r.BasicAuth()
		w.WriteHeader(http.StatusBadGateway)
	}))
	defer server.Close()
	address := strings.Replace(server.URL, "http://", "http://me:hunter2@", 1)
	c, err := New(Options{Backend: "b", URL: address})
	if err != nil {
		t.Fatal(err)
	}
	var reply any
	err = c.Get(t.Context(), "/x", &reply)
	if user != "me" || password != "hunter2" || err == nil || strings.Contains(err.Error()+c.URL(), "hunter2") {
		t.Errorf("%s %s, %s, %v", user, password, c.URL(), err)
	}
	server.Close()
	if err = c.Get(t.Context(), "/x", &reply); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Error(err)
	}
	user = ""
	h := &http.Client{Transport: c.streaming}
	again := httptest.NewServer(server.Config.Handler)
	defer again.Close()
	if response, err := h.Get(again.URL); err != nil || user != "me" {
		t.Errorf("by a chat's client: %s, %v", user, err)
	} else {
		response.Body.Close()
	}
	for _, wrong := range []string{"http://me:hunter2@", "ftp://me:hunter2@h", "me:hunter2@h:1", "http://me:hunter2@h:port"} {
		if _, err := New(Options{Backend: "b", URL: wrong}); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", wrong, err)
		}
	}
}
