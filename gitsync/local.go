package gitsync

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/airside-ls/airside/completion/syntax"
	"github.com/airside-ls/airside/gitsync/journal"
	"github.com/airside-ls/airside/gitsync/merge"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo"
)

// compare is the state COMPARE.
func (r *round) compare(ctx context.Context) event {
	if r.compares++; r.compares > maxCompares {
		r.say("%s moves faster than it can be followed; tried again later", r.branch)
		return restless
	}
	local, err := r.repo.Ref(r.ref())
	if err != nil {
		return r.failed(err)
	}
	r.local = local
	if local == r.remote {
		return same
	}
	objects, err := r.repo.Objects()
	if err != nil {
		return r.failed(err)
	}
	has, err := r.isAncestor(ctx, objects, r.remote, local)
	if err != nil {
		return r.failed(fmt.Errorf("the histories cannot be compared: %w", err))
	}
	lacks, err := r.isAncestor(ctx, objects, local, r.remote)
	if err != nil {
		return r.failed(fmt.Errorf("the histories cannot be compared: %w", err))
	}
	if r.result.Ahead, r.result.Behind, err = r.aheadBehind(ctx, objects, local, r.remote); err != nil {
		return r.failed(fmt.Errorf("the histories cannot be compared: %w", err))
	}
	switch {
	case has:
		r.result.Behind, r.saved.Parked = 0, nil
		return ahead
	case r.saved.Held == r.remote && !r.user:
		r.say("what came from %s was undone here; `airside sync` takes it again", r.upstream.Remote)
		return undone
	case lacks:
		r.result.Ahead = 0
		return behind
	}
	return diverged
}

// equal is the state EQUAL.
func (r *round) equal(context.Context) event {
	r.saved.Parked = nil
	r.result.Ahead, r.result.Behind = 0, 0
	r.say("%s", r.outcome())
	return settled
}

// outcome is one line about a round that went well.
func (r *round) outcome() string {
	var parts []string
	if r.result.Pulled > 0 {
		parts = append(parts, "pulled "+commits(r.result.Pulled))
	}
	if r.result.Merged {
		parts = append(parts, "merged")
	}
	switch len(r.before) {
	case 0:
	case 1:
		parts = append(parts, fmt.Sprintf("what conflicted in %s is as people settled it before", r.before[0]))
	default:
		parts = append(parts, fmt.Sprintf("what conflicted in %d files is as people settled it before", len(r.before)))
	}
	if r.result.Pushed > 0 {
		parts = append(parts, "pushed "+commits(r.result.Pushed))
	}
	if len(parts) == 0 {
		return "in step with " + r.upstream.Remote
	}
	return strings.Join(parts, ", ")
}

func commits(n int) string {
	if n == 1 {
		return "1 commit"
	}
	return fmt.Sprintf("%d commits", n)
}

// editorHolds names an unsaved file of this work tree, "" for none. The text in
// an editor is the user's, though it is on no disk.
func (r *round) editorHolds() string {
	if r.opts.OpenDirty == nil || !r.current {
		return ""
	}
	for _, path := range r.opts.OpenDirty() {
		rel, err := filepath.Rel(r.repo.WorkDir(), path)
		if err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
			return filepath.ToSlash(rel)
		}
	}
	return ""
}

// movable holds that the branch can go from local to tip now.
func (r *round) movable(ctx context.Context, tip object.Hash) error {
	if path := r.editorHolds(); path != "" {
		return fmt.Errorf("%s is not saved in the editor: save it, and commit or stash it", path)
	}
	if err := r.bringForMove(ctx, r.local, tip); err != nil {
		return err
	}
	return r.repo.CanMove(ctx, r.branch, r.local, tip)
}

// forward is the state BEHIND.
func (r *round) forward(ctx context.Context) event {
	if err := r.movable(ctx, r.remote); err != nil {
		return r.movedOrBusy(fmt.Errorf("%s more at %s: %w", commits(r.result.Behind), r.upstream.Remote, err))
	}
	if err := r.move(ctx, r.remote, "airside sync: fast-forward"); err != nil {
		return r.movedOrBusy(err)
	}
	r.result.Pulled, r.result.Behind = r.result.Behind, 0
	r.say("%s", r.outcome())
	return forwarded
}

