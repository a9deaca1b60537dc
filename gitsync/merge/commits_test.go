package merge

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/airside-ls/airside/gitsync/object"
)

// commit stores a commit, dated so many seconds after the beginning of time.
func (m *memory) commit(second int64, f files, parents ...object.Hash) object.Hash {
	c := object.Commit{Tree: m.write(f), Parents: parents}
	c.Hash = hashOf(object.TypeCommit, fmt.Append(nil, second, c.Tree, parents))
	c.Committer.When = time.Unix(second, 0)
	m.commits[c.Hash] = c
	return c.Hash
}

func text(lines ...string) node {
	return node{object.ModeFile, strings.Join(lines, "\n") + "\n"}
}

// TestCommits: one base, its order, and what is returned beside the result.
func TestCommits(t *testing.T) {
	m := newMemory()
	base := m.commit(1, files{"a": text("1", "2", "3", "4", "5")})
	ours := m.commit(2, files{"a": text("one", "2", "3", "4", "5")}, base)
	theirs := m.commit(3, files{"a": text("1", "2", "3", "4", "five")}, base)
	result, bases, err := Commits(context.Background(), m, ours, theirs, Options{})
	if err != nil || !result.Clean() || !slices.Equal(bases, []object.Hash{base}) {
		t.Fatal(result, bases, err)
	}
	want := m.write(files{"a": text("one", "2", "3", "4", "five")})
	if result.Tree != want {
		t.Errorf("tree %s, want %s", result.Tree, want)
	}
	types := []object.Type{}
	for _, o := range result.New {
		types = append(types, o.Type)
		if hashOf(o.Type, o.Data) != o.Hash {
			t.Errorf("%s is not the name of %q", o.Hash, o.Data)
		}
	}
	if !slices.Equal(types, []object.Type{object.TypeBlob, object.TypeTree}) || !slices.Equal(result.Changed, []string{"a"}) {
		t.Error("made", types, "changed", result.Changed)
	}
}

// TestCrissCross: both sides merged the other's change before, each in its own
// way, and then went on (situation 34). With either base alone, one of the two
// resolutions would count as a change and the other would be undone silently.
func TestCrissCross(t *testing.T) {
	tests := map[string]struct {
		one, other, afterOne, afterOther string
		want                             string // "" is a conflict
	}{
		"settled alike":              {"A", "B", "both", "both", "both"},
		"settled differently":        {"A", "B", "x", "y", ""},
		"one took its own":           {"A", "B", "A", "A", "A"},
		"one side alone went on":     {"same", "same", "same", "later", "later"},
		"each kept what was its own": {"A", "B", "A", "B", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			m := newMemory()
			tree := func(line string) files { return files{"f": text("head", line, "tail"), "same": text("s")} }
			root := m.commit(1, tree("root"))
			one := m.commit(2, tree(test.one), root)
			other := m.commit(3, tree(test.other), root)
			ours := m.commit(4, tree(test.afterOne), one, other)
			theirs := m.commit(5, tree(test.afterOther), other, one)
			result, bases, err := Commits(context.Background(), m, ours, theirs, Options{})
			if err != nil || len(bases) != 2 {
				t.Fatal(bases, err)
			}
			if bases[0] != other || bases[1] != one {
				t.Errorf("bases %v: not newest first", bases)
			}
			m.add(result.New)
			for _, c := range result.Conflicts {
				for _, s := range []*Side{c.Base, c.Ours, c.Theirs} {
					if _, err := m.Blob(s.Hash); err != nil {
						t.Errorf("a side of the conflict is not among the new objects: %v", err)
					}
				}
				if data, _ := m.Blob(c.Base.Hash); !strings.Contains(string(data), "<<<<<<<<< Temporary merge branch 1\n"+test.one) {
					t.Errorf("the base is %q", data)
				}
			}
			if result.Clean() != (test.want != "") {
				t.Fatalf("conflicts: %v", result.Conflicts)
			}
			if test.want != "" && result.Tree != m.write(tree(test.want)) {
				got, _ := m.list(result.Tree)
				t.Errorf("tree: %v", got)
			}
		})
	}
}

// TestCrissCrossBinary: bases that cannot be joined count as what was before
// both.
func TestCrissCrossBinary(t *testing.T) {
	m := newMemory()
	tree := func(data string) files { return files{"f": {object.ModeFile, "\x00" + data}} }
	root := m.commit(1, tree("root"))
	one, other := m.commit(2, tree("1"), root), m.commit(3, tree("2"), root)
	ours, theirs := m.commit(4, tree("1"), one, other), m.commit(5, tree("2"), other, one)
	result, _, err := Commits(context.Background(), m, ours, theirs, Options{})
	if err != nil || len(result.Conflicts) != 1 || result.Conflicts[0].Kind != KindBinary {
		t.Fatal(result.Conflicts, err)
	}
	if data, err := m.Blob(result.Conflicts[0].Base.Hash); err != nil || string(data) != "\x00root" {
		t.Errorf("base %q, %v", data, err)
	}
}

