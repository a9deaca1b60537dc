package merge

import (
	"fmt"
	"slices"
	"strings"

	"github.com/airside-ls/airside/gitsync/object"
)

// How much a rename of a deleted file would matter.
type relevance int

const (
	irrelevant  relevance = iota // no longer: its directory's rename is known without it
	forContent                   // the other side changed it: the change must follow
	forLocation                  // only to learn where its directory went
)

// How much it would matter to know where a removed directory went.
type dirRelevance int

const (
	dirIrrelevant  dirRelevance = iota
	dirForAncestor              // a directory above wants to know
	dirForSelf                  // the other side added a file to it
)

// walk compares three trees below a directory, names in git's order. lookout
// says which side's added files would make the rename of this directory
// matter, as bits; bitAll once it does.
func (m *merger) walk(dir string, trees [3]leaf, lookout uint8) error {
	if err := m.ctx.Err(); err != nil {
		return err
	}
	found, order, err := m.list(dir, trees)
	if err != nil {
		return err
	}
	if lookout == bitOurs || lookout == bitTheirs {
		for _, name := range order {
			if files, _ := masks(*found[name]); files != 0 && files == lookout {
				lookout = bitAll
				break
			}
		}
	}
	for _, name := range order {
		if err := m.visit(dir, name, *found[name], lookout); err != nil {
			return err
		}
	}
	return nil
}

// list reads the directories among three leaves; a tree that is there twice is
// read once.
func (m *merger) list(dir string, trees [3]leaf) (map[string]*[3]leaf, []string, error) {
	var read [3][]object.TreeEntry
	longest := 0
	for i, t := range trees {
		if !t.isDir() {
			continue
		}
		if twin := slices.Index(trees[:i], t); twin >= 0 {
			read[i] = read[twin]
			continue
		}
		entries, err := m.objects.Tree(t.hash)
		if err != nil {
			return nil, nil, fmt.Errorf("tree of %q: %w", dir, err)
		}
		read[i] = entries
		longest = max(longest, len(entries))
	}
	found := make(map[string]*[3]leaf, longest)
	order := make([]string, 0, longest)
	for i, entries := range read {
		for _, e := range entries {
			if e.Name == "" || strings.ContainsAny(e.Name, "/\x00") {
				return nil, nil, fmt.Errorf("tree of %q: %q is not a name", dir, e.Name)
			}
			at := found[e.Name]
			if at == nil {
				at = &[3]leaf{}
				found[e.Name] = at
				order = append(order, e.Name)
			}
			if at[i].exists() {
				return nil, nil, fmt.Errorf("tree of %q has two entries named %q", dir, e.Name)
			}
			switch e.Mode & 0o170000 {
			case object.ModeDir, object.ModeSymlink, object.ModeSubmodule, object.ModeFile & 0o170000:
			default:
				return nil, nil, fmt.Errorf("tree of %q: %q has the mode %o", dir, e.Name, e.Mode)
			}
			at[i] = leaf{canonical(e.Mode), e.Hash}
		}
	}
	slices.SortFunc(order, func(a, b string) int {
		return compareNames(a, modeForOrder(found[a]), b, modeForOrder(found[b]))
	})
	return found, order, nil
}

// modeForOrder says where a name stands: where a file of that name would, when
// one of the trees has one.
func modeForOrder(at *[3]leaf) object.Mode {
	if files, _ := masks(*at); files != 0 {
		return object.ModeFile
	}
	return object.ModeDir
}

func masks(at [3]leaf) (files, dirs uint8) {
	for i, l := range at {
		switch {
		case l.isDir():
			dirs |= 1 << i
		case l.exists():
			files |= 1 << i
		}
	}
	return files, dirs
}

