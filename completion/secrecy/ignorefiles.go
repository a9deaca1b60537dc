package secrecy

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/go-git/go-git/v5/plumbing/format/gitignore"
)

const (
	// maxIgnoreFile bounds a file of patterns, in bytes.
	maxIgnoreFile = 1 << 20
	// maxKept is how many of them are remembered.
	maxKept = 1000
	// maxFolders bounds how far up folders are looked at.
	maxFolders = 64
)

// ignoreFiles are the files of patterns that were read, by path.
type ignoreFiles struct {
	mu   sync.Mutex
	kept map[string]ignoreFile
}

// ignoreFile is a file of patterns as it was read.
type ignoreFile struct {
	size     int64
	modified time.Time
	patterns patterns
	err      error // it is there and cannot be read
}

// excludes says in a clause which file of patterns makes a file a secret, ""
// when none does.
func (all *ignoreFiles) excludes(file, home string, gitIgnores func(string) []string, tracked bool) string {
	var folders []string // from the file's own to the top of its repository
	inRepository := false
	for dir := filepath.Dir(file); len(folders) < maxFolders; dir = filepath.Dir(dir) {
		folders = append(folders, dir)
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
			inRepository = true
			break
		}
		if dir == filepath.Dir(dir) || dir == home {
			break
		}
	}
	for _, dir := range folders {
		if why := all.forbids(filepath.Join(dir, IgnoreFile), within(dir, file)); why != "" {
			return why
		}
	}
	if home != "" {
		parts := within(home, file)
		if parts == nil {
			parts = split(filepath.ToSlash(file))
		}
		if why := all.forbids(filepath.Join(home, IgnoreFile), parts); why != "" {
			return why
		}
	}
	if inRepository && !tracked {
		return all.ignoredByGit(file, folders, gitIgnores)
	}
	return ""
}

// forbids asks one IgnoreFile. One that cannot be read may say anything.
func (all *ignoreFiles) forbids(name string, parts []string) string {
	f := all.read(name)
	if f.err != nil {
		return fmt.Sprintf("may be named in %s, which cannot be read (%v)", name, f.err)
	}
	if p := f.patterns.excludes(parts); p != "" {
		return fmt.Sprintf("is a secret by %s (%s)", name, p)
	}
	return ""
}

// ignoredByGit asks what git asks of a file that it does not track: the
// .gitignore files from the file's folder to the repository's top, the last of
// folders, then those that hold for all of it.
func (all *ignoreFiles) ignoredByGit(file string, folders []string, gitIgnores func(string) []string) string {
	top := folders[len(folders)-1]
	parts := within(top, file)
	var general []ignoreFile
	names := []string{filepath.Join(top, ".git", "info", "exclude")}
	if gitIgnores != nil {
		names = gitIgnores(top)
	}
	for _, name := range names {
		general = append(general, all.read(name))
	}
	var local []ignoreFile // by depth
	for i := len(folders) - 1; i >= 0; i-- {
		local = append(local, all.read(filepath.Join(folders[i], ".gitignore")))
	}
	for n := 1; n <= len(parts); n++ {
		verdict, by := gitignore.NoMatch, ""
		for depth := n - 1; depth >= 0 && verdict == gitignore.NoMatch; depth-- {
			verdict, by = local[depth].patterns.of(parts[depth:n], n < len(parts))
		}
		for _, f := range general {
			if verdict == gitignore.NoMatch {
				verdict, by = f.patterns.of(parts[:n], n < len(parts))
			}
		}
		if verdict == gitignore.Exclude {
			return fmt.Sprintf("is ignored by git (%s)", by)
		}
	}
	return ""
}

// read returns a file of patterns, which has none if it is not there. Nothing but
// a plain file is opened: a folder's author may have put anything in its place.
func (all *ignoreFiles) read(name string) ignoreFile {
	info, err := os.Lstat(name)
	if err != nil {
		return ignoreFile{err: unlessMissing(err)}
	}
	if !info.Mode().IsRegular() {
		return ignoreFile{err: errors.New("it is no plain file")}
	}
	all.mu.Lock()
	defer all.mu.Unlock()
	if f, ok := all.kept[name]; ok && f.size == info.Size() && f.modified.Equal(info.ModTime()) {
		return f
	}
	f := ignoreFile{size: info.Size(), modified: info.ModTime()}
	var text string
	if text, f.err = readText(name); f.err == nil {
		f.patterns = parse(text)
	}
	if all.kept == nil || len(all.kept) >= maxKept {
		all.kept = make(map[string]ignoreFile)
	}
	all.kept[name] = f
	return f
}

// unlessMissing is an error, unless it says that there is no such file.
func unlessMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return nil
	}
	return err
}

func readText(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return "", errors.Join(err, errors.New("it is no plain file"))
	}
	text, err := io.ReadAll(io.LimitReader(f, maxIgnoreFile+1))
	if err == nil && len(text) > maxIgnoreFile {
		err = fmt.Errorf("it is larger than %d MiB", maxIgnoreFile>>20)
	}
	return string(text), err
}

// within are the names that lead from a folder to a file, nil if it lies
// elsewhere.
func within(dir, file string) []string {
	rel, err := filepath.Rel(dir, file)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return nil
	}
	return split(filepath.ToSlash(rel))
}
