package main

import (
	"bytes"
	"go/format"
	"maps"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
)

// dealer deals changes out to the two sides of a merge.
type dealer struct {
	rand *rand.Rand
	cut  float64
}

// deal gives each side a part of what changed from before to after.
func (d *dealer) deal(before, after tree, changes map[string][]part) (ours, theirs tree) {
	ours, theirs = maps.Clone(before), maps.Clone(before)
	both := maps.Clone(before)
	maps.Copy(both, after)
	for _, name := range slices.Sorted(maps.Keys(both)) {
		old, had := before[name]
		text, has := after[name]
		switch {
		case old == text && had == has:
		case had && has:
			ours[name], theirs[name] = d.dealFile(name, splitLines(old), changes[name])
		case d.rand.IntN(2) == 0:
			set(ours, name, text, has)
		default:
			set(theirs, name, text, has)
		}
	}
	return ours, theirs
}

func set(t tree, name, text string, has bool) {
	if delete(t, name); has {
		t[name] = text
	}
}

// part is a run of lines that takes the place of another.
type part struct {
	at, end int // lines of the old text
	text    []string
}

func (d *dealer) dealFile(name string, lines []string, parts []part) (ours, theirs string) {
	var sides [2][]part
	for _, p := range parts {
		side := d.rand.IntN(2)
		if first, second, ok := d.halve(name, lines, p); ok {
			sides[side] = append(sides[side], first)
			sides[1-side] = append(sides[1-side], second)
			continue
		}
		sides[side] = append(sides[side], p)
	}
	return apply(lines, sides[0]), apply(lines, sides[1])
}

// halve cuts a part in two that both sides may have written.
func (d *dealer) halve(name string, old []string, p part) (first, second part, ok bool) {
	if len(p.text) < 2 || d.rand.Float64() >= d.cut {
		return part{}, part{}, false
	}
	for _, i := range d.rand.Perm(len(p.text) - 1) {
		k := i + 1
		if !cuttable(p.text, k) {
			continue
		}
		// Where lines were replaced, as many of the old ones go with each half.
		gone := min(p.at+k, p.end)
		if p.at < p.end && (gone == p.end || gone == p.at) {
			continue
		}
		first, second = part{p.at, gone, p.text[:k]}, part{gone, p.end, p.text[k:]}
		if p.at == p.end {
			first, second = part{p.at, p.at, p.text[:k]}, part{p.at, p.at, p.text[k:]}
		}
		if wellFormed(name, old, first) && wellFormed(name, old, second) {
			return first, second, true
		}
	}
	return part{}, part{}, false
}

// cuttable tells whether a person may have stopped writing before line k: not
// within a comment, nor anywhere but at an empty line if there is one.
func cuttable(text []string, k int) bool {
	before, after := strings.TrimSpace(text[k-1]), strings.TrimSpace(text[k])
	if comment(before) || before == "" && after == "" {
		return false
	}
	empty := slices.ContainsFunc(text[1:], func(line string) bool { return strings.TrimSpace(line) == "" })
	return before == "" || after == "" || !empty
}

func comment(line string) bool {
	return strings.HasPrefix(line, "//") || strings.HasPrefix(line, "#") || strings.HasPrefix(line, "*") || strings.HasPrefix(line, "/*")
}

// wellFormed tells whether a file is one that a person would commit with p
// alone: Go's is formatted.
func wellFormed(name string, old []string, p part) bool {
	if path.Ext(name) != ".go" {
		return true
	}
	text := []byte(apply(old, []part{p}))
	formatted, err := format.Source(text)
	return err == nil && bytes.Equal(text, formatted)
}

func apply(lines []string, parts []part) string {
	var b strings.Builder
	at := 0
	for _, p := range parts {
		b.WriteString(strings.Join(lines[at:p.at], ""))
		b.WriteString(strings.Join(p.text, ""))
		at = p.end
	}
	b.WriteString(strings.Join(lines[at:], ""))
	return b.String()
}

func splitLines(text string) []string { return strings.SplitAfter(text, "\n") }
