package gitsync

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/airside-ls/airside/gitsync/journal"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo"
)

// Undo takes back what an operation did to a branch; "" is the latest that moved
// one. What it pushed stays at the remote. An undo is an operation itself, and
// can be undone.
func (s *Syncer) Undo(ctx context.Context, operation string) (Result, error) {
	lock, err := s.alone(ctx)
	if err != nil {
		return Result{}, err
	}
	defer lock.Release()
	op, step, err := s.undoable(operation)
	if err != nil {
		return Result{}, asFailure(err)
	}
	return s.takeBack(ctx, op, step)
}

// undoable finds an operation and the step of it that moved its branch.
func (s *Syncer) undoable(id string) (journal.Operation, journal.Step, error) {
	list, err := s.journal.List()
	if err != nil {
		return journal.Operation{}, journal.Step{}, err
	}
	undone := map[string]bool{}
	for _, op := range list { // newest first: an undo is seen before what it undid
		for _, step := range op.Steps {
			if step.Do == doUndoes && !undone[op.ID] {
				undone[step.Text] = true
			}
		}
		if id != "" && op.ID != id {
			continue
		}
		moved, ok := s.moves(op)
		switch {
		case id != "" && undone[op.ID]:
			return op, moved, fmt.Errorf("operation %s was taken back already", id)
		case id != "" && !ok:
			return op, moved, fmt.Errorf("operation %s moved no branch here, so there is nothing to take back", id)
		case ok && !undone[op.ID] && (id != "" || op.Kind != kindUndo):
			return op, moved, nil
		}
	}
	if id != "" {
		return journal.Operation{}, journal.Step{}, fmt.Errorf("there is no operation %s: `airside sync log` lists them", id)
	}
	return journal.Operation{}, journal.Step{}, errNoOperation
}

// Undoable says which of the operations that [Syncer.Log] lists can be taken back now:
// they moved a branch that stands where they left it, and were not taken back before.
func (s *Syncer) Undoable(list []journal.Operation) map[string]bool {
	undoable, undone := map[string]bool{}, map[string]bool{}
	for _, op := range list { // newest first: see undoable
		for _, step := range op.Steps {
			if step.Do == doUndoes && !undone[op.ID] {
				undone[step.Text] = true
			}
		}
		if moved, ok := s.moves(op); ok && !undone[op.ID] {
			now, err := s.repo.Ref(moved.Ref)
			undoable[op.ID] = err == nil && now == moved.New
		}
	}
	return undoable
}

// moves is what an operation did to its branch as one step, from where it was
// first to where it was last.
func (s *Syncer) moves(op journal.Operation) (whole journal.Step, ok bool) {
	for _, step := range op.Steps {
		if step.Do != doForward && step.Do != doRestore {
			continue
		}
		if !step.Done { // the mark may be lost; the branch knows
			now, err := s.repo.Ref(step.Ref)
			if err != nil || now != step.New {
				continue
			}
		}
		if !ok {
			whole, ok = step, true
		}
		whole.New = step.New
	}
	return whole, ok
}

