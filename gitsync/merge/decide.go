package merge

import (
	"fmt"
	"strconv"
	"strings"
)

func itoa(n int) string { return strconv.Itoa(n) }

// decide settles one file, link or submodule by what the three trees have at
// its path, and puts the outcome into the tree. clashSide is the side whose
// file a directory pushed aside; 0 for none.
func (m *merger) decide(path string, e *entry, clashSide int, put func(string, leaf)) error {
	ours, theirs := e.stages[inOurs], e.stages[inTheirs]
	switch {
	case e.match != 0:
		take := inOurs
		if e.match == bitBase|bitOurs {
			take = inTheirs
		}
		e.result = e.stages[take]
		e.clean = !e.clash && !e.placed || !e.result.exists()
	case e.files&^bitBase == bitOurs|bitTheirs && ours.sort() != theirs.sort():
		path = m.decideSorts(path, e, put)
	case e.files&^bitBase == bitOurs|bitTheirs:
		if err := m.decideContent(path, e, clashSide); err != nil {
			return err
		}
	case e.files == bitBase|bitOurs:
		m.decideModifyDelete(e, inOurs)
	case e.files == bitBase|bitTheirs:
		m.decideModifyDelete(e, inTheirs)
	case e.files == bitOurs:
		e.result = ours
		e.clean = !e.clash && !e.placed
	case e.files == bitTheirs:
		e.result = theirs
		e.clean = !e.clash && !e.placed
	default: // deleted by both
		e.result = leaf{}
		e.clean = !e.placed
	}
	if !e.clean {
		m.conflicted[path] = e
	}
	m.putResult(path, e.result, put)
	return nil
}

// putResult puts what was decided into the tree.
func (m *merger) putResult(path string, l leaf, put func(string, leaf)) {
	if m.made[l.hash] {
		m.changed = append(m.changed, path)
	}
	put(path, l)
}

// decideContent joins what both sides have here.
func (m *merger) decideContent(path string, e *entry, clashSide int) error {
	c, err := m.content(path, e.names, e.stages[inBase], e.stages[inOurs], e.stages[inTheirs], 0)
	if err != nil {
		return err
	}
	e.result = c.leaf
	e.clean = c.kind == "" && !e.clash && !e.placed
	if c.kind == "" {
		if e.clash {
			e.files = 1 << clashSide
			e.replace(clashSide, c.leaf)
		}
		return nil
	}
	kind, message := c.kind, c.message
	if e.files&bitBase == 0 && kind == KindContent {
		kind, message = KindAddAdd, "both sides added it, differently"
	}
	if e.collides != "" {
		kind = e.collides
		message = "a file was renamed to where the other side has another"
	}
	e.note(kind, message)
	return nil
}

// decideModifyDelete keeps what side changed and the other one deleted.
func (m *merger) decideModifyDelete(e *entry, side int) {
	e.result = e.stages[side]
	if m.depth > 0 {
		e.result = e.stages[inBase]
	}
	e.clean = false
	if e.placed && e.stages[inBase].hash == e.stages[side].hash {
		return // renamed and deleted, but not changed
	}
	text := "changed here, deleted there"
	if side == inTheirs {
		text = "deleted here, changed there"
	}
	if limited := m.renames[3-side].limited; limited != "" {
		text += " (" + limited + ")"
	}
	e.note(KindModifyDelete, text)
}

// decideSorts keeps two things that cannot be joined, a file and a link for
// one, both: regular files make way under another name. It returns the path of
// ours.
func (m *merger) decideSorts(path string, e *entry, put func(string, leaf)) string {
	base, ours, theirs := e.stages[inBase], e.stages[inOurs], e.stages[inTheirs]
	e.clean = false
	if m.depth > 0 {
		e.result = base
		return path
	}
	moveOurs := ours.mode.IsFile() || !theirs.mode.IsFile()
	moveTheirs := !ours.mode.IsFile()
	oursPath, theirsPath := path, path
	if moveOurs {
		oursPath = m.aside(path, inOurs)
	}
	if moveTheirs {
		theirsPath = m.aside(path, inTheirs)
	}
	e.note(KindMode, fmt.Sprintf("%s is %s here and %s there", path, sortName(ours), sortName(theirs)))

	other := *e
	other.message = append([]string(nil), e.message...)
	other.result = theirs
	other.stages[inOurs] = leaf{}
	other.files = bitBase | bitTheirs
	if theirs.sort() != base.sort() {
		other.stages[inBase] = leaf{}
		other.files = bitTheirs
	}
	e.result = ours
	e.stages[inTheirs] = leaf{}
	e.files = bitBase | bitOurs
	if ours.sort() != base.sort() {
		e.stages[inBase] = leaf{}
		e.files = bitOurs
	}
	if moveOurs {
		m.entries[oursPath] = e
	}
	m.entries[theirsPath] = &other
	m.conflicted[theirsPath] = &other
	m.putResult(theirsPath, other.result, put)
	return oursPath
}

func sortName(l leaf) string {
	switch {
	case l.mode.IsFile():
		return "a file"
	case strings.HasPrefix(strconv.FormatUint(uint64(l.mode), 8), "12"):
		return "a symbolic link"
	}
	return "a submodule"
}
