package main

import (
	"hash/fnv"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"

	"github.com/airside-ls/airside/cmd/bench/heldout"
)

// kind is a stratum of places.
type kind string

const (
	lineEnd   kind = "line end"  // behind a token; the rest of the line is wanted
	within    kind = "in a line" // between brackets of a line; what follows them stays
	wholeLine kind = "line"      // in an empty line; all of it is wanted
	block     kind = "block"     // below a line that opens one; all of its lines are wanted
	otherFile kind = "call"      // as lineEnd, before a name that is declared in another file
)

// kinds are all of them, the rarest last.
var kinds = []kind{lineEnd, wholeLine, within, block, otherFile}

// place is a cursor in a file in which what is wanted has not been written yet.
type place struct {
	Repository string `json:"repository"`
	Path       string `json:"path"`     // within the repository, with slashes
	Language   string `json:"language"` // LSP's identifier
	Title      string `json:"-"`        // of the language, for people
	Kind       kind   `json:"kind"`

	Text string `json:"-"`    // without what is wanted
	At   int    `json:"at"`   // the cursor, in bytes of Text
	Want string `json:"want"` // without the indentation that stands before the cursor
	// Symbol is the first name in Want that is declared in another file, of which
	// Declared lists those that do; "" where there is none.
	Symbol   string   `json:"symbol,omitzero"`
	Declared []string `json:"declared,omitzero"`

	number int // of all places
}

// lines is how many lines are wanted.
func (p place) lines() int { return strings.Count(p.Want, "\n") + 1 }

// rest is what stands behind the cursor in its line, and stays.
func (p place) rest() string {
	rest, _, _ := strings.Cut(p.Text[p.At:], "\n")
	return rest
}

// whole is the text with an answer in it.
func (p place) whole(answer string) string { return p.Text[:p.At] + answer + p.Text[p.At:] }

const (
	// minCode and minWant are how many characters a line and what is wanted of it
	// have at least.
	minCode, minWant = 8, 2
	// minBlock and maxBlock bound a block, in lines.
	minBlock, maxBlock = 2, 8
	// triesOfFile is how many lines of a file are looked at for a place of a kind.
	triesOfFile = 40
)

// file is a source as it is committed.
type file struct {
	repository *repository
	path       string // within it, with slashes
	language   string // LSP's identifier
	title      string
	text       string // with \n
	lines      []string
	prose      []bool  // see prose
	head       *string // see header
}

// cut is a piece of a file that is wanted: the bytes [from, to).
type cut struct{ from, to int }

// place takes the piece out of a file.
func (f *file) place(k kind, c cut) place {
	p := place{
		Repository: f.repository.name, Path: f.path, Language: f.language, Title: f.title, Kind: k,
		Text: f.text[:c.from] + f.text[c.to:], At: c.from, Want: f.text[c.from:c.to],
	}
	for n := range f.lines {
		start := f.offset(n)
		for _, at := range f.names(n) {
			if at += start; p.Symbol == "" && at >= c.from && at < c.to {
				p.Symbol = word.FindString(f.text[at:])
				p.Declared = f.from(n, at-start, p.Symbol)
			}
		}
	}
	return p
}

// randomOf is a generator that begins with a seed and names: places of one stratum do
// not depend on those of another.
func randomOf(seed uint64, names ...string) *rand.Rand {
	h := fnv.New64a()
	for _, n := range names {
		h.Write([]byte(n + "\x00"))
	}
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}

// find looks for a piece of a kind in a file, at random; copies of its lines may stand
// elsewhere in the repository only if copied allows it.
func (f *file) find(random *rand.Rand, k kind, copied bool) (c cut, ok bool) {
	for range triesOfFile {
		n := random.IntN(len(f.lines))
		first, last := n, n
		if k == block {
			if first, last, ok = f.block(n); !ok {
				continue
			}
		} else if !f.code(n) {
			continue
		}
		if !copied && f.repository.copies(f.lines[first:last+1]) > 1 {
			continue
		}
		if c, ok = f.cutAt(random, k, first, last); ok {
			return c, true
		}
	}
	return cut{}, false
}

// code tells whether a line is code of some length without a remark behind it.
func (f *file) code(n int) bool {
	if f.prose == nil {
		f.prose = prose(f.title, f.lines)
	}
	if f.prose[n] {
		return false
	}
	code := strings.TrimSpace(f.lines[n])
	return len(code) >= minCode && !heldout.Comment(code) && !strings.Contains(code, " // ") && !strings.Contains(code, " # ") && !imports.MatchString(code)
}

// imports begin lines that say what a file uses, which is another task.
var imports = regexp.MustCompile(`^(import|from|package|use|using|#include|export \*)\b|^(_ |\w+ )?"[\w./@-]+"$`)