func TestUnrelated(t *testing.T) {
	m := newMemory()
	a, b := m.commit(1, files{"a": text("a")}), m.commit(2, files{"b": text("b")})
	if _, _, err := Commits(context.Background(), m, a, b, Options{}); !errors.Is(err, ErrUnrelated) {
		t.Error(err)
	}
}

// TestMissing: a shallow clone ends before the base, and an object may be lost
// (situation 34). Nothing is made up.
func TestMissing(t *testing.T) {
	m := newMemory()
	gone := hashOf(object.TypeCommit, []byte("gone"))
	a, b := m.commit(2, files{"a": text("a")}, gone), m.commit(3, files{"b": text("b")}, gone)
	if _, _, err := Commits(context.Background(), m, a, b, Options{}); !errors.Is(err, object.ErrNotFound) {
		t.Error(err)
	}
	base := m.commit(1, files{"a": text("1")})
	ours := m.commit(2, files{"a": text("2")}, base)
	theirs := m.commit(3, files{"a": text("3")}, base)
	lost := text("3")
	delete(m.blobs, hashOf(object.TypeBlob, []byte(lost.data)))
	if _, _, err := Commits(context.Background(), m, ours, theirs, Options{}); !errors.Is(err, object.ErrNotFound) {
		t.Error(err)
	}
}

func TestCancelled(t *testing.T) {
	m := newMemory()
	base := m.commit(1, files{"a": text("1")})
	ours, theirs := m.commit(2, files{"a": text("2")}, base), m.commit(3, files{"a": text("3")}, base)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := Commits(ctx, m, ours, theirs, Options{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	// Also in the middle, which may be long.
	m.read = 0
	if _, err := Trees(ctx, m, m.commits[base].Tree, m.commits[ours].Tree, m.commits[theirs].Tree, Options{}); !errors.Is(err, context.Canceled) || m.read > 0 {
		t.Errorf("%v, after %d trees", err, m.read)
	}
}

// TestBrokenTrees: names that no tree may hold are an error, not a path.
func TestBrokenTrees(t *testing.T) {
	m := newMemory()
	blob := m.addBlob([]byte("x"))
	for _, names := range [][]string{{""}, {"a/b"}, {"a\x00b"}, {"twice", "twice"}} {
		var entries []object.TreeEntry
		for _, name := range names {
			entries = append(entries, object.TreeEntry{Name: name, Mode: object.ModeFile, Hash: blob})
		}
		if _, err := Trees(context.Background(), m, object.Zero, m.addTree(nil), m.addTree(entries), Options{}); err == nil {
			t.Errorf("%q passed", names)
		}
	}
}

// TestBrokenModes: an entry of a kind that git does not know is an error.
func TestBrokenModes(t *testing.T) {
	m := newMemory()
	blob := m.addBlob([]byte("x"))
	for _, mode := range []object.Mode{0o060000, 0o010644, 0o140000} {
		tree := m.addTree([]object.TreeEntry{{Name: "x", Mode: mode, Hash: blob}})
		if _, err := Trees(context.Background(), m, object.Zero, m.addTree(nil), tree, Options{}); err == nil {
			t.Errorf("%o passed", mode)
		}
	}
}

// TestReadsWhatChanged: a merge's cost does not grow with what nobody touched.
func TestReadsWhatChanged(t *testing.T) {
	m := newMemory()
	base := files{}
	for i := range 2000 {
		base[fmt.Sprintf("d%02d/e%d/f%d", i%40, i/40%5, i)] = text(fmt.Sprint(i))
	}
	ours, theirs := files{}, files{}
	for p, n := range base {
		ours[p], theirs[p] = n, n
	}
	ours["d00/e0/f0"], theirs["d01/e0/f1"] = text("ours"), text("theirs")
	b, o, th := m.write(base), m.write(ours), m.write(theirs)
	m.read = 0
	result, err := Trees(context.Background(), m, b, o, th, Options{})
	if err != nil || !result.Clean() {
		t.Fatal(result, err)
	}
	if m.read > 12 { // three roots, and for the check of names
		t.Errorf("%d trees read of 241", m.read)
	}
}
