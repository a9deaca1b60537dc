package gitsync

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/airside-ls/airside/completion/syntax"
	"github.com/airside-ls/airside/gitsync/merge"
	"github.com/airside-ls/airside/gitsync/object"
)

// looked is what the second look settles of a merge.
type looked struct {
	whole, partly []string // paths of which all, and some conflicts are settled
	doubted       bool     // some of them by merges that nobody may take for granted
	before        []string // paths of which all are, as people settled them before
	from          []string // the merges in which they did
	parts         []string // for people: "2 of 5 in a.go"
	settled, of   int      // conflicts
	tree          object.Hash
	objects       []object.Object
}

// lookTwice settles conflicts in texts by structure. It changes m only if all of its
// conflicts can be settled. It fails only once ctx has ended, which is seen between
// conflicts: what is left of them then says nothing.
func (r *round) lookTwice(ctx context.Context, objects object.Reader, m *mergeOutcome) (found looked, err error) {
	if len(m.conflicts) == 0 {
		return looked{}, nil
	}
	trees := syntax.NewCache(merge.LookLimits)
	defer trees.CloseAll()
	texts := map[string]fileMerge{}
	for _, f := range m.textual {
		if f.merged == nil {
			texts[f.path] = f
		}
	}
	swap, known := r.swapped(objects), r.recorded(ctx, objects, texts)
	edits := map[string]treeEdit{}
	for _, c := range m.conflicts {
		f, ok := texts[c.Path]
		if !ok || c.Kind != "content" {
			found.of++
			continue
		}
		if err := ctx.Err(); err != nil {
			return looked{}, err
		}
		proposal, ok := lookAt(ctx, f, trees, swap, merge.TextOptions{
			Algorithm: merge.Histogram, Ours: r.branch, Theirs: r.upstream.Remote + "/" + strings.TrimPrefix(r.upstream.Ref, "refs/heads/"),
		}, known[c.Path])
		n := max(1, merge.Text(f.base, f.ours, f.theirs, merge.TextOptions{Algorithm: merge.Histogram}).Conflicts)
		found.of += n
		if !ok {
			continue
		}
		edits[c.Path] = treeEdit{f.mode, proposal.Text}
		found.from = append(found.from, proposal.From()...)
		found.doubted = found.doubted || proposal.IsDoubted()
		if proposal.Conflicts == 0 {
			found.settled += n
			if proposal.IsRecorded() {
				found.before = append(found.before, c.Path)
			}
			found.whole = append(found.whole, c.Path)
			found.parts = append(found.parts, "all in "+c.Path)
			continue
		}
		left := min(proposal.Conflicts, n)
		found.settled += n - left
		found.partly = append(found.partly, c.Path)
		found.parts = append(found.parts, fmt.Sprintf("%d of %d in %s", n-left, n, c.Path))
	}
	if err := ctx.Err(); err != nil {
		return looked{}, err
	}
	if len(edits) == 0 {
		return looked{}, nil
	}
	tree, added, err := editTree(objects, m.objects, m.tree, edits)
	if err != nil {
		r.log.Warn("a merge by structure could not be written", "error", err)
		return looked{}, nil
	}
	slices.Sort(found.whole)
	slices.Sort(found.partly)
	slices.Sort(found.parts)
	slices.Sort(found.before)
	slices.Sort(found.from)
	found.from = slices.Compact(found.from)
	found.tree, found.objects = tree, append(slices.Clone(m.objects), added...)
	if found.all(m) {
		m.tree, m.objects, m.conflicts = found.tree, found.objects, nil
	}
	return found, nil
}

// without are the names in list that are not among others.
func without(list, others []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(name string) bool { return slices.Contains(others, name) })
}

// all tells whether nothing of a merge is left.
func (l looked) all(m *mergeOutcome) bool {
	return len(l.partly) == 0 && len(l.whole) > 0 && (len(m.conflicts) == 0 || len(l.whole) == len(m.conflicts))
}

// swapped tells whether the sides go the other way round, so that two clones of
// which each has its own as ours make the same of them: the older commit is first.
func (r *round) swapped(objects object.Reader) bool {
	ours, err := objects.Commit(r.local)
	if err != nil {
		return false
	}
	theirs, err := objects.Commit(r.remote)
	if err != nil {
		return false
	}
	if !ours.Committer.When.Equal(theirs.Committer.When) {
		return ours.Committer.When.Before(theirs.Committer.When)
	}
	return r.local.String() < r.remote.String()
}

