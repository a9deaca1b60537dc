// Package symbols knows what the files of a workspace define, and selects of it
// what a place in one of them needs: the definitions that the code around a cursor
// uses. It goes by parse trees ([syntax.Cache.Symbols]) and by what a file imports;
// it runs nothing, and takes what it reads for text.
package symbols

import (
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/airside-ls/airside/completion/syntax"
	"github.com/airside-ls/airside/completion/syntax/lang"
)

const (
	// maxFiles bounds the files that are known, maxBytes what is kept of them: names,
	// texts, and what a definition takes beside.
	maxFiles = 200_000
	maxBytes = 64 << 20
	// definitionBytes and fileBytes are what one takes beside its texts.
	definitionBytes, fileBytes = 160, 240
	// parseTime is how long one file may take: nobody waits for it.
	parseTime = 2 * time.Second
)

// Definition is something that a file defines.
type Definition = syntax.Symbol

// Index is what the files of a workspace define. It is safe for concurrent use.
type Index struct {
	trees *syntax.Cache
	mask  func(path, text string) string

	mu      sync.Mutex
	files   map[string]*file
	folders map[string]*folder
	names   map[string][]*folder // that have a definition of a name
	stems   map[string][]*file   // by name without extension
	bytes   int
	refused int  // files that there was no room for
	dirty   bool // since it was saved
	changes uint64
}

// file is one that is known.
type file struct {
	path        string
	size        int64
	modified    time.Time
	language    *lang.Language
	definitions []Definition
	bytes       int
}

// folder is what the files of a folder define.
type folder struct {
	path  string
	files map[string]*file
	count map[string]int // definitions by name
	// named and owned are its definitions by name and by the type that they are a
	// member of; nil until somebody asks.
	made  bool
	named map[string][]ref
	owned map[string][]ref
}

// ref is a definition in its file.
type ref struct {
	file *file
	n    int
}

func (r ref) definition() *Definition { return &r.file.definitions[r.n] }

// New returns an index that knows nothing, to be closed. What mask makes of a file's
// text, which keeps the places of everything, is what is taken in of it: credentials are
// known for what they are only while the text is whole. A nil mask changes nothing.
func New(mask func(path, text string) string) *Index {
	if mask == nil {
		mask = func(_, text string) string { return text }
	}
	return &Index{
		mask:  mask,
		trees: syntax.NewCache(syntax.Limits{ParseTime: parseTime}),
		files: map[string]*file{}, folders: map[string]*folder{}, names: map[string][]*folder{}, stems: map[string][]*file{},
	}
}

// Close ends parsing.
func (x *Index) Close() { x.trees.CloseAll() }

// Stats is how much an index knows.
type Stats struct {
	Files, Definitions int
	Refused            int // files that there was no room for
	Bytes              int // about
}

// Stats returns how much the index knows.
func (x *Index) Stats() Stats {
	x.mu.Lock()
	defer x.mu.Unlock()
	s := Stats{Files: len(x.files), Refused: x.refused, Bytes: x.bytes}
	for _, f := range x.files {
		s.Definitions += len(f.definitions)
	}
	return s
}

// Knows tells whether a file was read as it is now.
func (x *Index) Knows(path string, size int64, modified time.Time) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	f := x.files[path]
	return f != nil && f.size == size && f.modified.Equal(modified)
}

// Changes is how often the index has changed: what was selected before is what would be
// selected now as long as it is the same.
func (x *Index) Changes() uint64 {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.changes
}

// Paths are the files that are known, in no order.
func (x *Index) Paths() []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	paths := make([]string, 0, len(x.files))
	for p := range x.files {
		paths = append(paths, p)
	}
	return paths
}

// Learn takes a file's text in the place of what was known of it. Size and modified
// say which file it was, for [Index.Knows]. It parses, in the caller's goroutine.
func (x *Index) Learn(path, text string, size int64, modified time.Time) {
	f := &file{path: path, size: size, modified: modified, bytes: fileBytes + len(path)}
	f.language, _ = lang.OfFile(path)
	f.definitions = x.Definitions(path, x.mask(path, text))
	x.mu.Lock()
	defer x.mu.Unlock()
	x.take(f)
}

