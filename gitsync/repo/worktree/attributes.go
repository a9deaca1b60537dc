package worktree

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/go-git/go-git/v5/plumbing/format/gitattributes"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/config"
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
	switch driver := a.driverOf(name); {
	case driver == "binary" || driver == "union":
		return driver
	case slices.Contains(a.drivers, "merge."+driver+".driver"):
		return "driver"
	}
	return "text" // also a driver that nobody has configured, as in git
}

// driverOf names what a path is to be merged by, a program or git's own "text",
// "binary" and "union"; "" for nothing in particular.
func (a *attributes) driverOf(name string) string {
	merge, text := a.lookup(name)
	switch {
	case merge == nil && text != nil && text.IsUnset() && a.fallback == "":
		return "text" // -text forbids conversion of line ends, not merging
	case merge == nil || merge.IsUnspecified():
		return a.fallback
	case merge.IsSet():
		return "text"
	case merge.IsUnset():
		return "binary"
	}
	return merge.Value()
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

// MergeRules are how a commit, the user and the system want paths to be merged.
type MergeRules struct {
	attributes *attributes
	all, users config.Settings
}

// Attribute tells how a path is to be merged: "text", "binary", "union" or "driver".
func (m *MergeRules) Attribute(path string) string { return m.attributes.merge(path) }

// MergeDriver is a program that merges files of some kind.
type MergeDriver struct {
	Name    string
	Command string // a line for the shell, as git's merge.NAME.driver
	// Foreign says that the repository's own configuration has named it, or another one
	// than the user has: that is no word of the user's, and it is not run.
	Foreign bool
}

// Driver is what merges a path whose Attribute is "driver"; deeper asks for a common
// ancestor of common ancestors, which merge.NAME.recursive may have another one for.
func (m *MergeRules) Driver(path string, deeper bool) MergeDriver {
	name := m.attributes.driverOf(path)
	if deeper {
		if other := m.all.Last("merge." + name + ".recursive"); other != "" && m.all.Last("merge."+other+".driver") != "" {
			name = other
		}
	}
	key := "merge." + name + ".driver"
	d := MergeDriver{Name: name, Command: m.all.Last(key)}
	d.Foreign = d.Command == "" || m.users.Last(key) != d.Command
	return d
}

// DirectoryRenames is merge.directoryRenames: "true", "false" or "conflict".
func (m *MergeRules) DirectoryRenames() string {
	const key = "merge.directoryrenames"
	switch value := strings.ToLower(m.all.Last(key)); {
	case m.all.Bool(key):
		return "true"
	case slices.Contains([]string{"false", "no", "off", "0"}, value), value == "" && len(m.all[key]) > 0:
		return "false"
	}
	return "conflict"
}

// RenameLimit is merge.renameLimit, else diff.renameLimit; 0 is git's own.
func (m *MergeRules) RenameLimit() int {
	limit, err := strconv.Atoi(cmp.Or(m.all.Last("merge.renamelimit"), m.all.Last("diff.renamelimit")))
	if err != nil {
		return 0
	}
	return limit
}

// MergeRules are those of a commit.
func (t *Tree) MergeRules(commit object.Hash) (*MergeRules, error) {
	reader, err := t.objects.Objects()
	if err != nil {
		return nil, err
	}
	c, err := reader.Commit(commit)
	if err != nil {
		return nil, fault.As(err)
	}
	m := &MergeRules{attributes: &attributes{reader: reader, root: c.Tree, files: map[string][]byte{}}}
	if m.all, err = t.config.All(); err != nil {
		return nil, err
	}
	if m.users, err = t.config.Users(); err != nil {
		return nil, err
	}
	a := m.attributes
	a.info, a.user = t.rulesBeside(m.all)
	a.fallback = m.all.Last("merge.default")
	a.drivers = slices.DeleteFunc(m.all.Keys(), func(k string) bool {
		return !strings.HasPrefix(k, "merge.") || !strings.HasSuffix(k, ".driver")
	})
	return m, nil
}

// rulesBeside are the files of attributes that are in no commit: info/attributes, and
// the user's.
func (t *Tree) rulesBeside(cfg config.Settings) (info, user []byte) {
	info, err := durable.ReadFile(filepath.Join(t.at.Common, "info", "attributes"), layout.MaxRules)
	if err != nil {
		info = nil
	}
	if name := t.config.UserFile(cfg, "core.attributesfile", "attributes"); name != "" {
		user, _ = durable.ReadFile(name, layout.MaxRules)
	}
	return info, user
}

// MergeGrounds changes when something has that a merge goes by and that is in no commit:
// settings, attributes, hooks, programs that merge. It says nothing by itself.
func (t *Tree) MergeGrounds() string {
	cfg, err := t.config.All()
	if err != nil {
		return "" // the round will say it
	}
	users, err := t.config.Users()
	if err != nil {
		return ""
	}
	sum := sha256.New()
	info, user := t.rulesBeside(cfg)
	fmt.Fprintf(sum, "%q %q %q\n", info, user, t.config.MergeHooks())
	for _, key := range cfg.Keys() {
		if !strings.HasPrefix(key, "merge.") && key != "diff.renamelimit" {
			continue
		}
		fmt.Fprintf(sum, "%q %q %q\n", key, cfg[key], users[key])
		if strings.HasSuffix(key, ".driver") {
			fmt.Fprintf(sum, "%s\n", t.git.Stamp(cfg.Last(key)))
		}
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}