// lookAt takes the second look at a file. What is settled as a whole is so with the
// sides in their order; markers are as ours is here.
func lookAt(ctx context.Context, f fileMerge, trees *syntax.Cache, swap bool, o merge.TextOptions, known *merge.Recorded) (merge.Proposal, bool) {
	if !swap {
		return merge.SecondLook(ctx, f.path, f.base, f.ours, f.theirs, trees, o, known)
	}
	whole, ok := merge.SecondLook(ctx, f.path, f.base, f.theirs, f.ours, trees, o, known)
	if !ok || whole.Conflicts == 0 {
		return whole, ok
	}
	part, ok := merge.SecondLook(ctx, f.path, f.base, f.ours, f.theirs, trees, o, known)
	return part, ok && part.Conflicts > 0
}

// proposePart parks a conflict of which some is settled by structure, together with a
// commit that has it so, and markers around the rest.
func (r *round) proposePart(ctx context.Context, m mergeOutcome, found looked) event {
	if r.keepsPark(m.conflicts, found.tree) {
		return conflict
	}
	part := m
	part.tree, part.objects, part.before, part.from = found.tree, found.objects, found.before, found.from
	commit, err := r.storeMerge(ctx, part, append(without(found.whole, found.before), found.partly...), false)
	if err == nil {
		err = r.begin()
	}
	if err == nil {
		err = r.setRef(partRef(r.op.ID), object.Zero, commit, "airside sync: proposed in part")
	}
	if err != nil { // the conflict is none the less one
		r.log.Warn("what is settled of a merge could not be kept", "error", err)
		return r.park(m, "")
	}
	parts := found.parts
	if more := len(parts) - 3; more > 0 {
		parts = append(slices.Clone(parts[:3]), fmt.Sprintf("%d files more", more))
	}
	e := r.park(m, fmt.Sprintf("%s here and at %s; of %d conflicts %d can be merged by structure (%s): `airside sync resolve --proposal` starts the merge in the work tree with those settled, `airside sync resolve` without",
		conflictsIn(m.conflicts), r.upstream.Remote, found.of, found.settled, strings.Join(parts, ", ")))
	if r.saved.Parked != nil && r.saved.Parked.Operation == r.op.ID {
		r.saved.Parked.Whole, r.saved.Parked.Partly = found.whole, found.partly
	}
	return e
}

// propose parks a conflict together with the merge by structure that would
// settle it.
func (r *round) propose(ctx context.Context, m mergeOutcome, structural []string) event {
	for _, path := range append(slices.Clone(structural), m.before...) {
		m.conflicts = append(m.conflicts, Conflict{Path: path, Kind: "content"})
	}
	if r.keepsPark(m.conflicts, m.tree) {
		return conflict
	}
	commit, err := r.writeMerge(ctx, m, structural)
	if err != nil {
		return r.failed(err)
	}
	if err := r.begin(); err != nil {
		return r.failed(err)
	}
	name := proposalRef(r.op.ID)
	if err := r.setRef(name, object.Zero, commit, "airside sync: proposed"); err != nil {
		return r.failed(err)
	}
	return r.park(m, fmt.Sprintf("%s here and at %s; a merge by structure is proposed: look at it with `git show %s`, take it with `airside sync resolve --proposal`, or merge yourself with `airside sync resolve`",
		conflictsIn(m.conflicts), r.upstream.Remote, name))
}

// proposalRef holds the merge by structure that an operation proposes.
func proposalRef(operation string) string {
	return "refs/airside/conflicts/" + operation + "/proposal"
}

// partRef holds one that an operation proposes in part, with markers in it. It is not
// proposalRef: an airside that knows of whole ones alone would take it as it is.
func partRef(operation string) string {
	return "refs/airside/conflicts/" + operation + "/proposal-part"
}

// TakeProposal settles the conflict that is parked for a branch ("" is the
// current one) by the merge that is proposed for it: the branch and the work tree
// go there, as an operation that can be undone. Of one that is proposed in part the
// merge is started in the work tree, with that part settled.
func (s *Syncer) TakeProposal(ctx context.Context, branch string) (Result, error) {
	lock, err := s.alone(ctx)
	if err != nil {
		return Result{}, err
	}
	defer lock.Release()
	states := s.loadStates()
	r, result, err := s.parkedRound(states, branch)
	if err != nil {
		return result, err
	}
	name, p := proposalRef(r.saved.Parked.Operation), r.saved.Parked
	part := len(p.Whole)+len(p.Partly) > 0
	if part {
		name = partRef(p.Operation)
	}
	proposal, err := s.repo.Ref(name)
	if err != nil {
		return result, err
	}
	if proposal.IsZero() {
		return result, failure("no merge is proposed for %s: `airside sync resolve` starts one in the work tree", r.branch)
	}
	if part {
		return s.startParked(ctx, r, result, proposal)
	}
	if err := s.repo.Busy(); err != nil { // a merge of the user's, say, whose files would be told to be in the way
		return result, asFailure(err)
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
	result.Message = "merged as proposed; look at it with `git show`, the next sync pushes it (`airside sync undo` takes it back)"
	return result, asFailure(r.op.End(string(Idle), result.Message))
}
