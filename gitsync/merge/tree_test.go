package merge

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/airside-ls/airside/gitsync/object"
)

// TestTrees runs testdata/tree/*.txtar. Files are "base/path", "ours/path" and
// "theirs/path"; the sides start as base has it. The comment holds what a file
// of text cannot say, one change a line, in order:
//
//	ours: rm PATH            also a whole directory; before the side's files
//	ours: mv FROM TO         also a whole directory; before the side's files
//	ours: mode PATH 100755
//	ours: link PATH TARGET
//	ours: submodule PATH N   a commit of forty digits N
//	ours: raw PATH "..."     content as a Go string: binary, no line feed at the end
//	ours: many DIR N         N files that share nothing
//	no base                  the trees have nothing in common
//	limit N                  Options.RenameLimit
//	max N                    Options.MaxBlob, bytes
//	attribute KIND PATH      binary, union or driver
//	driver WORD              what the driver of AttributeDriver does: joins (the lines of both,
//	                         ours first), conflicts (the same, and says so) or fails
//	directory renames WORD   git's merge.directoryRenames: true, false or conflict
//
// Lines that begin with # are for the reader. "want" is the outcome: the tree,
// content behind "|" where neither side has it, and the conflicts.
func TestTrees(t *testing.T) {
	cases, err := filepath.Glob("testdata/tree/*.txtar")
	if err != nil || len(cases) == 0 {
		t.Fatal("no cases", err)
	}
	for _, name := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			c, err := parseCase(archive)
			if err != nil {
				t.Fatal(err)
			}
			m := newMemory()
			result, err := Trees(context.Background(), m, m.root(c.trees[inBase]), m.write(c.trees[inOurs]), m.write(c.trees[inTheirs]), c.options)
			if err != nil {
				t.Fatal(err)
			}
			m.add(result.New)
			got, err := m.describe(result)
			if err != nil {
				t.Fatal(err)
			}
			if *update {
				archive.Files = slices.DeleteFunc(archive.Files, func(f txtar.File) bool { return f.Name == "want" })
				archive.Files = append(archive.Files, txtar.File{Name: "want", Data: []byte(got)})
				if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			for _, f := range archive.Files {
				if f.Name == "want" && string(f.Data) != got {
					t.Errorf("got:\n%s\nwant:\n%s", got, f.Data)
				}
			}
			checkNothingLost(t, m, c.trees, result)
		})
	}
}

var drivers = map[string]Driver{
	"joins": func(_ context.Context, path string, base, ours, theirs []byte, deeper bool, size int) (DriverResult, error) {
		return DriverResult{Text: fmt.Appendf(nil, "%s %v %d\n%s%s", path, deeper, size, ours, theirs)}, nil
	},
	"conflicts": func(_ context.Context, _ string, base, ours, theirs []byte, _ bool, _ int) (DriverResult, error) {
		return DriverResult{Text: append(slices.Clone(ours), theirs...), Trouble: "the driver says no"}, nil
	},
	"fails": func(context.Context, string, []byte, []byte, []byte, bool, int) (DriverResult, error) {
		return DriverResult{Failed: true, Trouble: "the driver does not run"}, nil
	},
}

// root is a tree's name, Zero for none at all.
func (m *memory) root(f files) object.Hash {
	if f == nil {
		return object.Zero
	}
	return m.write(f)
}

type treeCase struct {
	trees   [3]files
	options Options
}

func parseCase(a *txtar.Archive) (treeCase, error) {
	c := treeCase{options: Options{Ours: "ours", Theirs: "theirs"}}
	sides := map[string]files{"base": {}, "ours": {}, "theirs": {}}
	read := func(side string) {
		for _, f := range a.Files {
			if path, ok := strings.CutPrefix(f.Name, side+"/"); ok {
				sides[side][path] = node{object.ModeFile, string(f.Data)}
			}
		}
	}
	apply := func(side string, early bool) error {
		for line := range strings.Lines(string(a.Comment)) {
			rest, ok := strings.CutPrefix(line, side+": ")
			isEarly := strings.HasPrefix(rest, "rm ") || strings.HasPrefix(rest, "mv ")
			if ok && isEarly == early {
				if err := sides[side].change(strings.TrimSpace(rest)); err != nil {
					return fmt.Errorf("%q: %w", line, err)
				}
			}
		}
		return nil
	}
	read("base")
	if err := apply("base", false); err != nil {
		return c, err
	}
	for _, side := range []string{"ours", "theirs"} {
		maps.Copy(sides[side], sides["base"])
		if err := apply(side, true); err != nil {
			return c, err
		}
		read(side)
		if err := apply(side, false); err != nil {
			return c, err
		}
	}
	attributes := map[string]Attribute{}
	for line := range strings.Lines(string(a.Comment)) {
		words := strings.Fields(line)
		switch {
		case len(words) == 2 && words[0] == "no" && words[1] == "base":
			sides["base"] = nil
		case len(words) == 2 && words[0] == "limit":
			c.options.RenameLimit, _ = strconv.Atoi(words[1])
		case len(words) == 2 && words[0] == "driver":
			c.options.Driver = drivers[words[1]]
		case len(words) == 3 && words[0] == "directory" && words[1] == "renames":
			c.options.DirRenames = map[string]DirRenames{"true": DirRenamesFollow, "false": DirRenamesOff}[words[2]]
		case len(words) == 2 && words[0] == "max":
			c.options.MaxBlob, _ = strconv.ParseInt(words[1], 10, 64)
		case len(words) == 3 && words[0] == "attribute":
			attributes[words[2]] = map[string]Attribute{"binary": AttributeBinary, "union": AttributeUnion, "driver": AttributeDriver}[words[1]]
		case len(words) > 0 && !strings.HasPrefix(line, "#") && !strings.HasSuffix(words[0], ":"):
			return c, fmt.Errorf("%q says nothing", line)
		}
	}
	c.options.Attributes = func(path string) Attribute { return attributes[path] }
	c.trees = [3]files{sides["base"], sides["ours"], sides["theirs"]}
	return c, nil
}

