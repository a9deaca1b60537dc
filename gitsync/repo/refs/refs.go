// Package refs reads and moves refs by git's own protocol, with their logs, and
// knows which branch goes with which of a remote.
package refs

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/config"
	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/layout"
	"github.com/airside-ls/airside/gitsync/repo/lock"
	"github.com/airside-ls/airside/gitsync/repo/pack"
)

// Head is where HEAD points.
type Head struct {
	Branch string      // short name; "" when detached
	Hash   object.Hash // Zero when the branch is unborn
}

// Ref is one ref and its object.
type Ref struct {
	Name string // full: refs/heads/main
	Hash object.Hash
}

// Update changes one ref if it still is what it was.
type Update struct {
	Name   string      // full
	Old    object.Hash // Zero: must not exist
	New    object.Hash // Zero: delete
	Reason string      // for the reflog, without newline
}

// Upstream is a branch's counterpart at a remote.
type Upstream struct {
	Remote string // "origin"
	URL    string // where it is fetched from, after insteadOf
	Push   string // where it is pushed to, after pushInsteadOf
	Ref    string // full name there: refs/heads/main
}

// Heads begins the names of branches.
const Heads = "refs/heads/"

// Store is the refs of one repository. Its methods may be called from several
// goroutines.
type Store struct {
	at      layout.Layout
	fs      durable.FS
	config  *config.Config
	objects *pack.Database
	locks   *lock.Locks
}

// New is the refs of a repository with those objects.
func New(at layout.Layout, fs durable.FS, c *config.Config, objects *pack.Database, locks *lock.Locks) *Store {
	return &Store{at, fs, c, objects, locks}
}

// Head is where HEAD points in this work tree.
func (s *Store) Head() (Head, error) {
	gitDir := s.at.Git
	data, err := durable.ReadFile(filepath.Join(gitDir, "HEAD"), layout.MaxPointer)
	if err != nil {
		return Head{}, fault.Wrap(err, "%s: HEAD cannot be read: %v", gitDir, err)
	}
	text := strings.TrimSpace(string(data))
	target, symbolic := strings.CutPrefix(text, "ref:")
	if !symbolic {
		hash, err := object.ParseHash(text)
		if err != nil {
			return Head{}, fault.Wrap(err, "%s: HEAD holds neither a branch nor a commit", gitDir)
		}
		return Head{Hash: hash}, nil
	}
	target = strings.TrimSpace(target)
	branch, ok := strings.CutPrefix(target, Heads)
	if !ok {
		return Head{}, fault.New(fault.Unsupported, "HEAD points to %.100q, which is no branch", target)
	}
	hash, err := s.Ref(target)
	return Head{Branch: branch, Hash: hash}, err
}

// Ref is the object a ref names, Zero when there is no such ref. A ref file
// without a valid content is an error: an older value from packed-refs would
// pass for the present one.
func (s *Store) Ref(name string) (object.Hash, error) {
	hash, found, err := s.looseRef(name)
	if err != nil || found {
		return hash, err
	}
	packed, err := s.packedRefs()
	return packed[name], err
}

// ofOneWorkTree are the refs that each work tree has for itself.
var ofOneWorkTree = []string{"refs/bisect/", "refs/worktree/", "refs/rewritten/"}

// refDir is the folder that a ref's path is under.
func (s *Store) refDir(name string) string {
	for _, own := range ofOneWorkTree {
		if strings.HasPrefix(name, own) {
			return s.at.Git
		}
	}
	return s.at.Common
}

// Path is where a ref lies that is not packed.
func (s *Store) Path(name string) string {
	return filepath.Join(s.refDir(name), filepath.FromSlash(name))
}

func (s *Store) looseRef(name string) (hash object.Hash, found bool, err error) {
	path := s.Path(name)
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || err == nil && info.IsDir():
		return object.Zero, false, nil
	case err == nil && info.Mode()&fs.ModeSymlink != 0:
		return object.Zero, false, fault.New(fault.Unsupported, "%s is a symbolic link: airside changes no refs through it", name)
	}
	data, err := durable.ReadFile(path, layout.MaxPointer)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.EISDIR) || errors.Is(err, syscall.ENOTDIR) {
		return object.Zero, false, nil // since then
	}
	if err != nil {
		return object.Zero, false, fault.Wrap(err, "%s cannot be read: %v", name, err)
	}
	text := strings.TrimSpace(string(data))
	if strings.HasPrefix(text, "ref:") {
		return object.Zero, false, fault.New(fault.Unsupported, "%s is a symbolic ref: airside follows none but HEAD", name)
	}
	if hash, err = object.ParseHash(text); err != nil {
		return object.Zero, false, fault.Wrap(err, "%s is damaged (%d bytes, no object name): git fsck and git reflog tell what it was; nothing was touched", name, len(data))
	}
	return hash, true, nil
}

