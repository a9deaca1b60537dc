package lsp

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"go.lsp.dev/protocol"

	"github.com/airside-ls/airside/lsp/editor"
)

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
	client       *client
	configure    func(values map[string]any) []error // Options.Configure; may be nil
	settle       func()                              // tells, once, that the settings are known
	settleWithin time.Duration

	mu       sync.Mutex // held while they are applied
	reported map[string]bool
	given    bool // with initialize

	pulls sync.Mutex // guards the two below
	again bool       // they changed while they were being pulled
	busy  bool
}

func newSettings(c *client, opts Options) settings {
	settled := opts.Settled
	if settled == nil {
		settled = func() {}
	}
	return settings{
		client: c, configure: opts.Configure, settle: sync.OnceFunc(settled), settleWithin: opts.SettleWithin,
		reported: make(map[string]bool),
	}
}

// didChange is workspace/didChangeConfiguration. Clients that can
// be asked send nothing of use with it.
func (st *settings) didChange(params *protocol.DidChangeConfigurationParams) error {
	if st.client.capabilities.Configuration {
		st.ask()
		return nil
	}
	st.apply(params.Settings)
	st.settle()
	return nil
}

// await has settle called however the editor tells its settings: with
// initialize, in answer to a question, by itself afterwards, or not at all.
func (st *settings) await() {
	wait := st.settleWithin
	if !st.client.capabilities.Configuration {
		if st.given {
			st.settle()
			return
		}
		wait /= pushedPart
	}
	time.AfterFunc(wait, st.settle)
}

// apply takes JSON that either is the section or holds it. Anything but
// an object, such as the null of a client without settings, is passed over; then
// given is false.
func (st *settings) apply(raw protocol.LSPAny) (given bool) {
	var values map[string]any
	if st.configure == nil || len(raw) == 0 || json.Unmarshal(raw, &values) != nil || values == nil {
		return false
	}
	if inner, ok := values[editor.Section].(map[string]any); ok {
		values = inner
	}
	if _, ok := values["trusted"]; ok { // no setting: see trustOption
		if delete(values, "trusted"); len(values) == 0 {
			return false
		}
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	for _, problem := range st.configure(values) {
		message := "settings: " + problem.Error()
		if !st.reported[message] {
			st.reported[message] = true
			st.client.Log(protocol.MessageTypeWarning, message)
		}
	}
	return true
}

// register asks a client that wants to be asked to tell when the
// settings change.
func (st *settings) register() {
	if !st.client.capabilities.RegistersSettings {
		return
	}
	st.client.Background(func(ctx context.Context) error {
		return st.client.Call(ctx, protocol.MethodClientRegisterCapability, &protocol.RegistrationParams{
			Registrations: []protocol.Registration{{
				ID:              "airside.settings",
				Method:          protocol.MethodWorkspaceDidChangeConfiguration,
				RegisterOptions: protocol.LSPAny(`{"section":"` + editor.Section + `"}`),
			}},
		}, nil)
	})
}

// ask asks the client for its settings, one question at a time, so
// that answers cannot overtake each other.
func (st *settings) ask() {
	if !st.client.capabilities.Configuration {
		return
	}
	st.pulls.Lock()
	defer st.pulls.Unlock()
	st.again = true
	if st.busy {
		return
	}
	st.busy = true
	st.client.Background(st.pullUntilSettled)
}

func (st *settings) pullUntilSettled(ctx context.Context) error {
	defer st.settle()
	var firstErr error
	for st.pullAgain() {
		if err := st.pull(ctx); err != nil && firstErr == nil {
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

func (st *settings) pull(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, pullTimeout)
	defer cancel()
	name := editor.Section
	var answers []protocol.LSPAny
	err := st.client.Call(ctx, protocol.MethodWorkspaceConfiguration,
		&protocol.ConfigurationParams{Items: []protocol.ConfigurationItem{{Section: &name}}}, &answers)
	if err == nil && len(answers) > 0 {
		st.apply(answers[0])
	}
	return err
}
