package worktree

import (
	"context"
	"slices"
	"strings"

	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/program"
	"github.com/airside-ls/airside/gitsync/repo/refs"
)

// ownHands looks at the work tree in this process, where there is no git or none may be
// started, and changes nothing in it. Repositories whose files are not as git keeps
// them, by filters or converted line ends, are refused.
type ownHands struct{ *Tree }

func (h ownHands) status(ctx context.Context, _ string, _ []string) (Status, error) {
	index, err := h.readIndex()
	if err != nil {
		return Status{}, err
	}
	head, err := h.refs.Head()
	if err != nil {
		return Status{}, err
	}
	reader, err := h.objects.Objects()
	if err != nil {
		return Status{}, err
	}
	var tip object.Commit
	if !head.Hash.IsZero() {
		if tip, err = reader.Commit(head.Hash); err != nil {
			return Status{}, fault.As(err)
		}
	}
	committed, err := list(ctx, reader, tip.Tree)
	if err != nil {
		return Status{}, err
	}
	if err := index.expand(ctx, reader); err != nil {
		return Status{}, err
	}
	look, err := h.looking(index, reader)
	if err != nil {
		return Status{}, err
	}
	tracked := map[string]leaf{}
	changed := map[string]bool{}
	for i := range index.entries {
		if err := ctx.Err(); err != nil {
			return Status{}, fault.Wrap(err, "looking at the work tree was stopped: %v", err)
		}
		e := &index.entries[i]
		tracked[e.name] = leaf{e.mode, e.hash}
		if committed[e.name] != tracked[e.name] || e.stage() != 0 || e.flags&flagIntentToAdd != 0 || !look.asInIndex(e) {
			changed[e.name] = true
		}
	}
	for name := range committed {
		if _, staged := tracked[name]; !staged {
			changed[name] = true
		}
	}
	w := Status{}
	for name := range changed {
		w.Changed = append(w.Changed, name)
	}
	slices.Sort(w.Changed)
	w.Untracked, err = h.untracked(tracked)
	return w, err
}

func (h ownHands) staged(ctx context.Context, tree object.Hash) ([]Change, error) {
	index, err := readIndexFile(h.stagingIndex())
	if err != nil {
		return nil, err
	}
	reader, err := h.objects.Objects()
	if err != nil {
		return nil, err
	}
	if err := index.expand(ctx, reader); err != nil {
		return nil, err
	}
	committed, err := list(ctx, reader, tree)
	if err != nil {
		return nil, err
	}
	var changes []Change
	for i := range index.entries {
		e := &index.entries[i]
		if e.stage() != 0 && e.stage() != 2 || e.flags&flagIntentToAdd != 0 {
			continue
		}
		was := committed[e.name]
		delete(committed, e.name)
		if is := (leaf{e.mode, e.hash}); was != is {
			changes = append(changes, Change{e.name, was.mode, is.mode, was.hash, is.hash})
		}
	}
	for name, was := range committed {
		changes = append(changes, Change{Path: name, OldMode: was.mode, OldHash: was.hash})
	}
	slices.SortFunc(changes, func(a, b Change) int { return strings.Compare(a.Path, b.Path) })
	return changes, nil
}

// list is a whole tree, Zero for none: its files, links and submodules by path.
func list(ctx context.Context, reader object.Reader, tree object.Hash) (map[string]leaf, error) {
	changes, err := TreeChanges(ctx, reader, object.Zero, tree)
	files := make(map[string]leaf, len(changes))
	for _, c := range changes {
		files[c.Path] = leaf{c.NewMode, c.NewHash}
	}
	return files, err
}

func (h ownHands) unmerged() error { return h.conflict() }

// What changes the work tree needs git.

func (ownHands) trees(context.Context, Status) (staged, all object.Hash, err error) {
	return staged, all, program.ErrNoGit
}

func (ownHands) forward(context.Context, string, refs.Update) error   { return program.ErrNoGit }
func (ownHands) restore(context.Context, string, refs.Update) error   { return program.ErrNoGit }
func (ownHands) inTheWay(context.Context, string, string) error       { return program.ErrNoGit }
func (ownHands) undo(context.Context, object.Hash, object.Hash) error { return program.ErrNoGit }
func (ownHands) undoMerge(context.Context, object.Hash, object.Hash) error {
	return program.ErrNoGit
}
func (ownHands) canMerge(context.Context, object.Hash) error {
	return fault.New(fault.Unsupported, "a merge in the work tree needs the git binary, and none was found")
}
func (ownHands) putMerged(context.Context, object.Hash, []string, []string) error {
	return program.ErrNoGit
}
func (h ownHands) startMerge(ctx context.Context, theirs object.Hash, _ string) error {
	return h.canMerge(ctx, theirs)
}