// move brings the branch to tip, which has local behind it: what is in the work
// tree beside it and the old tip are kept first.
func (r *round) move(ctx context.Context, tip object.Hash, reason string) error {
	if err := r.keepWork(ctx); err != nil {
		return err
	}
	// A round that was overtaken moves the branch again; what it was at first is
	// what an undo wants.
	keep, keeps := "refs/airside/keep/"+r.op.ID+"/"+r.branch, !r.moved
	if keeps {
		if err := r.setRefAs(doKeep, keep, object.Zero, r.local, reason); err != nil {
			return err
		}
	}
	err := r.step(journal.Step{Do: doForward, Ref: r.ref(), Old: r.local, New: tip}, func() error {
		return r.repo.FastForward(ctx, r.branch, r.local, tip, reason)
	})
	if err != nil {
		r.undoMove(ctx, journal.Step{Ref: r.ref(), Old: r.local, New: tip}, err)
		// Nothing moved, so nothing is to be kept.
		if keeps && !r.half {
			r.setRefAs(doKeep, keep, r.local, object.Zero, "not needed")
		}
		return err
	}
	r.local, r.moved = tip, true
	return nil
}

// undoMove takes back what a move that failed has left. git writes files before the
// branch: on a full disk, and when it is killed, it leaves them half moved, and would
// have them taken for the user's own changes. Where nothing was begun, because
// something of the user's or another git is in the way, nothing is touched: it may look
// like what the move would write.
func (r *round) undoMove(ctx context.Context, step journal.Step, failed error) {
	if kind := kindOf(failed); kind != repo.Failed && kind != repo.Disk {
		return
	}
	if err := r.undoHalf(context.WithoutCancel(ctx), step); err != nil {
		r.half = true
		r.log.Warn("an unfinished move could not be taken back; the next round does", "operation", r.op.ID, "error", err)
	}
}

// keepWork takes a snapshot of the work tree before it moves.
func (r *round) keepWork(ctx context.Context) error {
	if err := r.begin(); err != nil {
		return err
	}
	if !r.current {
		return nil
	}
	w, err := r.repo.WorkTree(ctx)
	if err != nil || w.Clean() && len(w.Untracked) == 0 {
		return err
	}
	ref := "refs/airside/wip/" + r.op.ID
	return r.step(journal.Step{Do: doWip, Ref: ref}, func() error {
		_, err := r.repo.Snapshot(ctx, ref, "airside: the work tree of "+r.branch+" before sync")
		return err
	})
}

func (r *round) setRefAs(do, name string, old, new object.Hash, reason string) error {
	return r.step(journal.Step{Do: do, Ref: name, Old: old, New: new}, func() error {
		return r.repo.UpdateRef(refUpdate(name, old, new, reason))
	})
}

