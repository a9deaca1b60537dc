package gitsync

import (
	"fmt"
	"log/slog"

	"github.com/airside-ls/airside/gitsync/journal"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo"
)

// step writes down what is about to be done, does it, and marks it. The first
// one begins the operation.
func (r *round) step(s journal.Step, do func() error) error {
	if err := r.begin(); err != nil {
		return err
	}
	return step(r.op, r.log, s, do)
}

// step is a step of an operation that has begun.
func step(op *journal.Operation, log *slog.Logger, s journal.Step, do func() error) error {
	n, err := op.Step(s)
	if err != nil {
		return fmt.Errorf("writing the journal failed, so nothing was moved: %w", err)
	}
	if err := do(); err != nil {
		return err
	}
	// A mark that cannot be written is found again by recovery.
	if err := op.Done(n); err != nil {
		log.Warn("marking a step failed", "operation", op.ID, "error", err)
	}
	return nil
}

func (r *round) begin() (err error) {
	if r.op != nil {
		return nil
	}
	r.op, err = r.journal.Begin(kindSync, r.branch, r.upstream.Remote)
	if err != nil {
		return fmt.Errorf("writing the journal failed, so nothing was moved: %w", err)
	}
	return nil
}

// setRef is a step that moves one ref.
func (r *round) setRef(name string, old, new object.Hash, reason string) error {
	if old == new {
		return nil
	}
	return r.step(journal.Step{Do: doRef, Ref: name, Old: old, New: new}, func() error {
		return r.repo.UpdateRef(repo.RefUpdate{Name: name, Old: old, New: new, Reason: reason})
	})
}

// Kinds of operations and of their steps, as the journal has them.
const (
	kindSync    = "sync"
	kindUndo    = "undo"
	kindResolve = "resolve"

	kindComments = "comments" // moves no branch, and is not taken back

	doRef     = "ref"     // a ref of airside's or a remote-tracking one
	doWip     = "wip"     // a snapshot of the work tree
	doKeep    = "keep"    // an old tip
	doForward = "forward" // a branch, with its work tree
	doRestore = "restore" // a branch back to where it was
	doPush    = "push"    // a branch at the remote
	doPark    = "park"    // a conflict
	doMerge   = "merge"   // the start of a merge in the work tree
	doUndoes  = "undoes"  // says which operation an undo takes back
)
