// Package diff holds a change as plain values: what a review looks at. Where it
// comes from (git, an editor) is nobody's concern here.
package diff

// File is one file that differs between two states of a repository.
type File struct {
	Path    string // slashed, from the work tree's root
	OldPath string // of a renamed file alone, else ""

	// The whole texts; nil where there is no such file, or it was skipped.
	Old, New []byte

	Binary, Submodule, ModeOnly bool

	// Added and Removed say that there is no such file on the other side, for a file that
	// was skipped, too.
	Added, Removed bool

	// Skipped says why the texts are not here, "" when they are.
	Skipped string

	// Hunks are in order and do not touch.
	Hunks []Hunk
}

// Hunk says that lines were replaced. Lines count from 1; of a side with no
// lines, Start is the line before the place, as git diff -U0 has it.
type Hunk struct {
	OldStart, OldLines int
	NewStart, NewLines int
}