func (s *Syncer) takeBack(ctx context.Context, op journal.Operation, step journal.Step) (Result, error) {
	branch := shortBranch(step.Ref)
	result := Result{State: Idle, Branch: branch}
	now, err := s.repo.Ref(step.Ref)
	if err != nil {
		return result, err
	}
	if now != step.New {
		return result, &repo.Error{Kind: repo.Moved, Message: fmt.Sprintf(
			"%s has moved on since %s, so it is left alone: before it, it was %s (`git branch before-sync %s` keeps that at hand)", branch, op.ID, step.Old.Short(), step.Old)}
	}
	states := s.loadStates()
	state := states[branch]
	if state == nil {
		state = &branchState{}
		states[branch] = state
	}
	head, err := s.repo.Head()
	if err != nil {
		return result, err
	}
	up, _, err := s.repo.Upstream(branch)
	if err != nil {
		return result, err
	}
	r := &round{Syncer: s, branch: branch, user: true, saved: state, upstream: up, local: now, current: head.Branch == branch}
	if err := r.movable(ctx, step.Old); err != nil {
		return result, asFailure(err)
	}
	if r.op, err = s.journal.Begin(kindUndo, branch, op.Remote); err != nil {
		return result, asFailure(fmt.Errorf("writing the journal failed, so nothing was moved: %w", err))
	}
	result.Operation = r.op.ID
	err = r.restore(ctx, op, step)
	result.Message = fmt.Sprintf("%s is back at %s, as before %s", branch, step.Old.Short(), op.ID)
	if slices.ContainsFunc(op.Steps, func(s journal.Step) bool { return s.Do == doPush && s.Done }) {
		result.Message += "; what was pushed stays at " + op.Remote
	}
	if err != nil {
		r.end(string(Busy), err.Error())
		return result, asFailure(err)
	}
	state.Parked, state.Held = nil, object.Zero
	state.State, state.Message = Idle, result.Message // what the round before has said holds no more
	if step.Do == doForward {
		if seen, err := s.repo.Ref(r.seenRef()); err == nil {
			state.Held = seen
		}
	}
	state.Doubts = state.Doubts || r.settled(op)
	r.local = step.Old
	r.countKnown(ctx)
	if result.Ahead, result.Behind = r.result.Ahead, r.result.Behind; result.Behind > 0 {
		state.Message += "; `airside sync` takes what came in again"
	}
	if err := s.save("state.json", states); err != nil {
		s.log.Warn("remembering where sync stands failed", "error", err)
	}
	s.noted(s.Saw(""))
	return result, asFailure(r.op.End(string(Idle), result.Message))
}

// settled tells whether an operation made a merge with conflicts settled as before.
func (r *round) settled(op journal.Operation) bool {
	objects, err := r.repo.Objects()
	return err == nil && slices.ContainsFunc(op.Steps, func(s journal.Step) bool {
		c, err := objects.Commit(s.New)
		return s.Do == doForward && err == nil && strings.Contains(c.Message, settledBefore)
	})
}

func (r *round) restore(ctx context.Context, op journal.Operation, step journal.Step) error {
	if err := r.keepWork(ctx); err != nil {
		return err
	}
	if err := r.setRefAs(doKeep, "refs/airside/keep/"+r.op.ID+"/"+r.branch, object.Zero, r.local, "airside sync: undo"); err != nil {
		return err
	}
	if err := r.step(journal.Step{Do: doUndoes, Text: op.ID}, func() error { return nil }); err != nil {
		return err
	}
	back := journal.Step{Do: doRestore, Ref: step.Ref, Old: step.New, New: step.Old}
	err := r.step(back, func() error {
		return r.repo.RestoreTo(ctx, r.branch, step.New, step.Old, "airside sync: undo "+op.ID)
	})
	if err != nil {
		r.undoMove(ctx, back, err)
	}
	return err
}

// mergeStands says where a merge is that was parked, the first time and later.
const mergeStands = "the merge is in the work tree: settle it and commit, then sync goes on (`git merge --abort` gives it up)"

// Resolve starts the merge that is parked for a branch ("" is the current one)
// in the work tree, as git merge would. The user settles and commits it. One that stands
// there already is said to.
func (s *Syncer) Resolve(ctx context.Context, branch string) (Result, error) {
	lock, err := s.alone(ctx)
	if err != nil {
		return Result{}, err
	}
	defer lock.Release()
	r, result, err := s.parkedRound(s.loadStates(), branch)
	if err != nil {
		return result, err
	}
	return s.startParked(ctx, r, result, object.Zero)
}

