package threads

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/airside-ls/airside/gitsync/merge"
	"github.com/airside-ls/airside/gitsync/object"
)

// Bounds on the search for code that has gone elsewhere.
const (
	maxText       = 8 << 20 // bytes of a file that anchors are followed into
	maxCandidates = 200     // files that may be what another was renamed to
	maxWalked     = 50_000  // entries of trees that are looked at for those
)

// Locator finds the places of threads in the work tree as it is now. It is for
// one pass over them, and for one goroutine.
type Locator struct {
	ctx     context.Context
	repo    Repo
	objects object.Reader
	dir     string
	head    object.Hash
	open    func(path string) ([]byte, bool)

	files   map[string]*Text      // nil: not there, or no text
	blobs   map[object.Hash]*Text // …
	matches map[[2]object.Hash][]int
	added   map[object.Hash][]addedFile // since a commit
	fresh   []addedFile                 // in the work tree alone, see notCommitted
	looked  bool                        // for those
}

type addedFile struct {
	path string
	blob object.Hash // Zero: not known
}

// Locator returns one. open has the texts that an editor holds, by path in the
// repository; nil has none.
func (s *Store) Locator(ctx context.Context, open func(path string) ([]byte, bool)) (*Locator, error) {
	objects, err := s.repo.Objects()
	if err != nil {
		return nil, err
	}
	head, err := s.repo.Head()
	if err != nil {
		return nil, err
	}
	return &Locator{
		ctx: ctx, repo: s.repo, objects: objects, dir: s.repo.WorkDir(), head: head.Hash, open: open,
		files: map[string]*Text{}, blobs: map[object.Hash]*Text{}, matches: map[[2]object.Hash][]int{}, added: map[object.Hash][]addedFile{},
	}, nil
}

// Place finds where a thread is now: in its file, or in the one that its file
// was renamed to. A file that is gone leaves it outdated where it was.
func (l *Locator) Place(a Anchor) Location {
	old := l.blob(a.Blob)
	if text := l.file(a.Path); text != nil {
		return l.in(&a, a.Path, old, text)
	}
	for _, candidates := range []func() []addedFile{func() []addedFile { return l.addedSince(a.Commit) }, l.notCommitted} {
		if p, ok := l.renamed(&a, old, candidates()); ok {
			return p
		}
	}
	return Location{Path: a.Path, Lines: a.Range, How: FoundNoMore}
}

// Line is a line of a file as it is now, without its end; "" when there is none.
func (l *Locator) Line(path string, line int) string {
	text := l.file(path)
	if text == nil || line < 1 || line > len(text.lines) {
		return ""
	}
	return text.lines[line-1]
}

func (l *Locator) in(a *Anchor, path string, old, text *Text) Location {
	return a.in(path, old, text, func() []int {
		key := [2]object.Hash{old.blob, text.blob}
		if _, done := l.matches[key]; !done {
			l.matches[key] = merge.MatchLines(old.plain, text.plain)
		}
		return l.matches[key]
	})
}

// renamed looks for the code in files that came later than the anchor: first
// one with the same content, then those in which it is found again; the one that
// shares most lines.
func (l *Locator) renamed(a *Anchor, old *Text, candidates []addedFile) (best Location, found bool) {
	for _, c := range candidates {
		if c.blob == a.Blob {
			if text := l.file(c.path); text != nil {
				return l.in(a, c.path, old, text), true
			}
		}
	}
	most := 0
	for _, c := range candidates {
		text := l.file(c.path)
		if text == nil {
			continue
		}
		p := l.in(a, c.path, old, text)
		if p.Outdated() {
			continue
		}
		shared := 1 // the quote alone
		if old != nil {
			for i, m := range l.matches[[2]object.Hash{old.blob, text.blob}] {
				if m >= 0 {
					shared += letters(old.lines[i])
				}
			}
		}
		if path.Base(c.path) == path.Base(a.Path) {
			shared *= 2
		}
		if shared > most {
			most, best, found = shared, p, true
		}
	}
	return best, found
}

