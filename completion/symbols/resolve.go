package symbols

import (
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/airside-ls/airside/completion/syntax/lang"
)

// imported is an import with where it leads: folders of which all files count, and
// single files.
type imported struct {
	lang.Import
	folders []*folder
	files   []*file
}

// resolveImports finds what the file imports.
func (s *selection) resolveImports() []imported {
	if s.language.Imported == nil {
		return nil
	}
	var list []imported
	for _, im := range s.language.Imported(s.place.Header) {
		r := imported{Import: im}
		switch s.language.Name() {
		case "go":
			r.folders = s.goFolders(im.From)
		case "python":
			s.pythonModule(&r)
		case "java", "kotlin", "scala", "csharp":
			r.folders = s.foldersAt(strings.ReplaceAll(im.From, ".", "/"))
		case "rust":
			s.rustModule(&r)
		case "c", "cpp":
			from := strings.TrimSuffix(im.From, path.Ext(im.From))
			r.files = s.filesAt(path.Join(path.Dir(filepath.ToSlash(s.place.Path)), from), from)
		default:
			s.scriptModule(&r)
		}
		for _, f := range r.folders {
			f.prepare()
		}
		list = append(list, r)
	}
	return list
}

// goFolders are the folders of a package: those whose path ends as the import does,
// the longest such end.
func (s *selection) goFolders(from string) []*folder {
	best, length := []*folder(nil), -1
	for _, f := range s.folders {
		rel, ok := s.rel(f.path)
		switch {
		case !ok:
		case rel == "." && length < 0 && path.Base(from) == filepath.Base(s.place.Root):
			best = []*folder{f}
		case (from == rel || strings.HasSuffix(from, "/"+rel)) && len(rel) > length:
			best, length = []*folder{f}, len(rel)
		}
	}
	return best
}

func (s *selection) rel(p string) (string, bool) {
	root := strings.TrimSuffix(s.place.Root, string(filepath.Separator))
	if p == root {
		return ".", true
	}
	rel, ok := strings.CutPrefix(p, root+string(filepath.Separator))
	return filepath.ToSlash(rel), ok
}

// foldersAt are the folders whose path ends with one, but for what is above it in
// most layouts.
func (s *selection) foldersAt(end string) (list []*folder) {
	for _, f := range s.folders {
		if slashed := filepath.ToSlash(f.path); strings.HasSuffix(slashed, "/"+end) {
			list = append(list, f)
		}
	}
	slices.SortFunc(list, func(a, b *folder) int { return strings.Compare(a.path, b.path) })
	return list[:min(len(list), unique)]
}

// filesAt are the files of a path without extension, or else those whose path ends
// so.
func (s *selection) filesAt(exact, end string) (list []*file) {
	name := path.Base(end)
	bare := func(p string) string {
		p = filepath.ToSlash(p)
		return path.Join(path.Dir(p), stem(p))
	}
	want := path.Join(path.Dir(end), name)
	for _, f := range s.stems[name] {
		switch p := bare(f.path); {
		case exact != "" && p == path.Join(path.Dir(exact), name):
			return []*file{f}
		case want == "." || strings.HasSuffix(p, "/"+strings.TrimPrefix(want, "./")):
			list = append(list, f)
		}
	}
	slices.SortFunc(list, func(a, b *file) int { return strings.Compare(a.path, b.path) })
	return list[:min(len(list), unique)]
}

