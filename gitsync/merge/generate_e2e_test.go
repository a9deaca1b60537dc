//go:build e2e

package merge_test

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/airside-ls/airside/gitsync/object"
)

// file is one path of a generated tree.
type file struct {
	mode    string // as fast-import writes it
	content string // a commit's name for a submodule
}

type tree map[string]file

// commit is one commit of a generated history, by its mark (index + 1).
type commit struct {
	parents []int
	tree    tree
}

// generator makes a history in which files are edited, renamed, moved with
// their directories, retyped and deleted as in a busy repository, only denser:
// nearly every merge meets several of it at once.
type generator struct {
	*rand.Rand
	commits []commit
	next    int // for lines that are nowhere else
}

var (
	dirNames  = []string{"src", "lib", "docs", "pkg", "cmd", "internal", "test", "util", "a", "b"}
	fileNames = []string{"Makefile", "README", "main.go", "util.go", "doc.go", "x", "y.txt", "z.c", "config.json", "index.js", "parse.go", "lex.go"}
	words     = []string{"alpha", "beta", "gamma", "delta", "return nil", "}", "{", "", "if err != nil {", "\tx++", "// comment", "end"}
)

func pick[T any](g *generator, from []T) T { return from[g.IntN(len(from))] }

func (g *generator) chance(percent int) bool { return g.IntN(100) < percent }

func (g *generator) line() string {
	if g.chance(30) {
		return pick(g, words) + "\n"
	}
	g.next++
	return fmt.Sprintf("%s %d of %s\n", pick(g, words), g.next, pick(g, fileNames))
}

func (g *generator) text() string {
	var b strings.Builder
	for range 1 + g.IntN(4)*g.IntN(14) {
		b.WriteString(g.line())
	}
	text := b.String()
	switch {
	case g.chance(3):
		return ""
	case g.chance(3):
		return strings.ReplaceAll(text, "\n", "\r\n")
	case g.chance(3):
		return strings.TrimSuffix(text, "\n")
	}
	return text
}

func (g *generator) binary() string {
	b := []byte("\x00BIN")
	for range 40 + g.IntN(400) {
		b = append(b, byte(g.Uint32()))
	}
	return string(append(b, '\n'))
}

func (g *generator) dir() string {
	var parts []string
	for range g.IntN(4) {
		parts = append(parts, pick(g, dirNames))
	}
	return path.Join(parts...)
}

func (g *generator) freePath(t tree) string {
	for {
		p := path.Join(g.dir(), pick(g, fileNames))
		if g.chance(25) {
			p += fmt.Sprint(g.IntN(5))
		}
		if dirs := t.dirs(); g.chance(60) && len(dirs) > 0 {
			p = path.Join(pick(g, dirs), path.Base(p))
		}
		if t.fits(p) {
			return p
		}
	}
}

// fits reports whether a file may be at p: nothing is there, and no file where
// a directory of it must be.
func (t tree) fits(p string) bool {
	for d := p; d != "."; d = path.Dir(d) {
		if _, taken := t[d]; taken {
			return false
		}
	}
	return len(t.below(p)) == 0
}

func (t tree) paths() []string { return slices.Sorted(maps.Keys(t)) }

func (t tree) below(dir string) (paths []string) {
	for _, p := range t.paths() {
		if strings.HasPrefix(p, dir+"/") {
			paths = append(paths, p)
		}
	}
	return paths
}

