package threads

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo"
)

// fill writes operations of several actors: a tenth comments, the rest replies,
// edits and resolutions, of 300 bytes of text each.
func fill(t testing.TB, r *repo.Repo, actors, each int) {
	t.Helper()
	anchor, err := NewAnchor(object.Hash{1}, "x.go", []byte(code), Lines{3, 4})
	must(t, err)
	var roots []string
	clock := uint64(0)
	for a := range actors {
		actor := fmt.Sprintf("%016x", a+1)
		var objects []object.Object
		var files []object.TreeEntry
		var data []byte
		close := func(n int) {
			blob := object.New(object.TypeBlob, data)
			files = append(files, object.TreeEntry{Name: segmentName(n), Mode: object.ModeFile, Hash: blob.Hash})
			objects, data = append(objects, blob), nil
		}
		own := ""
		for i := range each {
			clock++
			o := Operation{Version: Version, Actor: actor, Author: Author{"someone", "some@example.org"}, Lamport: clock, Time: fixed(), Body: strings.Repeat("what is said about code ", 12)}
			switch {
			case i%10 == 0:
				o.Type, o.Anchor = TypeComment, &anchor
			case i%10 == 8:
				o.Type, o.Review, o.Target = TypeEdit, own, own
			case i%10 == 9:
				o.Type, o.Review, o.Body = TypeResolve, roots[clock%uint64(len(roots))], ""
			default:
				o.Type, o.Review = TypeReply, roots[clock%uint64(len(roots))]
			}
			line, err := o.Encode()
			must(t, err)
			if o.Type == TypeComment {
				roots, own = append(roots, o.ID), o.ID
			}
			data = append(data, line...)
			if (i+1)%perSegment == 0 {
				close(i / perSegment)
			}
		}
		close(each / perSegment)
		reviews := object.NewTree(files)
		top := object.NewTree([]object.TreeEntry{{Name: folder, Mode: object.ModeDir, Hash: reviews.Hash}})
		who := object.Signature{Name: "a", Email: "a@example.org", When: fixed()}
		c := r.CommitObject(object.Commit{Tree: top.Hash, Author: who, Committer: who, Message: "m\n"})
		must(t, r.WriteObjects(append(objects, reviews, top, c)))
		must(t, r.UpdateRef(repo.RefUpdate{Name: FetchedRefs + "origin/" + actor, New: c.Hash}))
	}
}

// BenchmarkLoad reads 10,000 operations of 5 actors from the disk, as
// `airside comments` does.
func BenchmarkLoad(b *testing.B) {
	r := newRepo(b, "a")
	fill(b, r, 5, 2000)
	for b.Loop() {
		snap, err := NewStore(r, nil, fixed).Load(context.Background())
		if err != nil || len(snap.Threads) != 1000 || len(snap.Skipped) != 0 {
			b.Fatalf("%v, %d threads, %v", err, len(snap.Threads), snap.Skipped)
		}
	}
}

// BenchmarkComment says something where 10,000 operations are already, as an
// editor that runs does.
func BenchmarkComment(b *testing.B) {
	r := newRepo(b, "a")
	write(b, r, "x.go", code)
	fill(b, r, 5, 2000)
	s := NewStore(r, nil, fixed)
	for b.Loop() {
		if _, err := s.Comment(context.Background(), Draft{Path: "x.go", Lines: Lines{3, 4}, Body: "b"}); err != nil {
			b.Fatal(err)
		}
	}
}
