package completion

import (
	"strings"

	"github.com/airside-ls/airside/completion/syntax/lang"
)

// LanguageOf returns the LSP language identifier for a file name, "" when its
// extension says nothing. Editors send their own; this is for the command line.
func LanguageOf(file string) string { return lang.IdentifierOf(file) }

// MatchLineEndings writes a suggestion's line ends (always "\n") as the
// document has them.
func MatchLineEndings(suggestion, document string) string {
	i := strings.IndexByte(document, '\n')
	if i > 0 && document[i-1] == '\r' {
		return strings.ReplaceAll(suggestion, "\n", "\r\n")
	}
	return suggestion
}
