package threads

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/airside-ls/airside/gitsync/object"
)

// Offer is an actor's ref as a remote lists it: under OwnRefs, under BranchRefs,
// or both.
type Offer struct {
	Name string // the last part of the ref
	Tips []object.Hash
}

// Offers are the refs of actors among those that a remote lists, by name.
func Offers(listed map[string]object.Hash) (list []Offer, skipped []SkippedOperation) {
	byName := map[string][]object.Hash{}
	var odd skips
	for ref, tip := range listed {
		name, ok := strings.CutPrefix(ref, OwnRefs)
		if !ok {
			if name, ok = strings.CutPrefix(ref, BranchRefs); !ok {
				continue
			}
		}
		if actorOf(name) == "" {
			odd.add(name, "a ref of that name is no actor's")
			continue
		}
		if !slices.Contains(byName[name], tip) {
			byName[name] = append(byName[name], tip)
		}
	}
	for name, tips := range byName {
		list = append(list, Offer{name, tips})
	}
	slices.SortFunc(list, func(a, b Offer) int { return strings.Compare(a.Name, b.Name) })
	if len(list) > maxActors {
		odd.add("", fmt.Sprintf("there are more than %d actors: those beyond are not fetched", maxActors))
		list = list[:maxActors]
	}
	return list, odd.sorted()
}

// ErrRewritten says that an actor's ref no longer has what it had.
var ErrRewritten = errors.New("what was said before is not in it any more; what was seen is kept")

// Ancestor tells whether one commit is behind another.
type Ancestor func(ctx context.Context, r object.Reader, ancestor, descendant object.Hash) (bool, error)

// Follows holds that an actor's new tip has all that the old one had: the
// commit is behind it, and no file of operations has lost a byte. Zero is
// followed by anything that can be read.
func Follows(ctx context.Context, objects object.Reader, isAncestor Ancestor, old, new object.Hash) error {
	entries, err := segmentEntries(objects, new)
	if err != nil {
		return fmt.Errorf("it cannot be read: %w", err)
	}
	if old.IsZero() {
		return nil
	}
	behind, err := isAncestor(ctx, objects, old, new)
	if err != nil {
		return err
	}
	if !behind {
		return ErrRewritten
	}
	before, err := segmentEntries(objects, old)
	if err != nil {
		return err
	}
	for _, was := range before {
		i := slices.IndexFunc(entries, func(e object.TreeEntry) bool { return e.Name == was.Name })
		if i < 0 {
			return ErrRewritten
		}
		if entries[i].Hash == was.Hash {
			continue
		}
		had, err := readSegment(objects, was)
		if err != nil {
			continue // it was not shown either
		}
		if has, err := readSegment(objects, entries[i]); err != nil || !bytes.HasPrefix(has, had) {
			return ErrRewritten
		}
	}
	return nil
}

// Count is how many operations a commit has, without a look at what they are.
func Count(objects object.Reader, commit object.Hash) (n int) {
	if commit.IsZero() {
		return 0
	}
	entries, err := segmentEntries(objects, commit)
	if err != nil {
		return 0
	}
	for _, e := range entries {
		if data, err := readSegment(objects, e); err == nil {
			n += bytes.Count(data, []byte("\n"))
		}
	}
	return n
}
