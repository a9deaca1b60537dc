// Package lang says what airside knows of programming languages: one file for
// each. A [Language] is a set of facets, of which every room asks for its own:
// the parser for nodes and lexis, completions for blocks, gitsync for how it
// merges, the review for what is debugging or a test there. What a language
// lacks is nil, and whoever asks does without.
//
// A new language is one more file that calls add, and its cases in the tests of
// the rooms; the guide to the languages is made of the same facets.
package lang

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	sitter "github.com/smacker/go-tree-sitter"
)

// Language is all that airside knows about one language.
type Language struct {
	Title string   // for people
	Names []string // LSP language identifiers, its own first, and common other names
	// Extensions end the names of its files: lower case, with the dot. FileNames
	// are whole names. Their language identifier is the first of Names, or the one
	// that Identifiers has for an extension.
	Extensions, FileNames []string
	Identifiers           map[string]string

	Grammar func() *sitter.Language // nil: no trees
	Needs   string                  // what a text must have for the grammar to be of use
	// Within is the language whose expressions its texts are, for the nodes of one
	// that has no grammar.
	Within string
	// Behind tells that the grammar does not know constructs in common use: an
	// error that is not one of brackets means nothing.
	Behind bool
	// Parse is the language's own parser: it returns the first flaw of a text,
	// nil for none.
	Parse func(text string) *Flaw

	Lexis Lexis
	Blocks
	Nodes

	Merge *Merge // nil: by lines alone

	Debug  *Debug   // nil: no call is known to be debugging
	Frames []string // what statements have to stand in, to be a file; nil where prose is code to the grammar
	Errors Failures
	Tests  Tests

	// Doubt is by how much the logit of the confidence that a user asks for is
	// raised: the code repeats itself less than Go, on which the odds were fitted.
	// From the default of 30% 2.23 makes 80%, from which on three of five
	// suggestions shown are right, as they are elsewhere at 30 (make bench-memory
	// FIT=1).
	Doubt float64
	// Fences tells that fenced code is text like any other.
	Fences bool
}

// Flaw is a place at which a text does not parse.
type Flaw struct {
	At      int    // bytes
	Message string // the words of the language's own parser; "" where a grammar alone tells
}

// Blocks is how a language marks what belongs together.
type Blocks struct {
	// Colon tells that a colon opens a block and indentation closes it;
	// otherwise braces do both.
	Colon bool
	// Openers are ends of a line other than the brace or colon that let a
	// block follow.
	Openers []string
	// Block matches a line that lets a block follow; Above matches one that
	// does so for the lines below it only.
	Block, Above *regexp.Regexp
	// Dedents tells that the end of a block may be known by indentation alone:
	// there is no brace.
	Dedents bool
	// Items tells that the lines of a block may stand at the column of the line
	// above it: "- x" under a key.
	Items bool
	// Closers begin a line that ends a block, Middles one that goes on with it.
	Closers, Middles []string
	// Header matches a line that begins a declaration, for code that does not
	// parse yet.
	Header *regexp.Regexp
	// Head matches the head of a statement whose block has not begun.
	Head *regexp.Regexp
	// Signature matches a complete signature that has no body yet. CallsAlike
	// tells that a call looks the same.
	Signature  *regexp.Regexp
	CallsAlike bool
	Indent     string // one step of indentation, for files that have none
}

// Nodes are kinds of nodes, as the grammar names them.
type Nodes struct {
	Imports  []string        // header lines
	Requires []string        // header lines if they call require
	Sections []string        // may hold imports: include guards
	Scopes   map[string]Kind // declarations that enclose
	Bodies   []string        // the child of a scope that is its body
	Wrappers []string        // parents that belong to the scope: export, decorators
	Strings  []string
	Embedded []string // code within strings: ${...}
	Markup   []string // hold elements, though brackets stand around: JSX
	Comments []string
	// Words are calls that declare or import, by their first word, and Calls the
	// kinds of nodes that are calls.
	Words map[string]Word
	Calls []string
	// Trailing tells that a scope goes on until the next one begins.
	Trailing bool

	// Defines are the nodes that define something that other files may use, beside
	// Scopes, of which Anonymous have no name of their own. nil: nobody looks for
	// definitions.
	Defines   map[string]Kind
	Anonymous []string
	// Constructors are the names of the functions in which Fields matches the lines
	// that say what fields there are.
	Constructors []string
	Fields       *regexp.Regexp
	// Imported are what a file takes from others, by the text of its header.
	Imported func(header string) []Import
}

// Import is what a file takes from another.
type Import struct {
	// From is what the file names, as it does: "example.org/a/b", "..a.b", "./util".
	From string
	// Name is the name there, "" for all of it, and As the one that the file knows it
	// by, "*" where every name of it is known by itself.
	Name, As string
}

