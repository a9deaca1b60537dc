package merge

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"testing"
)

// BenchmarkTrees merges 50,000 files with ten changes on each side, in
// directories of fifty: edits, and in the second case renames besides.
func BenchmarkTrees(b *testing.B) {
	base := files{}
	for i := range 50_000 {
		base[fmt.Sprintf("dir%02d/sub%02d/file%05d.go", i%20, i/20%50, i)] = text(strings.Repeat(fmt.Sprintf("line of %d\n", i), 20))
	}
	path := func(i int) string { return fmt.Sprintf("dir%02d/sub%02d/file%05d.go", i%20, i/20%50, i) }
	for _, renames := range []bool{false, true} {
		name := "edits"
		if renames {
			name = "renames"
		}
		b.Run(name, func(b *testing.B) {
			m := newMemory()
			ours, theirs := maps.Clone(base), maps.Clone(base)
			for i := range 10 {
				p, q := path(i*997), path(i*1009+5)
				ours[p] = text(ours[p].data + "ours")
				theirs[q] = text(theirs[q].data + "theirs")
				if renames && i%2 == 0 {
					ours[q+".moved"] = ours[q]
					delete(ours, q)
				}
			}
			o, t, root := m.write(ours), m.write(theirs), m.write(base)
			for b.Loop() {
				if r, err := Trees(context.Background(), m, root, o, t, Options{}); err != nil || !r.Clean() {
					b.Fatal(r.Conflicts, err)
				}
			}
		})
	}
}
