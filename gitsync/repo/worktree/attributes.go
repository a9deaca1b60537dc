package worktree

import (
	"bytes"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/go-git/go-git/v5/plumbing/format/gitattributes"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/layout"
)

// attributes reads .gitattributes from a commit, folder by folder as paths are
// asked for.
type attributes struct {
	reader   object.Reader
	root     object.Hash
	info     []byte   // of info/attributes
	user     []byte   // of core.attributesFile
	fallback string   // merge.default
	drivers  []string // keys merge.NAME.driver that are configured

	mu    sync.Mutex
	files map[string][]byte // of a folder ("" is the root); nil when it has none
}

// merge tells how a path is to be merged.
func (a *attributes) merge(name string) string {
	merge, text := a.lookup(name)
	switch {
	case merge == nil && text != nil && text.IsUnset() && a.fallback == "":
		return "text" // -text forbids conversion of line ends, not merging
	case merge == nil || merge.IsUnspecified():
		return a.driver(a.fallback)
	case merge.IsSet():
		return "text"
	case merge.IsUnset():
		return "binary"
	}
	return a.driver(merge.Value())
}

func (a *attributes) driver(name string) string {
	switch {
	case name == "binary":
		return "binary"
	case name == "union":
		return "union"
	case slices.Contains(a.drivers, "merge."+name+".driver"):
		return "driver"
	}
	return "text" // also a driver that nobody has configured, as in git
}

// lookup finds the attributes merge and text of a path.
func (a *attributes) lookup(name string) (merge, text gitattributes.Attribute) {
	a.mu.Lock()
	defer a.mu.Unlock()
	parts := strings.Split(name, "/")
	var stack []gitattributes.MatchAttribute
	add := func(data []byte, domain []string) {
		if len(data) == 0 {
			return
		}
		if list, err := gitattributes.ReadAttributes(bytes.NewReader(data), domain, len(domain) == 0); err == nil {
			stack = append(stack, list...)
		}
	}
	add(a.user, nil)
	for i := range parts {
		add(a.file(path.Join(parts[:i]...)), parts[:i])
	}
	add(a.info, nil)
	if len(stack) == 0 {
		return nil, nil
	}
	// The last line that names the attribute wins.
	found, _ := gitattributes.NewMatcher(stack).Match(parts, []string{"merge", "text"})
	return found["merge"], found["text"]
}

// file is a folder's .gitattributes.
func (a *attributes) file(dir string) []byte {
	if data, ok := a.files[dir]; ok {
		return data
	}
	var data []byte
	tree := a.root
	for part := range strings.SplitSeq(dir, "/") {
		if part == "" {
			continue
		}
		e, ok := a.entry(tree, part)
		if !ok || e.Mode != object.ModeDir {
			tree = object.Zero
			break
		}
		tree = e.Hash
	}
	if e, ok := a.entry(tree, ".gitattributes"); ok && e.Mode.IsFile() {
		if size, err := a.reader.BlobSize(e.Hash); err == nil && size <= 1<<20 {
			data, _ = a.reader.Blob(e.Hash)
		}
	}
	a.files[dir] = data
	return data
}

func (a *attributes) entry(tree object.Hash, name string) (object.TreeEntry, bool) {
	if tree.IsZero() {
		return object.TreeEntry{}, false
	}
	entries, err := a.reader.Tree(tree)
	if err != nil {
		return object.TreeEntry{}, false
	}
	i := slices.IndexFunc(entries, func(e object.TreeEntry) bool { return e.Name == name })
	if i < 0 {
		return object.TreeEntry{}, false
	}
	return entries[i], true
}

// Attributes tells how .gitattributes, as a commit has them, wants paths to be
// merged: "text", "binary", "union" or "driver".
func (t *Tree) Attributes(commit object.Hash) (func(path string) string, error) {
	reader, err := t.objects.Objects()
	if err != nil {
		return nil, err
	}
	c, err := reader.Commit(commit)
	if err != nil {
		return nil, fault.As(err)
	}
	a := &attributes{reader: reader, root: c.Tree, files: map[string][]byte{}}
	if data, err := durable.ReadFile(filepath.Join(t.at.Common, "info", "attributes"), layout.MaxRules); err == nil {
		a.info = data
	}
	cfg, err := t.config.All()
	if err != nil {
		return nil, err
	}
	if name := t.config.UserFile(cfg, "core.attributesfile", "attributes"); name != "" {
		a.user, _ = durable.ReadFile(name, layout.MaxRules)
	}
	a.fallback = cfg.Last("merge.default")
	a.drivers = slices.DeleteFunc(cfg.Keys(), func(k string) bool {
		return !strings.HasPrefix(k, "merge.") || !strings.HasSuffix(k, ".driver")
	})
	return a.merge, nil
}
