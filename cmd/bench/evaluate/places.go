package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strings"
)

// file is a held-out source file, as corpus.py writes it.
type file struct {
	Language   string `json:"language"`
	Repository string `json:"repository"`
	Path       string `json:"path"`
	Text       string `json:"text"`
}

// readFiles returns the files by language, in a fixed order.
func readFiles(path string) (map[string][]file, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	byLanguage := map[string][]file{}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var one file
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			return nil, err
		}
		byLanguage[one.Language] = append(byLanguage[one.Language], one)
	}
	for _, files := range byLanguage {
		slices.SortFunc(files, func(a, b file) int {
			return cmp.Or(cmp.Compare(a.Repository, b.Repository), cmp.Compare(a.Path, b.Path))
		})
	}
	return byLanguage, lines.Err()
}

// place is a cursor and what the programmer wrote there.
type place struct {
	before, want, after string
}

// The text that a model may see around the cursor, in bytes.
const (
	bytesBefore = 1400
	bytesAfter  = 400
)

// lexical matches one token of a programming language, roughly.
var lexical = regexp.MustCompile(`^(?:\s+|[\pL\pN_]+|.)`)

// places draws n places from files, each file and each of its lines as likely
// as any other, by a generator that the seed and the name begin.
func places(files []file, n int, seed uint64, name string, draw func(*rand.Rand, file) (start, end int)) []place {
	h := fnv.New64a()
	h.Write([]byte(name))
	r := rand.New(rand.NewPCG(seed, h.Sum64()))
	var out []place
	for tries := 0; len(out) < n && tries < 1000*n; tries++ {
		f := files[r.IntN(len(files))]
		start, end := draw(r, f)
		if start == end {
			continue
		}
		out = append(out, place{
			before: f.Text[max(0, start-bytesBefore):start],
			want:   f.Text[start:end],
			after:  f.Text[end:min(len(f.Text), end+bytesAfter)],
		})
	}
	return out
}

// lineEnd draws a line that is code and of some length, and in it the edge of a
// token; wanted is the rest of the line.
func lineEnd(r *rand.Rand, f file) (start, end int) {
	lines := strings.SplitAfter(f.Text, "\n")
	i := r.IntN(len(lines))
	offset := len(strings.Join(lines[:i], ""))
	line := strings.TrimRight(lines[i], "\r\n")
	code := strings.TrimSpace(line)
	if len(code) < 8 || comment(code) {
		return 0, 0
	}
	var edges []int
	for at := len(line) - len(strings.TrimLeft(line, " \t")); at < len(line); {
		at += len(lexical.FindString(line[at:]))
		if at < len(line) {
			edges = append(edges, at)
		}
	}
	if len(edges) == 0 {
		return 0, 0
	}
	at := edges[r.IntN(len(edges))]
	if len(strings.TrimSpace(line[at:])) < 2 {
		return 0, 0
	}
	return offset + at, offset + len(line)
}

// block draws two to four whole lines with code around them; the cursor is
// behind the first one's indentation.
func block(r *rand.Rand, f file) (start, end int) {
	lines := strings.SplitAfter(f.Text, "\n")
	count := 2 + r.IntN(3)
	if len(lines) < count+4 {
		return 0, 0
	}
	i := 2 + r.IntN(len(lines)-count-3)
	for _, line := range lines[i : i+count] {
		if code := strings.TrimSpace(line); code == "" || comment(code) {
			return 0, 0
		}
	}
	offset := len(strings.Join(lines[:i], ""))
	text := strings.Join(lines[i:i+count], "")
	indent := len(text) - len(strings.TrimLeft(text, " \t"))
	return offset + indent, offset + len(strings.TrimRight(text, "\r\n"))
}

func comment(code string) bool {
	return strings.HasPrefix(code, "//") || strings.HasPrefix(code, "#") ||
		strings.HasPrefix(code, "*") || strings.HasPrefix(code, "/*")
}
