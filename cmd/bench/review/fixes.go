package main

import (
	"math/rand/v2"
	"regexp"
	"strings"

	"github.com/airside-ls/airside/completion/review"
	"github.com/airside-ls/airside/completion/review/diff"
	"github.com/airside-ls/airside/completion/syntax"
	"github.com/airside-ls/airside/completion/syntax/lang"
)

// realFix is the class of bugs that people had made, and mended by a commit that says
// so.
const realFix = "real-fix"

var (
	saysFix    = regexp.MustCompile(`(?i)\bfix(?:e[sd])?\b|\bbug\b`)
	saysNoCode = regexp.MustCompile(`(?i)typo|lint|comment|docs?\b|test|format|version|changelog|readme|flak`)
)

// maxFixed is how many lines a fix takes away or puts there, at most.
const maxFixed = 3

// fixes are the functions that a commit has mended, as they were before: each commit
// whose subject says fix, and that changed three lines of one function and no other
// code but tests.
func fixes(list []change, trees *syntax.Cache, dice *rand.Rand, most int) (found []sample) {
	code := map[string][]change{}
	var order []string
	for _, c := range list {
		if lang.IdentifierOf(c.Path) == "" || lang.Of(lang.IdentifierOf(c.Path)).Lexis.Prose || isTest(c.Path) || c.Subject == "" {
			continue
		}
		if code[c.From] == nil {
			order = append(order, c.From)
		}
		code[c.From] = append(code[c.From], c)
	}
	dice.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	for _, from := range order {
		c := code[from][0]
		if len(found) >= most || len(code[from]) > 1 || c.Old == nil || !saysFix.MatchString(c.Subject) || saysNoCode.MatchString(c.Subject) || !written(c.Old) {
			continue
		}
		if s, ok := mended(c, trees); ok {
			found = append(found, s)
		}
	}
	return found
}

func isTest(path string) bool {
	path = strings.ToLower(path)
	return strings.Contains(path, "test") || strings.Contains(path, "spec") || strings.Contains(path, "example")
}

// mended is the old text with the lines that the change took the place of.
func mended(c change, trees *syntax.Cache) (sample, bool) {
	if len(c.Hunks) != 1 || c.Hunks[0].OldLines > maxFixed || c.Hunks[0].NewLines > maxFixed || strings.TrimSpace(string(c.Old)) == "" {
		return sample{}, false
	}
	language := lang.IdentifierOf(c.Path)
	root, ok := trees.Nodes(syntax.Document{Language: language, Text: string(c.Old)})
	if !ok || root.Error {
		return sample{}, false
	}
	h := c.Hunks[0]
	back := []diff.Hunk{{OldStart: h.NewStart, OldLines: h.NewLines, NewStart: h.OldStart, NewLines: h.OldLines}}
	us, rest := units(&root, string(c.Old), touching(c.Old, back))
	if len(us) != 1 || rest {
		return sample{}, false
	}
	s := sample{From: c.From, Units: 1, Language: language, Only: &review.Only{Path: c.Path, Start: us[0].start, End: us[0].end}}
	s.File = diff.File{Path: c.Path, Old: c.Old, New: c.Old}
	s.Bug = &bug{Class: realFix, Language: language, What: c.Subject, First: h.OldStart, Last: h.OldStart + max(h.OldLines, 1) - 1}
	if h.OldLines == 0 { // something was missing behind that line
		s.Bug.Last++
	}
	return s, true
}
