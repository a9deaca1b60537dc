package merge

import (
	"fmt"
	"slices"
	"strings"
)

// followRenames finds renames and moves what is known about a renamed path to
// its new place.
func (m *merger) followRenames() error {
	possible := false
	for side := inOurs; side <= inTheirs; side++ {
		r := &m.renames[side]
		if len(r.pairs) == 0 || len(r.relevant) == 0 {
			continue
		}
		possible = true
		f := finder{
			sideRenames: r, ctx: m.ctx, objects: m.objects,
			limit: m.opts.RenameLimit, maxBlob: m.opts.MaxBlob,
			sizes: m.sizes, spans: m.spans,
		}
		if err := f.find(); err != nil {
			return err
		}
	}
	if !possible {
		return nil
	}
	if m.depth == 0 && m.opts.DirRenames != DirRenamesOff {
		m.dirRenames()
	}
	var found [3]map[string]*collision
	for side := inOurs; side <= inTheirs; side++ {
		found[side] = collisions(m.renames[side].pairs, m.renames[3-side].dirs)
	}
	var renames []*pair
	for side := inOurs; side <= inTheirs; side++ {
		for _, p := range m.renames[side].pairs {
			if p.change == deleted {
				continue
			}
			target, err := m.followDir(p.to, side, found)
			if err != nil {
				return err
			}
			if target != "" {
				m.place(p, target)
			}
			if p.change == renamed { // what was added is where it belongs by now
				p.side = side
				renames = append(renames, p)
			}
		}
	}
	slices.SortStableFunc(renames, func(a, b *pair) int { return strings.Compare(a.from, b.from) })
	return m.applyRenames(renames)
}

// applyRenames goes over the renames of both sides, by their old paths.
func (m *merger) applyRenames(renames []*pair) error {
	for i := 0; i < len(renames); i++ {
		p := renames[i]
		old := m.entries[p.from]
		if old == nil || old.clean {
			continue // nothing else happened to the old path: adding and deleting says it all
		}
		if i+1 < len(renames) && renames[i+1].from == p.from {
			i++
			if err := m.renamedByBoth(old, p, renames[i]); err != nil {
				return err
			}
			continue
		}
		if err := m.renamedByOne(old, p); err != nil {
			return err
		}
	}
	return nil
}

// renamedByBoth joins renames of one path by ours (a) and theirs (b).
func (m *merger) renamedByBoth(old *entry, a, b *pair) error {
	ours, theirs := m.entries[a.to], m.entries[b.to]
	if ours == nil || theirs == nil || ours.clean || theirs.clean {
		return nil
	}
	if a.to == b.to {
		ours.stages[inBase] = old.stages[inBase]
		ours.names[inBase] = a.from
		ours.files |= bitBase
		old.leave(bitOurs | bitTheirs)
		return nil
	}
	names := [3]string{a.from, a.to, b.to}
	merged, err := m.content(a.from, names, old.stages[inBase], ours.stages[inOurs], theirs.stages[inTheirs], 1)
	if err != nil {
		return err
	}
	forTheirs := merged.leaf
	if merged.kind != "" && merged.leaf == ours.stages[inOurs] {
		forTheirs = theirs.stages[inTheirs] // not mergeable: each name keeps its own
	}
	ours.replace(inOurs, merged.leaf)
	theirs.replace(inTheirs, forTheirs)
	text := fmt.Sprintf("%s was renamed to %s here and to %s there", a.from, a.to, b.to)
	for _, e := range []*entry{old, ours, theirs} {
		e.placed = true
		e.match = 0
		e.note(KindRenameRename, text)
	}
	return nil
}

// renamedByOne brings what the other side did to a path to where p moved it.
func (m *merger) renamedByOne(old *entry, p *pair) error {
	now := m.entries[p.to]
	if now == nil || now.clean {
		return nil
	}
	side, other := p.side, 3-p.side
	gone := old.files&^(1<<side) == bitBase
	collides := now.files&(1<<other) != 0
	theirs, mine := old.stages[other], now.stages[side]
	retyped := !gone && (theirs.mode.IsFile() != mine.mode.IsFile() || collides && theirs.sort() != mine.sort())
	if retyped {
		collides = false // the other side renamed it too and put something else in its place
	}
	switch {
	case collides && !gone:
		var names [3]string
		var stages [3]leaf
		names[inBase], stages[inBase] = p.from, old.stages[inBase]
		names[side], stages[side] = p.to, now.stages[side]
		names[other], stages[other] = p.from, old.stages[other]
		merged, err := m.content(p.from, names, stages[inBase], stages[inOurs], stages[inTheirs], 1)
		if err != nil {
			return err
		}
		now.stages[side] = merged.leaf // both sides' changes, as far as they could be joined
		if merged.kind != "" && !m.made[merged.leaf.hash] {
			m.reports = append(m.reports, whole(p.to, merged, names, stages))
		}
		now.match = 0 // git forgets this, and drops what one side did when both put the same file here
		if now.collides == "" {
			now.collides = KindRenameAdd
		} else {
			now.collides = KindRenameRename // both renamed something to here
		}
	case collides:
		now.placed = true
		now.note(KindRenameDelete, renameDelete(p, side))
	default:
		now.stages[inBase] = old.stages[inBase]
		now.names[inBase] = p.from
		now.files |= bitBase
		switch {
		case retyped:
			old.stages[inBase] = leaf{}
			old.files &^= bitBase
		case gone:
			now.placed = true
			now.note(KindRenameDelete, renameDelete(p, side))
		default:
			now.stages[other] = old.stages[other]
			now.names[other] = p.from
			now.files |= 1 << other
		}
	}
	if !retyped {
		old.leave(1 << side)
	}
	return nil
}

func renameDelete(p *pair, side int) string {
	if side == inOurs {
		return fmt.Sprintf("%s was renamed to %s here and deleted there", p.from, p.to)
	}
	return fmt.Sprintf("%s was renamed to %s there and deleted here", p.from, p.to)
}

// whole is the conflict of a renamed file that could not be joined at all, and
// whose new place is taken besides: the other conflict there shows one side of
// it only.
func whole(path string, merged contentOutcome, names [3]string, stages [3]leaf) Conflict {
	e := entry{stages: stages, names: names, kind: merged.kind, message: []string{merged.message}}
	for i, l := range stages {
		if l.exists() {
			e.files |= 1 << i
		}
	}
	return e.conflict(path)
}