// notCommitted are the files of the work tree that HEAD may not have. They are
// looked for only when a file is gone that somebody has commented on.
func (l *Locator) notCommitted() []addedFile {
	if l.looked {
		return l.fresh
	}
	l.looked = true
	w, err := l.repo.WorkTree(l.ctx)
	if err != nil {
		return nil
	}
	for _, name := range append(w.Changed, w.Untracked...) {
		if len(l.fresh) < maxCandidates {
			l.fresh = append(l.fresh, addedFile{path: name})
		}
	}
	return l.fresh
}

// addedSince are files of HEAD that a commit has not. Of a commit that is not
// here nothing is known.
func (l *Locator) addedSince(commit object.Hash) []addedFile {
	if list, done := l.added[commit]; done {
		return list
	}
	var list []addedFile
	before, err := l.objects.Commit(commit)
	now, nowErr := l.objects.Commit(l.head)
	if err == nil && nowErr == nil {
		budget := maxWalked
		list = l.walk(nil, "", before.Tree, now.Tree, &budget)
	}
	l.added[commit] = list
	return list
}

func (l *Locator) walk(list []addedFile, dir string, before, now object.Hash, budget *int) []addedFile {
	if before == now {
		return list
	}
	entries, err := l.objects.Tree(now)
	if err != nil {
		return list
	}
	old := map[string]object.TreeEntry{}
	if !before.IsZero() {
		known, err := l.objects.Tree(before)
		if err != nil {
			return list
		}
		for _, e := range known {
			old[e.Name] = e
		}
	}
	for _, e := range entries {
		if *budget--; *budget < 0 || len(list) >= maxCandidates {
			return list
		}
		was, known := old[e.Name]
		switch {
		case e.Mode == object.ModeDir:
			if was.Mode != object.ModeDir {
				was.Hash = object.Zero
			}
			list = l.walk(list, dir+e.Name+"/", was.Hash, e.Hash, budget)
		case e.Mode.IsFile() && !(known && was.Mode.IsFile()):
			list = append(list, addedFile{dir + e.Name, e.Hash})
		}
	}
	return list
}

func (l *Locator) file(name string) *Text {
	if text, done := l.files[name]; done {
		return text
	}
	var data []byte
	ok := false
	if l.open != nil {
		data, ok = l.open(name)
	}
	if !ok {
		read, err := readFile(l.dir, name)
		data, ok = read, err == nil
	}
	if !ok {
		if h := l.repo.LeftOut(name); !h.IsZero() {
			read, err := smallBlob(l.objects, h)
			data, ok = read, err == nil
		}
	}
	l.files[name] = nil
	if ok && !binary(data) {
		l.files[name] = NewText(data)
	}
	return l.files[name]
}

func (l *Locator) blob(h object.Hash) *Text {
	if text, done := l.blobs[h]; done {
		return text
	}
	l.blobs[h] = nil
	if data, err := smallBlob(l.objects, h); err == nil && !binary(data) {
		l.blobs[h] = NewText(data)
	}
	return l.blobs[h]
}

func binary(data []byte) bool { return bytes.IndexByte(data[:min(len(data), 8000)], 0) >= 0 }

func smallBlob(objects object.Reader, h object.Hash) ([]byte, error) {
	size, err := objects.BlobSize(h)
	if err != nil {
		return nil, err
	}
	if size > maxText {
		return nil, errors.New("it is too large")
	}
	return objects.Blob(h)
}

// readFile reads a regular file of the work tree; no symbolic link leads out of
// it.
func readFile(dir, name string) ([]byte, error) {
	if !filepath.IsLocal(filepath.FromSlash(name)) {
		return nil, fmt.Errorf("%s is not in the work tree %s", name, dir)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	info, err := root.Stat(filepath.FromSlash(name))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no file %s in the work tree %s", name, dir)
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no file", name)
	case info.Size() > maxText:
		return nil, fmt.Errorf("%s has %d bytes: comments are on files of up to %d", name, info.Size(), maxText)
	}
	f, err := root.Open(filepath.FromSlash(name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxText))
}