// pythonModule finds a module or a package.
func (s *selection) pythonModule(r *imported) {
	from := r.From
	up := len(from) - len(strings.TrimLeft(from, "."))
	rest := strings.ReplaceAll(from[up:], ".", "/")
	find := func(rest string) ([]*file, []*folder) {
		if up > 0 {
			dir := filepath.Dir(s.place.Path)
			for range up - 1 {
				dir = filepath.Dir(dir)
			}
			at := filepath.Join(dir, filepath.FromSlash(rest))
			if f := s.folders[at]; f != nil {
				return nil, []*folder{f}
			}
			if rest == "" {
				return nil, nil
			}
			return s.filesAt(filepath.ToSlash(at), "\x00/"+path.Base(rest)), nil
		}
		if rest == "" {
			return nil, nil
		}
		return s.filesAt("", rest), s.foldersAt(rest)
	}
	if r.Name != "" && r.Name != "*" { // from a import b, where b is a module
		sub := strings.TrimPrefix(rest+"/"+r.Name, "/")
		if files, folders := find(sub); len(files)+len(folders) > 0 {
			r.files, r.folders, r.Name = files, folders, ""
			return
		}
	}
	if r.Name == "*" {
		r.As = "*"
	}
	r.files, r.folders = find(rest)
}

// rustModule finds a module by its last names.
func (s *selection) rustModule(r *imported) {
	parts := slices.DeleteFunc(strings.Split(r.From, "::"), func(p string) bool { return p == "crate" || p == "super" || p == "self" || p == "" })
	if len(parts) == 0 {
		return
	}
	end := strings.Join(parts, "/")
	r.files, r.folders = s.filesAt("", end), s.foldersAt(end)
	if len(r.files)+len(r.folders) == 0 && len(parts) > 1 { // the first may name a crate
		end = strings.Join(parts[1:], "/")
		r.files, r.folders = s.filesAt("", end), s.foldersAt(end)
	}
}

// scriptModule finds a module of the JavaScript family.
func (s *selection) scriptModule(r *imported) {
	from := r.From
	for _, ext := range []string{".js", ".ts", ".mjs", ".jsx", ".tsx", ".cjs"} {
		from = strings.TrimSuffix(from, ext)
	}
	if strings.HasPrefix(from, ".") {
		at := path.Join(path.Dir(filepath.ToSlash(s.place.Path)), from)
		if r.files = s.filesAt(at, "\x00/"+path.Base(at)); len(r.files) == 0 {
			if f := s.folders[filepath.FromSlash(at)]; f != nil {
				r.folders = []*folder{f}
			}
		}
		return
	}
	if from = strings.TrimLeft(from, "@~#/"); strings.Contains(from, "/") {
		if _, tail, ok := strings.Cut(from, "/"); ok && !strings.HasPrefix(r.From, "@/") && !strings.HasPrefix(r.From, "~/") {
			from = tail
		}
		r.files = s.filesAt("", from)
	}
}

// all are the definitions that an import leads to.
func (im imported) all(s *selection) (list []ref) {
	for _, f := range im.files {
		for i := range f.definitions {
			list = append(list, ref{f, i})
		}
	}
	for _, d := range im.folders {
		for _, p := range sortedKeys(d.files) {
			for i := range d.files[p].definitions {
				list = append(list, ref{d.files[p], i})
			}
		}
	}
	return slices.DeleteFunc(list, func(r ref) bool { return r.file.language != s.language && !alike(r.file.language, s.language) })
}

func sortedKeys(m map[string]*file) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// alike tells of languages that import each other.
func alike(a, b *lang.Language) bool {
	family := func(l *lang.Language) string {
		switch l.Name() {
		case "javascript", "typescript", "typescriptreact":
			return "script"
		case "c", "cpp":
			return "c"
		case "java", "kotlin", "scala":
			return "jvm"
		}
		return l.Name()
	}
	return family(a) == family(b)
}

// named are the top definitions of a name that an import leads to.
func (im imported) named(s *selection, name string) (list []ref) {
	for _, f := range im.files {
		for i := range f.definitions {
			if d := &f.definitions[i]; d.Name == name && d.Owner == "" {
				list = append(list, ref{f, i})
			}
		}
	}
	for _, d := range im.folders {
		for _, r := range d.named[name] {
			if r.definition().Owner == "" && s.visible(r) && alike(r.file.language, s.language) {
				list = append(list, r)
			}
		}
	}
	return list
}