// block is the lines of the block that line n opens: those that are indented deeper,
// up to the line that is not.
func (f *file) block(n int) (first, last int, ok bool) {
	opener := strings.TrimSpace(f.lines[n])
	if !f.code(n) || !strings.HasSuffix(opener, "{") && !strings.HasSuffix(opener, ":") {
		return 0, 0, false
	}
	first = n + 1
	for last = n; last+1 < len(f.lines) && f.indent(last+1) > f.indent(n); last++ {
		if code := strings.TrimSpace(f.lines[last+1]); heldout.Comment(code) || last+1-n > maxBlock {
			return 0, 0, false
		}
	}
	next := last + 1
	for next < len(f.lines) && f.indent(next) < 0 {
		next++
	}
	whole := next == len(f.lines) || f.indent(next) <= f.indent(n)
	return first, last, whole && last-n >= minBlock
}

// indent is the width of what stands before a line's code, -1 of a blank line.
func (f *file) indent(n int) int {
	line := f.lines[n]
	if code := strings.TrimLeft(line, " \t"); code != "" {
		return len(line) - len(code)
	}
	return -1
}

// cutAt is a piece of a kind of the lines first to last.
func (f *file) cutAt(random *rand.Rand, k kind, first, last int) (c cut, ok bool) {
	start := f.offset(first)
	line := strings.TrimRight(f.lines[first], " \t")
	indent := f.indent(first)
	end := start + len(line)
	switch k {
	case wholeLine:
		return cut{from: start + indent, to: end}, true
	case block:
		end = f.offset(last) + len(strings.TrimRight(f.lines[last], " \t"))
		return cut{from: start + indent, to: end}, true
	case otherFile:
		names := f.names(first)
		if len(names) == 0 {
			return cut{}, false
		}
		return cut{from: start + names[random.IntN(len(names))], to: end}, true
	}
	var list []cut
	stops := []int{len(line)}
	if k == within {
		stops = closers(line)
	}
	for _, stop := range stops {
		opened := indent
		if k == within {
			opened = opener(line, stop)
		}
		for at := opened + 1; at+minWant <= stop; at++ {
			if heldout.Edge(line[at-1], line[at]) && len(strings.TrimSpace(line[at:stop])) >= minWant {
				list = append(list, cut{from: start + at, to: start + stop})
			}
		}
	}
	if len(list) == 0 {
		return cut{}, false
	}
	return list[random.IntN(len(list))], true
}

// offset is where a line begins, in bytes.
func (f *file) offset(n int) int {
	at := 0
	for _, l := range f.lines[:n] {
		at += len(l) + 1
	}
	return at
}

const brackets = "([{)]}"

// closers are where brackets close in a line that open in it.
func closers(line string) (at []int) {
	for i := range line {
		if strings.IndexByte(brackets[3:], line[i]) >= 0 && opener(line, i) >= 0 {
			at = append(at, i)
		}
	}
	return at
}

// opener is where the bracket opens that closes at a byte of a line, -1 if not in it.
// Brackets within strings count like others.
func opener(line string, closes int) int {
	depth := 0
	for i := closes; i >= 0; i-- {
		switch at := strings.IndexByte(brackets, line[i]); {
		case at >= 3:
			depth++
		case at >= 0:
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// word matches a name.
var word = regexp.MustCompile(`[\pL_$][\pL\pN_$]*`)

const (
	// minName is the shortest name that says where it comes from.
	minName = 4
	// maxDeclared is in how many files it is declared at most.
	maxDeclared = 2
)

// names are where in a line the names begin that are declared in other files of the
// repository, and not in this one.
func (f *file) names(n int) (starts []int) {
	for _, at := range word.FindAllStringIndex(f.lines[n], -1) {
		name := f.lines[n][at[0]:at[1]]
		if len(name) >= minName && !keywords[name] && !inString(f.lines[n], at[0]) && f.elsewhere(n, at[0], name) {
			starts = append(starts, at[0])
		}
	}
	return starts
}

// keywords are words of the languages that files declare, too.
var keywords = map[string]bool{"type": true, "function": true, "class": true, "from": true, "import": true, "async": true, "await": true, "default": true, "with": true}

// inString guesses whether a byte of a line stands within quotes.
func inString(line string, at int) bool {
	return strings.Count(line[:at], `"`)%2 == 1 || strings.Count(line[:at], "'")%2 == 1 || strings.Count(line[:at], "`")%2 == 1
}

// elsewhere tells whether a name at a byte of a line is declared in one or two other
// files, and not in this one.
func (f *file) elsewhere(n, at int, name string) bool {
	all := f.repository.declared[f.title][name]
	if len(all) == 0 || slices.ContainsFunc(all, func(d declaration) bool { return d.file.path == f.path }) {
		return false
	}
	in := f.from(n, at, name)
	return len(in) > 0 && len(in) <= maxDeclared
}
