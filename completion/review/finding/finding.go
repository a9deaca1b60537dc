// Package finding is what a review says about changed code.
package finding

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// Severity is how much a finding matters, spelled as the contract has it.
type Severity string

// The severities, from the one that fails a run to the least.
const (
	Error       Severity = "error"
	Warning     Severity = "warning"
	Information Severity = "information"
	Hint        Severity = "hint"
)

// Source is who found it.
type Source string

// A rule is certain of what it shows; a model is not.
const (
	Rule  Source = "rule"
	Model Source = "model"
)

// Credential is the category of a rule's finding within a secret: its quote ends
// there, and no more of that line should be shown.
const Credential = "credential"

// Finding is one remark about a place in the new text of a file.
type Finding struct {
	Path string // as diff.File has it

	// Start and End are the byte offsets of Quote in the new text: a range of
	// whole characters, which may be whole lines with their line ends.
	Start, End int
	// StartLine and EndLine are the lines that hold Quote, from 1, both
	// included.
	StartLine, EndLine int
	Quote              string

	Severity Severity
	// Category is a word for what it is about: a rule's name
	// ("debug-print"), or the model's ("bug", "security").
	Category string
	Message  string // one line of plain text
	// Words says that Message is in airside's own words, whoever has found it: it can
	// be said in the user's language.
	Words bool

	// Fix is what would stand in the place of Quote, nil without a proposal.
	// A fix was found to parse where the text did.
	Fix *string

	Source Source
	Unit   string // the name of the enclosing declaration, "" for none

	// Related are other places that belong to it, of the same file.
	Related []Related
}

// Related is a place that explains a finding.
type Related struct {
	Start, End int // byte offsets in the new text
	Message    string
}

// ID names a finding by its content, so that it is the same one when its lines
// have moved or were indented anew. Two findings of equal content in one file
// share it.
func (f Finding) ID() string {
	h := sha256.New()
	for _, s := range []string{f.Path, string(f.Source), f.Category, f.Unit, strings.Join(strings.Fields(f.Quote), " ")} {
		h.Write([]byte(s))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}
