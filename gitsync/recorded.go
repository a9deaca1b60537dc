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
	"strings"
	"time"

	"github.com/airside-ls/airside/gitsync/merge"
	"github.com/airside-ls/airside/gitsync/object"
)

// Bounds of a search for earlier merges, for the first parents of the two tips and as much
// again for all else: commits that are walked, merges of which the files are looked at, and
// of those the ones that settled a conflict that is wanted. The bytes of files and the time
// are for all of it: it runs under the repository's lock.
const (
	maxWalked    = 10000
	maxLooked    = 2000
	maxLearned   = 50
	maxSearched  = 64 << 20
	maxSearching = 3 * time.Second
)

// byAirside is in the message of each merge of airside's in which lines conflicted,
// settledBefore where some of them are as in earlier merges, before their names.
const (
	byAirside     = "(airside)"
	settledBefore = "\nSettled as in earlier merges (airside): "
)

// recorded are, by path, conflicts like those of these files that were settled in merges
// before. What people made of them on the way of the first parents of the two tips, with
// no words of their own, is taken without asking: both clones have these commits. What is
// in other histories, of the tips or of the remote's branches as they were fetched, is
// proposed, as anybody may have put it there; so is all, once such a settlement was undone.
// Nothing is written: the merge commits are the record. What cannot be read is left out.
func (r *round) recorded(ctx context.Context, objects object.Reader, texts map[string]fileMerge) map[string]*merge.Recorded {
	branches, err := r.repo.Refs("refs/remotes/" + remoteName(r.upstream.Remote) + "/")
	if err != nil {
		r.log.Debug("earlier merges of other branches are not looked at", "error", err)
	}
	var others []object.Hash
	for _, ref := range branches {
		others = append(others, ref.Hash)
	}
	s := search{objects: objects, bases: r.bases}
	known := s.settled(ctx, texts, []object.Hash{r.local, r.remote}, others)
	r.log.Debug("earlier merges", "commits", len(s.seen), "bytes", s.bytes, "cut short", s.cut)
	if r.saved.Doubts {
		for _, k := range known {
			k.Doubt()
		}
	}
	return known
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
	wanted  map[string]wanted // by path

	seen   map[object.Hash]bool
	beside []object.Hash          // parents of first parents' merges that are not on that way
	taken  map[string]bool        // commits that were reverted
	texts  map[object.Hash][]byte // of blobs; nil is none to look at
	bytes  int                    // of texts
	cut    bool                   // there were more
}

