package ollama

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/airside-ls/airside/completion/model"
)

func TestList(t *testing.T) {
	s := &server{models: []installed{
		{name: "llama3:latest", digest: "1"}, codellama("codellama:7b-code"), {name: "qwen3-coder:480b-cloud", digest: "2", remote: "elsewhere"},
	}}
	list, err := s.open(t, Options{}).List(t.Context())
	want := []model.InstalledModel{{Name: "codellama:7b-code", Bytes: 1, Code: true}, {Name: "llama3:latest", Bytes: 1}}
	if err != nil || !slices.Equal(list, want) {
		t.Errorf("%+v, %v", list, err)
	}
}

// TestPull has a scripted Ollama fetch models.
func TestPull(t *testing.T) {
	tests := []struct {
		name, stream string
		status       int
		events       int
		err          string // a part of the error; "" for none
	}{
		{"whole", `{"status":"pulling manifest"}
{"status":"pulling 3a43f93b78ec","digest":"sha256:3a","total":100}
{"status":"pulling 3a43f93b78ec","digest":"sha256:3a","total":100,"completed":60}
{"status":"verifying sha256 digest"}
{"status":"success"}
`, 200, 4, ""},
		{"refused in the stream", `{"status":"pulling manifest"}
{"error":"pull model manifest: file does not exist"}
`, 200, 1, "file does not exist; check the name m"},
		{"refused at once", `{"error":"invalid model name"}`, 400, 0, "invalid model name"},
		{"broken off", `{"status":"pulling manifest"}` + "\n", 200, 1, "ended before"},
		{"no JSON", "hello\n", 200, 0, "ollama gave an unusable answer"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &server{pull: func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(tt.status)
				fmt.Fprint(w, tt.stream)
			}}
			var events []model.Transfer
			err := s.open(t, Options{}).Pull(t.Context(), "m", func(e model.Transfer) { events = append(events, e) })
			if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("error %v", err)
			}
			if len(events) != tt.events {
				t.Errorf("events %+v", events)
			}
			if tt.name == "whole" && events[2] != (model.Transfer{What: "pulling 3a43f93b78ec", Done: 60, Total: 100}) {
				t.Errorf("%+v", events[2])
			}
		})
	}
	t.Run("interrupted", func(t *testing.T) {
		gone := make(chan struct{})
		s := &server{pull: func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintln(w, `{"status":"pulling manifest"}`)
			http.NewResponseController(w).Flush()
			<-r.Context().Done()
			close(gone)
		}}
		ctx, cancel := context.WithCancel(t.Context())
		err := s.open(t, Options{}).Pull(ctx, "m", func(model.Transfer) { cancel() })
		if <-gone; ctx.Err() == nil || err == nil {
			t.Errorf("error %v", err)
		}
	})
}
