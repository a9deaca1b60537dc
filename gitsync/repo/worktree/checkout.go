package worktree

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/layout"
	"github.com/airside-ls/airside/gitsync/repo/refs"
)

// checkout is one move of a work tree.
type checkout struct {
	tree     *Tree
	look     *looker
	reader   object.Reader
	index    *indexFile
	from, to listing
	dir      string // where files wait
	steps    []*step
	indexed  bool // the index is the new commit's: a crash came before the ref
	swapped  bool // this run put it there
}

// step is one file to be changed.
type step struct {
	name     string
	old, new leaf
	done     bool   // moved in this run
	wait     string // the new file until then
	aside    string // the old file, to go back
}

func (t *Tree) newCheckout(branch string, u refs.Update) (*checkout, error) {
	if err := t.stands(branch, u.Old); err != nil {
		return nil, err
	}
	c := &checkout{tree: t, dir: filepath.Join(t.at.Git, "airside", "checkout")}
	var err error
	if c.reader, err = t.objects.Objects(); err != nil {
		return nil, err
	}
	if c.index, err = t.readIndex(); err != nil {
		return nil, err
	}
	if c.look, err = t.looking(c.index, c.reader); err != nil {
		return nil, err
	}
	if c.from, err = list(c.reader, u.Old); err != nil {
		return nil, err
	}
	c.to, err = list(c.reader, u.New)
	return c, err
}

func (c *checkout) path(name string) string {
	return filepath.Join(c.tree.at.Work, filepath.FromSlash(name))
}

// plan finds what has to change, and everything that speaks against it.
func (c *checkout) plan(ctx context.Context) error {
	staged := map[string]*indexEntry{}
	for i := range c.index.entries {
		e := &c.index.entries[i]
		if e.stage() != 0 {
			return fault.New(fault.Busy, "%s has a conflict that is not resolved: resolve it, git add and commit", e.name)
		}
		staged[e.name] = e
	}
	c.indexed = len(differing(staged, c.to)) == 0
	if changed := differing(staged, c.from); len(changed) > 0 && !c.indexed {
		return uncommitted(changed)
	}
	names := maps.Clone(c.from)
	maps.Copy(names, c.to)
	var changed []string
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if err := ctx.Err(); err != nil {
			return fault.Wrap(err, "stopped before anything was changed: %v", err)
		}
		clean, err := c.planPath(name, staged[name])
		if err != nil {
			return err
		}
		if !clean {
			changed = append(changed, name)
		}
	}
	if len(changed) > 0 {
		return uncommitted(changed)
	}
	return c.planFolders()
}

