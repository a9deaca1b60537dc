package main

import (
	"errors"
	"unicode/utf8"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/completion/syntax"
)

// errBreaksSyntax holds back a merge that is clean as text and no longer parses.
var errBreaksSyntax = errors.New("both sides parse, their merge does not")

// maxChecked is the size in bytes beyond which a file is not parsed: generated
// files are that large, and parsing them would hold up a sync.
const maxChecked = 1 << 20

// checkMerge has gitsync ask completion/syntax, which it does not know, whether
// a file that was put together from two sides still parses. Files in languages
// without a grammar, and those in which a side has a syntax error itself, pass.
func checkMerge(path string, _, ours, theirs, merged []byte) error {
	language := completion.LanguageOf(path)
	cache := syntax.NewCache(syntax.Limits{})
	defer cache.CloseAll()
	parses := func(text []byte) (whole, known bool) {
		if len(text) > maxChecked || !utf8.Valid(text) {
			return false, false
		}
		a := cache.Analyze(syntax.Document{Language: language, Text: string(text)}, 0)
		return a.Parsed && !a.HasError, a.Parsed
	}
	// The merge first: it nearly always parses, and then nothing else need be.
	if whole, known := parses(merged); whole || !known {
		return nil
	}
	for _, side := range [][]byte{ours, theirs} {
		if whole, _ := parses(side); !whole {
			return nil
		}
	}
	return errBreaksSyntax
}
