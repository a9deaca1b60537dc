package gitsync

import (
	"context"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/airside-ls/airside/gitsync/consent"
	"github.com/airside-ls/airside/gitsync/history"
	"github.com/airside-ls/airside/gitsync/merge"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo"
)

// Scope says between which two states changes are.
type Scope string

const (
	Uncommitted Scope = "worktree" // HEAD and the work tree, with untracked files
	Staged      Scope = "staged"   // HEAD and the index
	// Branch is from the merge base of HEAD and a revision: to HEAD, or to the
	// work tree where that is asked for.
	Branch Scope = "branch"
)

// ChangesRequest says which changes are wanted.
type ChangesRequest struct {
	Scope Scope
	// Base is the revision of Branch; "" is the branch's upstream, or the
	// remote's default branch.
	Base string
	// ToWorkTree has Branch include what is not committed.
	ToWorkTree bool
	// Paths restrict the changes to files and folders, slashed and relative to
	// the work tree's root; none, or "", is all.
	Paths []string
	// Overlay are texts that stand in the place of files on the disk, by path:
	// what an editor shows and has not saved. Staged has none.
	Overlay map[string][]byte
	// MaxText bounds the texts that are read, in bytes of both sides together; 0 is what
	// fits into memory. Files past it are skipped, and listed all the same.
	MaxText int
	// Consent is where the user's opt-in is kept: what a partial clone lacks is fetched
	// only where they have opted in to sync; nil fetches nothing.
	Consent *consent.Book
}

// ChangeSet is what differs between two states, in plain values.
type ChangeSet struct {
	WorkDir string // absolute
	// Base is what the changes are since, in words: a ref or a revision, and the
	// commit.
	Base  string
	Files []ChangedFile // by path
}

// ChangedFile is one file that differs.
type ChangedFile struct {
	Path    string // slashed, from the work tree's root
	OldPath string // of a renamed file alone, else ""

	// The whole texts; nil where there is no such file, or it was skipped.
	Old, New []byte

	Binary, Submodule, ModeOnly bool
	Added, Removed              bool // there is no such file on the other side, be it read or not

	// Skipped says why the texts are not here, "" when they are.
	Skipped string

	// Hunks are in order and do not touch.
	Hunks []ChangedLines
}

// ChangedLines says that lines were replaced; see merge.LineChange.
type ChangedLines struct {
	OldStart, OldLines int
	NewStart, NewLines int
}

// What Changes holds in memory at most, in bytes. Nobody wrote a larger file.
const (
	maxChangedFile  = 1 << 20
	maxChangedTotal = 128 << 20 // both sides together
	// maxRenamePairs bounds the comparisons of deleted with new files.
	maxRenamePairs = 10_000
	// maxBriefRenames bounds the files that are read for that where texts are bounded.
	maxBriefRenames = 100
	// maxBriefFiles bounds the files that are read where texts are bounded.
	maxBriefFiles = 400
)

// Changes lists what differs in the repository that path lies in. It changes
// nothing and asks no remote, but for what a partial clone lacks, and for that only with
// the user's opt-in. Errors are *repo.Error, or ctx.Err().
func Changes(ctx context.Context, path string, o repo.Options, q ChangesRequest) (ChangeSet, error) {
	r, err := repo.Open(path, o)
	if err != nil {
		return ChangeSet{}, err
	}
	reader, err := r.Objects()
	if err != nil {
		return ChangeSet{}, err
	}
	c := &changes{repo: r, reader: reader, q: q}
	if err := c.bases(ctx); err != nil {
		return ChangeSet{}, err
	}
	if err := c.collect(ctx); err != nil {
		return ChangeSet{}, err
	}
	set := ChangeSet{WorkDir: r.WorkDir(), Base: c.base}
	for _, change := range c.list {
		if err := ctx.Err(); err != nil {
			return ChangeSet{}, err
		}
		if f, ok := c.file(change); ok {
			set.Files = append(set.Files, f)
		}
	}
	return set, nil
}

// changes is one call of Changes.
type changes struct {
	repo   *repo.Repo
	reader object.Reader
	q      ChangesRequest

	base      string      // in words
	old, head object.Hash // trees; Zero for none
	list      []change
	total     int   // bytes read
	read      int   // files
	lack      error // why texts are missing here, in a partial clone
}

// change is a path that differs, and where it was before.
type change struct {
	repo.Change
	from string // "" unless renamed
}