// wanted are the conflicts of a file, and what is known of them.
type wanted struct {
	known *merge.Recorded
	hunks []merge.Hunk
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

// settled are the conflicts of some files, by path, with what is known of them. Where the
// search was cut short, nothing of it is sure: what disputes it may not have been seen.
func (s *search) settled(ctx context.Context, texts map[string]fileMerge, tips, others []object.Hash) map[string]*merge.Recorded {
	ctx, cancel := context.WithTimeout(ctx, maxSearching)
	defer cancel()
	s.wanted, s.seen, s.taken, s.texts = map[string]wanted{}, map[object.Hash]bool{}, map[string]bool{}, map[object.Hash][]byte{}
	known := map[string]*merge.Recorded{}
	for path, f := range texts {
		if k := merge.Wanted(f.base, f.ours, f.theirs); k != nil {
			known[path], s.wanted[path] = k, wanted{k, merge.Hunks(f.base, f.ours, f.theirs)}
		}
	}
	if len(known) == 0 {
		return nil
	}
	own := s.firstParents(ctx, tips)
	beside := s.walk(ctx, slices.Concat(tips, others, s.beside))
	s.learn(ctx, own, true)
	s.learn(ctx, beside, false)
	if s.cut = s.cut || ctx.Err() != nil; s.cut {
		for _, k := range known {
			k.Doubt()
		}
	}
	return known
}

// commit reads a commit, and notes which other ones it reverts.
func (s *search) commit(h object.Hash) (object.Commit, bool) {
	s.seen[h] = true
	c, err := s.objects.Commit(h)
	c.Hash = h
	for _, rest := range strings.Split(c.Message, "This reverts commit ")[1:] {
		s.taken[rest[:min(len(rest), len(h.String()))]] = true
	}
	return c, err == nil
}

// firstParents are the merges on the way of the first parents of some tips, from the tips
// on, with each of them one step at a time.
func (s *search) firstParents(ctx context.Context, tips []object.Hash) (merges []object.Commit) {
	for len(tips) > 0 && len(s.seen) < maxWalked && ctx.Err() == nil {
		var parents []object.Hash
		for _, h := range tips {
			if s.seen[h] {
				continue
			}
			c, ok := s.commit(h)
			if !ok || len(c.Parents) == 0 {
				continue
			}
			if len(c.Parents) == 2 {
				merges = append(merges, c)
			}
			s.beside = append(s.beside, c.Parents[1:]...)
			parents = append(parents, c.Parents[0])
		}
		tips = parents
	}
	return merges
}

// walk are the merges behind some tips that were not seen yet, newest first.
func (s *search) walk(ctx context.Context, tips []object.Hash) (merges []object.Commit) {
	before := len(s.seen)
	var queue newest
	add := func(h object.Hash) {
		if s.seen[h] || len(s.seen)-before >= maxWalked {
			return
		}
		if c, ok := s.commit(h); ok {
			heap.Push(&queue, c)
		}
	}
	for _, h := range tips {
		add(h)
	}
	for len(queue) > 0 && ctx.Err() == nil {
		c := heap.Pop(&queue).(object.Commit)
		if len(c.Parents) == 2 {
			merges = append(merges, c)
		}
		for _, p := range c.Parents {
			add(p)
		}
	}
	return merges
}

// learn records what people made of the conflicts that are wanted in some merges, unless
// they took it back.
func (s *search) learn(ctx context.Context, merges []object.Commit, own bool) {
	learned := 0
	for _, c := range merges[:min(len(merges), maxLooked)] {
		if ctx.Err() != nil || learned == maxLearned {
			return
		}
		if !s.taken[c.Hash.String()] && !strings.Contains(c.Message, byAirside) && s.look(ctx, c, own) > 0 {
			learned++
		}
	}
}

// look records what a merge made of the conflicts that are wanted, and says of how many.
func (s *search) look(ctx context.Context, c object.Commit, own bool) (n int) {
	trees := [3]object.Hash{2: c.Tree} // of the parents, and of the merge
	for i, h := range c.Parents {
		p, err := s.objects.Commit(h)
		if err != nil {
			return 0
		}
		trees[i] = p.Tree
	}
	if trees[0] == trees[1] {
		return 0
	}
	var base object.Hash
	for _, path := range slices.Sorted(maps.Keys(s.wanted)) {
		if ctx.Err() != nil {
			return n
		}
		ours, theirs := s.text(trees[0], path), s.text(trees[1], path)
		if ours == nil || theirs == nil || !s.may(path, ours, theirs) {
			continue
		}
		if base.IsZero() {
			bases, err := s.bases(ctx, s.objects, c.Parents[0], c.Parents[1])
			if err != nil || len(bases) != 1 {
				return n
			}
			b, err := s.objects.Commit(bases[0])
			if err != nil {
				return n
			}
			base = b.Tree
		}
		if was, people := s.text(base, path), s.text(trees[2], path); was != nil && people != nil {
			n += s.wanted[path].known.Learn(was, ours, theirs, people, c.Hash.Short(), own)
		}
	}
	return n
}

// text is a file of a tree, each blob read once; nil if there is none, or none to look at.
func (s *search) text(tree object.Hash, path string) []byte {
	blob, ok := entryAt(s.objects, nil, tree, path)
	if !ok {
		return nil
	}
	text, read := s.texts[blob]
	if read {
		return text
	}
	size, err := s.objects.BlobSize(blob)
	if err == nil && size <= maxParsed && s.bytes+int(size) > maxSearched {
		s.cut = true
		return nil
	}
	if err == nil && size <= maxParsed {
		if text, err = s.objects.Blob(blob); err != nil || merge.IsBinary(text) {
			text = nil
		}
		s.bytes += len(text)
	}
	s.texts[blob] = text
	return text
}

// may tells whether a merge of two texts may have had a conflict that is wanted: each has
// one of its sides.
func (s *search) may(path string, a, b []byte) bool {
	return slices.ContainsFunc(s.wanted[path].hunks, func(h merge.Hunk) bool {
		return bytes.Contains(a, h.Ours) && bytes.Contains(b, h.Theirs) || bytes.Contains(a, h.Theirs) && bytes.Contains(b, h.Ours)
	})
}
