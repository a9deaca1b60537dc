package main

import (
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
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

const maxFile = 1 << 20

// find lists the sources of a language below root, without tests' data, what
// others wrote and what programs wrote.
func find(root string, endings []string) (r repository) {
	r.root = root
	_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil
		}
		name := d.Name()
		if d.IsDir() {
			if path != root && (name[0] == '.' || slices.Contains([]string{"testdata", "vendor", "node_modules", "target", "dist", "site-packages", "__pycache__", "jsonrpc2", "httprr"}, name)) {
				return fs.SkipDir
			}
			return nil
		}
		if d.Type().IsRegular() && slices.ContainsFunc(endings, func(e string) bool { return strings.HasSuffix(name, e) }) && !strings.HasSuffix(name, ".d.ts") {
			if text, err := os.ReadFile(path); err == nil && len(text) < maxFile && utf8.Valid(text) && written(string(text)) {
				r.files = append(r.files, path)
			}
		}
		return nil
	})
	return r
}

// written tells whether a person wrote the text.
func written(text string) bool {
	head := text[:min(len(text), 2048)]
	return !strings.Contains(head, "DO NOT EDIT") && !strings.Contains(head, "@generated") &&
		len(text) > 200 && len(text)/(strings.Count(text, "\n")+1) < 200
}

// draw takes n places in the repositories' files, at random by seed: a file, a
// line of it that is neither blank nor a comment, and an edge between two tokens
// behind which at least two characters are wanted.
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
	if len(code) < 8 || slices.ContainsFunc([]string{"//", "#", "*", "/*", `"""`}, func(s string) bool { return strings.HasPrefix(code, s) }) {
		return place{}, false
	}
	var edges []int
	for at := len(line) - len(code) + 1; at < len(line); at++ {
		if edge(line[at-1], line[at]) && len(strings.TrimSpace(line[at:])) >= 2 {
			edges = append(edges, at)
		}
	}
	if len(edges) == 0 {
		return place{}, false
	}
	cursor := edges[random.IntN(len(edges))]
	before := len(strings.Join(lines[:n], ""))
	return place{
		path: path, text: text[:before+cursor] + text[before+len(line):],
		at: before + cursor, want: line[cursor:],
	}, true
}

// edge tells whether a token ends between two bytes of a line.
func edge(before, after byte) bool {
	if before == ' ' || before == '\t' {
		return false // the space belongs to what follows
	}
	return !wordByte(before) || !wordByte(after)
}

func wordByte(b byte) bool {
	return b == '_' || b >= 0x80 || '0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z'
}
