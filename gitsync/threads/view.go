package threads

import (
	"context"
	"strings"
)

// PlacedThread is a thread as it is shown: where its code is now, and how far each of
// its authors is known.
type PlacedThread struct {
	Thread
	Location
	Code   string   // the first line of its code as it is now; the quoted one when outdated
	Trusts []Trust  // of Comments, each
	Shorts []string // IDs of Comments that are unique and no longer than needed
}

// View is all threads of a repository, in their order.
type View struct {
	Threads []PlacedThread
	Skipped []SkippedOperation
	Me      string // the actor of this clone
}

// View places threads: those that only says, nil for all. open has the texts
// that an editor holds, by path in the repository; nil has none.
func (s *Store) View(ctx context.Context, open func(path string) ([]byte, bool), only func(id string) bool) (View, error) {
	snap, err := s.Load(ctx)
	if err != nil {
		return View{}, err
	}
	v := View{Skipped: snap.Skipped, Me: snap.Me}
	if len(snap.Threads) == 0 {
		return v, nil
	}
	locator, err := s.Locator(ctx, open)
	if err != nil {
		return View{}, err
	}
	for _, t := range snap.Threads {
		if only != nil && !only(t.ID) {
			continue
		}
		p := PlacedThread{Thread: t, Location: locator.Place(t.Anchor)}
		if p.Outdated() {
			p.Code, _, _ = strings.Cut(t.Anchor.Quote, "\n")
		} else {
			p.Code = locator.Line(p.Path, p.Lines.Start)
		}
		for _, c := range t.Comments {
			p.Trusts = append(p.Trusts, snap.Trust(c))
			p.Shorts = append(p.Shorts, snap.Short(c.ID))
		}
		v.Threads = append(v.Threads, p)
	}
	return v, nil
}
