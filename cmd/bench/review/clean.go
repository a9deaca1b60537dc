package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/airside-ls/airside/completion/review/diff"
	"github.com/airside-ls/airside/completion/syntax"
	"github.com/airside-ls/airside/gitsync/merge"
)

// change is a file that people changed.
type change struct {
	diff.File
	From    string // a commit, or a module and its versions
	Subject string // of the commit
}

// maxFile is the size of a text that is compared. Larger ones were generated.
const maxFile = 512 << 10

func newChange(from, name string, old, now []byte) (change, bool) {
	if len(old) > maxFile || len(now) > maxFile || now == nil || bytes.IndexByte(now, 0) >= 0 || bytes.Equal(old, now) {
		return change{}, false
	}
	return change{File: diff.File{Path: name, Old: old, New: now, Hunks: hunks(old, now)}, From: from}, true
}

func hunks(old, now []byte) []diff.Hunk {
	var list []diff.Hunk
	for _, l := range merge.Lines(old, now) {
		list = append(list, diff.Hunk(l))
	}
	return list
}

// fromHistory returns what the newest commits of a repository changed, file by
// file. Merges are left out: their changes are those of other commits.
func fromHistory(repo string, limit int) ([]change, error) {
	args := []string{"-C", repo, "log", "--no-merges", "--format=commit %h %s", "--raw", "-z", "--no-abbrev", "--find-renames", "--root"}
	if limit > 0 {
		args = append(args, "-n", strconv.Itoa(limit))
	}
	out, err := exec.Command("git", args...).Output()
	if err != nil {
		return nil, fmt.Errorf("git log in %s: %w", repo, err)
	}
	blobs, err := startBlobs(repo)
	if err != nil {
		return nil, err
	}
	defer blobs.close()
	var list []change
	name, err := filepath.Abs(repo)
	if err != nil {
		return nil, err
	}
	name = filepath.Base(name)
	from, subject := "", ""
	fields := strings.Split(string(out), "\x00")
	for i := 0; i < len(fields); i++ {
		f := strings.TrimLeft(fields[i], "\n")
		if hash, ok := strings.CutPrefix(f, "commit "); ok {
			hash, f, _ = strings.Cut(hash, "\n")
			hash, subject, _ = strings.Cut(hash, " ")
			from = name + " " + hash[:min(len(hash), 10)]
		}
		parts := strings.Fields(strings.TrimLeft(f, "\n"))
		if len(parts) != 5 || !strings.HasPrefix(parts[0], ":") || i+1 == len(fields) {
			continue
		}
		i++
		file := fields[i]
		if parts[4][0] == 'R' || parts[4][0] == 'C' {
			i++
			file = fields[i]
		}
		if parts[4][0] == 'D' || strings.HasSuffix(parts[0], "160000") || parts[1] == "160000" {
			continue
		}
		var old []byte
		if parts[4][0] != 'A' {
			if old, err = blobs.read(parts[2]); err != nil {
				return nil, err
			}
		}
		now, err := blobs.read(parts[3])
		if err != nil {
			return nil, err
		}
		if c, ok := newChange(from, file, old, now); ok {
			c.Subject = subject
			list = append(list, c)
		}
	}
	return list, nil
}

// blobs reads objects through one git process.
type blobs struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func startBlobs(repo string) (*blobs, error) {
	b := &blobs{cmd: exec.Command("git", "-C", repo, "cat-file", "--batch")}
	var err error
	if b.in, err = b.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := b.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	b.out = bufio.NewReader(out)
	return b, b.cmd.Start()
}

func (b *blobs) close() {
	b.in.Close()
	b.cmd.Wait()
}

func (b *blobs) read(hash string) ([]byte, error) {
	if _, err := fmt.Fprintln(b.in, hash); err != nil {
		return nil, err
	}
	head, err := b.out.ReadString('\n')
	if err != nil {
		return nil, err
	}
	parts := strings.Fields(head)
	if len(parts) != 3 {
		return nil, fmt.Errorf("git cat-file: %s", strings.TrimSpace(head))
	}
	n, err := strconv.Atoi(parts[2])
	if err != nil {
		return nil, err
	}
	text := make([]byte, n+1)
	if _, err := io.ReadFull(b.out, text); err != nil {
		return nil, err
	}
	return text[:n], nil
}

