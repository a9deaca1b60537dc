package gitsync

import (
	"context"
	"errors"
	"time"

	"github.com/airside-ls/airside/gitsync/history"
	"github.com/airside-ls/airside/gitsync/merge"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/reach"
	"github.com/airside-ls/airside/gitsync/repo"
	"github.com/airside-ls/airside/gitsync/threads"
)

// Open prepares the syncing of the repository that path lies in. It changes
// nothing and asks nobody.
func Open(path string, o Options) (*Syncer, error) {
	if o.Repo.Log == nil {
		o.Repo.Log = o.Log
	}
	waits := &waiter{}
	o.Repo.Waiting = waits.begin
	r, err := repo.Open(path, o.Repo)
	if err != nil {
		return nil, err
	}
	var now func() time.Time
	if o.Clock != nil {
		now = o.Clock.Now
	}
	unasked := o.Repo
	unasked.Quiet = true
	quiet, err := repo.Open(path, unasked)
	if err != nil {
		return nil, err
	}
	return newSyncer(parts{
		repo:       r,
		comments:   threads.NewStore(r, o.Repo.FS, now),
		unasked:    threads.NewStore(quiet, o.Repo.FS, now),
		isAncestor: history.IsAncestor, aheadBehind: history.AheadBehind, reach: history.Reach, bases: history.Bases,
		merge: func(ctx context.Context, objects object.Reader, ours, theirs object.Hash, l labels) (mergeOutcome, error) {
			return mergeCommits(ctx, r, objects, ours, theirs, l)
		},
		place: r.Place, atOnce: true,
		probe: func(ctx context.Context, up repo.Upstream) verdict {
			place, err := r.Place(ctx, up)
			if err != nil {
				return verdict{reachRefused, err.Error()}
			}
			v := reach.Probe(ctx, reach.Endpoint(place))
			return verdict{string(v.State), v.Message}
		},
		hints: reach.Watch,
		waits: waits,
	}, o), nil
}

// mergeCommits merges by package merge, with the repository's attributes.
func mergeCommits(ctx context.Context, r *repo.Repo, objects object.Reader, ours, theirs object.Hash, l labels) (mergeOutcome, error) {
	rules, err := r.MergeRules(ours)
	if err != nil {
		return mergeOutcome{}, err
	}
	result, bases, err := merge.Commits(ctx, objects, ours, theirs, merge.Options{
		Ours: l.ours, Theirs: l.theirs,
		Attributes: func(path string) merge.Attribute {
			return map[string]merge.Attribute{
				"binary": merge.AttributeBinary, "union": merge.AttributeUnion, "driver": merge.AttributeDriver,
			}[rules.Attribute(path)]
		},
		Driver:      driverOf(r, rules),
		DirRenames:  map[string]merge.DirRenames{"true": merge.DirRenamesFollow, "false": merge.DirRenamesOff}[rules.DirectoryRenames()],
		RenameLimit: rules.RenameLimit(),
	})
	if errors.Is(err, merge.ErrUnrelated) {
		return mergeOutcome{unrelated: true}, nil
	}
	if err != nil {
		return mergeOutcome{}, err
	}
	return asMerged(objects, result, bases, ours, theirs)
}

// asMerged is what package merge made of two commits, with the texts of the files that
// neither side has.
func asMerged(objects object.Reader, result merge.Result, bases []object.Hash, ours, theirs object.Hash) (mergeOutcome, error) {
	m := mergeOutcome{tree: result.Tree, objects: result.New, bases: bases}
	fresh := map[object.Hash]object.Object{} // a common ancestor of several is stored nowhere
	for _, o := range result.New {
		fresh[o.Hash] = o
	}
	for _, c := range result.Conflicts {
		m.conflicts = append(m.conflicts, Conflict{Path: c.Path, Kind: string(c.Kind)})
		if c.Kind == merge.KindDriver && m.why == "" {
			m.why = c.Path + ": " + c.Message
		}
		if f, ok := textConflict(objects, fresh, c); ok {
			m.textual = append(m.textual, f)
		}
	}
	files, err := changedFiles(objects, result, bases, ours, theirs)
	m.textual = append(m.textual, files...)
	return m, err
}

// textConflict is a conflict within a file that all sides have, of a size that a
// parser may be asked about.
func textConflict(objects object.Reader, fresh map[object.Hash]object.Object, c merge.Conflict) (fileMerge, bool) {
	if c.Kind != merge.KindContent || c.Base == nil || c.Ours == nil || c.Theirs == nil || c.Ours.Mode != c.Theirs.Mode {
		return fileMerge{}, false
	}
	f := fileMerge{path: c.Path, mode: c.Ours.Mode}
	for _, side := range []struct {
		from *merge.Side
		to   *[]byte
	}{{c.Base, &f.base}, {c.Ours, &f.ours}, {c.Theirs, &f.theirs}} {
		made, ok := fresh[side.from.Hash]
		data, err := made.Data, error(nil)
		if !ok {
			data, err = objects.Blob(side.from.Hash)
		}
		if err != nil || len(data) > maxParsed {
			return fileMerge{}, false
		}
		*side.to = data
	}
	return f, true
}

// maxParsed bounds the files, in bytes, that are looked at beyond their lines.
const maxParsed = 4 << 20

// changedFiles are the files whose merged content is neither side's, without
// those in conflict.
func changedFiles(objects object.Reader, result merge.Result, bases []object.Hash, ours, theirs object.Hash) ([]fileMerge, error) {
	if len(result.Changed) == 0 || len(bases) == 0 {
		return nil, nil
	}
	conflicted := map[string]bool{} // their merged text holds markers
	for _, c := range result.Conflicts {
		conflicted[c.Path] = true
	}
	fresh := map[object.Hash]object.Object{}
	for _, o := range result.New {
		fresh[o.Hash] = o
	}
	var trees [4]object.Hash
	for i, commit := range []object.Hash{bases[0], ours, theirs} {
		c, err := objects.Commit(commit)
		if err != nil {
			return nil, err
		}
		trees[i] = c.Tree
	}
	trees[3] = result.Tree
	var list []fileMerge
	for _, path := range result.Changed {
		if conflicted[path] {
			continue
		}
		var f fileMerge
		f.path = path
		for i, to := range []*[]byte{&f.base, &f.ours, &f.theirs, &f.merged} {
			*to = fileAt(objects, fresh, trees[i], path)
		}
		// Renamed files are told by their new name, which a side may lack.
		if f.ours != nil && f.theirs != nil && f.merged != nil && len(f.merged) <= maxParsed {
			list = append(list, f)
		}
	}
	return list, nil
}

// fileAt is a file of a tree, nil when there is none.
func fileAt(objects object.Reader, fresh map[object.Hash]object.Object, tree object.Hash, path string) []byte {
	hash, ok := entryAt(objects, fresh, tree, path)
	if !ok {
		return nil
	}
	if o, ok := fresh[hash]; ok {
		return o.Data
	}
	data, err := objects.Blob(hash)
	if err != nil {
		return nil
	}
	return data
}