// mergeBoth is the state DIVERGED.
func (r *round) mergeBoth(ctx context.Context) event {
	if r.saved.Parked.is(r.local, r.remote, r.grounds()) {
		r.result.Conflicts, r.result.Message = r.saved.Parked.Paths, r.saved.Parked.Message
		return conflict
	}
	// What would keep the result out of the work tree is said before any work.
	if err := r.movable(ctx, r.local); err != nil {
		return r.movedOrBusy(fmt.Errorf("%s more at %s: %w", commits(r.result.Behind), r.upstream.Remote, err))
	}
	objects, m, err := r.mergeHere(ctx, labels{r.branch, r.upstream.Remote + "/" + strings.TrimPrefix(r.upstream.Ref, "refs/heads/")})
	switch {
	case err != nil:
		return r.movedOrBusy(fmt.Errorf("%s and %s cannot be merged: %w", r.branch, r.upstream.Remote, err))
	case m.unrelated:
		r.say("%s has no commit in common with %s: merge it yourself if that is meant so (`git merge --allow-unrelated-histories`)", r.branch, r.upstream.Remote)
		return busy
	}
	found, err := r.lookTwice(ctx, objects, &m)
	if err != nil {
		return r.failed(fmt.Errorf("merging %s and %s by structure was stopped: %w", r.branch, r.upstream.Remote, err))
	}
	all := found.all(&m)
	var structural []string // settled by what is worked out here, and by nobody before
	if all {
		structural = without(found.whole, found.before)
		m.before, m.from = found.before, found.from
	}
	m.conflicts = append(m.conflicts, r.regressions(ctx, m)...)
	hooks := r.repo.MergeHooks()
	switch {
	case len(m.conflicts) > 0 && !all && len(found.whole)+len(found.partly) > 0:
		return r.proposePart(ctx, m, found)
	case len(m.conflicts) > 0:
		return r.park(m, "")
	case len(hooks) > 0:
		return r.park(m, "hooks of yours want to see a merge ("+strings.Join(hooks, ", ")+"): `airside sync resolve` starts it, and you commit it")
	case len(structural) > 0 && (!r.opts.ApplySecondLook || found.doubted):
		return r.propose(ctx, m, structural)
	}
	return r.commitMerge(ctx, m, structural)
}

// regressions are files that were sound on both sides and would no longer be. Once
// ctx has ended it looks at no more.
func (r *round) regressions(ctx context.Context, m mergeOutcome) []Conflict {
	trees := syntax.NewCache(syntax.DefaultLimits)
	defer trees.CloseAll()
	var list []Conflict
	for _, f := range m.textual {
		if f.merged == nil || ctx.Err() != nil {
			continue
		}
		if err := merge.KeepsSyntax(f.path, f.ours, f.theirs, f.merged, trees); err != nil {
			r.log.Info("merge held back", "path", f.path, "error", err)
			list = append(list, Conflict{Path: f.path, Kind: "syntax"})
		}
	}
	return list
}

// keepsPark leaves a merge as it is parked where a new look at it has come to the same
// conflicts and to the same tree that is proposed; Zero is for none.
func (r *round) keepsPark(conflicts []Conflict, tree object.Hash) bool {
	slices.SortFunc(conflicts, byPath)
	p := r.saved.Parked
	if p == nil || p.Ours != r.local || p.Theirs != r.remote || !slices.Equal(p.Paths, conflicts) {
		return false
	}
	var proposed object.Hash
	for _, name := range []string{proposalRef(p.Operation), partRef(p.Operation)} {
		if h, err := r.repo.Ref(name); err == nil && !h.IsZero() {
			proposed = r.treeOf(h)
		}
	}
	if proposed != tree {
		return false
	}
	again := *p // another one, so that it is saved
	again.Grounds = r.grounds()
	r.saved.Parked = &again
	r.result.Conflicts, r.result.Message = p.Paths, p.Message
	return true
}

func byPath(a, b Conflict) int { return strings.Compare(a.Path+a.Kind, b.Path+b.Kind) }

func (r *round) treeOf(commit object.Hash) object.Hash {
	objects, err := r.repo.Objects()
	if err != nil {
		return object.Zero
	}
	c, err := objects.Commit(commit)
	if err != nil {
		return object.Zero
	}
	return c.Tree
}