// fromModules returns what differs between two versions of each module of
// which the module cache has more than one, the oldest and the newest.
func fromModules(cache string) ([]change, error) {
	versions := map[string][]string{}
	err := filepath.WalkDir(cache, func(p string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		rel, _ := filepath.Rel(cache, p)
		if rel == "cache" {
			return fs.SkipDir
		}
		if module, version, ok := strings.Cut(filepath.ToSlash(rel), "@"); ok {
			versions[module] = append(versions[module], version)
			return fs.SkipDir
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	modules := make([]string, 0, len(versions))
	for m := range versions {
		modules = append(modules, m)
	}
	slices.Sort(modules)
	var list []change
	for _, m := range modules {
		v := versions[m]
		if len(v) < 2 {
			continue
		}
		slices.SortFunc(v, byNumbers)
		older, newer := v[0], v[len(v)-1]
		from := m + " " + older + " " + newer
		found, err := compareFolders(from, filepath.Join(cache, filepath.FromSlash(m)+"@"+older), filepath.Join(cache, filepath.FromSlash(m)+"@"+newer))
		if err != nil {
			return nil, err
		}
		list = append(list, found...)
	}
	return list, nil
}

var number = regexp.MustCompile(`\d+`)

// byNumbers orders versions by the numbers in them.
func byNumbers(a, b string) int {
	parts := func(v string) (list []int) {
		for _, n := range number.FindAllString(v, -1) {
			i, _ := strconv.Atoi(n)
			list = append(list, i)
		}
		return list
	}
	return slices.Compare(parts(a), parts(b))
}

func compareFolders(from, older, newer string) (list []change, err error) {
	err = filepath.WalkDir(newer, func(p string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		rel, _ := filepath.Rel(newer, p)
		old, err := os.ReadFile(filepath.Join(older, rel))
		if err != nil {
			return nil // a new file, or one that has moved
		}
		now, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		if c, ok := newChange(from, filepath.ToSlash(rel), old, now); ok {
			list = append(list, c)
		}
		return nil
	})
	return list, err
}

// unit is a function that a change touches.
type unit struct {
	name       string
	start, end int // bytes of the new text
}

// units returns the functions that a change touches, and whether it touches
// anything else; together they are what a reviewer is shown.
func units(root *syntax.Node, text string, touched func(start, end int) bool) (list []unit, rest bool) {
	var walk func(n *syntax.Node)
	walk = func(n *syntax.Node) {
		for i := range n.Children {
			child := &n.Children[i]
			if !touched(child.Start, child.End) {
				continue
			}
			if isFunction(child.Type) {
				list = append(list, unit{nameOf(child, text), child.Start, child.End})
				continue
			}
			before := len(list)
			walk(child)
			rest = rest || len(list) == before && len(child.Children) == 0
		}
	}
	walk(root)
	return list, rest
}

func isFunction(kind string) bool {
	switch kind {
	case "function_declaration", "method_declaration", "function_definition", "function_item", "method_definition",
		"constructor_declaration", "method", "singleton_method", "local_function_statement", "init_declaration":
		return true
	}
	return false
}

func nameOf(n *syntax.Node, text string) string {
	for i := range n.Children {
		if n.Children[i].Field == "name" {
			return text[n.Children[i].Start:n.Children[i].End]
		}
	}
	return ""
}

// touching tells which bytes of a text stand on the changed lines of hunks.
func touching(text []byte, list []diff.Hunk) func(start, end int) bool {
	starts := []int{0}
	for i, b := range text {
		if b == '\n' {
			starts = append(starts, i+1)
		}
	}
	at := func(line int) int { // line from 1
		if line-1 < len(starts) {
			return starts[max(0, line-1)]
		}
		return len(text)
	}
	type span struct{ start, end int }
	var spans []span
	for _, h := range list {
		if h.NewLines > 0 {
			spans = append(spans, span{at(h.NewStart), at(h.NewStart + h.NewLines)})
		} else {
			spans = append(spans, span{at(h.NewStart), at(h.NewStart + 2)})
		}
	}
	return func(start, end int) bool {
		i, _ := slices.BinarySearchFunc(spans, start, func(s span, start int) int {
			if s.end <= start {
				return -1
			}
			return 1
		})
		return i < len(spans) && spans[i].start < end
	}
}