// bases finds the trees to compare.
func (c *changes) bases(ctx context.Context) error {
	head, err := c.repo.Head()
	if err != nil {
		return err
	}
	if !head.Hash.IsZero() {
		if c.head, err = c.treeOf(head.Hash); err != nil {
			return err
		}
	}
	c.old, c.base = c.head, "HEAD"
	if c.q.Scope != Branch {
		return nil
	}
	if head.Hash.IsZero() {
		return &repo.Error{Kind: repo.Failed, Message: "nothing is committed here yet: there is no branch to compare"}
	}
	revision := c.q.Base
	if revision == "" {
		if revision, err = c.defaultBase(head.Branch); err != nil {
			return err
		}
		if revision == "" {
			return &repo.Error{Kind: repo.Failed, Message: "this branch has no upstream and its remote no default branch: name what to compare with (--base REV)"}
		}
	}
	other, err := c.repo.Resolve(ctx, revision)
	if err != nil {
		return err
	}
	found, err := history.Bases(ctx, c.reader, head.Hash, other)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return err
	case len(found) == 0:
		if _, cut, err := history.Reach(ctx, c.reader, head.Hash, other); err != nil || cut {
			return &repo.Error{Kind: repo.Failed, Message: fmt.Sprintf("the history is too shallow to find where this branch left %s: git fetch --unshallow", shortRef(revision)), Err: err}
		}
		return &repo.Error{Kind: repo.Failed, Message: fmt.Sprintf("this branch and %s have no common history", shortRef(revision))}
	}
	c.base = fmt.Sprintf("%s (%s)", shortRef(revision), found[0].Short())
	c.old, err = c.treeOf(found[0])
	return err
}

func (c *changes) treeOf(h object.Hash) (object.Hash, error) {
	commit, err := c.reader.Commit(h)
	return commit.Tree, err
}

// defaultBase is the upstream of a branch, or the default branch of its remote
// or of the one that everybody has.
func (c *changes) defaultBase(branch string) (string, error) {
	if ref := c.repo.Tracking(branch); ref != "" {
		return ref, nil
	}
	remotes, err := c.repo.Remotes()
	if err != nil || len(remotes) == 0 {
		return "", err // of a configuration that git refuses
	}
	remote := remotes[0]
	if slices.Contains(remotes, "origin") {
		remote = "origin"
	}
	return c.repo.DefaultBranch(remote), nil
}

func shortRef(ref string) string {
	for _, prefix := range []string{"refs/heads/", "refs/remotes/"} {
		if short, ok := strings.CutPrefix(ref, prefix); ok {
			return short
		}
	}
	return ref
}

// collect lists the paths that differ, renames joined.
func (c *changes) collect(ctx context.Context) error {
	var list []repo.Change
	var err error
	if c.repo.Partial() {
		if _, err := treeChanges(ctx, c.repo.Objects, c.fetch, c.old, c.head); err != nil {
			return err
		}
	}
	switch {
	case c.q.Scope == Staged:
		list, err = c.repo.StagedChanges(ctx, c.head)
	case c.q.Scope == Branch && !c.q.ToWorkTree:
		list, err = repo.TreeChanges(ctx, c.reader, c.old, c.head)
	case c.q.Scope == Uncommitted || c.q.Scope == Branch:
		list, err = c.workTree(ctx)
	default:
		return fmt.Errorf("%q is no scope of changes", c.q.Scope)
	}
	if err != nil {
		return err
	}
	for _, ch := range list {
		c.list = append(c.list, change{Change: ch})
	}
	c.bring(ctx)
	c.joinRenames(ctx)
	c.list = slices.DeleteFunc(c.list, func(ch change) bool { return !c.wanted(ch.Path) })
	return ctx.Err()
}

// bring fetches the texts that a partial clone has left at its remote. What does not
// come is skipped, and says so.
func (c *changes) bring(ctx context.Context) {
	if !c.repo.Partial() {
		return
	}
	var want []object.Hash
	for _, ch := range c.list {
		if ch.OldMode.IsFile() {
			want = append(want, ch.OldHash)
		}
		if ch.NewMode.IsFile() {
			want = append(want, ch.NewHash)
		}
	}
	c.lack = c.fetch(ctx, want)
}

// fetch asks a partial clone's remote for what is missing, where the user has opted in:
// who made the folder may have named the remote.
func (c *changes) fetch(ctx context.Context, want []object.Hash) error {
	if c.q.Consent != nil {
		if in, err := c.q.Consent.Sync(c.repo.CommonDir()); err == nil && in.Enabled {
			return c.repo.Bring(ctx, want)
		}
	}
	return unasked(c.reader, want)
}

