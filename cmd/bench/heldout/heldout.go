// Package heldout has what programs share that measure on held-out code: which files
// are worth asking about, where in a line a cursor can stand, and how near an answer
// comes to what was written.
package heldout

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Language is a language by the endings of its files' names.
type Language struct {
	Name    string
	Endings []string
}

// Languages are those that are measured by themselves.
var Languages = []Language{
	{"Go", []string{".go"}}, {"Python", []string{".py"}}, {"TypeScript", []string{".ts", ".tsx"}},
	{"JavaScript", []string{".js", ".jsx", ".mjs", ".cjs"}}, {"Rust", []string{".rs"}},
	{"Java", []string{".java"}}, {"C", []string{".c", ".h"}}, {"C++", []string{".cc", ".cpp", ".hpp"}},
}

// MaxFile bounds a file, in bytes.
const MaxFile = 1 << 20

// aside are folders with what others wrote, what programs wrote, and tests' data.
var aside = []string{"testdata", "vendor", "node_modules", "target", "dist", "site-packages", "__pycache__", "jsonrpc2", "httprr"}

// Find lists the sources below root whose names have one of the endings, by absolute
// path where root is one: what people wrote, and no data of tests.
func Find(root string, endings []string) (files []string) {
	_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil
		}
		name := d.Name()
		if d.IsDir() {
			if path != root && (name[0] == '.' || slices.Contains(aside, name)) {
				return fs.SkipDir
			}
			return nil
		}
		if d.Type().IsRegular() && slices.ContainsFunc(endings, func(e string) bool { return strings.HasSuffix(name, e) }) && !strings.HasSuffix(name, ".d.ts") {
			if text, err := os.ReadFile(path); err == nil && len(text) < MaxFile && utf8.Valid(text) && written(string(text)) {
				files = append(files, path)
			}
		}
		return nil
	})
	return files
}

// written tells whether a person wrote the text.
func written(text string) bool {
	head := text[:min(len(text), 2048)]
	return !strings.Contains(head, "DO NOT EDIT") && !strings.Contains(head, "@generated") &&
		len(text) > 200 && len(text)/(strings.Count(text, "\n")+1) < 200
}

// Comment tells whether a line, of which code is all but the space around it, is a
// comment or a part of one.
func Comment(code string) bool {
	return slices.ContainsFunc([]string{"//", "#", "*", "/*", `"""`}, func(s string) bool { return strings.HasPrefix(code, s) })
}

// Edge tells whether a token ends between two bytes of a line.
func Edge(before, after byte) bool {
	if before == ' ' || before == '\t' {
		return false // the space belongs to what follows
	}
	return !WordByte(before) || !WordByte(after)
}

// WordByte tells whether a byte is one of a word's.
func WordByte(b byte) bool {
	return b == '_' || b >= 0x80 || '0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z'
}

// FirstLine is the first line of an answer, empty ones before it aside.
func FirstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimLeft(s, "\n"), "\n")
	return line
}

// Similarity is 1 minus Levenshtein's distance in characters by the length of the
// longer text; of two empty texts 1.
func Similarity(a, b string) float64 {
	x, y := []rune(a), []rune(b)
	longer := max(len(x), len(y))
	if longer == 0 {
		return 1
	}
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i, c := range x {
		diagonal := row[0]
		row[0] = i + 1
		for j, d := range y {
			change := diagonal
			if c != d {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return 1 - float64(row[len(y)])/float64(longer)
}

// Latency is the median and the 95th percentile, in milliseconds; of none 0.
func Latency(took []time.Duration) (p50, p95 float64) {
	if len(took) == 0 {
		return 0, 0
	}
	took = slices.Sorted(slices.Values(took))
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return ms(took[len(took)/2]), ms(took[len(took)*95/100])
}
