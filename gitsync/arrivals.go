package gitsync

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/airside-ls/airside/gitsync/history"
	"github.com/airside-ls/airside/gitsync/journal"
	"github.com/airside-ls/airside/gitsync/merge"
	"github.com/airside-ls/airside/gitsync/object"
)

// Hash is a commit's.
type Hash = object.Hash

// Arrival is what one operation brought to a branch. The names and subjects in it are
// as the commits have them.
type Arrival struct {
	Operation string // its ID in the log
	Branch    string
	Current   bool // it is the branch that is checked out
	When      time.Time
	Old, New  Hash // the branch's tips before and after
	Seen      bool // the user has been told, or has gone on since
	Commits   []ArrivedCommit
}

// ArrivedCommit is a commit that came in, newest first.
type ArrivedCommit struct {
	Hash    Hash
	Author  string // a name, "" for none
	Email   string
	Mine    bool // the author is this user, on another machine
	Subject string
	When    time.Time // the author's
}

const (
	// listed is how far back arrivals are told that were seen.
	listed = 7 * 24 * time.Hour
	// unknown is the same where nobody has ever looked: a clone that has synced for
	// months has no news of months.
	unknown = 24 * time.Hour
)

// Arrivals are those that the user has not seen, newest first; with all also those
// seen, of the last days. What an undo took out again is none. It writes nothing, and
// the journal is all that it remembers by: neither a crash nor a restart loses one.
func (s *Syncer) Arrivals(ctx context.Context, all bool) ([]Arrival, error) {
	seen, since := s.seenUntil(), s.seenUntil()
	if all {
		since = min(seen, journal.IDOf(s.clock.Now().Add(-listed)))
	}
	operations, err := s.journal.Since(since)
	if err != nil || len(operations) == 0 {
		return nil, err
	}
	head, err := s.repo.Head()
	if err != nil {
		return nil, err
	}
	objects, err := s.repo.Objects()
	if err != nil {
		return nil, err
	}
	var list []Arrival
	undone := map[string]bool{}
	for _, op := range operations { // newest first: an undo is seen before what it undid
		for _, step := range op.Steps {
			if step.Do == doUndoes && !undone[op.ID] {
				undone[step.Text] = true
			}
		}
		whole, ok := s.moves(op)
		if !ok || op.Kind != kindSync || undone[op.ID] {
			continue
		}
		a := Arrival{Operation: op.ID, Branch: shortBranch(whole.Ref), When: op.Began, Old: whole.Old, New: whole.New, Seen: op.ID <= seen}
		a.Current = a.Branch == head.Branch
		if a.Commits, err = s.arrived(ctx, objects, a.Old, a.New); err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			s.log.Debug("what came in cannot be told", "operation", op.ID, "error", err)
			continue
		}
		if len(a.Commits) > 0 {
			list = append(list, a)
		}
	}
	return list, nil
}

// arrived are the commits between two tips, without merges unless there is nothing
// else: who merged says little about who wrote.
func (s *Syncer) arrived(ctx context.Context, objects object.Reader, old, new object.Hash) ([]ArrivedCommit, error) {
	commits, err := history.Only(ctx, objects, old, new)
	if err != nil {
		return nil, err
	}
	me, err := s.repo.Identity()
	if err != nil {
		me = object.Signature{}
	}
	mine := func(c object.Commit) bool { return me.Email != "" && strings.EqualFold(me.Email, c.Author.Email) }
	merges := func(c object.Commit) bool { return len(c.Parents) > 1 }
	if plain := slices.DeleteFunc(slices.Clone(commits), merges); len(plain) > 0 {
		commits = plain
	} else { // a merge of this user's is what a sync has made
		commits = slices.DeleteFunc(commits, mine)
	}
	list := make([]ArrivedCommit, 0, len(commits))
	for _, c := range commits {
		subject, _, _ := strings.Cut(strings.TrimLeft(c.Message, "\n"), "\n")
		list = append(list, ArrivedCommit{
			Hash: c.Hash, Author: c.Author.Name, Email: c.Author.Email, Subject: subject, When: c.Author.When,
			Mine: mine(c),
		})
	}
	return list, nil
}

// ArrivalsStamp is another one when Arrivals may be others.
func (s *Syncer) ArrivalsStamp() string {
	return fmt.Sprint(s.journal.Changed().UnixNano(), " ", modified(s.dir(sawFile)).UnixNano())
}

