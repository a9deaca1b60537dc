package main

import (
	"math/rand/v2"
	"os"
	"strings"

	"github.com/airside-ls/airside/cmd/bench/heldout"
)

// repository is a folder whose files are learned together.
type repository struct {
	root  string
	files []string // absolute paths of the sources of one language
}

// place is where a line is to be completed: the rest of it was cut out.
type place struct {
	path string
	text string // without the rest of the line
	at   int    // the cursor, in bytes
	want string // the rest of the line
}

// find is a repository of the sources of a language.
func find(root string, endings []string) repository {
	return repository{root, heldout.Find(root, endings)}
}

// whole is the share of places at which a whole line is wanted.
var whole float64

// draw takes n places in the repositories' files, at random by seed: a file, a
// line of it that is neither blank nor a comment, and an edge between two tokens
// behind which at least two characters are wanted; or where the line begins.
func draw(repositories []repository, seed uint64, n int) (list []place, of []int) {
	random := rand.New(rand.NewPCG(seed, 7))
	total := 0
	for _, r := range repositories {
		total += len(r.files)
	}
	for tries := 0; len(list) < n && tries < 100*n; tries++ {
		i, k := 0, random.IntN(total)
		for ; k >= len(repositories[i].files); i++ {
			k -= len(repositories[i].files)
		}
		path := repositories[i].files[k]
		raw, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		text := strings.ReplaceAll(string(raw), "\r\n", "\n")
		if p, ok := cut(random, path, text); ok {
			list, of = append(list, p), append(of, i)
		}
	}
	return list, of
}

func cut(random *rand.Rand, path, text string) (p place, ok bool) {
	lines := strings.SplitAfter(text, "\n")
	n := random.IntN(len(lines))
	line := strings.TrimRight(lines[n], " \t\n")
	code := strings.TrimLeft(line, " \t")
	if len(code) < 8 || heldout.Comment(code) {
		return place{}, false
	}
	var edges []int
	for at := len(line) - len(code) + 1; at < len(line); at++ {
		if heldout.Edge(line[at-1], line[at]) && len(strings.TrimSpace(line[at:])) >= 2 {
			edges = append(edges, at)
		}
	}
	if len(edges) == 0 {
		return place{}, false
	}
	cursor := edges[random.IntN(len(edges))]
	if whole > 0 && random.Float64() < whole {
		cursor = len(line) - len(code)
	}
	before := len(strings.Join(lines[:n], ""))
	return place{
		path: path, text: text[:before+cursor] + text[before+len(line):],
		at: before + cursor, want: line[cursor:],
	}, true
}
