package gitsync

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/airside-ls/airside/gitsync/consent"
	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/object"
)

// maxState bounds what is read of a file of ours, in bytes.
const maxState = 16 << 20

// branchState is what is remembered of a branch between rounds. All of it can
// be lost: the next round finds out again.
type branchState struct {
	State    State           `json:"state,omitempty"`
	Message  string          `json:"message,omitempty"`
	Local    object.Hash     `json:"local,omitzero"`   // the tips that State is about
	Remote   object.Hash     `json:"remote,omitzero"`  // …
	Held     object.Hash     `json:"held,omitzero"`    // a remote tip that an undo took out again
	Doubts   bool            `json:"doubts,omitempty"` // an undo took out what was settled as before; since then it is proposed
	Whole    object.Hash     `json:"whole,omitzero"`   // a remote tip of which all history was asked for
	Parked   *parkedConflict `json:"parked,omitempty"`
	Refused  *refusedTip     `json:"refused,omitempty"` // a remote tip that was refused for its content
	Pushed   *pushedTip      `json:"pushed,omitempty"`  // what the remote said it took, until it is seen there
	LastSync time.Time       `json:"last_sync,omitzero"`
}

// pushedTip is a push that a remote reported as taken: from a tip to a tip.
type pushedTip struct {
	Old object.Hash `json:"old"`
	New object.Hash `json:"new"`
}

// parked is a conflict that waits for the user.
type parkedConflict struct {
	Operation string      `json:"operation"`
	Ours      object.Hash `json:"ours"`
	Theirs    object.Hash `json:"theirs"`
	Remote    string      `json:"remote"`
	Paths     []Conflict  `json:"paths"`
	Message   string      `json:"message,omitempty"`
	Grounds   string      `json:"grounds,omitempty"` // what the merge went by, beside the two; see Syncer.grounds
	// Of what is proposed in part: the files in which all is settled, and those in which
	// markers are left.
	Whole  []string `json:"whole,omitempty"`
	Partly []string `json:"partly,omitempty"`
}

func (p *parkedConflict) is(ours, theirs object.Hash, grounds string) bool {
	return p != nil && p.Ours == ours && p.Theirs == theirs && p.Grounds == grounds
}

// grounds are what a merge goes by beside its two commits: when a driver, a hook or a
// setting that parked one is gone, it is looked at again.
func (s *Syncer) grounds() string {
	return fmt.Sprintf("%s %t", s.repo.MergeGrounds(), s.opts.ApplySecondLook)
}

// dir is where airside keeps its files, shared by linked work trees.
func (s *Syncer) dir(name ...string) string {
	return filepath.Join(append([]string{s.repo.CommonDir(), "airside"}, name...)...)
}

// Enabled reports whether this repository takes part: what the user has said of
// it, in a folder of the user's own. Whatever stands in the repository itself
// opts nobody in.
func (s *Syncer) Enabled() bool {
	in, err := s.consent.Sync(s.repo.CommonDir())
	return err == nil && in.Enabled
}

// WhyNot is half a line about why the repository does not take part, and how it
// would.
func (s *Syncer) WhyNot() string {
	in, err := s.consent.Sync(s.repo.CommonDir())
	_, formerly := os.Lstat(s.dir("sync.json"))
	switch {
	case err != nil:
		return err.Error()
	case in.Replaced:
		return "it was another repository that you opted in here, and this one has come in its place: `airside sync enable` opts it in"
	case formerly == nil:
		return "that .git says otherwise counts no more, as anybody may have written that: if you opted in before, say so once more by `airside sync enable`"
	}
	return "`airside sync enable` opts it in"
}

// Enable opts this repository in: the branches that match one of the patterns
// (path.Match), or only the current branch when there are none. By that the user
// trusts it as well.
func (s *Syncer) Enable(patterns []string) error {
	for _, p := range patterns {
		if strings.TrimSpace(p) == "" {
			return fmt.Errorf("%q is no pattern for branches: it matches none", p)
		}
		if _, err := path.Match(p, ""); err != nil {
			return fmt.Errorf("%q is no pattern for branches: %w", p, err)
		}
	}
	if err := s.consent.SetSync(s.repo.CommonDir(), consent.Sync{Enabled: true, Branches: patterns}); err != nil {
		return err
	}
	_, err := s.consent.Trust(s.WorkDir())
	return err
}

// Disable opts it out. What was synced stays as it is.
func (s *Syncer) Disable() error {
	in, err := s.consent.Sync(s.repo.CommonDir())
	if err != nil { // damaged: written anew
		in = consent.Sync{}
	}
	return s.consent.SetSync(s.repo.CommonDir(), consent.Sync{Branches: in.Branches})
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
	data, err := durable.ReadFile(path, maxState)
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
	if err := durable.OwnDir(s.fs, s.dir()); err != nil {
		return err
	}
	return durable.WriteFile(s.fs, s.dir(name), append(data, '\n'), 0o600)
}
