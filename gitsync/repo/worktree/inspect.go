package worktree

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/config"
	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/layout"
)

// looker compares files with index entries, by what the index remembers of
// them or else by content.
type looker struct {
	tree       *Tree
	index      *indexFile
	executable bool // the file system knows executable files
	symlinks   bool // the file system knows symbolic links
	sparse     bool // the work tree has a part of the files
}

// looking refuses repositories where what is in a file is not what is in git:
// filters and line ends that are converted need the git binary.
func (t *Tree) looking(index *indexFile, reader object.Reader) (*looker, error) {
	c, err := t.config.All()
	if err != nil {
		return nil, err
	}
	if v := strings.ToLower(c.Last("core.autocrlf")); v != "" && v != "false" && v != "no" && v != "off" && v != "0" {
		return nil, fault.New(fault.Unsupported, "core.autocrlf is set: converting line ends needs the git binary, and none was found")
	}
	var files [][]byte
	for i := range index.entries {
		e := &index.entries[i]
		if e.name == ".gitattributes" || strings.HasSuffix(e.name, "/.gitattributes") {
			data, err := reader.Blob(e.hash)
			if errors.Is(err, object.ErrNotFound) && e.flags&flagSkipWorktree != 0 { // not in the work tree, nor here
				continue
			}
			if err != nil {
				return nil, fault.As(err)
			}
			files = append(files, data)
		}
	}
	for _, name := range []string{filepath.Join(t.at.Common, "info", "attributes"), t.config.UserFile(c, "core.attributesfile", "attributes"),
		filepath.Join(t.at.Work, ".gitattributes")} {
		if data, err := durable.ReadFile(name, layout.MaxRules); err == nil {
			files = append(files, data)
		}
	}
	for _, data := range files {
		if converts(data) {
			return nil, fault.New(fault.Unsupported, ".gitattributes asks for filters or converted line ends, which needs the git binary, and none was found")
		}
	}
	return &looker{tree: t, index: index, executable: unset(c, "core.filemode"), symlinks: unset(c, "core.symlinks"), sparse: t.sparse()}, nil
}

// unset reports that a setting is not turned off.
func unset(c config.Settings, key string) bool { return c.Last(key) == "" || c.Bool(key) }

// converts reports whether attributes make files differ from their blobs.
func converts(attributes []byte) bool {
	for line := range strings.Lines(string(attributes)) {
		fields := strings.Fields(line)
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		for _, f := range fields[1:] {
			name, _, _ := strings.Cut(f, "=")
			switch name {
			case "text", "crlf", "eol", "filter", "ident", "working-tree-encoding":
				return true
			}
		}
	}
	return false
}

// asInIndex reports that a file is what the index says. Whatever cannot be
// known counts as changed. A submodule is left to itself, and where git
// was told to look away this does.
func (l *looker) asInIndex(e *indexEntry) bool {
	if e.mode == object.ModeSubmodule || e.flags&flagAssumeValid != 0 {
		return true
	}
	path := l.tree.at.InWork(e.name)
	info, err := os.Lstat(path)
	if e.flags&flagSkipWorktree != 0 && (!l.sparse || err != nil) { // what is there all the same counts, as to git
		return true
	}
	if err != nil || !l.modeIs(info, e.mode) || l.tree.throughLink(e.name) {
		return false
	}
	if l.unchanged(e, info) {
		return true
	}
	return l.contains(path, e.hash)
}

// unchanged trusts the index's memory of a file, unless the file may have
// changed again in the instant in which the index was written.
func (l *looker) unchanged(e *indexEntry, info fs.FileInfo) bool {
	now, ok := stampOf(info)
	was := e.stamp
	now.dev, was.dev = 0, 0 // other after a restart, and git compares it neither
	if !ok || now != was || uint32(info.Size()) != e.size {
		return false
	}
	i := l.index.mtime
	return e.mtime < i.mtime || e.mtime == i.mtime && e.mtimeNs < i.mtimeNs
}

func (l *looker) modeIs(info fs.FileInfo, mode object.Mode) bool {
	switch {
	case mode == object.ModeSymlink && l.symlinks:
		return info.Mode()&fs.ModeSymlink != 0
	case mode == object.ModeSymlink:
		return info.Mode().IsRegular()
	case !info.Mode().IsRegular():
		return false
	}
	return !l.executable || (info.Mode()&0o100 != 0) == (mode == object.ModeExecutable)
}

func (l *looker) contains(path string, hash object.Hash) bool {
	data, err := readFileOrLink(path)
	return err == nil && object.New(object.TypeBlob, data).Hash == hash
}

func readFileOrLink(path string) ([]byte, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		target, err := os.Readlink(path)
		return []byte(filepath.ToSlash(target)), err
	}
	return durable.ReadFile(path, layout.MaxWorking)
}

// throughLink reports that a folder above a path is a symbolic link, or no
// folder: then the path is not in this work tree.
func (t *Tree) throughLink(name string) bool {
	for i := range name {
		if name[i] == '/' {
			info, err := os.Lstat(t.at.InWork(name[:i]))
			if err != nil || !info.IsDir() {
				return true
			}
		}
	}
	return false
}