// packedRefs reads the file packed-refs; there may be none.
func (s *Store) packedRefs() (map[string]object.Hash, error) {
	data, err := durable.ReadFile(filepath.Join(s.at.Common, "packed-refs"), layout.MaxList)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fault.Wrap(err, "packed-refs cannot be read: %v", err)
	}
	refs := map[string]object.Hash{}
	for line := range bytes.Lines(data) {
		hex, name, ok := strings.Cut(strings.TrimRight(string(line), "\r\n"), " ")
		if !ok || strings.HasPrefix(hex, "#") || strings.HasPrefix(hex, "^") {
			continue
		}
		hash, err := object.ParseHash(hex)
		if err != nil {
			return nil, fault.Wrap(err, "packed-refs is damaged at %.80q: nothing was touched", line)
		}
		refs[name] = hash
	}
	return refs, nil
}

// Refs are the refs whose names begin with prefix ("refs/heads/"), by name.
// Symbolic refs and files that are no refs are left out.
func (s *Store) Refs(prefix string) ([]Ref, error) {
	found, err := s.packedRefs()
	if err != nil {
		return nil, err
	}
	if found == nil {
		found = map[string]object.Hash{}
	}
	for name := range found {
		if !strings.HasPrefix(name, prefix) {
			delete(found, name)
		}
	}
	root := s.Path(prefix)
	if !strings.HasSuffix(prefix, "/") {
		root = filepath.Dir(root)
	}
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			return err
		}
		rel, _ := filepath.Rel(s.at.Common, path)
		name := filepath.ToSlash(rel)
		if d.IsDir() || !strings.HasPrefix(name, prefix) || CheckName(name) != nil {
			return nil
		}
		hash, ok, err := s.looseRef(name)
		if fault.KindOf(err) == fault.Unsupported {
			return nil // symbolic: refs/remotes/origin/HEAD
		}
		if err == nil && ok {
			found[name] = hash
		}
		return err
	})
	if err != nil {
		return nil, fault.As(err)
	}
	refs := make([]Ref, 0, len(found))
	for name, hash := range found {
		refs = append(refs, Ref{name, hash})
	}
	slices.SortFunc(refs, func(a, b Ref) int { return strings.Compare(a.Name, b.Name) })
	return refs, nil
}

// Branches are the short names of the local branches.
func (s *Store) Branches() ([]string, error) {
	refs, err := s.Refs(Heads)
	names := make([]string, 0, len(refs))
	for _, ref := range refs {
		names = append(names, strings.TrimPrefix(ref.Name, Heads))
	}
	return names, err
}

// CheckName holds a full ref name against git's rules (git-check-ref-format)
// and against what no file system should be asked to hold.
func CheckName(name string) error {
	bad := func(why string) error { return fault.Wrap(nil, "%.100q is no ref name: %s", name, why) }
	if !strings.HasPrefix(name, "refs/") || len(name) > 1000 {
		return bad("it does not begin with refs/ or is too long")
	}
	for _, part := range strings.Split(name, "/") {
		switch {
		case part == "" || strings.HasPrefix(part, ".") || strings.HasSuffix(part, ".lock"):
			return bad("a part is empty, begins with a dot or ends in .lock")
		case strings.HasSuffix(part, ".") && part == name[strings.LastIndexByte(name, '/')+1:]:
			return bad("it ends in a dot")
		}
	}
	for i := range len(name) {
		if c := name[i]; c < 0x20 || c == 0x7f || strings.IndexByte(" ~^:?*[\\", c) >= 0 {
			return bad("a character that git forbids")
		}
	}
	if strings.Contains(name, "..") || strings.Contains(name, "@{") {
		return bad("a sequence that git forbids")
	}
	return nil
}