// workTree adds to what differs on the disk what differs in the overlay.
func (c *changes) workTree(ctx context.Context) ([]repo.Change, error) {
	var shown []string
	for name := range c.q.Overlay {
		shown = append(shown, name)
	}
	var paths []string
	if !slices.ContainsFunc(c.q.Paths, func(p string) bool { return p == "" || p == "." }) {
		paths = c.q.Paths
	}
	list, err := c.repo.WorkTreeChanges(ctx, c.old, c.head, shown, paths)
	if err == nil && len(paths) > 0 && slices.ContainsFunc(list, func(ch repo.Change) bool { return ch.OldMode == 0 && c.wanted(ch.Path) }) {
		// It may have been renamed from anywhere.
		list, err = c.repo.WorkTreeChanges(ctx, c.old, c.head, shown, nil)
	}
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for _, ch := range list {
		known[ch.Path] = true
	}
	for _, name := range shown {
		if !known[name] { // never saved, nor committed
			list = append(list, repo.Change{Path: name, NewMode: object.ModeFile})
		}
	}
	slices.SortFunc(list, func(a, b repo.Change) int { return strings.Compare(a.Path, b.Path) })
	return list, nil
}

func (c *changes) wanted(name string) bool {
	if len(c.q.Paths) == 0 {
		return true
	}
	return slices.ContainsFunc(c.q.Paths, func(p string) bool {
		p = strings.TrimSuffix(p, "/")
		return p == "" || p == "." || p == name || strings.HasPrefix(name, p+"/")
	})
}

// joinRenames makes a deleted and a new file that are at least half alike one
// renamed file, the most alike first.
func (c *changes) joinRenames(ctx context.Context) {
	defer func() { c.list = slices.DeleteFunc(c.list, func(ch change) bool { return ch.Path == "" }) }()
	var gone, come []int
	for i, ch := range c.list {
		switch {
		case ch.NewMode == 0 && ch.OldMode.IsFile():
			gone = append(gone, i)
		case ch.OldMode == 0 && ch.NewMode.IsFile():
			come = append(come, i)
		}
	}
	gone, come = c.joinSame(gone, come)
	if len(gone)*len(come) == 0 || len(gone)*len(come) > maxRenamePairs || c.q.MaxText > 0 && len(gone)+len(come) > maxBriefRenames {
		return
	}
	prints := map[int]merge.Fingerprint{}
	for _, i := range gone {
		text, _ := c.blob(c.list[i].OldHash) // one that cannot be read is like none
		prints[i] = merge.FingerprintOf(text)
	}
	for _, i := range come {
		text, _ := c.newText(c.list[i].Change)
		prints[i] = merge.FingerprintOf(text)
	}
	type pair struct {
		from, to int
		alike    float64
	}
	var pairs []pair
	for _, to := range come {
		for _, from := range gone {
			if ctx.Err() != nil {
				return
			}
			if alike := prints[from].Similarity(prints[to]); alike >= 0.5 {
				pairs = append(pairs, pair{from, to, alike})
			}
		}
	}
	slices.SortStableFunc(pairs, func(a, b pair) int {
		switch {
		case a.alike > b.alike:
			return -1
		case a.alike < b.alike:
			return 1
		}
		return 0
	})
	used := map[int]bool{}
	for _, p := range pairs {
		if !used[p.from] && !used[p.to] {
			used[p.from], used[p.to] = true, true
			c.join(p.from, p.to)
		}
	}
}

// emptyBlob is git's name for a file without content.
const emptyBlob = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"

// join makes two changes one file that was renamed; the old one has no path any more.
func (c *changes) join(from, to int) {
	was, is := &c.list[from], &c.list[to]
	is.from, is.OldMode, is.OldHash = was.Path, was.OldMode, was.OldHash
	was.Path = ""
}

// joinSame joins files whose content is the same to the byte, by their hashes alone, and
// returns what is left. Files without content are like none.
func (c *changes) joinSame(gone, come []int) (restGone, restCome []int) {
	byHash := map[object.Hash][]int{}
	for _, i := range gone {
		byHash[c.list[i].OldHash] = append(byHash[c.list[i].OldHash], i)
	}
	for _, to := range come {
		hash := c.list[to].NewHash
		same := byHash[hash]
		if hash.IsZero() || hash.String() == emptyBlob || len(same) == 0 {
			restCome = append(restCome, to)
			continue
		}
		at := max(0, slices.IndexFunc(same, func(i int) bool { return path.Base(c.list[i].Path) == path.Base(c.list[to].Path) }))
		c.join(same[at], to)
		byHash[hash] = slices.Delete(same, at, at+1)
	}
	for _, i := range gone {
		if c.list[i].Path != "" {
			restGone = append(restGone, i)
		}
	}
	return restGone, restCome
}

// PathWithin makes a file's path on this machine one as ChangesRequest.Paths
// and Overlay have it; ok is false when it lies outside of workDir.
func PathWithin(workDir, file string) (name string, ok bool) {
	rel, err := filepath.Rel(workDir, file)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return "", false
	}
	if rel == "." {
		rel = ""
	}
	return filepath.ToSlash(rel), true
}