// startParked starts the merge that is parked in the work tree. What a proposal settles
// of it is put there, too; Zero is for none.
func (s *Syncer) startParked(ctx context.Context, r *round, result Result, proposal object.Hash) (Result, error) {
	head, theirs := r.local, r.saved.Parked.Theirs
	switch begun, err := s.repo.Merging(); {
	case err != nil:
		return result, asFailure(err)
	case begun == theirs:
		result.Message = mergeStands
		return result, nil
	}
	if err := s.repo.Busy(); err != nil { // else the changes of what is in progress would be told to be in the way
		return result, asFailure(err)
	}
	if err := r.movable(ctx, head); err != nil {
		return result, asFailure(err)
	}
	if err := r.bringForMergeOf(ctx, theirs); err != nil {
		return result, asFailure(err)
	}
	err := s.repo.CanMerge(ctx, theirs)
	if err != nil {
		return result, asFailure(err)
	}
	if r.op, err = s.journal.Begin(kindResolve, r.branch, r.saved.Parked.Remote); err != nil {
		return result, asFailure(err)
	}
	result.Operation = r.op.ID
	err = r.keepWork(ctx)
	if err == nil {
		begin := journal.Step{Do: doMerge, Ref: r.ref(), Old: head, New: theirs}
		err = r.step(begin, func() error {
			return s.repo.StartMerge(ctx, theirs, r.branch+" of "+r.saved.Parked.Remote)
		})
		if err != nil {
			r.undoMove(ctx, begin, err)
		}
	}
	if err != nil {
		r.end(string(Busy), err.Error())
		return result, asFailure(err)
	}
	half := false
	if p := r.saved.Parked; !proposal.IsZero() {
		// The merge has begun, with all of its markers: that is what stays if this fails,
		// but for the files that came to their turn before.
		if err := s.repo.PutMerged(ctx, proposal, p.Whole, p.Partly); err != nil {
			s.log.Warn("what is proposed of a merge could not be put into the work tree", "operation", r.op.ID, "error", err)
			proposal, half = object.Zero, true
		}
	}
	s.noted(s.Saw(""))
	if !proposal.IsZero() {
		result.Message = "the merge is in the work tree, settled as far as proposed: settle what has markers and commit, then sync goes on (`git merge --abort` gives it up)"
		return result, asFailure(r.op.End(string(Conflicted), result.Message))
	}
	result.Message = mergeStands
	if half {
		result.Message = "the merge is in the work tree, but what is proposed of it could not be put there, or only for some files: look at each (`git diff HEAD`) before you commit (`git merge --abort` gives it up)"
	}
	return result, asFailure(r.op.End(string(Conflicted), result.Message))
}

// parkedRound prepares the settling of the conflict that is parked for a branch
// ("" is the current one); states is where it is remembered.
func (s *Syncer) parkedRound(states map[string]*branchState, branch string) (*round, Result, error) {
	head, err := s.repo.Head()
	if err != nil {
		return nil, Result{}, err
	}
	if branch == "" {
		branch = head.Branch
	}
	result := Result{State: Conflicted, Branch: branch}
	state := states[branch]
	switch {
	case branch == "":
		return nil, result, failure("HEAD is detached: name the branch whose conflict is to be resolved")
	case state == nil || state.Parked == nil:
		return nil, result, failure("no conflict is parked for %s: `airside sync` says where it stands", branch)
	case branch != head.Branch:
		return nil, result, failure("%s is not checked out: `git switch %s` first", branch, branch)
	case head.Hash != state.Parked.Ours && s.has(head.Hash, state.Parked.Theirs):
		return nil, result, failure("the merge of %s is committed already: `airside sync` pushes it", branch)
	case head.Hash != state.Parked.Ours:
		return nil, result, failure("%s has moved since the conflict was found: `airside sync` looks again", branch)
	}
	result.Conflicts = state.Parked.Paths
	return &round{Syncer: s, branch: branch, user: true, saved: state, local: head.Hash, current: true}, result, nil
}

// has tells whether a commit has another one behind it.
func (s *Syncer) has(commit, behind object.Hash) bool {
	objects, err := s.repo.Objects()
	if err != nil {
		return false
	}
	ok, err := s.isAncestor(context.Background(), objects, behind, commit)
	return err == nil && ok
}

func failure(format string, args ...any) error {
	return &repo.Error{Kind: repo.Failed, Message: fmt.Sprintf(format, args...)}
}

// asFailure makes any error a *repo.Error.
func asFailure(err error) error {
	if err == nil {
		return nil
	}
	return &repo.Error{Kind: kindOf(err), Message: err.Error(), Err: err}
}
