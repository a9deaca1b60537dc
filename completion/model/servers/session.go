// Package servers asks models behind servers that speak HTTP: a llama-server on this
// machine, one that airside starts ([LlamaCpp]), or whatever speaks OpenAI's protocol
// ([OpenAI]). Both are one kind of session with a model; how a server is spoken to is
// a [dialect].
//
// Where the server has /tokenize (llama.cpp, vLLM), prompts go as token ids, so that
// the user's text can never be read as a control token: what is spelled like one is
// encoded in two pieces, which read the same.
package servers

import (
	"context"
	"log/slog"
	"strings"
	"sync"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/httpapi"
)

const defaultContextTokens = 4096

// servedModel is what a server says of the model that it has. Two that are equal are of
// the same model.
type servedModel struct {
	id            string // as requests name it
	name          string // for people
	contextTokens int    // 0 where the server does not tell
	slots         int
	rest          string // what else tells a model, or one run of a server, from another
}

// session is what is known about the model that a server has.
type session struct {
	backend string
	token   string          // API key, "" for none
	found   *httpapi.Client // that the model was found with
	client  *httpapi.Client // that it is asked with
	served  servedModel
	dialect dialect
	info    model.Info

	contextTokens int
	known         bool  // no other prompts than controlPieces allow are worth trying
	parameters    int64 // of the model; 0 when the server does not tell
	code          bool  // its name says that it is made for code
	vocabulary
	slots *slots // none of a server that others may ask
}

// sessions hold the one with the model that a server had last.
type sessions struct {
	backend string
	token   string
	log     *slog.Logger

	mu      sync.Mutex
	session *session
}

// with returns the session with a model that a server has: the one there is, or a new
// one, about which open finds out.
func (h *sessions) with(ctx context.Context, client *httpapi.Client, m servedModel, endpoint, why string, open func(context.Context, *session) error) (*session, error) {
	if s := h.latest(); s != nil && s.found == client && s.served == m {
		return s, nil
	}
	s := &session{
		backend: h.backend, token: h.token, found: client, client: client, served: m, contextTokens: m.contextTokens,
		vocabulary: vocabulary{controls: map[string]int{}, special: map[string]bool{}, unknown: -1}, slots: &slots{},
	}
	if err := open(ctx, s); err != nil {
		return nil, err
	}
	s.info = model.Info{
		Backend: h.backend, Model: m.name, Endpoint: endpoint, ContextTokens: s.contextTokens,
		Controls: s.controlPieces(), VocabularyKnown: s.known, Demands: s.dialect.demands, Likely: s.dialect.likely, Scores: s.dialect.scores,
		Beside: len(s.slots.prompt) > 1, Parameters: s.parameters, Why: why,
		// Of the control tokens only CodeLlama's tell: chat models of other families have
		// theirs too.
		Code: s.code || s.dialect.suffix || s.codeLlama(),
	}
	h.log.Info(h.backend+" model", "endpoint", endpoint, "model", m.id, "context", s.contextTokens,
		"prompts", s.dialect.name, "controls", s.info.Controls)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.session = s
	return s, nil
}

func (h *sessions) latest() *session {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.session
}

// forget has the next request ask anew which model there is.
func (h *sessions) forget() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.session = nil
}

// saysAny tells whether text has one of the words, in small letters, in it.
func saysAny(text string, words ...string) bool {
	text = strings.ToLower(text)
	for _, w := range words {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}
