package main

import (
	"bytes"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/airside-ls/airside/completion/review"
	"github.com/airside-ls/airside/completion/review/diff"
	"github.com/airside-ls/airside/completion/syntax"
	"github.com/airside-ls/airside/completion/syntax/lang"
)

// sample is a change to be reviewed: one that people made, or the same with a
// bug in it.
type sample struct {
	diff.File
	From     string
	Units    int
	Bug      *bug // nil for one that people made
	Language string
	// Only is the function that is reviewed, as if all of it had changed; nil for the
	// change.
	Only *review.Only
}

// bug is what was planted, and where.
type bug struct {
	Class    string
	Language string
	What     string // for people: "< is <= now"
	// First and Last are lines of the new text that show it: those that are
	// there now or, where something was taken out, the neighbours.
	First, Last int
	Anywhere    bool // a parser may see it far from there
}

// base is a changed function that bugs are planted in. Old is the text with the
// changes of this function taken back and all others in place, so that the
// difference is one unit.
type base struct {
	change
	language string
	root     syntax.Node
	function syntax.Node // of New
	name     string
}

// bases returns the changed functions of what people changed, in a language
// that has a grammar, without the tests unless wanted.
func bases(list []change, trees *syntax.Cache, dice *rand.Rand, most int) []base {
	order := dice.Perm(len(list))
	var found []base
	for _, i := range order {
		c := list[i]
		if len(found) >= most {
			break
		}
		language := lang.IdentifierOf(c.Path)
		const large = 128 << 10
		if language == "" || c.Old == nil || len(c.New) > large || !written(c.New) {
			continue
		}
		root, ok := trees.Nodes(syntax.Document{Language: language, Text: string(c.New)})
		if !ok || root.Error {
			continue
		}
		us, _ := units(&root, string(c.New), touching(c.New, c.Hunks))
		for _, u := range us {
			const small, big = 120, 6000 // bytes of a function that is worth a review
			if u.end-u.start < small || u.end-u.start > big {
				continue
			}
			b := base{change: c, language: language, root: root, name: u.name}
			b.function, _ = nodeAt(&root, u.start, u.end)
			b.Old = withoutChange(c, u)
			if !bytes.Equal(b.Old, b.New) && parses(language, string(b.Old), trees) {
				b.Hunks = hunks(b.Old, b.New)
				found = append(found, b)
			}
		}
	}
	dice.Shuffle(len(found), func(i, j int) { found[i], found[j] = found[j], found[i] })
	return found
}

// standing returns functions of files that did not change, in the languages of
// which people's changes have few: the bug is the whole change there.
func standing(folder string, trees *syntax.Cache, dice *rand.Rand) []base {
	const files, largest = 40, 64 << 10 // of a language, and bytes
	byLanguage := map[string][]string{}
	filepath.WalkDir(folder, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil
		}
		if d.IsDir() && d.Name() == "cache" && filepath.Dir(p) == filepath.Clean(folder) {
			return fs.SkipDir
		}
		if l := lang.IdentifierOf(p); d.Type().IsRegular() && l != "" && l != "go" && prints[l] != nil || l == "c" || l == "cpp" {
			byLanguage[l] = append(byLanguage[l], p)
		}
		return nil
	})
	var found []base
	for _, l := range slices.Sorted(maps.Keys(byLanguage)) {
		paths := byLanguage[l]
		slices.Sort(paths)
		dice.Shuffle(len(paths), func(i, j int) { paths[i], paths[j] = paths[j], paths[i] })
		for _, p := range paths[:min(len(paths), files)] {
			text, err := os.ReadFile(p)
			if err != nil || len(text) > largest || !written(text) {
				continue
			}
			root, ok := trees.Nodes(syntax.Document{Language: l, Text: string(text)})
			if !ok || root.Error {
				continue
			}
			rel, _ := filepath.Rel(folder, p)
			c := change{File: diff.File{Path: filepath.ToSlash(rel), Old: text, New: text}, From: "as it stands"}
			us, _ := units(&root, string(text), func(int, int) bool { return true })
			for _, u := range us {
				if small, big := 120, 6000; u.end-u.start >= small && u.end-u.start <= big {
					b := base{change: c, language: l, root: root, name: u.name}
					b.function, _ = nodeAt(&root, u.start, u.end)
					found = append(found, b)
				}
			}
		}
	}
	dice.Shuffle(len(found), func(i, j int) { found[i], found[j] = found[j], found[i] })
	return found
}

var generated = regexp.MustCompile(`(?i)generated|do not (?:edit|modify)`)

// written tells whether a person wrote a text.
func written(text []byte) bool {
	return !generated.Match(text[:min(len(text), 1<<10)])
}

func nodeAt(n *syntax.Node, start, end int) (syntax.Node, bool) {
	if n.Start == start && n.End == end && isFunction(n.Type) {
		return *n, true
	}
	for i := range n.Children {
		if c := &n.Children[i]; c.Start <= start && c.End >= end {
			if found, ok := nodeAt(c, start, end); ok {
				return found, true
			}
		}
	}
	return syntax.Node{}, false
}

// withoutChange returns the new text with the changes of one function taken
// back.
func withoutChange(c change, u unit) []byte {
	old, now := lines(c.Old), lines(c.New)
	first, last := lineOf(c.New, u.start), lineOf(c.New, u.end-1)
	var out []byte
	at := 1 // the next line of now
	copyTo := func(line int) {
		for ; at < line && at <= len(now); at++ {
			out = append(out, now[at-1]...)
		}
	}
	for _, h := range c.Hunks {
		if h.NewStart+max(0, h.NewLines-1) < first || h.NewStart > last {
			continue
		}
		if h.NewLines > 0 {
			copyTo(h.NewStart)
		} else {
			copyTo(h.NewStart + 1)
		}
		for i := range h.OldLines {
			out = append(out, old[h.OldStart-1+i]...)
		}
		at += h.NewLines
	}
	copyTo(len(now) + 1)
	return out
}

func lines(text []byte) [][]byte { return bytes.SplitAfter(text, []byte("\n")) }

// lineOf returns the line of an offset, from 1.
func lineOf(text []byte, offset int) int { return 1 + bytes.Count(text[:offset], []byte("\n")) }

// plant returns the change with an edit made in its new text, nil when that
// would not parse as before.
func plant(b base, class class, e edit, trees *syntax.Cache) *sample {
	text := string(b.New)
	now := text[:e.start] + e.with + text[e.end:]
	if !class.breaks && !parses(b.language, now, trees) {
		return nil
	}
	s := &sample{File: b.File, From: b.From, Units: 1, Language: b.language}
	s.New = []byte(now)
	s.Hunks = hunks(s.Old, s.New)
	first := lineOf(s.New, e.start)
	last := first + strings.Count(strings.TrimSuffix(e.with, "\n"), "\n")
	if strings.TrimSpace(e.with) == "" { // taken out
		first, last = first-1, first
	}
	s.Bug = &bug{Class: class.name, Anywhere: class.breaks, Language: b.language, What: e.what, First: max(1, first), Last: max(1, last)}
	return s
}

// parses tells whether a text is whole, for Go by its own parser as well.
func parses(language, text string, trees *syntax.Cache) bool {
	if language == "go" {
		_, err := parser.ParseFile(token.NewFileSet(), "", text, parser.SkipObjectResolution)
		return err == nil
	}
	root, ok := trees.Nodes(syntax.Document{Language: language, Text: text})
	return ok && !root.Error
}
