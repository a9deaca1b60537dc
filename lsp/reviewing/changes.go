package reviewing

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"go.lsp.dev/uri"

	"github.com/airside-ls/airside/completion/review"
	"github.com/airside-ls/airside/completion/review/diff"
	"github.com/airside-ls/airside/lsp/annotate/marks"
	"github.com/airside-ls/airside/lsp/editor"
	"github.com/airside-ls/airside/lsp/ext"
	"github.com/airside-ls/airside/lsp/text"
)

// workTree is where a review takes place.
type workTree struct {
	root       string // of the work tree; without a repository the file's folder
	repository bool
	shown      string  // root as the editor names it
	file       uri.URI // that the arguments name, "" for none
	path       string  // of file, from root, with slashes
}

// uriOf names a file of the work tree as the editor does.
func (w *workTree) uriOf(path string) uri.URI {
	if path == w.path && w.file != "" {
		return w.file
	}
	return uri.File(filepath.Join(w.shown, filepath.FromSlash(path)))
}

// pathOf is where a document lies in the work tree.
func (w *workTree) pathOf(u uri.URI) (string, bool) {
	if u == w.file {
		return w.path, true
	}
	if !u.IsFile() {
		return "", false
	}
	for _, root := range []string{w.shown, w.root} {
		if rel, ok := editor.Within(root, u.FsPath()); ok {
			return filepath.ToSlash(rel), true
		}
	}
	return editor.WithinResolved(w.root, u.FsPath())
}

// workTreeOf finds the place that arguments speak of. A file that is in no
// repository is reviewed on its own.
func (s *Reviews) workTreeOf(a ext.ReviewArguments) (workTree, error) {
	if a.URI == "" {
		if a.Scope == ext.ScopeFile || a.Scope == ext.ScopeFunction {
			return workTree{}, editor.InvalidParams(errors.New("uri is missing: which file?"))
		}
		folder := s.workspace.Folder()
		if folder == "" {
			return workTree{}, errors.New("no folder is open to review; name a file of the repository (uri)")
		}
		if err := s.workspace.Trusts(folder); err != nil {
			return workTree{}, err
		}
		root, err := s.repositoryRoot(folder)
		return workTree{root: root, repository: true, shown: root}, err
	}

	u := editor.Canonical(uri.URI(a.URI))
	if !u.IsFile() {
		if a.Scope == ext.ScopeFile || a.Scope == ext.ScopeFunction {
			return workTree{file: u, path: string(u)}, nil
		}
		return workTree{}, fmt.Errorf("%.100s is no file, so it is in no repository", a.URI)
	}
	name := u.FsPath()
	if err := s.workspace.Trusts(name); err != nil {
		return workTree{}, err
	}
	root, err := s.repositoryRoot(name)
	switch {
	case err == nil:
		w := workTree{root: root, repository: true, shown: root}
		rel, ok := w.pathOf(u)
		if !ok {
			return workTree{}, fmt.Errorf("%s is not in the work tree %s", name, root)
		}
		w.file, w.path = u, rel
		if shown, ok := strings.CutSuffix(filepath.ToSlash(name), "/"+rel); ok {
			w.shown = filepath.FromSlash(shown)
		}
		return w, nil
	case a.Scope == ext.ScopeFunction, a.Scope == ext.ScopeFile && errors.Is(err, ErrNoRepository):
		dir := filepath.Dir(name)
		return workTree{root: dir, shown: dir, file: u, path: filepath.Base(name)}, nil
	case errors.Is(err, ErrNoRepository):
		return workTree{}, fmt.Errorf("%s is in no git repository, so nothing says what has changed; a file on its own can be reviewed", name)
	}
	return workTree{}, err
}

func (s *Reviews) repositoryRoot(path string) (string, error) {
	if s.opts.Changes == nil {
		return "", ErrNoRepository
	}
	return s.opts.Changes.WorkDir(path)
}

// request collects what is to be reviewed: the open documents as they are now,
// saved or not, and the rest from the disk.
func (r *run) request() (review.Request, error) {
	r.open = make(map[string]marks.Edition)
	q := review.Request{Root: r.tree.root, RulesOnly: r.rulesOnly, NoOdds: r.s.noOdds()}
	var err error
	switch {
	case r.arguments.Scope == ext.ScopeFunction:
		q.Files, err = r.onItsOwn(false)
		if err == nil {
			q.Only = r.only(q.Files[0])
		}
	case !r.tree.repository:
		q.Files, err = r.onItsOwn(true)
	default:
		q.Files, err = r.changes()
	}
	r.files = make(map[string]diff.File, len(q.Files))
	for _, f := range q.Files {
		r.files[f.Path] = f
	}
	return q, err
}

// onItsOwn is the one file, of which everything counts as changed, or nothing.
func (r *run) onItsOwn(changed bool) ([]diff.File, error) {
	content := ""
	if d := r.s.documents.Open(r.tree.file); d != nil && !d.Lost {
		r.open[r.tree.path] = d.Edition()
		content = d.Text.Text()
	} else {
		onDisk, err := r.s.documents.Read(r.tree.file)
		if err != nil {
			return nil, fmt.Errorf("%s cannot be read: %w", r.tree.path, err)
		}
		content = onDisk.Text()
	}
	f := diff.File{Path: r.tree.path, New: []byte(content)}
	if strings.Contains(content, "\x00") {
		f.Binary, f.New, f.Skipped = true, nil, "it is binary"
		return []diff.File{f}, nil
	}
	if !changed {
		f.Old = f.New
		return []diff.File{f}, nil
	}
	if lines := strings.Count(content, "\n"); content != "" {
		if !strings.HasSuffix(content, "\n") {
			lines++
		}
		f.Hunks = []diff.Hunk{{NewStart: 1, NewLines: lines}}
	}
	return []diff.File{f}, nil
}

func (r *run) only(f diff.File) *review.Only {
	only := &review.Only{Path: f.Path, End: len(f.New)}
	if rng := r.arguments.Range; rng != nil {
		only.Start, only.End = r.editionOf(f).Text.RangeOffsets(*rng)
	}
	return only
}

// changes asks the repository what has changed.
func (r *run) changes() ([]diff.File, error) {
	q := ChangesQuery{
		Branch: r.arguments.Scope == ext.ScopeBranch, Base: r.arguments.Base,
		Overlay: make(map[string][]byte),
	}
	if r.arguments.Scope == ext.ScopeFile {
		q.Paths = []string{r.tree.path}
	}
	for _, d := range r.s.documents.All() {
		path, ok := r.tree.pathOf(d.URI)
		if !ok || d.Lost || q.Paths != nil && path != q.Paths[0] {
			continue
		}
		r.open[path] = d.Edition()
		if !d.SameAsDisk() {
			q.Overlay[path] = []byte(d.Text.Text())
		}
	}
	files, base, err := r.s.opts.Changes.Changes(r.ctx, r.tree.root, q)
	r.base = base
	return files, err
}

// editionOf is the text of a file that findings speak of.
func (r *run) editionOf(f diff.File) marks.Edition {
	if at, ok := r.open[f.Path]; ok && at.Text.Text() == string(f.New) {
		return at
	}
	return marks.Edition{Text: text.New(string(f.New), r.s.client.Capabilities().Encoding)}
}
