package review

import (
	"github.com/airside-ls/airside/completion/syntax"
	"github.com/airside-ls/airside/completion/syntax/lang"
)

// Fits tells whether a file still parses as well as it did when fix stands in
// the place of the bytes [start, end) of its text. A file of no known language
// always does.
func Fits(path, text string, start, end int, fix string) bool {
	if start < 0 || start > end || end > len(text) {
		return false
	}
	trees := syntax.NewCache(syntax.DefaultLimits)
	defer trees.CloseAll()
	d := syntax.Document{Language: lang.IdentifierOf(path), Text: text}
	return trees.Judge().Fits(d, syntax.Range{Start: start, End: end}, fix)
}