func modified(path string) time.Time {
	info, err := os.Lstat(path)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// sawFile has the ID of the latest operation that is no news.
const sawFile = "seen.json"

// lookedAt is what is in that file.
type lookedAt struct {
	Operation string `json:"operation"`
}

// seenUntil is the ID of the latest operation that is no news.
func (s *Syncer) seenUntil() string {
	var until lookedAt
	if load(s.dir(sawFile), &until) != nil || until.Operation == "" {
		return journal.IDOf(s.clock.Now().Add(-unknown))
	}
	return until.Operation
}

// Saw notes that the user has seen what came in up to an operation; "" is all.
func (s *Syncer) Saw(operation string) error {
	if operation == "" {
		unseen, err := s.journal.Since(s.seenUntil())
		if err != nil || len(unseen) == 0 {
			return err
		}
		operation = unseen[0].ID
	}
	if operation <= s.seenUntil() {
		return nil
	}
	if _, ok := journal.IDTime(operation); !ok {
		return fmt.Errorf("there is no operation %s: `airside sync log` lists them", operation)
	}
	return s.save(sawFile, lookedAt{operation})
}

// wentOn notes, before a round, that the user has moved one of its branches since the
// last one: who commits, pulls or resets has gone on from what came in before.
func (s *Syncer) wentOn(branches []string, states map[string]*branchState) {
	for _, branch := range branches {
		state := states[branch]
		if state == nil || state.Local.IsZero() {
			continue
		}
		now, err := s.repo.Ref("refs/heads/" + branch)
		if err == nil && !now.IsZero() && now != state.Local && !s.movedTo(now) {
			s.noted(s.Saw(""))
			return
		}
	}
}

// movedTo tells whether it was a sync that moved a branch there: one that crashed has
// left the journal alone to say so.
func (s *Syncer) movedTo(tip object.Hash) bool {
	operations, err := s.journal.Since(s.seenUntil())
	return err == nil && slices.ContainsFunc(operations, func(op journal.Operation) bool {
		whole, ok := s.moves(op)
		return ok && op.Kind == kindSync && whole.New == tip
	})
}

func (s *Syncer) noted(err error) {
	if err != nil {
		s.log.Warn("remembering what was seen failed", "error", err)
	}
}

// ArrivedFile is a file that commits have changed.
type ArrivedFile struct {
	Text    []byte          // as it is at the newer tip
	Lines   []ChangedLines  // of it
	Commits []ArrivedCommit // that changed it, newest first
}

// ArrivedIn says what the commits between two tips of a branch did to a file, slashed
// and relative to the work tree; false where they left it alone, removed it, or it is
// nothing to mark lines in.
func (s *Syncer) ArrivedIn(ctx context.Context, old, new Hash, path string) (ArrivedFile, bool, error) {
	objects, err := s.repo.Objects()
	if err != nil {
		return ArrivedFile{}, false, err
	}
	at := func(commit object.Hash) (object.Hash, bool) {
		c, err := objects.Commit(commit)
		if err != nil {
			return object.Zero, false
		}
		return entryAt(objects, nil, c.Tree, path)
	}
	before, _ := at(old)
	after, ok := at(new)
	if !ok || before == after {
		return ArrivedFile{}, false, nil
	}
	var texts [2][]byte
	for i, hash := range []object.Hash{before, after} {
		if hash.IsZero() {
			continue
		}
		if size, err := objects.BlobSize(hash); err != nil || size > maxChangedFile {
			return ArrivedFile{}, false, err
		}
		if texts[i], err = objects.Blob(hash); err != nil {
			return ArrivedFile{}, false, err
		}
		if merge.IsBinary(texts[i]) {
			return ArrivedFile{}, false, nil
		}
	}
	f := ArrivedFile{Text: texts[1]}
	for _, l := range merge.Lines(texts[0], texts[1]) {
		f.Lines = append(f.Lines, ChangedLines(l))
	}
	commits, err := s.arrived(ctx, objects, old, new)
	if err != nil {
		return ArrivedFile{}, false, err
	}
	for _, c := range commits[:min(len(commits), maxTraced)] {
		whole, err := objects.Commit(c.Hash)
		if err != nil {
			continue
		}
		is, _ := entryAt(objects, nil, whole.Tree, path)
		was := object.Zero
		if len(whole.Parents) > 0 {
			was, _ = at(whole.Parents[0])
		}
		if is != was {
			f.Commits = append(f.Commits, c)
		}
	}
	return f, len(f.Lines) > 0, nil
}

// maxTraced bounds the commits that are looked at for who changed a file.
const maxTraced = 200