// visit decides a path that needs no more than its three hashes, and goes into
// its directories where something below may matter. A directory that one side
// alone touched is put off: it is taken as it is unless a rename might lead
// into it.
func (m *merger) visit(dir, name string, at [3]leaf, lookout uint8) error {
	path := join(dir, name)
	files, dirs := masks(at)
	oursIsBase := at[inBase].exists() && at[inOurs] == at[inBase]
	theirsIsBase := at[inBase].exists() && at[inTheirs] == at[inBase]
	alike := at[inOurs].exists() && at[inOurs] == at[inTheirs]

	take := -1
	switch {
	case oursIsBase && theirsIsBase:
		take = inBase
	case files != bitAll:
	case alike, theirsIsBase:
		take = inOurs
	case oursIsBase:
		take = inTheirs
	}
	e := &entry{stages: at, names: [3]string{path, path, path}, files: files, dirs: dirs}
	m.entries[path] = e
	if take >= 0 {
		e.clean, e.result = true, at[take]
		return nil
	}
	switch {
	case oursIsBase:
		e.match = bitBase | bitOurs
	case theirsIsBase:
		e.match = bitBase | bitTheirs
	case alike:
		e.match = bitOurs | bitTheirs
	}
	e.clash = files != 0 && dirs != 0
	lookout = m.lookForRenames(dir, path, e, lookout)
	if dirs == 0 {
		return nil
	}

	side := 0
	switch {
	case files == 0 && (dirs == bitOurs || dirs == bitTheirs): // new
		e.match = bitAll &^ dirs
		side = int(dirs / 2)
	case oursIsBase:
		side = inTheirs
	case theirsIsBase:
		side = inOurs
	}
	if lookout != bitAll && side != 0 && m.mayPutOff[side] {
		m.putOff[side] = append(m.putOff[side], deferredDirectory{path, lookout})
		return nil
	}
	e.match &= files
	return m.walk(path, at, lookout)
}

// deferredDirectory is a directory that is put off.
type deferredDirectory struct {
	path    string
	lookout uint8
}

// walkPutOff settles the directories that one side alone touched: as they are
// when no rename of that side matters, else by going into them.
func (m *merger) walkPutOff() error {
	for side := inOurs; side <= inTheirs; side++ {
		settled := len(m.renames[side].relevant) == 0
		m.mayPutOff[side] = settled
		late := map[string]uint8{}
		var paths []string
		for _, w := range m.putOff[side] {
			late[w.path] = w.lookout
			paths = append(paths, w.path)
		}
		m.putOff[side] = nil
		for _, path := range hashOrder(paths) {
			e := m.entries[path]
			if settled {
				e.result, e.match, e.clean = e.stages[side], 0, true
				continue
			}
			e.match &= e.files
			if err := m.walk(path, e.stages, late[path]); err != nil {
				return err
			}
		}
	}
	return nil
}

// lookForRenames remembers which files one side deleted or added, and which
// directories it removed, and returns the lookout for what is below path.
func (m *merger) lookForRenames(dir, path string, e *entry, lookout uint8) uint8 {
	if lookout != bitAll && (e.dirs == bitBase|bitOurs || e.dirs == bitBase|bitTheirs) {
		lookout = e.dirs &^ bitBase // removed on one side: watch what the other adds
	}
	if e.dirs&bitBase != 0 && e.dirs != bitAll {
		relevant := dirIrrelevant
		if lookout == bitAll {
			relevant = dirForAncestor
		}
		for side := inOurs; side <= inTheirs; side++ {
			if e.dirs&(1<<side) == 0 {
				m.renames[side].removed[path] = relevant
			}
		}
	}
	if lookout == bitAll && (e.files == bitOurs || e.files == bitTheirs) {
		other := 3 - int(e.files/2)
		m.renames[other].removed[dir] = dirForSelf
	}
	if e.files == 0 || e.files == bitAll {
		return lookout
	}
	match := e.match & e.files
	for side := inOurs; side <= inTheirs; side++ {
		r := &m.renames[side]
		has := e.files&(1<<side) != 0
		switch inB := e.files&bitBase != 0; {
		case inB && !has:
			if match == 0 {
				r.relevant[path] = forContent
			} else if lookout == bitAll {
				r.relevant[path] = forLocation
			}
			r.pairs = append(r.pairs, &pair{change: deleted, from: path, to: path, old: e.stages[inBase]})
		case !inB && has:
			r.pairs = append(r.pairs, &pair{change: added, from: path, to: path, new: e.stages[side]})
		}
	}
	return lookout
}
