package merge

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/airside-ls/airside/gitsync/object"
)

type change byte

const (
	deleted change = 'D'
	added   change = 'A'
	renamed change = 'R'
)

// pair is a file that one side deleted, added, or, once both are found to be
// one, renamed.
type pair struct {
	change   change
	from, to string // the same unless renamed
	old, new leaf
	side     int  // whose it is, once collected
	used     bool // a deleted file that turned out to be renamed
}

// sideRenames is what one side deleted, added and renamed.
type sideRenames struct {
	pairs    []*pair
	relevant map[string]relevance      // deleted files
	removed  map[string]dirRelevance   // directories that are gone
	counts   map[string]map[string]int // of renames, by the old and the new directory
	dirs     map[string]string         // where directories went
	limited  string                    // why similar files were not searched; "" when they were
}

func newSideRenames() sideRenames {
	return sideRenames{
		relevant: map[string]relevance{},
		removed:  map[string]dirRelevance{},
		counts:   map[string]map[string]int{},
		dirs:     map[string]string{},
	}
}

// unknownDir stands for wherever a file may turn out to have gone.
const unknownDir = "/"

// finder pairs what one side deleted with what it added.
type finder struct {
	*sideRenames
	ctx     context.Context
	objects object.Reader
	limit   int   // the square of it bounds the pairs compared
	maxBlob int64 // bytes; larger files are compared by hash alone
	sizes   map[object.Hash]int64
	spans   map[object.Hash][]span

	sources []*pair // deleted, not yet paired
	targets []*pair // added; renamed once paired
	guess   map[string]string
}

// find turns the pairs of a side into renames: identical files first, then
// those of one name that are three quarters alike, then any that are half
// alike, best first. Only files whose rename matters are compared.
func (f *finder) find() error {
	for _, p := range f.pairs {
		switch {
		case p.change == added && p.new.hash != emptyBlob:
			f.targets = append(f.targets, p)
		case p.change == deleted && p.old.hash != emptyBlob:
			f.sources = append(f.sources, p)
		}
	}
	if len(f.sources) == 0 || len(f.targets) == 0 {
		return nil
	}
	f.identical()
	f.dropSources(func(*pair) bool { return true })
	f.countExact()
	if err := f.sameName(); err != nil {
		return err
	}
	f.dropSources(func(p *pair) bool { _, ok := f.relevant[p.from]; return ok })
	f.dropKnownDirs()
	if err := f.similar(); err != nil {
		return err
	}
	for dir, counts := range f.counts {
		if f.removed[dir] == dirIrrelevant {
			delete(f.counts, dir)
		} else {
			delete(counts, unknownDir)
		}
	}
	f.pairs = slices.DeleteFunc(f.pairs, func(p *pair) bool { return p.change == deleted && p.used })
	return nil
}

// join makes source and target one rename.
func (f *finder) join(source, target *pair) {
	source.used = true
	target.change, target.from, target.old = renamed, source.from, source.old
}

// dropSources keeps what is not paired and fits.
func (f *finder) dropSources(keep func(*pair) bool) {
	f.sources = slices.DeleteFunc(f.sources, func(p *pair) bool { return p.used || !keep(p) })
}

// identical pairs files with the same content; one with the same name first.
func (f *finder) identical() {
	byHash := map[object.Hash][]*pair{}
	for _, s := range f.sources {
		byHash[s.old.hash] = append(byHash[s.old.hash], s)
	}
	for _, t := range f.targets {
		var best *pair
		tries := exactTries
		for _, s := range byHash[t.new.hash] {
			regular := s.old.mode.IsFile() && t.new.mode.IsFile()
			if !regular && s.old.mode != t.new.mode || s.used {
				continue
			}
			sameName := baseOf(s.from) == baseOf(t.to)
			if best == nil || sameName {
				best = s
			}
			if tries--; sameName || tries == 0 {
				break
			}
		}
		if best != nil {
			f.join(best, t)
		}
	}
}

// countExact counts where the directories of identical files went, and guesses
// from it where their other files did.
func (f *finder) countExact() {
	for _, t := range f.targets {
		if t.change == renamed {
			f.count(t)
		}
	}
	f.guess = map[string]string{}
	for dir, counts := range f.counts {
		most := 0
		for _, target := range sortedKeys(counts) {
			if counts[target] > most {
				most, f.guess[dir] = counts[target], target
			}
		}
	}
}

// count notes that a rename suggests its directory was renamed, and those
// above it as far as both paths end alike.
func (f *finder) count(p *pair) {
	oldDir, newDir := p.from, p.to
	for first := true; ; first = false {
		oldName, newName := baseOf(oldDir), baseOf(newDir)
		oldDir = parentOf(oldDir)
		if _, gone := f.removed[oldDir]; !gone {
			return
		}
		newDir = parentOf(newDir)
		if !first && oldName != newName {
			return
		}
		relevant := f.removed[oldDir]
		if first || relevant == dirForSelf {
			f.increment(oldDir, newDir)
		}
		if relevant == dirIrrelevant || oldDir == "" || newDir == "" {
			return
		}
	}
}

func (f *finder) increment(oldDir, newDir string) {
	if f.counts[oldDir] == nil {
		f.counts[oldDir] = map[string]int{}
	}
	f.counts[oldDir][newDir]++
}

