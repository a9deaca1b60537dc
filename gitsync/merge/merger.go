package merge

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/airside-ls/airside/gitsync/object"
)

// What git does without being told otherwise.
const (
	defaultRenameLimit = 7000
	defaultMaxBlob     = 512 << 20 // bytes
)

// Trees merges two trees with the one that both come from, Zero for none. It
// takes the same decisions as git's merge-ort: the same tree where that is
// clean, conflicts at the same paths where it is not. Directories that neither
// side touched are not read.
func Trees(ctx context.Context, r object.Reader, base, ours, theirs object.Hash, o Options) (Result, error) {
	return mergeTrees(ctx, newOverlay(r), base, ours, theirs, o)
}

func mergeTrees(ctx context.Context, objects *overlay, base, ours, theirs object.Hash, o Options) (Result, error) {
	m := newMerger(ctx, objects, o, 0)
	tree, err := m.merge(base, ours, theirs)
	if err != nil {
		return Result{}, err
	}
	result := Result{Tree: tree, Conflicts: m.conflicts(), Changed: m.changed}
	names, err := checkNames(ctx, objects, ours, tree)
	if err != nil {
		return Result{}, err
	}
	result.Conflicts = append(result.Conflicts, names...)
	slices.SortStableFunc(result.Conflicts, func(a, b Conflict) int { return strings.Compare(a.Path, b.Path) })
	slices.Sort(result.Changed)
	result.Changed = slices.Compact(result.Changed)

	var sides []object.Hash
	for _, c := range result.Conflicts {
		for _, s := range []*Side{c.Base, c.Ours, c.Theirs} {
			if s != nil {
				sides = append(sides, s.Hash)
			}
		}
	}
	result.New = objects.needed(tree, sides)
	return result, nil
}

// merger is one merge of three trees.
type merger struct {
	ctx     context.Context
	objects *overlay
	opts    Options
	depth   int       // 0 for the merge asked for, more for that of its bases
	labels  [3]string // behind conflict markers

	entries   map[string]*entry // every path that was looked at, directories too
	renames   [3]sideRenames
	putOff    [3][]deferredDirectory // directories that one side alone touched
	mayPutOff [3]bool
	sizes     map[object.Hash]int64
	spans     map[object.Hash][]span

	children   map[string][]string // paths by their directory, once all is in its place
	conflicted map[string]*entry
	unclean    bool                 // also without a path
	reports    []Conflict           // that belong to no file
	made       map[object.Hash]bool // texts joined from both sides
	changed    []string             // paths that have one of them
}

func newMerger(ctx context.Context, objects *overlay, o Options, depth int) *merger {
	if o.RenameLimit <= 0 {
		o.RenameLimit = defaultRenameLimit
	}
	if o.MaxBlob <= 0 {
		o.MaxBlob = defaultMaxBlob
	}
	m := &merger{
		ctx: ctx, objects: objects, opts: o, depth: depth,
		labels:     [3]string{"", o.Ours, o.Theirs},
		entries:    map[string]*entry{},
		sizes:      map[object.Hash]int64{},
		spans:      map[object.Hash][]span{},
		children:   map[string][]string{},
		conflicted: map[string]*entry{},
		made:       map[object.Hash]bool{},
	}
	for side := inOurs; side <= inTheirs; side++ {
		m.renames[side] = newSideRenames()
		m.mayPutOff[side] = true
	}
	return m
}

// merge returns the merged tree, which is among the overlay's objects or the
// repository's.
func (m *merger) merge(base, ours, theirs object.Hash) (object.Hash, error) {
	var roots [3]leaf
	for i, h := range []object.Hash{base, ours, theirs} {
		if !h.IsZero() {
			roots[i] = leaf{object.ModeDir, h}
		}
	}
	if err := m.walk("", roots, 0); err != nil {
		return object.Zero, err
	}
	if err := m.walkPutOff(); err != nil {
		return object.Zero, err
	}
	if err := m.followRenames(); err != nil {
		return object.Zero, err
	}
	for _, path := range slices.Collect(maps.Keys(m.entries)) {
		m.addParents(path, 0) // a file in its directory's place may have moved away
	}
	for path := range m.entries {
		dir := parentOf(path)
		m.children[dir] = append(m.children[dir], path)
	}
	root, err := m.build("")
	if err != nil {
		return object.Zero, err
	}
	if !root.exists() {
		return m.objects.addTree(nil), nil
	}
	return root.hash, nil
}

// report adds a conflict that no file stands for.
func (m *merger) report(path string, kind ConflictKind, message string) {
	m.unclean = true
	m.reports = append(m.reports, Conflict{Path: path, Kind: kind, Message: message})
}

func (m *merger) conflicts() []Conflict {
	all := m.reports
	for path, e := range m.conflicted {
		all = append(all, e.conflict(path))
	}
	return all
}