// change does what a line of a case's comment says.
func (f files) change(line string) error {
	verb, rest, _ := strings.Cut(line, " ")
	path, value, _ := strings.Cut(rest, " ")
	switch verb {
	case "rm":
		for p := range maps.Clone(f) {
			if p == path || strings.HasPrefix(p, path+"/") {
				delete(f, p)
			}
		}
	case "mv":
		for p, n := range maps.Clone(f) {
			if p == path || strings.HasPrefix(p, path+"/") {
				delete(f, p)
				f[value+p[len(path):]] = n
			}
		}
	case "mode":
		mode, err := strconv.ParseUint(value, 8, 32)
		if err != nil {
			return err
		}
		f[path] = node{object.Mode(mode), f[path].data}
	case "link":
		f[path] = node{object.ModeSymlink, value}
	case "submodule":
		f[path] = node{object.ModeSubmodule, strings.Repeat(value, 40)}
	case "raw":
		data, err := strconv.Unquote(value)
		if err != nil {
			return err
		}
		f[path] = node{object.ModeFile, data}
	case "many":
		n, err := strconv.Atoi(value)
		if err != nil {
			return err
		}
		for i := range n {
			f[fmt.Sprintf("%s/%03d", path, i)] = node{object.ModeFile, strings.Repeat(fmt.Sprintf("%s %d\n", path, i), 5)}
		}
	default:
		return errors.New("unknown change")
	}
	return nil
}

// describe writes a result for people.
func (m *memory) describe(r Result) (string, error) {
	tree, err := m.list(r.Tree)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, path := range slices.Sorted(maps.Keys(tree)) {
		n := tree[path]
		fmt.Fprintf(&b, "%06o %s", n.mode, path)
		switch {
		case n.mode == object.ModeSubmodule:
			fmt.Fprintf(&b, " @ %.7s", n.data)
		case n.mode == object.ModeSymlink:
			fmt.Fprintf(&b, " -> %s", n.data)
		}
		b.WriteString("\n")
		if slices.Contains(r.Changed, path) {
			for line := range strings.Lines(n.data) {
				fmt.Fprintf(&b, "\t| %s\n", strings.TrimSuffix(line, "\n"))
			}
		}
	}
	for _, c := range r.Conflicts {
		fmt.Fprintf(&b, "conflict (%s) %s: %s\n", c.Kind, c.Path, c.Message)
		for i, s := range []*Side{c.Base, c.Ours, c.Theirs} {
			if s != nil {
				fmt.Fprintf(&b, "\t%s %06o %s\n", []string{"base", "ours", "theirs"}[i], s.Mode, s.Path)
			}
		}
	}
	return b.String(), nil
}

// checkNothingLost fails when something that a side added or changed is in
// neither the merged tree nor a conflict, and was not joined with what the
// other side has.
func checkNothingLost(t *testing.T, m *memory, trees [3]files, r Result) {
	t.Helper()
	has := map[string]bool{}
	merged, err := m.list(r.Tree)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range merged {
		has[n.data] = true
	}
	var joined strings.Builder
	for _, path := range r.Changed {
		joined.WriteString(merged[path].data)
	}
	for _, c := range r.Conflicts {
		for _, s := range []*Side{c.Base, c.Ours, c.Theirs} {
			if s == nil || s.Mode == object.ModeDir {
				continue
			}
			if s.Mode == object.ModeSubmodule {
				has[s.Hash.String()] = true
				continue
			}
			data, err := m.Blob(s.Hash)
			if err != nil {
				t.Fatalf("%s, %s: %v", c.Path, s.Path, err)
			}
			has[string(data)] = true
			joined.Write(data) // both sides' changes, when a rename met them
		}
	}
	inBaseTree := map[string]bool{}
	for _, n := range trees[inBase] {
		inBaseTree[n.data] = true
	}
	for side := inOurs; side <= inTheirs; side++ {
		for path, n := range trees[side] {
			if has[n.data] || inBaseTree[n.data] {
				continue
			}
			for line := range strings.Lines(n.data) {
				// lines that base had may be gone by the other side's will
				if !strings.Contains(joined.String(), strings.TrimSuffix(line, "\n")) && !inLines(trees[inBase], line) {
					t.Errorf("%s of side %d is lost: %q", path, side, line)
					break
				}
			}
		}
	}
}

func inLines(f files, line string) bool {
	for _, n := range f {
		if strings.Contains(n.data, strings.TrimSuffix(line, "\n")) {
			return true
		}
	}
	return false
}
