package merge

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/airside-ls/airside/gitsync/object"
)

// treeOps turns bytes into three trees: four bytes a change.
func treeOps(data []byte) [3]files {
	var trees [3]files
	for i := range trees {
		trees[i] = files{}
	}
	path := func(b byte) string {
		dirs := []string{"", "d/", "e/", "d/s/", "f/", "d/f/"}
		names := []string{"f", "g", "x", "s", "F"}
		return dirs[int(b)%len(dirs)] + names[int(b)/len(dirs)%len(names)]
	}
	content := func(b byte) node {
		switch b % 16 {
		case 0:
			return node{object.ModeSymlink, fmt.Sprint(b)}
		case 1:
			return node{object.ModeSubmodule, fmt.Sprintf("%040x", int(b)+1)}
		case 2:
			return node{object.ModeFile, fmt.Sprintf("\x00%d", b)}
		case 3:
			return node{object.ModeExecutable, fmt.Sprintf("run %d\n", b)}
		}
		var t strings.Builder // alike where high bits are
		for i := range 12 {
			line := int(b) / 64
			if i == int(b)%12 {
				line = int(b)
			}
			fmt.Fprintf(&t, "line %d of %d\n", i, line)
		}
		return node{object.ModeFile, t.String()}
	}
	put := func(f files, p string, n node) {
		for dir := parentOf(p); dir != ""; dir = parentOf(dir) {
			delete(f, dir)
		}
		for q := range f {
			if strings.HasPrefix(q, p+"/") {
				delete(f, q)
			}
		}
		f[p] = n
	}
	for ; len(data) >= 4; data = data[4:] {
		all := data[0]%3 == 0
		p, q := path(data[1]), path(data[2])
		for i, f := range trees {
			if !all && i != int(data[0]%3) {
				continue
			}
			to := f
			switch data[0] / 3 % 5 {
			case 0, 1:
				put(to, p, content(data[2]))
			case 2:
				delete(to, p)
			case 3: // a file moves
				if n, ok := to[p]; ok {
					delete(to, p)
					put(to, q, n)
				}
			case 4: // its directory moves
				from, into := parentOf(p), parentOf(q)
				if from == "" || from == into {
					break
				}
				for _, old := range slices.Sorted(maps.Keys(to)) {
					if rest, below := strings.CutPrefix(old, from+"/"); below {
						if n, there := to[old]; there {
							delete(to, old)
							put(to, join(into, rest), n)
						}
					}
				}
			}
		}
	}
	return trees
}

// FuzzTrees merges small trees of files that are moved about. No merge panics;
// what is made is well-formed and complete; nothing that a side added is lost;
// the sides exchanged, the verdict is the same.
func FuzzTrees(f *testing.F) {
	f.Add([]byte{0, 1, 7, 0, 1, 1, 8, 0, 2, 1, 9, 0})
	f.Add([]byte{0, 1, 70, 0, 0, 7, 71, 0, 13, 1, 2, 0, 2, 13, 200, 0})
	f.Add([]byte{0, 0, 5, 0, 7, 0, 1, 0, 5, 10, 4, 0, 1, 4, 6, 0})
	f.Add([]byte{0, 3, 100, 0, 0, 9, 101, 0, 10, 3, 5, 0, 11, 9, 17, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 400 {
			return
		}
		trees := treeOps(data)
		m := newMemory()
		base, ours, theirs := m.write(trees[inBase]), m.write(trees[inOurs]), m.write(trees[inTheirs])
		o := Options{Ours: "ours", Theirs: "theirs"}
		result, err := Trees(context.Background(), m, base, ours, theirs, o)
		if err != nil {
			t.Fatal(err)
		}
		checkMade(t, m, result)
		m.add(result.New)
		checkNothingLost(t, m, trees, result)

		back, err := Trees(context.Background(), m, base, theirs, ours, o)
		if err != nil {
			t.Fatal(err)
		}
		if clean(result) != clean(back) {
			t.Errorf("conflicts %v, exchanged %v", result.Conflicts, back.Conflicts)
		}
		if clean(result) && result.Tree != back.Tree {
			t.Errorf("tree %s, exchanged %s", result.Tree, back.Tree)
		}
		if alone, err := Trees(context.Background(), m, base, ours, base, o); err != nil || !alone.Clean() || alone.Tree != ours {
			t.Errorf("with nothing from theirs: %v, %v", alone, err)
		}
		if alike, err := Trees(context.Background(), m, base, ours, ours, o); err != nil || !alike.Clean() || alike.Tree != ours {
			t.Errorf("with the same from theirs: %v, %v", alike, err)
		}
	})
}

// clean leaves names out: what theirs brings is looked at, what ours has is not.
func clean(r Result) bool {
	return !slices.ContainsFunc(r.Conflicts, func(c Conflict) bool { return c.Kind != KindName })
}

// checkMade fails unless each object has its name and stands after what it
// holds, and each that a tree needs exists.
func checkMade(t *testing.T, m *memory, r Result) {
	t.Helper()
	known := func(h object.Hash) bool {
		_, isBlob := m.blobs[h]
		_, isTree := m.trees[h]
		return isBlob || isTree
	}
	made := map[object.Hash]bool{}
	for _, o := range r.New {
		if hashOf(o.Type, o.Data) != o.Hash {
			t.Errorf("%s is not the name of %q", o.Hash, o.Data)
		}
		if o.Type == object.TypeTree {
			for _, e := range decodeTree(o.Data) {
				if e.Mode != object.ModeSubmodule && !known(e.Hash) && !made[e.Hash] {
					t.Errorf("tree %s holds %s, which is not there before it", o.Hash, e.Name)
				}
			}
		}
		made[o.Hash] = true
	}
	if !made[r.Tree] && !known(r.Tree) {
		t.Errorf("the result %s is not there", r.Tree)
	}
}

// FuzzCheckName: a name that passes is no path to elsewhere, whatever its case
// and whatever a file system drops from it.
func FuzzCheckName(f *testing.F) {
	for _, name := range []string{"a", ".git", "..", "a/.GIT /b", "git~1", ".g\u200cit", "x\\y"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if CheckName(name) != nil {
			return
		}
		for part := range strings.SplitSeq(name, "/") {
			plain := strings.TrimRight(strings.ToLower(withoutIgnorable(part)), ". ")
			if plain == "" || plain == ".git" || plain == "git~1" || strings.ContainsAny(part, "\\:\x00\n") {
				t.Errorf("%q passed", name)
			}
		}
	})
}
