package merge

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/airside-ls/airside/gitsync/object"
)

// CheckName reports whether a name, or each name of a slash-separated path, is
// one that a work tree may hold on every system: git itself refuses the first
// few, Windows and macOS silently change the others into names like them.
func CheckName(name string) error {
	for part := range strings.SplitSeq(name, "/") {
		if err := checkPart(part); err != nil {
			return fmt.Errorf("%.200q: %w", name, err)
		}
	}
	return nil
}

func checkPart(name string) error {
	switch {
	case name == "":
		return errors.New("the name is empty")
	case name == "." || name == "..":
		return errors.New("the name means a directory above")
	}
	for i := range len(name) {
		switch c := name[i]; {
		case c < ' ' || c == 0x7f:
			return errors.New("the name holds a control character")
		case c == '\\':
			return errors.New("the name holds a backslash, which separates directories on Windows")
		case c == ':':
			return errors.New("the name holds a colon, which names a stream of a file on Windows")
		}
	}
	if strings.HasSuffix(name, ".") || strings.HasSuffix(name, " ") {
		return errors.New("the name ends in a dot or a space, which Windows drops")
	}
	// What one file system does not see may hide what another drops: both go
	// before the name is looked at.
	plain := strings.TrimRight(strings.ToLower(withoutIgnorable(name)), ". ")
	switch plain {
	case ".git", "git~1":
		return errors.New("the name is that of git's own directory")
	case "":
		return errors.New("nothing is left of the name on macOS or Windows, or it means a directory above")
	}
	return nil
}

// withoutIgnorable drops the code points that HFS+ does not see in a name, by
// Apple's Technical Note 1150, as git does.
func withoutIgnorable(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 0x200c && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x206a && r <= 0x206f, r == 0xfeff:
			return -1
		case r == utf8.RuneError:
			return r
		}
		return r
	}, name)
}

// checkNames looks at what the merged tree has and ours has not: names that no
// work tree may hold, and names that a work tree may not tell apart. What ours
// has is not looked at: it stands in a work tree already.
func checkNames(ctx context.Context, r object.Reader, ours, result object.Hash) ([]Conflict, error) {
	var found []Conflict
	var compare func(dir string, ours, result object.Hash) error
	compare = func(dir string, ours, result object.Hash) error {
		if ours == result {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		had, err := r.Tree(ours)
		if err != nil {
			return fmt.Errorf("tree of %q: %w", dir, err)
		}
		has, err := r.Tree(result)
		if err != nil {
			return fmt.Errorf("tree of %q: %w", dir, err)
		}
		old := make(map[string]object.TreeEntry, len(had))
		for _, e := range had {
			old[e.Name] = e
		}
		var fresh []object.TreeEntry
		for _, e := range has {
			path := join(dir, e.Name)
			before, known := old[e.Name]
			if !known {
				fresh = append(fresh, e)
				if err := checkPart(e.Name); err != nil {
					found = append(found, nameConflict(path, e, err.Error()))
				}
			}
			if e.Mode != object.ModeDir {
				continue
			}
			if before.Mode != object.ModeDir {
				before.Hash = object.Zero
			}
			if err := compare(path, before.Hash, e.Hash); err != nil {
				return err
			}
		}
		found = append(found, sameNames(dir, has, fresh)...)
		return nil
	}
	if err := compare("", ours, result); err != nil {
		return nil, err
	}
	return found, nil
}

// sameNames finds fresh names that differ from another one of the directory
// only by case or by how their accents are written.
func sameNames(dir string, all, fresh []object.TreeEntry) (found []Conflict) {
	if len(fresh) == 0 {
		return nil
	}
	folded := make(map[string][]string, len(all))
	for _, e := range all {
		f := foldName(e.Name)
		folded[f] = append(folded[f], e.Name)
	}
	for _, e := range fresh {
		for _, other := range folded[foldName(e.Name)] {
			if other != e.Name {
				found = append(found, nameConflict(join(dir, e.Name), e, fmt.Sprintf("a work tree that does not tell cases or accents apart has one file for it and for %s", join(dir, other))))
				break
			}
		}
	}
	return found
}

func nameConflict(path string, e object.TreeEntry, why string) Conflict {
	return Conflict{
		Path: path, Kind: KindName, Message: why,
		Theirs: &Side{Path: path, Mode: canonical(e.Mode), Hash: e.Hash},
	}
}
