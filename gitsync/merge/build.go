package merge

import (
	"slices"
	"strings"

	"github.com/airside-ls/airside/gitsync/object"
)

// build decides every path below dir and returns the tree of what is left of
// it; nothing when it is empty. A directory is built before a file of the same
// name is looked at: only then it is known whether it is in the way.
func (m *merger) build(dir string) (leaf, error) {
	if err := m.ctx.Err(); err != nil {
		return leaf{}, err
	}
	paths := m.children[dir]
	slices.SortFunc(paths, func(a, b string) int { return strings.Compare(b+"/", a+"/") })
	var entries []object.TreeEntry
	put := func(path string, l leaf) {
		if l.exists() {
			entries = append(entries, object.TreeEntry{Name: baseOf(path), Mode: l.mode, Hash: l.hash})
		}
	}
	for _, path := range paths {
		e := m.entries[path]
		if e.clean && len(m.children[path]) > 0 && !e.result.isDir() {
			// removed or renamed away, and a directory took its place
			l, err := m.build(path)
			if err != nil {
				return leaf{}, err
			}
			if l.exists() {
				put(path, l)
				if e.result.exists() {
					if err := m.decideBeside(path, e, put); err != nil {
						return leaf{}, err
					}
				}
				continue
			}
		}
		if e.clean {
			put(path, e.result)
			continue
		}
		if e.dirs != 0 || len(m.children[path]) > 0 {
			l, err := m.build(path)
			if err != nil {
				return leaf{}, err
			}
			put(path, l)
			if e.files == 0 {
				continue
			}
			if l.exists() {
				if err := m.decideBeside(path, e, put); err != nil {
					return leaf{}, err
				}
				continue
			}
			e.clash = false
			e.dropDirs()
		}
		if err := m.decide(path, e, 0, put); err != nil {
			return leaf{}, err
		}
	}
	if len(entries) == 0 {
		return leaf{}, nil
	}
	return leaf{object.ModeDir, m.objects.addTree(entries)}, nil
}

// inWay says that a directory stays where a file should be.
func inWay(path, aside string) string {
	return "a directory is in the way of " + path + ": the file is kept as " + aside
}

// decideBeside decides a file whose place a directory took: it is kept under
// another name.
func (m *merger) decideBeside(path string, e *entry, put func(string, leaf)) error {
	if e.files == bitBase {
		return nil // deleted by both
	}
	side := inOurs
	if e.dirs&bitOurs != 0 {
		side = inTheirs
	}
	e.dropDirs()
	e.clash = true
	aside := m.aside(path, side)
	e.note(KindDirectoryFile, inWay(path, aside))
	m.entries[aside] = e
	return m.decide(aside, e, side, put)
}

// aside is a path beside path that nothing has, named after a side.
func (m *merger) aside(path string, side int) string {
	label := m.labels[side]
	if label == "" {
		label = [3]string{"", "ours", "theirs"}[side]
	}
	aside := path + "~" + strings.ReplaceAll(label, "/", "_")
	for i, free := 0, aside; ; i++ {
		if m.entries[free] == nil {
			return free
		}
		free = aside + "_" + itoa(i)
	}
}