// Word is what a call does by its first word.
type Word struct {
	Scope            Kind // "" where it encloses nothing
	Imports, Section bool
}

// Kind of a declaration.
type Kind string

const (
	Function  Kind = "function"
	Method    Kind = "method"
	Class     Kind = "class" // classes, structs, unions, enums
	Interface Kind = "interface"
	Impl      Kind = "impl"
	Module    Kind = "module" // modules and namespaces
	Datum     Kind = "value"  // constants and variables, where they are symbols
)

// Lexis is what a scanner must know of a language to tell code from strings
// and comments.
type Lexis struct {
	Line       []string // begin a comment up to the end of the line
	LineStart  bool     // line comments only count at the start of a line
	LineSpace  bool     // line comments only count behind white space
	Block      [2]string
	Nested     bool // block comments nest
	Quotes     []Quote
	Regexp     bool // /.../ is a literal where an operand may stand
	RawRust    bool // r#"..."#
	RawCpp     bool // R"x(...)x"
	Prose      bool // brackets are text, and need no counterpart
	Directives bool // lines that begin with # are a preprocessor's, at any indentation
	Patterns   bool // a closing parenthesis may lack its opening one: case x)
}

// Quote is a pair of string delimiters. Longer ones come first in a [Lexis].
type Quote struct {
	Open, Close string
	Flags       QuoteFlags
}

// QuoteFlags say what is special about a string.
type QuoteFlags uint8

const (
	Escapes QuoteFlags = 1 << iota // a backslash hides the next byte
	Lines                          // the string may have several lines
	Char                           // opens a single character, or means something else, as in 'a of Rust
	Value                          // opens only where a value may begin, and not in it's
)

// Debug are calls that serve a person with a debugger or one who looks for a
// fault, and nobody else, and calls that print, which may.
type Debug struct {
	Always, Prints []string
	Macro          string // as Always, around a value that stays
	// Imports tells that a package which nobody uses must not be imported.
	Imports bool
}

// Failures is how a language tells of an error, and so how one is dropped.
type Failures int

const (
	_       Failures = iota
	Values           // Go's, among other results
	Results          // Rust's, in place of the result
	Catches          // try { } catch { }
	Excepts          // try: except:
	Rescues          // begin rescue end
)

// Tests is how tests look.
type Tests struct {
	Files *regexp.Regexp // paths of files with tests, beside those that are so in every language
	Skips []string       // calls that end a test
	Only  *regexp.Regexp // a line that keeps the other tests of a file from being run, by what is in its group
	Skip  *regexp.Regexp // a line of a test that is not run, whose groups together are the same line of one that is
	// Example begins the names of functions of which what they print is compared;
	// "" where any test may print.
	Example string
}

// testClass matches the files of classes of tests, by their extension.
func testClass(extension string) *regexp.Regexp {
	return regexp.MustCompile(`(?i)(^|/)[^/]*[a-z](Test|Tests|Spec|IT|TestCase)\.` + extension + `$`)
}

var (
	all   []*Language
	named = map[string]*Language{}
)

// add makes a language known.
func add(l *Language) *Language {
	all = append(all, l)
	for _, name := range l.Names {
		named[name] = l
	}
	return l
}

// All are the languages, by title.
func All() []*Language {
	return slices.SortedFunc(slices.Values(all), func(a, b *Language) int {
		return strings.Compare(strings.ToLower(a.Title), strings.ToLower(b.Title))
	})
}

// Name is the language's own LSP identifier, "" for [Plain].
func (l *Language) Name() string {
	if len(l.Names) == 0 {
		return ""
	}
	return l.Names[0]
}

// Of returns the language with an LSP identifier, or [Plain].
func Of(identifier string) *Language {
	if l := named[strings.ToLower(identifier)]; l != nil {
		return l
	}
	return Plain
}

// OfFile returns the language of a file by its name, or [Plain], and its LSP
// identifier, "" where the name says nothing.
func OfFile(file string) (l *Language, identifier string) {
	name, ext := filepath.Base(file), strings.ToLower(filepath.Ext(file))
	for _, l := range all {
		if slices.Contains(l.Extensions, ext) {
			if identifier, ok := l.Identifiers[ext]; ok {
				return l, identifier
			}
			return l, l.Name()
		}
	}
	for _, l := range all {
		if slices.Contains(l.FileNames, name) {
			return l, l.Name()
		}
	}
	return Plain, ""
}

// IdentifierOf returns the LSP language identifier of a file by its name, ""
// where that says nothing.
func IdentifierOf(file string) string {
	_, identifier := OfFile(file)
	return identifier
}
