package lsp

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"go.lsp.dev/protocol"

	"github.com/airside-ls/airside/completion/shown"
)

// section is the name of airside's settings in the editor.
const section = "airside"

// pullTimeout bounds the wait for a client's answer about its settings.
const pullTimeout = 10 * time.Second

// settleWithin is Options.SettleWithin where nobody has chosen another. Who cannot
// be asked says its settings at once, if at all: it is given a part of that.
const (
	settleWithin = 2 * time.Second
	pushedPart   = 8
)

// settings passes the editor's settings on to Options.Configure.
type settings struct {
	mu       sync.Mutex // held while they are applied
	reported map[string]bool
	given    bool // with initialize
	settled  sync.Once

	pulls sync.Mutex // guards the two below
	again bool       // they changed while they were being pulled
	busy  bool
}

func (st *settings) init() { st.reported = make(map[string]bool) }

// didChangeConfiguration is workspace/didChangeConfiguration. Clients that can
// be asked send nothing of use with it.
func (s *Server) didChangeConfiguration(params *protocol.DidChangeConfigurationParams) error {
	if s.client.configuration {
		s.pullSettings()
		return nil
	}
	s.applySettings(params.Settings)
	s.settle()
	return nil
}

// settle tells, once, that the settings are known.
func (s *Server) settle() {
	if s.opts.Settled != nil {
		s.settings.settled.Do(s.opts.Settled)
	}
}

// awaitSettings has settle called however the editor tells its settings: with
// initialize, in answer to a question, by itself afterwards, or not at all.
func (s *Server) awaitSettings() {
	wait := s.opts.SettleWithin
	if !s.client.configuration {
		if s.settings.given {
			s.settle()
			return
		}
		wait /= pushedPart
	}
	time.AfterFunc(wait, s.settle)
}

// applySettings takes JSON that either is the section or holds it. Anything but
// an object, such as the null of a client without settings, is passed over; then
// given is false.
func (s *Server) applySettings(raw protocol.LSPAny) (given bool) {
	var values map[string]any
	if s.opts.Configure == nil || len(raw) == 0 || json.Unmarshal(raw, &values) != nil || values == nil {
		return false
	}
	if inner, ok := values[section].(map[string]any); ok {
		values = inner
	}
	if _, ok := values["trusted"]; ok { // no setting: see trustOption
		if delete(values, "trusted"); len(values) == 0 {
			return false
		}
	}
	s.settings.mu.Lock()
	defer s.settings.mu.Unlock()
	for _, problem := range s.opts.Configure(values) {
		message := "settings: " + problem.Error()
		if !s.settings.reported[message] {
			s.settings.reported[message] = true
			s.logMessage(protocol.MessageTypeWarning, message)
		}
	}
	return true
}

// registerForSettings asks a client that wants to be asked to tell when the
// settings change.
func (s *Server) registerForSettings() {
	if !s.client.registersSettings {
		return
	}
	s.background(func(ctx context.Context) error {
		_, err := s.conn.Call(ctx, protocol.MethodClientRegisterCapability, &protocol.RegistrationParams{
			Registrations: []protocol.Registration{{
				ID:              "airside.settings",
				Method:          protocol.MethodWorkspaceDidChangeConfiguration,
				RegisterOptions: protocol.LSPAny(`{"section":"` + section + `"}`),
			}},
		}, nil)
		return err
	})
}

// pullSettings asks the client for its settings, one question at a time, so
// that answers cannot overtake each other.
func (s *Server) pullSettings() {
	if !s.client.configuration {
		return
	}
	st := &s.settings
	st.pulls.Lock()
	defer st.pulls.Unlock()
	st.again = true
	if st.busy {
		return
	}
	st.busy = true
	s.background(s.pullUntilSettled)
}

func (s *Server) pullUntilSettled(ctx context.Context) error {
	defer s.settle()
	var firstErr error
	for s.settings.pullAgain() {
		if err := s.pull(ctx); err != nil && firstErr == nil {
			firstErr = err
		}
	}
	return firstErr
}

func (st *settings) pullAgain() bool {
	st.pulls.Lock()
	defer st.pulls.Unlock()
	st.busy, st.again = st.again, false
	return st.busy
}

func (s *Server) pull(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, pullTimeout)
	defer cancel()
	name := section
	var answers []protocol.LSPAny
	_, err := s.conn.Call(ctx, protocol.MethodWorkspaceConfiguration,
		&protocol.ConfigurationParams{Items: []protocol.ConfigurationItem{{Section: &name}}}, &answers)
	if err == nil && len(answers) > 0 {
		s.applySettings(answers[0])
	}
	return err
}

// background runs f until it returns or Serve ends.
func (s *Server) background(f func(context.Context) error) {
	ctx := s.lifecycle.ctx
	go func() {
		if err := f(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("the client did not answer", "err", err)
		}
	}()
}

// logMessage is window/logMessage, for what a user should be able to look up.
func (s *Server) logMessage(kind protocol.MessageType, message string) {
	s.notify(protocol.MethodWindowLogMessage, &protocol.LogMessageParams{Type: kind, Message: shown.Text(message)})
}

// notify sends a notification. It returns at once.
func (s *Server) notify(method string, params any) {
	if err := s.conn.Notify(s.lifecycle.ctx, method, params); err != nil {
		s.log.Debug("notification not sent", "method", method, "err", err)
	}
}