// park sets a merge aside until the user settles it.
func (r *round) park(m mergeOutcome, why string) event {
	slices.SortFunc(m.conflicts, byPath)
	if why == "" && m.why != "" {
		why = m.why + ": `airside sync resolve` starts the merge in the work tree"
	}
	if why == "" {
		why = fmt.Sprintf("%s here and at %s: `airside sync resolve` starts the merge in the work tree", conflictsIn(m.conflicts), r.upstream.Remote)
	}
	if p := r.saved.Parked; p != nil && p.Message == why && r.keepsPark(m.conflicts, object.Zero) {
		return conflict
	}
	if err := r.begin(); err != nil {
		return r.failed(err)
	}
	p := &parkedConflict{Operation: r.op.ID, Ours: r.local, Theirs: r.remote, Remote: r.upstream.Remote, Paths: m.conflicts, Message: why, Grounds: r.grounds()}
	step := journal.Step{Do: doPark, Old: r.local, New: r.remote, Text: why}
	for _, c := range m.conflicts {
		step.Paths = append(step.Paths, journal.Path{Path: c.Path, Kind: c.Kind})
	}
	err := r.step(step, func() error {
		sides := map[string]object.Hash{"ours": r.local, "theirs": r.remote}
		if len(m.bases) > 0 {
			sides["base"] = m.bases[0]
		}
		for side, hash := range sides {
			name := "refs/airside/conflicts/" + r.op.ID + "/" + side
			if err := r.repo.UpdateRef(refUpdate(name, object.Zero, hash, "airside sync: parked")); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return r.failed(err)
	}
	r.saved.Parked = p
	r.result.Conflicts, r.result.Message = m.conflicts, why
	return conflict
}

func conflictsIn(list []Conflict) string {
	if len(list) == 1 {
		return list[0].Path + " was changed"
	}
	return fmt.Sprintf("%s and %d more were changed", list[0].Path, len(list)-1)
}

// commitMerge makes the merge commit and moves the branch there.
func (r *round) commitMerge(ctx context.Context, m mergeOutcome, structural []string) event {
	commit, err := r.writeMerge(ctx, m, structural)
	if err != nil {
		return r.failed(err)
	}
	if err := r.movable(ctx, commit); err != nil {
		return r.movedOrBusy(err)
	}
	if err := r.begin(); err != nil {
		return r.failed(err)
	}
	// Held by a ref from now on, so that no gc takes it before the branch has it.
	name := "refs/airside/merge/" + r.op.ID
	if err := r.setRef(name, object.Zero, commit, "airside sync: merged"); err != nil {
		return r.failed(err)
	}
	moveErr := r.move(ctx, commit, "airside sync: merge")
	if err := r.setRef(name, commit, object.Zero, "done"); err != nil {
		r.log.Warn("a ref was left behind", "ref", name, "error", err)
	}
	if moveErr != nil {
		return r.movedOrBusy(moveErr)
	}
	r.result.Pulled, r.result.Behind, r.result.Merged = r.result.Behind, 0, true
	r.before = m.before
	r.result.Ahead++
	r.say("%s", r.outcome())
	return joined
}

// writeMerge stores the merge commit, signed if the user signs.
func (r *round) writeMerge(ctx context.Context, m mergeOutcome, structural []string) (object.Hash, error) {
	signs, _ := r.repo.Signs()
	return r.storeMerge(ctx, m, structural, signs)
}

// storeMerge stores it, signed only if asked for: what is no more than proposed in part
// is nothing to put one's name to, and nothing to ask for a passphrase for.
func (r *round) storeMerge(ctx context.Context, m mergeOutcome, structural []string, signed bool) (object.Hash, error) {
	who, err := r.repo.Identity()
	if err != nil {
		return object.Zero, err
	}
	who.When = r.clock.Now()
	message := fmt.Sprintf("Merge %s of %s\n", strings.TrimPrefix(r.upstream.Ref, "refs/heads/"), r.upstream.Remote)
	if len(structural) > 0 {
		message += "\nMerged by structure, where lines conflicted (airside):\n  " + strings.Join(structural, "\n  ") + "\n"
	}
	if len(m.from) > 0 {
		message += settledBefore + strings.Join(append([]string{strings.Join(m.from, ", ")}, m.before...), "\n  ") + "\n"
	}
	if err := r.repo.WriteObjects(m.objects); err != nil {
		return object.Zero, err
	}
	c := object.Commit{Tree: m.tree, Parents: []object.Hash{r.local, r.remote}, Author: who, Committer: who, Message: message}
	if signed {
		return r.repo.SignedCommit(ctx, c)
	}
	o := r.repo.CommitObject(c)
	return o.Hash, r.repo.WriteObjects([]object.Object{o})
}

var errNoOperation = errors.New("there is no operation to take back")
