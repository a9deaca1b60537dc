package gitsync

import (
	"bytes"
	"cmp"
	"container/heap"
	"context"
	"crypto/sha1"
	"fmt"
	"maps"
	"slices"

	"github.com/airside-ls/airside/gitsync/merge"
	"github.com/airside-ls/airside/gitsync/object"
)

// Bounds of a search for earlier merges, for the two tips and as much again for other
// branches: commits that are walked, merges of which the files are looked at, and of those
// the merges of which the sides are taken apart.
const (
	maxWalked  = 10000
	maxLooked  = 2000
	maxLearned = 50
)

// recorded are conflicts like those of these files that people have settled in merges
// before: in the histories of the two tips, and in those of the remote's branches as they
// were fetched. Two clones with the same commits find the same. Nothing is written: the
// merge commits are the record. What cannot be read is left out.
func (r *round) recorded(ctx context.Context, objects object.Reader, texts map[string]fileMerge) *merge.Recorded {
	s := search{objects: objects, bases: r.bases, wanted: map[string][]merge.Hunk{}, contains: map[containing]bool{}, known: &merge.Recorded{}}
	for path, f := range texts {
		if hunks := merge.Hunks(f.base, f.ours, f.theirs); len(hunks) > 0 {
			s.wanted[path] = hunks
		}
	}
	if len(s.wanted) == 0 {
		return nil
	}
	s.walk(ctx, []object.Hash{r.local, r.remote}, false)
	branches, err := r.repo.Refs("refs/remotes/" + remoteName(r.upstream.Remote) + "/")
	if err != nil {
		r.log.Debug("earlier merges of other branches are not looked at", "error", err)
	}
	var others []object.Hash
	for _, ref := range branches {
		others = append(others, ref.Hash)
	}
	s.walk(ctx, others, true)
	r.log.Debug("earlier merges", "commits", len(s.seen), "conflicts known", s.known.Len())
	return s.known
}

// grounds are also the remote's other branches, of which one may bring a merge in which a
// conflict that is parked was settled.
func (r *round) grounds() string {
	grounds, own := r.Syncer.grounds(), r.trackingRef()
	refs, err := r.repo.Refs("refs/remotes/" + remoteName(r.upstream.Remote) + "/")
	if err != nil || len(refs) == 0 {
		return grounds
	}
	sum := sha1.New()
	for _, ref := range refs {
		if ref.Name != own {
			fmt.Fprintln(sum, ref.Name, ref.Hash)
		}
	}
	return fmt.Sprintf("%s %.8x", grounds, sum.Sum(nil))
}

// search goes through merges for conflicts that were settled.
type search struct {
	objects object.Reader
	bases   func(ctx context.Context, r object.Reader, a, b object.Hash) ([]object.Hash, error)
	wanted  map[string][]merge.Hunk // by path

	seen            map[object.Hash]bool
	looked, learned int
	contains        map[containing]bool // whether a blob has the lines of a side
	known           *merge.Recorded
}

// containing is a question about a blob: has it what is ours, or theirs, of a conflict?
type containing struct {
	blob   object.Hash
	path   string
	hunk   int
	theirs bool
}

// newest are commits, of which the newest is taken first.
type newest []object.Commit

func (n newest) Len() int { return len(n) }
func (n newest) Less(i, j int) bool {
	return cmp.Or(n[j].Committer.When.Compare(n[i].Committer.When), cmp.Compare(n[j].Hash.String(), n[i].Hash.String())) < 0
}
func (n newest) Swap(i, j int) { n[i], n[j] = n[j], n[i] }
func (n *newest) Push(x any)   { *n = append(*n, x.(object.Commit)) }
func (n *newest) Pop() any {
	last := (*n)[len(*n)-1]
	*n = (*n)[:len(*n)-1]
	return last
}

// walk looks at the merges behind some tips that it has not seen yet.
func (s *search) walk(ctx context.Context, tips []object.Hash, elsewhere bool) {
	if s.seen == nil {
		s.seen = map[object.Hash]bool{}
	}
	before := len(s.seen)
	s.looked, s.learned = 0, 0
	var queue newest
	add := func(h object.Hash) {
		if s.seen[h] || len(s.seen)-before >= maxWalked {
			return
		}
		s.seen[h] = true
		if c, err := s.objects.Commit(h); err == nil {
			c.Hash = h
			heap.Push(&queue, c)
		}
	}
	for _, h := range tips {
		add(h)
	}
	for len(queue) > 0 && ctx.Err() == nil && s.looked < maxLooked && s.learned < maxLearned {
		c := heap.Pop(&queue).(object.Commit)
		if len(c.Parents) == 2 {
			s.looked++
			s.look(ctx, c, elsewhere)
		}
		for _, p := range c.Parents {
			add(p)
		}
	}
}

// look records what a merge made of the conflicts that are wanted.
func (s *search) look(ctx context.Context, c object.Commit, elsewhere bool) {
	var trees [3]object.Hash // of the parents, and of the merge
	for i, h := range append(slices.Clone(c.Parents), c.Hash) {
		if i == 2 {
			trees[i] = c.Tree
			break
		}
		p, err := s.objects.Commit(h)
		if err != nil {
			return
		}
		trees[i] = p.Tree
	}
	if trees[0] == trees[1] {
		return
	}
	var base object.Hash
	for _, path := range slices.Sorted(maps.Keys(s.wanted)) {
		var blobs [3]object.Hash
		there := true
		for i, tree := range trees {
			var ok bool
			blobs[i], ok = entryAt(s.objects, nil, tree, path)
			there = there && ok
		}
		if !there || blobs[0] == blobs[1] || !s.may(path, blobs[0], blobs[1]) {
			continue
		}
		if base.IsZero() {
			s.learned++
			bases, err := s.bases(ctx, s.objects, c.Parents[0], c.Parents[1])
			if err != nil || len(bases) != 1 {
				return
			}
			b, err := s.objects.Commit(bases[0])
			if err != nil {
				return
			}
			base = b.Tree
		}
		blob, ok := entryAt(s.objects, nil, base, path)
		if !ok {
			continue
		}
		var texts [4][]byte
		for i, h := range []object.Hash{blob, blobs[0], blobs[1], blobs[2]} {
			text, err := s.objects.Blob(h)
			if err != nil || len(text) > maxParsed || merge.IsBinary(text) {
				there = false
				break
			}
			texts[i] = text
		}
		if there {
			s.known.Learn(texts[0], texts[1], texts[2], texts[3], c.Hash.Short(), elsewhere)
		}
	}
}

// may tells whether a merge of two blobs may have had a conflict that is wanted: each has
// one of its sides.
func (s *search) may(path string, a, b object.Hash) bool {
	for i := range s.wanted[path] {
		if s.has(a, path, i, false) && s.has(b, path, i, true) || s.has(a, path, i, true) && s.has(b, path, i, false) {
			return true
		}
	}
	return false
}

func (s *search) has(blob object.Hash, path string, hunk int, theirs bool) bool {
	q := containing{blob, path, hunk, theirs}
	if has, asked := s.contains[q]; asked {
		return has
	}
	side := s.wanted[path][hunk].Ours
	if theirs {
		side = s.wanted[path][hunk].Theirs
	}
	text, err := s.objects.Blob(blob)
	has := err == nil && len(text) <= maxParsed && bytes.Contains(text, side)
	s.contains[q] = has
	return has
}