// sameName pairs files whose name is the only one of its kind among what was
// deleted and among what was added, or that are where their directory seems to
// have gone, when they are three quarters alike.
func (f *finder) sameName() error {
	sources, targets := map[string]*pair{}, map[string]*pair{}
	byPath := map[string]*pair{}
	once := func(names map[string]*pair, name string, p *pair) {
		if _, twice := names[name]; twice {
			p = nil
		}
		names[name] = p
	}
	for _, s := range f.sources {
		once(sources, baseOf(s.from), s)
	}
	for _, t := range f.targets {
		if t.change == added {
			once(targets, baseOf(t.to), t)
			byPath[t.to] = t
		}
	}
	for _, s := range f.sources {
		if _, ok := f.relevant[s.from]; !ok {
			continue
		}
		name := baseOf(s.from)
		target, ok := targets[name]
		if !ok {
			continue
		}
		if sources[name] == nil || target == nil {
			dir, guessed := f.guess[parentOf(s.from)]
			if !guessed {
				continue
			}
			target = byPath[dir+"/"+name] // never in the root, as in git
		}
		if target == nil || target.change != added {
			continue
		}
		score, err := f.score(s.old, target.new, minBasenames)
		if err != nil {
			return err
		}
		if score >= minBasenames {
			f.join(s, target)
			f.count(target)
		}
	}
	return nil
}

// dropKnownDirs drops sources that matter only for where their directory went
// when that is settled by a majority already.
func (f *finder) dropKnownDirs() {
	for _, s := range f.sources {
		for dir := parentOf(s.from); dir != "" && f.removed[dir] != dirIrrelevant; dir = parentOf(dir) {
			f.increment(dir, unknownDir)
		}
	}
	for dir, counts := range f.counts {
		if f.removed[dir] == dirForSelf && settled(counts) {
			f.removed[dir] = dirForAncestor
		}
	}
	f.dropSources(func(s *pair) bool {
		if f.relevant[s.from] != forLocation {
			return true
		}
		for dir := parentOf(s.from); f.removed[dir] != dirIrrelevant; dir = parentOf(dir) {
			if f.removed[dir] == dirForSelf {
				return true
			}
		}
		f.relevant[s.from] = irrelevant
		return false
	})
}

// settled reports whether one target directory leads by more than what is
// unknown.
func settled(counts map[string]int) bool {
	first, second := 0, 0
	for dir, n := range counts {
		switch {
		case dir == unknownDir:
		case n >= first:
			first, second = n, first
		case n >= second:
			second = n
		}
	}
	return first > second+counts[unknownDir]
}

// candidate is a source that a target might come from.
type candidate struct {
	source, target *pair
	score          int
	sameName       bool
}

// compareCandidates puts the better first, and those that are none last.
func compareCandidates(a, b candidate) int {
	switch {
	case a.target == nil && b.target == nil:
		return 0
	case a.target == nil:
		return 1
	case b.target == nil:
		return -1
	case a.score != b.score:
		return cmp.Compare(b.score, a.score)
	case a.sameName != b.sameName:
		if a.sameName {
			return -1
		}
		return 1
	}
	return 0
}

// similar compares every source that is left with every target that is left
// and pairs those at least half alike, best first.
func (f *finder) similar() error {
	targets := slices.DeleteFunc(slices.Clone(f.targets), func(t *pair) bool { return t.change != added })
	if len(targets) == 0 || len(f.sources) == 0 {
		return nil
	}
	if len(targets)*len(f.sources) > f.limit*f.limit {
		f.limited = fmt.Sprintf("renames were not searched: %d files were added and %d deleted, the limit is %d", len(targets), len(f.sources), f.limit)
		return nil
	}
	var all []candidate
	for _, t := range targets {
		if err := f.ctx.Err(); err != nil {
			return err
		}
		var best [perTarget]candidate
		for _, s := range f.sources {
			score, err := f.score(s.old, t.new, minScore)
			if err != nil {
				return err
			}
			c := candidate{s, t, score, baseOf(s.from) == baseOf(t.to)}
			worst := 0
			for i := range best {
				if compareCandidates(best[i], best[worst]) > 0 {
					worst = i
				}
			}
			if compareCandidates(best[worst], c) > 0 {
				best[worst] = c
			}
		}
		all = append(all, best[:]...)
	}
	slices.SortStableFunc(all, compareCandidates)
	for _, c := range all {
		if c.target == nil || c.score < minScore {
			break
		}
		if c.target.change == added && !c.source.used {
			f.join(c.source, c.target)
			f.count(c.target)
		}
	}
	return nil
}

// score is how alike two files are; 0 also when that is below the least that
// is asked for and cheap to tell.
func (f *finder) score(a, b leaf, least int) (int, error) {
	if !a.mode.IsFile() || !b.mode.IsFile() {
		return 0, nil
	}
	sizeA, err := f.size(a.hash)
	if err != nil {
		return 0, err
	}
	sizeB, err := f.size(b.hash)
	if err != nil {
		return 0, err
	}
	if tooDifferent(sizeA, sizeB, least) || max(sizeA, sizeB) > f.maxBlob || sizeB == 0 {
		return 0, nil
	}
	spansA, err := f.spansOf(a.hash)
	if err != nil {
		return 0, err
	}
	spansB, err := f.spansOf(b.hash)
	if err != nil {
		return 0, err
	}
	return int(common(spansA, spansB) * maxScore / max(sizeA, sizeB)), nil
}

func (f *finder) size(h object.Hash) (int64, error) {
	if size, ok := f.sizes[h]; ok {
		return size, nil
	}
	size, err := f.objects.BlobSize(h)
	if err != nil {
		return 0, fmt.Errorf("size of %s: %w", h.Short(), err)
	}
	f.sizes[h] = size
	return size, nil
}

func (f *finder) spansOf(h object.Hash) ([]span, error) {
	if s, ok := f.spans[h]; ok {
		return s, nil
	}
	data, err := f.objects.Blob(h)
	if err != nil {
		return nil, fmt.Errorf("blob %s: %w", h.Short(), err)
	}
	f.spans[h] = spans(data)
	return f.spans[h], nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, strings.Compare)
	return keys
}
