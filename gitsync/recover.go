package gitsync

import (
	"context"
	"fmt"
	"strings"

	"github.com/airside-ls/airside/gitsync/journal"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo"
)

func refUpdate(name string, old, new object.Hash, reason string) repo.RefUpdate {
	return repo.RefUpdate{Name: name, Old: old, New: new, Reason: reason}
}

// recover settles what a crash interrupted: each operation that was not ended is
// finished where its branch has moved already and taken back where it has not.
// Refs decide; the journal only says where to look.
func (s *Syncer) recover(ctx context.Context) error {
	open, err := s.journal.Unfinished()
	if err != nil {
		return fmt.Errorf("the journal cannot be read, so nothing is moved: %w", err)
	}
	for _, op := range open {
		outcome, err := s.settle(ctx, op)
		if err != nil {
			return fmt.Errorf("a sync was interrupted (%s) and cannot be settled yet: %w", op.ID, err)
		}
		s.log.Info("an interrupted sync was settled", "operation", op.ID, "outcome", outcome)
		if err := op.End("RECOVERED", outcome); err != nil {
			return err
		}
	}
	return nil
}

// settle looks at each step of an interrupted operation.
func (s *Syncer) settle(ctx context.Context, op *journal.Operation) (outcome string, err error) {
	outcome = "interrupted before anything moved"
	for _, step := range op.Steps {
		switch step.Do {
		case doForward, doRestore:
			now, err := s.repo.Ref(step.Ref)
			if err != nil {
				return "", err
			}
			if now == step.New {
				outcome = "interrupted after " + shortBranch(step.Ref) + " had moved"
				continue
			}
			if now == step.Old {
				if err := s.undoHalf(ctx, step); err != nil {
					return "", err
				}
			}
		case doMerge:
			outcome = "interrupted while a merge was started"
			if !step.Done && step.Ref != "" {
				if err := s.undoHalf(ctx, step); err != nil {
					return "", err
				}
			}
		case doPush:
			outcome = "interrupted while pushing; the next round finds out what arrived"
		}
	}
	// A merge commit that no branch took is made again from the same parents.
	name := "refs/airside/merge/" + op.ID
	left, err := s.repo.Ref(name)
	if err != nil || left.IsZero() {
		return outcome, err
	}
	return outcome, s.repo.UpdateRef(refUpdate(name, left, object.Zero, "interrupted"))
}

// undoHalf puts back what a move of the checked-out branch had written before
// the branch itself moved, or a merge before it had begun.
func (s *Syncer) undoHalf(ctx context.Context, step journal.Step) error {
	head, err := s.repo.Head()
	if err != nil {
		return err
	}
	if head.Branch != shortBranch(step.Ref) || head.Hash != step.Old {
		return nil
	}
	if step.Do == doMerge {
		return s.repo.UndoHalfMerge(ctx, step.Old, step.New)
	}
	return s.repo.UndoHalfMove(ctx, step.Old, step.New)
}

func shortBranch(ref string) string { return strings.TrimPrefix(ref, "refs/heads/") }
