package gitsync

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/object"
)

// optIn is sync.json: whether and what this repository syncs.
type optIn struct {
	Enabled  bool     `json:"enabled"`
	Branches []string `json:"branches,omitempty"` // path.Match patterns; none: the current branch
}

// branchState is what is remembered of a branch between rounds. All of it can
// be lost: the next round finds out again.
type branchState struct {
	State    State       `json:"state,omitempty"`
	Message  string      `json:"message,omitempty"`
	Local    object.Hash `json:"local,omitzero"`  // the tips that State is about
	Remote   object.Hash `json:"remote,omitzero"` // …
	Held     object.Hash `json:"held,omitzero"`   // a remote tip that an undo took out again
	Parked   *parked     `json:"parked,omitempty"`
	LastSync time.Time   `json:"last_sync,omitzero"`
}

// parked is a conflict that waits for the user.
type parked struct {
	Operation string      `json:"operation"`
	Ours      object.Hash `json:"ours"`
	Theirs    object.Hash `json:"theirs"`
	Remote    string      `json:"remote"`
	Paths     []Conflict  `json:"paths"`
	Message   string      `json:"message,omitempty"`
}

func (p *parked) is(ours, theirs object.Hash) bool {
	return p != nil && p.Ours == ours && p.Theirs == theirs
}

// dir is where airside keeps its files, shared by linked work trees.
func (s *Syncer) dir(name ...string) string {
	return filepath.Join(append([]string{s.repo.CommonDir(), "airside"}, name...)...)
}

// Enabled reports whether this repository takes part.
func (s *Syncer) Enabled() bool { return s.optIn().Enabled }

// Enable opts this repository in: the branches that match one of the patterns
// (path.Match), or only the current branch when there are none.
func (s *Syncer) Enable(patterns []string) error {
	for _, p := range patterns {
		if _, err := filepath.Match(p, ""); err != nil {
			return fmt.Errorf("%q is no pattern for branches: %w", p, err)
		}
	}
	return s.save("sync.json", optIn{Enabled: true, Branches: patterns})
}

// Disable opts it out. What was synced stays as it is.
func (s *Syncer) Disable() error {
	in := s.optIn()
	in.Enabled = false
	return s.save("sync.json", in)
}

// optIn is off when the file is missing or unreadable: nobody is pushed by a
// damaged file.
func (s *Syncer) optIn() (in optIn) {
	if load(s.dir("sync.json"), &in) != nil {
		return optIn{}
	}
	return in
}

func (s *Syncer) loadStates() map[string]*branchState {
	states := map[string]*branchState{}
	if load(s.dir("state.json"), &states) != nil || states == nil {
		return map[string]*branchState{}
	}
	for name, state := range states {
		if state == nil {
			delete(states, name)
		}
	}
	return states
}

func load(path string, into any) error {
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(data, into)
}

// encoded tells whether something has changed since.
func encoded(value any) string {
	data, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	return string(data)
}

func (s *Syncer) save(name string, value any) error {
	data, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	if err := durable.MkdirAll(s.fs, s.dir(), 0o755); err != nil {
		return err
	}
	return durable.WriteFile(s.fs, s.dir(name), append(data, '\n'), 0o644)
}
