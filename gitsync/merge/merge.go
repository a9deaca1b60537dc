// Package merge joins two lines of work that parted: texts, trees and commits
// in, a merged tree or the conflicts out. It is pure: it reads objects through
// an object.Reader, writes nothing, and returns the objects that its result
// needs beside those that exist.
package merge

import (
	"context"
	"errors"

	"github.com/airside-ls/airside/gitsync/object"
)

// Style is how a conflict is written into a text.
type Style int

const (
	StyleMerge  Style = iota // ours, theirs
	StyleDiff3               // ours, base, theirs
	StyleZDiff3              // the same, without what both sides begin and end with
)

// Favor settles conflicts in a text without asking.
type Favor int

const (
	FavorNone Favor = iota
	FavorOurs
	FavorTheirs
	FavorUnion // the lines of both, ours first
)

// Algorithm is how lines are aligned.
type Algorithm int

const (
	Myers     Algorithm = iota // git merge-file's default
	Histogram                  // git's for merges of trees
)

// Level is how far conflicts are made smaller, as git's XDL_MERGE_* levels.
type Level int

const (
	Zealous      Level = iota // lines that both sides changed alike are no conflict
	ZealousAlnum              // and conflicts apart by lines without letters or digits are one: git merge-file
)

// TextOptions say how texts are merged.
type TextOptions struct {
	Style              Style
	Favor              Favor
	Algorithm          Algorithm
	Level              Level
	Ours, Base, Theirs string // labels behind the markers; "" for none
	MarkerSize         int    // 0 is 7
}

// Chunk is a run of whole lines of a merge, in order. All five texts keep
// their line ends; the last may lack one.
type Chunk struct {
	Conflict           bool
	Base, Ours, Theirs []byte // what each side has there
	Merged             []byte // the outcome; nil in a conflict
}

// TextResult is the outcome of Text.
type TextResult struct {
	Text      []byte // with markers where there are conflicts
	Conflicts int
	Chunks    []Chunk // joined, their Ours are ours; likewise Base and Theirs
}

// Side is a path's entry on one side of a merge.
type Side struct {
	Path string // where that side has it; differs after a rename
	Mode object.Mode
	Hash object.Hash
}

// ConflictKind says what the sides did to a path that cannot be joined.
type ConflictKind string

const (
	KindContent       ConflictKind = "content"          // both changed the same lines
	KindBinary        ConflictKind = "binary"           // both changed a file that is no text, or says so by its attributes
	KindAddAdd        ConflictKind = "add/add"          // both added it, differently
	KindModifyDelete  ConflictKind = "modify/delete"    // one changed what the other deleted
	KindRenameDelete  ConflictKind = "rename/delete"    // one renamed what the other deleted
	KindRenameRename  ConflictKind = "rename/rename"    // both renamed it, differently, or two files to one name
	KindRenameAdd     ConflictKind = "rename/add"       // one renamed to where the other added
	KindDirRename     ConflictKind = "directory rename" // a renamed directory leaves two places to choose from
	KindDirectoryFile ConflictKind = "directory/file"   // a directory on one side, a file on the other
	KindMode          ConflictKind = "mode"             // file, executable, symlink: changed to different ones
	KindSymlink       ConflictKind = "symlink"          // both changed where it points
	KindSubmodule     ConflictKind = "submodule"        // both moved it
	KindDriver        ConflictKind = "merge driver"     // .gitattributes names a program that failed, found conflicts, or is not run here
	KindName          ConflictKind = "name"             // a path that no work tree may hold, or two that differ only by case
	KindSyntax        ConflictKind = "syntax"           // text-clean, but a file that parsed on both sides no longer does
	KindSize          ConflictKind = "size"             // too large to be merged by lines
)

// Conflict is a path that needs a person.
type Conflict struct {
	Path               string
	Kind               ConflictKind
	Base, Ours, Theirs *Side  // nil where that side has nothing
	Message            string // one line for people
}

// Attribute is how .gitattributes wants a path to be merged.
type Attribute int

const (
	AttributeText   Attribute = iota // by lines, unless the content is binary
	AttributeBinary                  // -merge, or -text with no merge driver: never by lines
	AttributeUnion                   // merge=union
	AttributeDriver                  // a program: Options.Driver runs it, or the file is parked for git
)

// Driver merges a file by the program that its attributes name. deeper says that it is
// for a common ancestor of common ancestors, markerSize how long markers of conflicts
// are. An error ends the merge as a whole.
type Driver func(ctx context.Context, path string, base, ours, theirs []byte, deeper bool, markerSize int) (DriverResult, error)

// DriverResult is what a driver has made of a file.
type DriverResult struct {
	Text    []byte
	Trouble string       // why the file is in conflict all the same, in words for people; "" for clean
	Kind    ConflictKind // of that; "" is KindDriver
	Failed  bool         // there is no text
}

// DirRenames is git's merge.directoryRenames: what becomes of a file that one side adds
// to a directory which the other side has renamed.
type DirRenames int

const (
	DirRenamesAsk    DirRenames = iota // it goes along, as a conflict for a person to confirm
	DirRenamesFollow                   // it goes along
	DirRenamesOff                      // it stays where it was added
)

// Options say how trees are merged.
type Options struct {
	Ours, Theirs string                      // labels in conflict markers
	Attributes   func(path string) Attribute // nil: all AttributeText
	Driver       Driver                      // nil: what has one is parked
	DirRenames   DirRenames                  // what becomes of files beside a renamed directory
	RenameLimit  int                         // pairs compared for similarity are bounded by its square; 0 is git's merge.renameLimit, 7000
	MaxBlob      int64                       // bytes; larger files are never merged by lines; 0 is git's core.bigFileThreshold, 512 MiB
}

// Result is the outcome of Trees. Tree always exists among New or in the
// repository: where there are conflicts it holds texts with markers, or ours,
// as git merge-tree writes it, and must not be committed.
type Result struct {
	Tree      object.Hash
	New       []object.Object // blobs, then trees from the leaves up
	Conflicts []Conflict      // by path
	Changed   []string        // paths whose content neither side has as it is
}

// Clean reports whether the result may be committed.
func (r Result) Clean() bool { return len(r.Conflicts) == 0 }

// ErrUnrelated says that two commits have no common ancestor.
var ErrUnrelated = errors.New("the histories have no commit in common")