// module is the import that a name stands for, as a whole; nil if none does.
func (s *selection) module(name string) *imported {
	for i := range s.imports {
		if im := &s.imports[i]; im.As == name && im.Name == "" && len(im.files)+len(im.folders) > 0 {
			return im
		}
	}
	return nil
}

// shares tells whether the files of a folder know each other's names.
func (s *selection) shares() bool {
	switch s.language.Name() {
	case "go", "java", "kotlin", "scala", "csharp", "swift", "php", "ruby":
		return true
	}
	return false
}

// plain are the definitions that a name by itself means in the file.
func (s *selection) plain(name string) (list []ref) {
	for _, im := range s.imports {
		switch {
		case im.As == name && im.Name != "":
			wanted := im.Name
			if wanted == "default" {
				wanted = name
			}
			if list = im.named(s, wanted); len(list) == 0 {
				list = s.anywhere(wanted) // handed on by another file
			}
			return list
		case im.As == "*":
			list = append(list, im.named(s, name)...)
		}
	}
	if len(list) == 0 && s.own != nil {
		for _, r := range s.own.named[name] {
			if r.definition().Owner == "" && (s.shares() || r.file.path == s.place.Path) && alike(r.file.language, s.language) {
				list = append(list, r)
			}
		}
	}
	return list
}

// anywhere are the top definitions of a name in the workspace, if they are few.
func (s *selection) anywhere(name string) (list []ref) {
	folders := s.Index.names[name]
	if len(folders) > 2*unique {
		return nil
	}
	for _, d := range folders {
		d.prepare()
		for _, r := range d.named[name] {
			if r.definition().Owner == "" && alike(r.file.language, s.language) && s.visible(r) {
				list = append(list, r)
			}
		}
	}
	if len(list) > unique {
		return nil
	}
	slices.SortFunc(list, byPlace)
	return list
}

// resolve are the definitions that a name in the file means.
func (s *selection) resolve(u use) []ref {
	if u.hidden {
		return s.member(u.name)
	}
	if len(u.chain) == 0 {
		return s.plain(u.name)
	}
	if len(u.chain) == 1 {
		if im := s.module(u.chain[0]); im != nil {
			return im.named(s, u.name)
		}
	}
	types := s.typesOf(u.chain)
	if len(types) == 0 {
		return s.member(u.name)
	}
	var list []ref
	for _, t := range types {
		for _, m := range s.membersOf(t) {
			if m.definition().Name == u.name {
				list = append(list, m)
			}
		}
		list = append(list, t)
	}
	return list
}

// member is the one member of a name among the imports and what is in the folder,
// where the type is not known.
func (s *selection) member(name string) (list []ref) {
	look := func(d *folder) {
		for _, r := range d.named[name] {
			if r.definition().Owner != "" && s.visible(r) && alike(r.file.language, s.language) {
				list = append(list, r)
			}
		}
	}
	if s.own != nil {
		look(s.own)
	}
	for _, im := range s.imports {
		for _, d := range im.folders {
			look(d)
		}
		for _, f := range im.files {
			for i := range f.definitions {
				if d := &f.definitions[i]; d.Name == name && d.Owner != "" {
					list = append(list, ref{f, i})
				}
			}
		}
	}
	slices.SortFunc(list, byPlace)
	if list = slices.Compact(list); len(list) > 2 {
		return nil
	}
	return list
}

// resolveIn are the definitions that a name means in another file, whose imports
// nobody keeps.
func (s *selection) resolveIn(f *file, u use) (list []ref) {
	if len(u.chain) > 0 {
		if list = s.anywhere(u.name); len(list) > 1 {
			return nil
		}
		return list
	}
	if d := s.folders[filepath.Dir(f.path)]; d != nil {
		d.prepare()
		for _, r := range d.named[u.name] {
			if r.definition().Owner == "" && (r.file == f || s.shares()) && s.visible(r) {
				list = append(list, r)
			}
		}
	}
	if len(list) == 0 && !s.shares() {
		if list = s.anywhere(u.name); len(list) > 1 {
			return nil
		}
	}
	return list
}
