package gitsync

import (
	"context"
	"fmt"
	"slices"

	"github.com/airside-ls/airside/completion/syntax"
	"github.com/airside-ls/airside/gitsync/merge"
	"github.com/airside-ls/airside/gitsync/object"
)

// lookTwice settles conflicts in texts by structure. It changes m only if all of
// its conflicts can be settled, and tells in which files it did.
func (r *round) lookTwice(objects object.Reader, m *merged) (paths []string) {
	if len(m.conflicts) == 0 {
		return nil
	}
	trees := syntax.NewCache(syntax.DefaultLimits)
	defer trees.CloseAll()
	texts := map[string]fileMerge{}
	for _, f := range m.textual {
		if f.merged == nil {
			texts[f.path] = f
		}
	}
	edits := map[string]treeEdit{}
	for _, c := range m.conflicts {
		f, ok := texts[c.Path]
		if !ok || c.Kind != "content" {
			return nil
		}
		proposal, ok := merge.SecondLook(f.path, f.base, f.ours, f.theirs, trees)
		if !ok {
			return nil
		}
		edits[c.Path] = treeEdit{f.mode, proposal.Text}
		paths = append(paths, c.Path)
	}
	tree, added, err := editTree(objects, m.objects, m.tree, edits)
	if err != nil {
		r.log.Warn("a merge by structure could not be written", "error", err)
		return nil
	}
	m.tree, m.objects, m.conflicts = tree, append(slices.Clone(m.objects), added...), nil
	slices.Sort(paths)
	return paths
}

// propose parks a conflict together with the merge by structure that would
// settle it.
func (r *round) propose(ctx context.Context, m merged, structural []string) event {
	commit, err := r.writeMerge(ctx, m, structural)
	if err != nil {
		return r.failed(err)
	}
	for _, path := range structural {
		m.conflicts = append(m.conflicts, Conflict{Path: path, Kind: "content"})
	}
	if err := r.begin(); err != nil {
		return r.failed(err)
	}
	name := proposalRef(r.op.ID)
	if err := r.setRef(name, object.Zero, commit, "airside sync: proposed"); err != nil {
		return r.failed(err)
	}
	return r.park(m, fmt.Sprintf("%s here and at %s; a merge by structure is proposed: look at it with git show %s, take it with `airside sync resolve --proposal`, or merge yourself with `airside sync resolve`",
		conflictsIn(m.conflicts), r.upstream.Remote, name))
}

// proposalRef holds the merge by structure that an operation proposes.
func proposalRef(operation string) string {
	return "refs/airside/conflicts/" + operation + "/proposal"
}

// TakeProposal settles the conflict that is parked for a branch ("" is the
// current one) by the merge that is proposed for it: the branch and the work tree
// go there, as an operation that can be undone.
func (s *Syncer) TakeProposal(ctx context.Context, branch string) (Result, error) {
	lock, err := s.lock(ctx)
	if err != nil {
		return Result{}, asFailure(err)
	}
	defer lock.Release()
	if err := s.recover(ctx); err != nil {
		return Result{}, asFailure(err)
	}
	states := s.loadStates()
	r, result, err := s.parkedRound(states, branch)
	if err != nil {
		return result, err
	}
	proposal, err := s.repo.Ref(proposalRef(r.saved.Parked.Operation))
	if err != nil {
		return result, err
	}
	if proposal.IsZero() {
		return result, failure("no merge is proposed for %s: `airside sync resolve` starts one in the work tree", r.branch)
	}
	if err := r.movable(ctx, proposal); err != nil {
		return result, asFailure(err)
	}
	if r.op, err = s.journal.Begin(kindResolve, r.branch, r.saved.Parked.Remote); err != nil {
		return result, asFailure(fmt.Errorf("writing the journal failed, so nothing was moved: %w", err))
	}
	result.Operation = r.op.ID
	if err := r.move(ctx, proposal, "airside sync: the merge that was proposed"); err != nil {
		r.op.End(string(Busy), err.Error())
		return result, asFailure(err)
	}
	r.saved.Parked = nil
	if err := s.save("state.json", states); err != nil {
		s.log.Warn("remembering where sync stands failed", "error", err)
	}
	result.State, result.Merged, result.Conflicts = Idle, true, nil
	result.Message = "merged as proposed; look at it with git show, the next sync pushes it (`airside sync undo` takes it back)"
	return result, asFailure(r.op.End(string(Idle), result.Message))
}
