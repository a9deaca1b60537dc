package gitsync

import (
	"context"
	"fmt"

	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo"
)

// depths are how many commits below the remote's tip a shallow clone asks for, until
// it knows how two tips are related: most have parted lately.
var depths = []int{50, 500, 5000, repo.AllDepth}

// reachBack has a shallow clone fetch as much older history as it takes to tell how
// the remote's tip is related to ours, and to what was seen there before. A common
// ancestor that is within reach is enough to merge by, as it is to git; that the
// remote has dropped something is said only of what is known.
func (r *round) reachBack(ctx context.Context, seen object.Hash) error {
	err := r.deepen(ctx, r.local, func(objects object.Reader) (bool, error) {
		common, cut, err := r.reach(ctx, objects, r.local, r.remote)
		return common || !cut, err
	})
	if err != nil || seen.IsZero() {
		return err
	}
	return r.deepen(ctx, seen, func(objects object.Reader) (bool, error) {
		if follows, err := r.isAncestor(ctx, objects, seen, r.remote); err != nil || follows {
			return follows, err
		}
		_, cut, err := r.reach(ctx, objects, seen, r.remote)
		return !cut, err
	})
}

// deepen fetches older history until there is enough. What the remote does not have
// behind its tip it cannot send: then the rest goes by what is here.
func (r *round) deepen(ctx context.Context, from object.Hash, enough func(object.Reader) (bool, error)) error {
	for _, depth := range depths {
		if !r.repo.IsShallow() {
			return nil
		}
		objects, err := r.repo.Objects()
		if err != nil {
			return err
		}
		if done, err := enough(objects); err != nil || done {
			return err
		}
		if r.saved.Whole == r.remote {
			return nil
		}
		r.log.Info("older history is fetched", "branch", r.branch, "depth", depth, "from", from.Short())
		if err := r.repo.Deepen(ctx, r.upstream, []object.Hash{r.remote}, depth, r.opts.Progress); err != nil {
			return fmt.Errorf("the history here is too short to tell how %s and %s are related, and more of it did not come: %w", r.branch, r.upstream.Remote, err)
		}
		if depth == repo.AllDepth {
			r.saved.Whole = r.remote
		}
	}
	return nil
}