// Definitions are those of a text, by the name of its file, without what nobody uses.
func (x *Index) Definitions(path, text string) []Definition {
	language, identifier := lang.OfFile(path)
	if language.Defines == nil {
		return nil
	}
	list, _ := x.trees.Symbols(syntax.Document{Language: identifier, Text: text})
	return slices.Clip(slices.DeleteFunc(list, func(d Definition) bool { return isTest(path, d) }))
}

// isTest tells of a function that nobody calls but who runs tests.
func isTest(path string, d Definition) bool {
	if d.Kind != lang.Function && d.Kind != lang.Method {
		return false
	}
	switch base := filepath.Base(path); {
	case strings.HasSuffix(base, "_test.go"):
		for _, prefix := range []string{"Test", "Benchmark", "Fuzz", "Example"} {
			if strings.HasPrefix(d.Name, prefix) {
				return true
			}
		}
	case strings.HasPrefix(base, "test_") || strings.HasSuffix(base, "_test.py"):
		return strings.HasPrefix(d.Name, "test")
	}
	return false
}

// take adds a file. The lock is held.
func (x *Index) take(f *file) {
	x.forget(f.path)
	x.dirty = true
	x.changes++
	for i := range f.definitions {
		d := &f.definitions[i]
		f.bytes += definitionBytes + len(d.Name) + len(d.Owner) + len(d.Text) + len(d.Doc)
	}
	if len(x.files) >= maxFiles || x.bytes+f.bytes > maxBytes {
		x.refused++
		return
	}
	x.bytes += f.bytes
	x.files[f.path] = f
	dir := filepath.Dir(f.path)
	in := x.folders[dir]
	if in == nil {
		in = &folder{path: dir, files: map[string]*file{}, count: map[string]int{}}
		x.folders[dir] = in
	}
	in.files[f.path] = f
	in.made, in.named, in.owned = false, nil, nil
	if len(f.definitions) == 0 {
		return
	}
	x.stems[stem(f.path)] = append(x.stems[stem(f.path)], f)
	for i := range f.definitions {
		name := f.definitions[i].Name
		if in.count[name]++; in.count[name] == 1 {
			x.names[name] = append(x.names[name], in)
		}
	}
}

// stem is a file's name without its extension.
func stem(path string) string {
	name := filepath.Base(path)
	if i := strings.IndexByte(name, '.'); i > 0 {
		return name[:i]
	}
	return name
}

// Forget drops what was known of a file.
func (x *Index) Forget(path string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.forget(path)
}

// forget is Forget for who holds the lock.
func (x *Index) forget(path string) {
	f := x.files[path]
	if f == nil {
		return
	}
	x.dirty = true
	x.changes++
	x.bytes -= f.bytes
	delete(x.files, path)
	in := x.folders[filepath.Dir(path)]
	delete(in.files, path)
	in.made, in.named, in.owned = false, nil, nil
	if len(f.definitions) > 0 {
		drop(x.stems, stem(path), f)
	}
	for i := range f.definitions {
		name := f.definitions[i].Name
		if in.count[name]--; in.count[name] == 0 {
			delete(in.count, name)
			drop(x.names, name, in)
		}
	}
	if len(in.files) == 0 {
		delete(x.folders, in.path)
	}
}

// drop takes one out of a list in a map.
func drop[T comparable](lists map[string][]T, key string, one T) {
	left := slices.DeleteFunc(lists[key], func(other T) bool { return other == one })
	if len(left) == 0 {
		delete(lists, key)
		return
	}
	lists[key] = left
}

// prepare has the folder's definitions ready to be asked for. The lock is held.
func (d *folder) prepare() {
	if d.made {
		return
	}
	d.made, d.named, d.owned = true, map[string][]ref{}, map[string][]ref{}
	paths := make([]string, 0, len(d.files))
	for p := range d.files {
		paths = append(paths, p)
	}
	slices.Sort(paths)
	for _, p := range paths {
		f := d.files[p]
		for i := range f.definitions {
			r := ref{f, i}
			d.named[f.definitions[i].Name] = append(d.named[f.definitions[i].Name], r)
			if owner := f.definitions[i].Owner; owner != "" {
				d.owned[owner] = append(d.owned[owner], r)
			}
		}
	}
}

// Adopt takes over all files of another index, which must not be used any more.
func (x *Index) Adopt(other *Index) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, f := range other.files {
		f.bytes = fileBytes + len(f.path)
		x.take(f)
	}
	x.dirty = other.dirty
}
