package replay

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"sync"
	"time"
)

// Use is one request to a model server, by the server's own account.
type Use struct {
	Start, End time.Time
	Generation bool // it asks for text; otherwise it encodes some or looks around
	// Tokens of the prompt that were read, those of them that the cache did not
	// have, and those generated. Told is false where the server did not say, such
	// as of a request dropped before its first token.
	Prompt, Evaluated, Generated int
	Told                         bool
}

// Meter stands before a model server and counts.
type Meter struct {
	URL    string
	server *httptest.Server

	mu   sync.Mutex
	uses []*Use
}

// generations are the paths that generate text, of llama-server and Ollama.
var generations = []string{"/completion", "/completions", "/infill", "/v1/completions", "/api/generate"}

// NewMeter starts a meter before the server at an address.
func NewMeter(server string) (*Meter, error) {
	to, err := url.Parse(server)
	if err != nil {
		return nil, err
	}
	m := &Meter{}
	proxy := httputil.NewSingleHostReverseProxy(to)
	proxy.FlushInterval = -1 // at once
	proxy.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) }
	m.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		u := &Use{Start: time.Now(), Generation: slices.Contains(generations, r.URL.Path)}
		m.mu.Lock()
		m.uses = append(m.uses, u)
		m.mu.Unlock()
		defer func() {
			m.mu.Lock()
			u.End = time.Now()
			m.mu.Unlock()
		}()
		if u.Generation {
			w = &counting{ResponseWriter: w, take: func(line []byte) {
				m.mu.Lock()
				defer m.mu.Unlock()
				u.take(line)
			}}
		}
		proxy.ServeHTTP(w, r)
	}))
	m.URL = m.server.URL
	return m, nil
}

// Close ends the meter.
func (m *Meter) Close() { m.server.Close() }

// Uses are the requests so far, oldest first.
func (m *Meter) Uses() []Use {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []Use
	for _, u := range m.uses {
		list = append(list, *u)
	}
	return list
}

// counting shows each line of an answer to take.
type counting struct {
	http.ResponseWriter
	take func([]byte)
	line []byte
}

func (c *counting) Unwrap() http.ResponseWriter { return c.ResponseWriter }

func (c *counting) Write(p []byte) (int, error) {
	c.line = append(c.line, p...)
	for {
		i := bytes.IndexByte(c.line, '\n')
		if i < 0 {
			break
		}
		c.take(c.line[:i])
		c.line = c.line[i+1:]
	}
	if json.Valid(c.line) && len(c.line) > 0 { // an answer of one piece
		c.take(c.line)
		c.line = nil
	}
	return c.ResponseWriter.Write(p)
}

var _ io.Writer = (*counting)(nil)

// take counts one record of an answer.
func (u *Use) take(line []byte) {
	var r struct {
		Content  string `json:"content"`
		Response string `json:"response"`
		Stop     bool   `json:"stop"`
		Done     bool   `json:"done"`
		Progress *struct {
			Cache     int `json:"cache"`
			Processed int `json:"processed"`
		} `json:"prompt_progress"`
		Timings *struct {
			CacheN     int `json:"cache_n"`
			PromptN    int `json:"prompt_n"`
			PredictedN int `json:"predicted_n"`
		} `json:"timings"`
		PromptEvalCount int `json:"prompt_eval_count"`
		EvalCount       int `json:"eval_count"`
	}
	if json.Unmarshal(bytes.TrimPrefix(line, []byte("data:")), &r) != nil {
		return
	}
	switch {
	case r.Timings != nil && r.Stop:
		u.Prompt, u.Evaluated, u.Generated, u.Told = r.Timings.CacheN+r.Timings.PromptN, r.Timings.PromptN, r.Timings.PredictedN, true
	case r.Done: // Ollama counts the whole prompt and does not tell of its cache
		u.Prompt, u.Generated, u.Told = r.PromptEvalCount, r.EvalCount, true
	case r.Progress != nil:
		u.Prompt, u.Evaluated, u.Told = r.Progress.Processed, r.Progress.Processed-r.Progress.Cache, true
		if r.Content != "" {
			u.Generated++
		}
	case r.Content != "" || r.Response != "":
		u.Generated++
	}
}
