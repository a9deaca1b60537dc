// Package syntax tells what a parse tree has to say about a place in a
// document: whether a suggestion there may have several lines and where it
// ends, what encloses it, and whether inserting it breaks the code.
//
// Trees come from tree-sitter and are kept by a [Cache], one per open
// document, and brought up to date incrementally. Its grammars are C that
// others wrote, and some text or other has it crash: so trees are kept in a
// process of their own, see [ParseIn]. A document in an unknown
// language, or one too large to parse, is judged by its brackets and
// indentation alone; nothing here ever fails for want of a tree.
//
// All offsets are bytes of UTF-8 text. Offsets beyond the text are moved to
// its end, and texts that are not valid UTF-8 are tolerated.
package syntax

import "github.com/airside-ls/airside/completion/syntax/lang"

// Document is a text to analyze. Key is the name under which a [Cache] was
// told of it; a document that the cache does not know is parsed for the one
// question asked.
type Document struct {
	Key      string
	Language string // LSP language identifier
	Text     string
}

// Range is the bytes [Start, End) of a text.
type Range struct{ Start, End int }

// Edit replaced the bytes [Start, OldEnd) of a text, after which the new bytes
// were [Start, NewEnd). In a list each edit is relative to the result of the
// ones before.
type Edit struct{ Start, OldEnd, NewEnd int }

// Kind of a [Scope].
type Kind = lang.Kind

// Scope is a declaration that encloses a place.
type Scope struct {
	Kind Kind
	// Signature runs from the start of the declaration's first line up to and
	// including what opens its body: a brace, a colon.
	Signature Range
	// Body runs from there to the end of the declaration, without its closing
	// bracket. Where the end is not known, for want of a tree, it is the place
	// asked about.
	Body  Range
	Whole Range
}

// Reason says why a suggestion may or may not have several lines.
type Reason string

const (
	// With these a suggestion may have several lines.
	BlockBody    Reason = "start of a block"
	Signature    Reason = "before a block" // after a signature or a condition
	AfterComment Reason = "after a comment"
	BlankLine    Reason = "blank line"

	// With these it has one.
	InsideString   Reason = "inside a string"
	InsideComment  Reason = "inside a comment"
	InsideBrackets Reason = "inside brackets"
	CodeAfter      Reason = "code after the cursor"
	InStatement    Reason = "within a statement"
)

// Analysis is what is known about one place in a document.
type Analysis struct {
	// Parsed tells that there is a tree; otherwise the rest is by brackets and
	// indentation. Unread says, in a clause for people, why there will be none
	// however long one waits.
	Parsed bool
	Unread string
	// Multiline tells whether a suggestion here may have several lines; Reason
	// says why.
	Multiline bool
	Reason    Reason

	InString, InComment bool

	// Imports are the lines of the file's header that name other code, and its
	// package clause, in source order.
	Imports []Range
	// Enclosing are the declarations around the place, outermost first.
	Enclosing []Scope

	// Indent is the white space that begins the line, up to the place at most.
	Indent string
	// IndentUnit is one step of indentation as the file has it: a tab or a
	// number of spaces.
	IndentUnit string

	// HasError tells that the tree has a syntax error anywhere, ErrorNear that
	// it has one in the innermost declaration around the place.
	HasError, ErrorNear bool

	end endings // what End goes by
}

// OpensBlock tells that a block begins just before the place.
func (a Analysis) OpensBlock() bool { return a.Reason == BlockBody || a.Reason == Signature }
