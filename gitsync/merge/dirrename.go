package merge

import (
	"fmt"
	"slices"
	"strings"
)

// dirRenames decides where each side's removed directories went: to where most
// of their files did. A tie is a conflict; a directory that both sides moved is
// left alone.
func (m *merger) dirRenames() {
	for side := inOurs; side <= inTheirs; side++ {
		r := &m.renames[side]
		for _, dir := range sortedKeys(r.counts) {
			most, tie, best := 0, false, ""
			for target, n := range r.counts[dir] {
				switch {
				case n > most:
					most, tie, best = n, false, target
				case n == most:
					tie = true
				}
			}
			switch {
			case most == 0:
			case tie:
				m.report(dir, KindDirRename, fmt.Sprintf("%s was renamed to several directories, to none of them with most of its files: where what was added to it belongs is unclear", dir))
			default:
				r.dirs[dir] = best
			}
		}
	}
	for dir := range m.renames[inOurs].dirs {
		if _, both := m.renames[inTheirs].dirs[dir]; both {
			delete(m.renames[inOurs].dirs, dir)
			delete(m.renames[inTheirs].dirs, dir)
		}
	}
}

// collision is a path to which directory renames would move files.
type collision struct {
	from     []string
	reported bool
}

// collisions says for each path which files of a side would move to it, by the
// directory renames of the other side.
func collisions(pairs []*pair, dirs map[string]string) map[string]*collision {
	found := map[string]*collision{}
	if len(dirs) == 0 {
		return found
	}
	for _, p := range pairs {
		if p.change == deleted {
			continue
		}
		dir, ok := renamedDir(p.to, dirs)
		if !ok {
			continue
		}
		to := moved(p.to, dir, dirs[dir])
		c := found[to]
		if c == nil {
			c = &collision{}
			found[to] = c
		}
		c.from = append(c.from, p.to)
	}
	for _, c := range found {
		slices.Sort(c.from)
		c.from = slices.Compact(c.from)
	}
	return found
}

// renamedDir is the nearest directory above path that was renamed.
func renamedDir(path string, dirs map[string]string) (string, bool) {
	for dir := parentOf(path); dir != ""; dir = parentOf(dir) {
		if _, ok := dirs[dir]; ok {
			return dir, true
		}
	}
	return "", false
}

// moved is path with its directory from replaced.
func moved(path, from, to string) string {
	return join(to, path[len(from)+1:])
}

// followDir says where a file that side added or renamed belongs because the
// other side renamed its directory; "" where it is.
func (m *merger) followDir(path string, side int, found [3]map[string]*collision) (string, error) {
	other := 3 - side
	dirs := m.renames[other].dirs
	if len(dirs) == 0 || found[other][path] != nil {
		return "", nil
	}
	from, ok := renamedDir(path, dirs)
	if !ok {
		return "", nil
	}
	to := dirs[from]
	if _, again := m.renames[side].dirs[to]; again {
		return "", nil // this side renamed that directory in turn: never follow twice
	}
	e := m.entries[path]
	if e == nil || e.clean || e.files != bitOurs && e.files != bitTheirs {
		return "", nil
	}
	target := moved(path, from, to)
	c := found[side][target]
	if c.reported {
		m.unclean = true
		return "", nil
	}
	taken, err := m.taken(target, side)
	if err != nil {
		return "", err
	}
	switch {
	case taken:
		m.report(target, KindDirRename, fmt.Sprintf("%s is in the way of what a renamed directory would bring there: %s", target, strings.Join(c.from, ", ")))
	case len(c.from) > 1:
		m.report(target, KindDirRename, fmt.Sprintf("renamed directories would bring more than one file to %s: %s", target, strings.Join(c.from, ", ")))
	default:
		return target, nil
	}
	c.reported = true
	return "", nil
}

// taken reports whether side has something at path, or all sides the same.
func (m *merger) taken(path string, side int) (bool, error) {
	if err := m.open(parentOf(path)); err != nil {
		return false, err
	}
	e := m.entries[path]
	if e == nil {
		return false, nil
	}
	return e.clean || (e.files|e.dirs)&(1<<side) != 0, nil
}

// open lists what is in a directory that was settled as a whole, so that a
// file can be put beside it.
func (m *merger) open(dir string) error {
	if dir == "" {
		return nil
	}
	if err := m.open(parentOf(dir)); err != nil {
		return err
	}
	e := m.entries[dir]
	if e == nil || !e.clean || !e.result.isDir() {
		return nil
	}
	entries, err := m.objects.Tree(e.result.hash)
	if err != nil {
		return fmt.Errorf("tree of %q: %w", dir, err)
	}
	for _, t := range entries {
		path := join(dir, t.Name)
		if m.entries[path] == nil {
			l := leaf{canonical(t.Mode), t.Hash}
			files, dirs := masks([3]leaf{l, l, l})
			m.entries[path] = &entry{
				stages: [3]leaf{l, l, l}, names: [3]string{path, path, path},
				files: files, dirs: dirs, clean: true, result: l,
			}
		}
	}
	e.clean, e.result = false, leaf{} // its tree is built from what is in it
	return nil
}

// place moves what a side added or renamed to where its directory went, and
// leaves the place to a person, unless it is to go along unasked.
func (m *merger) place(p *pair, target string) {
	e := m.entries[p.to]
	delete(m.entries, p.to)
	if e.dirs != 0 { // another tree has a directory there, which stays
		file := *e
		file.dropDirs()
		file.clash = false
		m.entries[p.to] = &entry{stages: e.stages, names: e.names, dirs: e.dirs}
		e = &file
	}
	m.addParents(target, e.files)
	verb := fmt.Sprintf("%s was added", p.to)
	if p.change == renamed {
		verb = fmt.Sprintf("%s was renamed to %s", p.from, p.to)
	}
	if there := m.entries[target]; there != nil {
		side := int(e.files >> 1)
		there.files |= e.files
		there.clash = there.clash || there.dirs != 0
		there.names[side] = e.names[side]
		there.stages[side] = e.stages[side]
		e = there
	} else {
		m.entries[target] = e
	}
	if m.opts.DirRenames != DirRenamesFollow {
		e.placed = true
		e.note(KindDirRename, fmt.Sprintf("%s in a directory that the other side renamed: perhaps it belongs at %s", verb, target))
	}
	p.to = target
}

// addParents makes entries for directories above path that no tree has yet.
func (m *merger) addParents(path string, dirs uint8) {
	for dir := parentOf(path); dir != "" && m.entries[dir] == nil; dir = parentOf(dir) {
		m.entries[dir] = &entry{names: [3]string{dir, dir, dir}, dirs: dirs}
	}
}