func (t tree) dirs() []string {
	seen := map[string]bool{}
	for p := range t {
		for d := path.Dir(p); d != "."; d = path.Dir(d) {
			seen[d] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

func (g *generator) newFile() file {
	switch n := g.IntN(100); {
	case n < 6:
		return file{"120000", pick(g, fileNames)}
	case n < 9:
		return file{"160000", g.submodule()}
	case n < 16:
		return file{"100644", g.binary()}
	case n < 26:
		return file{"100755", g.text()}
	}
	return file{"100644", g.text()}
}

func (g *generator) submodule() string { return fmt.Sprintf("%040x", 1+g.IntN(1<<30)) }

// edited changes a file, from one line to most of them.
func (g *generator) edited(f file) file {
	switch {
	case f.mode == "120000":
		f.content = pick(g, fileNames) + fmt.Sprint(g.IntN(3))
		return f
	case f.mode == "160000":
		f.content = g.submodule()
		return f
	case strings.Contains(f.content, "\x00"):
		b := []byte(f.content)
		for range 1 + g.IntN(1+len(b)/4) {
			b[4+g.IntN(len(b)-4)] = byte(g.Uint32())
		}
		f.content = string(append(b, '\n'))
		return f
	}
	lines := strings.SplitAfter(f.content, "\n")
	hunks := 1 + g.IntN(2)
	if g.chance(20) {
		hunks = 1 + len(lines)/3
	}
	for range hunks {
		at := g.IntN(len(lines) + 1)
		end := min(len(lines), at+g.IntN(3))
		var fresh []string
		for range g.IntN(3) {
			fresh = append(fresh, g.line())
		}
		lines = slices.Replace(lines, at, end, fresh...)
	}
	f.content = strings.Join(lines, "")
	return f
}

// change does one thing to a tree.
func (g *generator) change(t tree) {
	paths, dirs := t.paths(), t.dirs()
	if len(paths) < 4 {
		t[g.freePath(t)] = g.newFile()
		return
	}
	p := pick(g, paths)
	switch n := g.IntN(100); {
	case n < 34:
		t[p] = g.edited(t[p])
	case n < 44:
		t[g.freePath(t)] = g.newFile()
	case n < 47: // a copy, a little different
		t[g.freePath(t)] = g.edited(t[p])
	case n < 53:
		delete(t, p)
	case n < 66: // renamed, mostly within its directory or with its name
		f := t[p]
		if g.chance(50) {
			f = g.edited(f)
		}
		to := g.freePath(t)
		switch g.IntN(3) {
		case 0:
			to = path.Join(path.Dir(p), path.Base(to))
		case 1:
			to = path.Join(path.Dir(to), path.Base(p))
		}
		delete(t, p)
		if !t.fits(to) {
			to = g.freePath(t)
		}
		t[to] = f
	case n < 81 && len(dirs) > 0:
		g.moveDir(t, pick(g, dirs))
	case n < 83 && len(dirs) > 0:
		for _, p := range t.below(pick(g, dirs)) {
			delete(t, p)
		}
	case n < 87:
		f := t[p]
		switch f.mode {
		case "100644":
			f.mode = "100755"
		case "100755":
			f.mode = "100644"
		}
		t[p] = f
	case n < 89: // another sort of thing in its place
		t[p] = g.newFile()
	case n < 91: // a directory in the place of a file
		f := t[p]
		delete(t, p)
		t[path.Join(p, pick(g, fileNames))] = f
	case n < 93 && len(dirs) > 0: // a file in the place of a directory
		d := pick(g, dirs)
		for _, p := range t.below(d) {
			delete(t, p)
		}
		t[d] = g.newFile()
	case n < 96: // two files swap their names
		q := pick(g, paths)
		t[p], t[q] = t[q], t[p]
	case n < 97: // another case
		to := path.Join(path.Dir(p), strings.ToUpper(path.Base(p)))
		if f := t[p]; t.fits(to) {
			delete(t, p)
			t[to] = f
		}
	default:
		t[p] = g.newFile()
	}
}

// moveDir renames a directory, most of one, or one into another.
func (g *generator) moveDir(t tree, from string) {
	to := g.dir()
	switch g.IntN(4) {
	case 0:
		to = path.Join(path.Dir(from), pick(g, dirNames)+"2")
	case 1:
		to = path.Join(from, pick(g, dirNames))
	}
	all := !g.chance(25)
	for _, p := range t.below(from) {
		if !all && g.chance(30) {
			continue
		}
		f := t[p]
		target := path.Join(to, strings.TrimPrefix(p, from+"/"))
		delete(t, p)
		if !t.fits(target) {
			target = p
		}
		if g.chance(15) {
			f = g.edited(f)
		}
		t[target] = f
	}
}

// resolve is a merge as a person in a hurry does it: path by path what changed.
func resolve(base, ours, theirs tree) tree {
	merged := tree{}
	for p, f := range ours {
		if b, known := base[p]; known && f == b {
			var there bool
			if f, there = theirs[p]; !there {
				continue
			}
		}
		merged[p] = f
	}
	for _, p := range theirs.paths() {
		if _, known := base[p]; !known && merged.fits(p) {
			merged[p] = theirs[p]
		}
	}
	return merged
}

// add commits a tree and returns its index.
func (g *generator) add(t tree, parents ...int) int {
	g.commits = append(g.commits, commit{parents, t})
	return len(g.commits) - 1
}

// work does some commits on top of one.
func (g *generator) work(on, commits, changes int) int {
	for range commits {
		t := maps.Clone(g.commits[on].tree)
		for range 1 + g.IntN(changes) {
			g.change(t)
		}
		on = g.add(t, on)
	}
	return on
}

// generate makes a history with pairs of commits to be merged.
func (g *generator) generate(pairs int) [][2]int {
	start := tree{}
	for range 6 + g.IntN(50)*(1+g.IntN(3)) {
		start[g.freePath(start)] = g.newFile()
	}
	root := g.add(start)
	var merges [][2]int
	dense := pick(g, []int{2, 6, 6, 16}) // changes in a commit, at most
	for len(merges) < pairs {
		base := root
		if g.chance(70) {
			base = g.IntN(len(g.commits))
		}
		a := g.work(base, 1+g.IntN(3), dense)
		b := g.work(base, 1+g.IntN(3), dense)
		merges = append(merges, [2]int{a, b})
		if g.chance(60) {
			continue
		}
		// a criss-cross: each side merges the other, in its own way
		baseTree := g.commits[base].tree
		m1 := g.add(resolve(baseTree, g.commits[a].tree, g.commits[b].tree), a, b)
		m2 := g.add(resolve(baseTree, g.commits[b].tree, g.commits[a].tree), b, a)
		m1, m2 = g.work(m1, 1, 4), g.work(m2, 1, 4)
		merges = append(merges, [2]int{m1, m2})
		if g.chance(30) {
			t1, t2 := g.commits[m1].tree, g.commits[m2].tree
			n1 := g.add(resolve(baseTree, t1, t2), m1, m2)
			n2 := g.add(resolve(baseTree, t2, t1), m2, m1)
			merges = append(merges, [2]int{g.work(n1, 1, 3), g.work(n2, 1, 3)})
		}
	}
	return merges
}

// write makes a repository of the history and returns the commits' names.
func (g *generator) write(t *testing.T, dir string) []object.Hash {
	t.Helper()
	var in bytes.Buffer
	for i, c := range g.commits {
		fmt.Fprintf(&in, "commit refs/heads/c%d\nmark :%d\ncommitter A <a@b> %d +0000\ndata 1\nx\n", i, i+1, 1_700_000_000+i)
		for n, p := range c.parents {
			word := "merge"
			if n == 0 {
				word = "from"
			}
			fmt.Fprintf(&in, "%s :%d\n", word, p+1)
		}
		in.WriteString("deleteall\n")
		for _, p := range c.tree.paths() {
			f := c.tree[p]
			if f.mode == "160000" {
				fmt.Fprintf(&in, "M 160000 %s %s\n", f.content, p)
				continue
			}
			fmt.Fprintf(&in, "M %s inline %s\ndata %d\n%s\n", f.mode, p, len(f.content), f.content)
		}
		in.WriteString("\n")
	}
	if out, err := exec.Command("git", "init", "-q", "--bare", dir).CombinedOutput(); err != nil {
		t.Fatalf("git init: %v: %s", err, out)
	}
	marks := filepath.Join(dir, "marks")
	cmd := exec.Command("git", "-C", dir, "fast-import", "--quiet", "--export-marks="+marks)
	cmd.Stdin = &in
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git fast-import: %v: %s", err, out)
	}
	data, err := os.ReadFile(marks)
	if err != nil {
		t.Fatal(err)
	}
	hashes := make([]object.Hash, len(g.commits))
	for line := range strings.Lines(string(data)) {
		var mark int
		var hex string
		if _, err := fmt.Sscanf(line, ":%d %s", &mark, &hex); err != nil {
			t.Fatal(err)
		}
		if hashes[mark-1], err = object.ParseHash(hex); err != nil {
			t.Fatal(err)
		}
	}
	return hashes
}
