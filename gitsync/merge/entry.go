package merge

import (
	"cmp"
	"strings"
	"time"

	"github.com/airside-ls/airside/gitsync/object"
)

// The three trees of a merge, as indexes and as bits of a mask.
const (
	inBase   = 0
	inOurs   = 1
	inTheirs = 2

	bitBase   = 1 << inBase
	bitOurs   = 1 << inOurs
	bitTheirs = 1 << inTheirs
	bitAll    = bitBase | bitOurs | bitTheirs
)

var epoch = time.Unix(0, 0)

// leaf is what a tree has at a path: a file, a link, a submodule or another
// tree. The zero leaf is nothing.
type leaf struct {
	mode object.Mode
	hash object.Hash
}

func (l leaf) exists() bool { return l.mode != 0 }
func (l leaf) isDir() bool  { return l.mode == object.ModeDir }

// sort is the mode without its permissions: two regular files are of one sort.
func (l leaf) sort() object.Mode { return l.mode & 0o170000 }

// canonical is the mode that git works with: old trees hold 100664.
func canonical(m object.Mode) object.Mode {
	if m&0o170000 != 0o100000 {
		return m
	}
	if m&0o100 != 0 {
		return object.ModeExecutable
	}
	return object.ModeFile
}

// entry is what is known and decided about one path.
type entry struct {
	stages [3]leaf   // what base, ours and theirs have here, moved here by renames
	names  [3]string // where each of them has it
	orig   [3]leaf   // stages that a merge of contents replaced, as the side has them

	files uint8 // bits of the trees that have a file, link or submodule here
	dirs  uint8 // bits of those that have a directory here
	match uint8 // bits of two trees that agree here; 0 when none do

	clash  bool // a file in one tree, a directory in another
	placed bool // a rename leaves its place in doubt: conflict whatever the content

	collides ConflictKind // what it is called when contents conflict; "" by the contents

	clean  bool // decided without a conflict
	result leaf // what the merged tree gets; nothing when removed

	kind    ConflictKind // the first that was found
	message []string
}

// note remembers what makes an entry a conflict, the first kind counts.
func (e *entry) note(kind ConflictKind, message string) {
	if e.kind == "" {
		e.kind = kind
	}
	if message != "" {
		e.message = append(e.message, message)
	}
}

// replace puts merged content in the place of what a side has.
func (e *entry) replace(side int, merged leaf) {
	if !e.orig[side].exists() {
		e.orig[side] = e.stages[side]
	}
	e.stages[side] = merged
}

// dropDirs forgets the directories that were here: the file is what is left.
func (e *entry) dropDirs() {
	e.match &^= e.dirs
	e.dirs = 0
	for i := range e.stages {
		if e.files&(1<<i) == 0 {
			e.stages[i] = leaf{}
		}
	}
}

// leave settles a path whose file the given sides renamed: nothing is left,
// but for what a renamed directory put here in the meantime.
func (e *entry) leave(renamers uint8) {
	if e.files &= renamers; e.files == 0 {
		e.clean, e.result = true, leaf{}
		return
	}
	e.match = 0
	for i := range e.stages {
		if (e.files|e.dirs)&(1<<i) == 0 {
			e.stages[i] = leaf{}
		}
	}
}

// conflict tells people and programs about an entry.
func (e *entry) conflict(path string) Conflict {
	c := Conflict{Path: path, Kind: e.kind, Message: strings.Join(e.message, "; ")}
	for i, side := range []**Side{&c.Base, &c.Ours, &c.Theirs} {
		if e.files&(1<<i) == 0 {
			continue
		}
		l := e.stages[i]
		if e.orig[i].exists() {
			l = e.orig[i]
		}
		*side = &Side{Path: e.names[i], Mode: l.mode, Hash: l.hash}
	}
	return c
}

// parentOf is the directory of a path; the root is "".
func parentOf(path string) string {
	return path[:max(0, strings.LastIndexByte(path, '/'))]
}

// baseOf is the last component of a path.
func baseOf(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

// join puts a name into a directory.
func join(dir, name string) string {
	if dir == "" {
		return name
	}
	return dir + "/" + name
}

func cmpString(a, b string) int { return cmp.Compare(a, b) }