// differing are the paths at which the index is not a tree.
func differing(staged map[string]*indexEntry, tree listing) []string {
	var names []string
	for name, e := range staged {
		if tree[name] != (leaf{e.mode, e.hash}) || e.flags&flagIntentToAdd != 0 {
			names = append(names, name)
		}
	}
	for name := range tree {
		if staged[name] == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// planPath adds what has to be done at one path. It is clean when the file is
// that of the index, or of the new commit already.
func (c *checkout) planPath(name string, e *indexEntry) (clean bool, err error) {
	old, new := c.from[name], c.to[name]
	if old == new {
		return c.look.asInIndex(e), nil
	}
	if e != nil && !e.plain() {
		return false, fault.New(fault.Unsupported, "%s is marked assume-unchanged or skip-worktree: moving it needs the git binary", name)
	}
	if err := c.suits(name, old, new); err != nil {
		return false, err
	}
	switch {
	case c.is(name, new):
		return true, nil // before a crash
	case c.indexed:
		return false, nil
	case !c.is(name, old) && old.none():
		return false, inTheWay(name)
	case !c.is(name, old):
		return false, nil
	}
	c.steps = append(c.steps, &step{name: name, old: old, new: new})
	return true, nil
}

func inTheWay(name string) error {
	return fault.New(fault.Dirty, "%s is in the way, and git does not track it: move or add it", name)
}

// is reports that a path holds exactly this; a folder that stands where no file
// is to be counts as none, planFolders looks into it.
func (c *checkout) is(name string, l leaf) bool {
	info, err := os.Lstat(c.path(name))
	absent := errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || err == nil && info.IsDir() || err == nil && c.tree.throughLink(name)
	if l.none() || absent {
		return absent && l.none()
	}
	return err == nil && c.look.modeIs(info, l.mode) && c.look.contains(c.path(name), l.hash)
}

// suits refuses what this does not know how to write, or should not.
func (c *checkout) suits(name string, old, new leaf) error {
	for _, l := range []leaf{old, new} {
		switch {
		case l.none(), l.mode.IsFile():
		case l.mode == object.ModeSymlink && c.look.symlinks:
		default:
			return fault.New(fault.Unsupported, "%s is a submodule, or a link where there are none: moving it needs the git binary", name)
		}
	}
	if !safeName(name) {
		return fault.New(fault.Unsupported, "a file named %.60q is not written", name)
	}
	if path.Base(name) == ".gitattributes" && new.mode.IsFile() {
		data, err := c.reader.Blob(new.hash)
		if err != nil {
			return fault.As(err)
		}
		if converts(data) {
			return fault.New(fault.Unsupported, "%s asks for filters or converted line ends, which needs the git binary", name)
		}
	}
	return nil
}

// safeName refuses paths that lead into a .git folder, also as Windows and
// macOS spell it, or out of the work tree.
func safeName(name string) bool {
	for part := range strings.SplitSeq(name, "/") {
		plain := strings.ToLower(strings.Map(func(c rune) rune {
			if c >= 0x200c && c <= 0x200f || c >= 0x202a && c <= 0x202e || c >= 0x206a && c <= 0x206f || c == 0xfeff {
				return -1 // which macOS ignores
			}
			return c
		}, part))
		plain, _, _ = strings.Cut(plain, ":")
		if plain = strings.TrimRight(plain, " ."); plain == "" || plain == ".git" || plain == "git~1" || strings.ContainsAny(part, "\\\x00") {
			return false
		}
	}
	return true
}

// planFolders looks at what stands where folders have to be, and at folders
// where files have to be.
func (c *checkout) planFolders() error {
	goes := map[string]bool{}
	for _, s := range c.steps {
		goes[s.name] = s.new.none()
	}
	for _, s := range c.steps {
		if s.new.none() {
			continue
		}
		for dir := path.Dir(s.name); dir != "."; dir = path.Dir(dir) {
			if info, err := os.Lstat(c.path(dir)); err == nil && !info.IsDir() && !goes[dir] {
				return inTheWay(dir)
			}
		}
		if info, err := os.Lstat(c.path(s.name)); err != nil || !info.IsDir() {
			continue
		}
		err := filepath.WalkDir(c.path(s.name), func(p string, d fs.DirEntry, err error) error {
			rel, e := filepath.Rel(c.tree.at.Work, p)
			if err == nil {
				err = e
			}
			if err == nil && !d.IsDir() && !goes[filepath.ToSlash(rel)] {
				err = inTheWay(filepath.ToSlash(rel))
			}
			return err
		})
		if err != nil {
			return fault.As(err)
		}
	}
	return nil
}

// stage writes everything that is to be moved: the new files, and the old ones
// that are replaced, to go back.
func (c *checkout) stage() error {
	c.clear()
	f := c.tree.fs
	if err := durable.OwnDir(f, c.dir); err != nil {
		return err
	}
	for _, s := range c.steps {
		s.wait, s.aside = filepath.Join(c.dir, "new-"+rand.Text()), filepath.Join(c.dir, "old-"+rand.Text())
		if s.new.none() {
			s.aside = filepath.Join(c.dir, gonePrefix+rand.Text())
		}
		if !s.new.none() {
			if err := c.put(s.wait, s.new); err != nil {
				return err
			}
		}
		if !s.new.none() && !s.old.none() {
			if err := c.put(s.aside, s.old); err != nil {
				return err
			}
		}
	}
	return durable.WriteFile(f, filepath.Join(c.dir, "old-index"), c.index.encode(), 0o666)
}

// put writes a blob as a file or link of its mode.
func (c *checkout) put(path string, l leaf) error {
	data, err := c.reader.Blob(l.hash)
	if err != nil {
		return err
	}
	f := c.tree.fs
	if l.mode == object.ModeSymlink {
		return f.Symlink(filepath.FromSlash(string(data)), path)
	}
	perm := fs.FileMode(0o666)
	if l.mode == object.ModeExecutable {
		perm = 0o777
	}
	return durable.Create(f, path, data, perm)
}

// apply moves the files, those that go first, and then the index.
func (c *checkout) apply() error {
	slices.SortStableFunc(c.steps, func(a, b *step) int {
		if a.new.none() != b.new.none() {
			return map[bool]int{true: -1, false: 1}[a.new.none()]
		}
		return strings.Compare(a.name, b.name)
	})
	dirs := map[string]bool{}
	for _, s := range c.steps {
		if err := c.applyStep(s); err != nil {
			return err
		}
		dirs[filepath.Dir(c.path(s.name))] = true
	}
	f := c.tree.fs
	for dir := range dirs {
		if !layout.Exists(dir) {
			continue
		}
		if err := f.SyncDir(dir); err != nil {
			return err
		}
	}
	wait := filepath.Join(c.dir, "new-index")
	if err := durable.WriteFile(f, wait, c.newIndex().encode(), 0o666); err != nil {
		return err
	}
	if err := f.Rename(wait, filepath.Join(c.tree.at.Git, "index")); err != nil {
		return err
	}
	c.swapped = true
	return f.SyncDir(c.tree.at.Git)
}

func (c *checkout) applyStep(s *step) error {
	target, f := c.path(s.name), c.tree.fs
	if !c.is(s.name, s.old) {
		return fault.New(fault.Dirty, "%s was changed while %d files were being moved", s.name, len(c.steps))
	}
	if s.new.none() {
		if err := f.Rename(target, s.aside); err != nil {
			return crossing(err)
		}
		s.done = true
		// A change in the last instant would have gone along.
		if data, err := readFileOrLink(s.aside); err != nil || object.New(object.TypeBlob, data).Hash != s.old.hash {
			return fault.New(fault.Dirty, "%s was changed while %d files were being moved", s.name, len(c.steps))
		}
		c.removeFolders(filepath.Dir(target))
		return nil
	}
	if err := durable.MkdirAll(f, filepath.Dir(target), 0o777); err != nil {
		return err
	}
	if c.tree.throughLink(s.name) {
		return inTheWay(path.Dir(s.name))
	}
	if info, err := os.Lstat(target); err == nil && info.IsDir() {
		durable.RemoveEmpty(f, target)
	}
	if err := f.Rename(s.wait, target); err != nil {
		return crossing(err)
	}
	s.done = true
	return nil
}

func crossing(err error) error {
	if errors.Is(err, syscall.EXDEV) {
		return fault.New(fault.Unsupported, "the work tree and its git folder are on two file systems: moving files between them needs the git binary")
	}
	return err
}

// removeFolders removes folders that became empty, upward, never the top.
func (c *checkout) removeFolders(dir string) {
	for ; len(dir) > len(c.tree.at.Work); dir = filepath.Dir(dir) {
		if entries, err := durable.ReadDir(dir); err != nil || len(entries) > 0 || c.tree.fs.Remove(dir) != nil {
			return
		}
	}
}

// newIndex is the index of the new commit: entries that stay are kept with
// what they remember.
func (c *checkout) newIndex() *indexFile {
	kept := map[string]*indexEntry{}
	for i := range c.index.entries {
		kept[c.index.entries[i].name] = &c.index.entries[i]
	}
	next := &indexFile{}
	for _, name := range slices.Sorted(maps.Keys(c.to)) {
		l := c.to[name]
		if e := kept[name]; e != nil && (leaf{e.mode, e.hash}) == l {
			next.entries = append(next.entries, *e)
			continue
		}
		e := indexEntry{mode: l.mode, hash: l.hash, name: name}
		if info, err := os.Lstat(c.path(name)); err == nil {
			e.size = uint32(info.Size())
			e.stamp, _ = stampOf(info)
		}
		next.entries = append(next.entries, e)
	}
	return next
}

// back undoes what apply did, as far as it can. A file that somebody changed
// meanwhile is left as it is.
func (c *checkout) back() {
	f := c.tree.fs
	note := func(name string, err error) {
		if err != nil {
			c.tree.log.Error("a file could not be put back; syncing again completes it", "path", name, "error", err)
		}
	}
	if c.swapped {
		note("index", f.Rename(filepath.Join(c.dir, "old-index"), filepath.Join(c.tree.at.Git, "index")))
	}
	for _, s := range slices.Backward(c.steps) {
		if !s.done || !c.is(s.name, s.new) {
			continue
		}
		target := c.path(s.name)
		if s.old.none() {
			note(s.name, f.Remove(target))
			c.removeFolders(filepath.Dir(target))
			continue
		}
		err := durable.MkdirAll(f, filepath.Dir(target), 0o777)
		if err == nil {
			err = f.Rename(s.aside, target)
		}
		note(s.name, err)
	}
}

// gonePrefix begins the names of files that were moved out of the work tree
// because the new commit has none there.
const gonePrefix = "gone-"

// clear removes the files that wait, and those that a crash left waiting. A file
// out of the work tree goes only when the repository has it.
func (c *checkout) clear() {
	entries, err := durable.ReadDir(c.dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		file := filepath.Join(c.dir, e.Name())
		if strings.HasPrefix(e.Name(), gonePrefix) {
			data, err := readFileOrLink(file)
			if err == nil {
				_, err = c.reader.BlobSize(object.New(object.TypeBlob, data).Hash)
			}
			if err != nil {
				c.tree.log.Warn("a changed file was about to be deleted and is kept", "path", file)
				continue
			}
		}
		c.tree.fs.Remove(file)
	}
	c.tree.fs.Remove(c.dir)
}
