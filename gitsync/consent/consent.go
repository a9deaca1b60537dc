// Package consent keeps what the user has said about folders: which of them are
// trusted, and which repositories take part in sync. It is kept in a folder of
// the user's own. What is found in the folders themselves counts for nothing:
// whoever made a folder would be deciding what happens in it.
package consent

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/airside-ls/airside/gitsync/durable"
)

// Book is what the user has said, on the disk. Its methods may be called from
// several goroutines and processes: each answer is a file of its own.
type Book struct {
	dir string
	fs  durable.FS
	now func() time.Time
}

// ErrNoFolder says that there is no folder to keep answers in.
var ErrNoFolder = errors.New("there is no folder of yours to keep this in: set HOME, or XDG_STATE_HOME")

// Open uses dir, which is made with the first answer; "" keeps nothing, and then
// nothing is allowed. A nil fs is durable.OS.
func Open(dir string, fs durable.FS) *Book {
	if fs == nil {
		fs = durable.OS
	}
	return &Book{dir: dir, fs: fs, now: time.Now}
}

// Sync is the opt-in of one repository.
type Sync struct {
	Enabled  bool
	Branches []string // path.Match patterns; none: the current branch
	// Replaced says that another repository, at this very path, has opted in: this
	// one came in its place, and has not.
	Replaced bool
}

// answer is one file. Folder is whom it is about, and Git, for a trusted folder,
// the .git in it at that time.
type answer struct {
	Folder
	Git      *Folder   `json:"git,omitempty"`
	Said     time.Time `json:"said"`
	Enabled  bool      `json:"enabled,omitempty"`
	Branches []string  `json:"branches,omitempty"`
}

const (
	kindSync  = "sync"
	kindTrust = "trust"
	kindAsked = "asked"

	maxAnswer = 1 << 20 // bytes
)

// Sync is what was said of the repository whose git folder (that all its work
// trees share) is at git. An answer that cannot be read is an error, and no
// consent.
func (b *Book) Sync(git string) (Sync, error) {
	f, err := Identify(git)
	if err != nil {
		return Sync{}, err
	}
	a, found, err := b.load(kindSync, f.Path)
	switch {
	case err != nil || !found:
		return Sync{}, err
	case !a.same(f):
		return Sync{Replaced: a.Enabled}, nil
	}
	return Sync{Enabled: a.Enabled, Branches: a.Branches}, nil
}

// SetSync keeps what the user says of that repository.
func (b *Book) SetSync(git string, s Sync) error {
	f, err := Identify(git)
	if err != nil {
		return err
	}
	return b.save(kindSync, f.Path, answer{Folder: f, Enabled: s.Enabled, Branches: s.Branches})
}

// SyncFile is where the opt-in of a repository is kept, for messages.
func (b *Book) SyncFile(git string) string {
	f, err := Identify(git)
	if err != nil || b.dir == "" {
		return ""
	}
	return b.file(kindSync, f.Path)
}

// Synced lists the git folders of the repositories that have opted in and are
// still what they were, by path. Answers that cannot be read are told as an error
// beside the others.
func (b *Book) Synced() (list []string, err error) {
	err = b.each(kindSync, func(a answer) {
		if now, err := Identify(a.Path); err == nil && a.same(now) && a.Enabled {
			list = append(list, a.Path)
		}
	})
	slices.Sort(list)
	return list, err
}

// each calls do with every answer of a kind.
func (b *Book) each(kind string, do func(answer)) error {
	if b.dir == "" {
		return nil
	}
	entries, err := durable.ReadDir(filepath.Join(b.dir, kind))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var errs []error
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".json") {
			continue
		}
		a, found, err := b.read(filepath.Join(b.dir, kind, e.Name()))
		if err != nil {
			errs = append(errs, err)
		} else if found {
			do(a)
		}
	}
	return errors.Join(append(errs, err)...)
}

// Trusted reports whether a folder, or a file, is trusted: by itself, or as part
// of a folder. A repository within a trusted folder is not part of it, as it came
// on its own.
func (b *Book) Trusted(name string) (bool, error) {
	if !filepath.IsAbs(name) {
		return false, nil
	}
	path, err := real(name)
	for ; errors.Is(err, fs.ErrNotExist) && name != filepath.Dir(name); name = filepath.Dir(name) {
		path, err = real(filepath.Dir(name)) // a file that was not saved yet
	}
	if err != nil {
		return false, nil
	}
	for {
		a, found, err := b.load(kindTrust, path)
		if err != nil {
			return false, err
		}
		if found && a.stands() {
			return true, nil
		}
		if hasGit(path) || path == filepath.Dir(path) {
			return false, nil
		}
		path = filepath.Dir(path)
	}
}

// Root is what is trusted together with a folder: the top of the repository
// that it is in, or it alone.
func Root(folder string) (string, error) {
	path, err := real(folder)
	if err != nil {
		return "", err
	}
	for dir := path; ; dir = filepath.Dir(dir) {
		if hasGit(dir) {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return path, nil
		}
	}
}

// HasRepository reports whether something is called .git in a folder or above.
func (b *Book) HasRepository(folder string) bool {
	root, err := Root(folder)
	return err == nil && hasGit(root)
}

// Trust keeps that a folder's Root is trusted, and returns that.
func (b *Book) Trust(folder string) (root string, err error) { return b.keep(kindTrust, folder) }

// Distrust takes that back; found is false when it was not trusted by itself.
func (b *Book) Distrust(folder string) (root string, found bool, err error) {
	root, err = Root(folder)
	if errors.Is(err, fs.ErrNotExist) { // it is gone, and its name is all there is
		root, err = filepath.Abs(folder)
	}
	if err != nil || b.dir == "" {
		return root, false, err
	}
	err = b.fs.Remove(b.file(kindTrust, root))
	if errors.Is(err, fs.ErrNotExist) {
		return root, false, nil
	}
	return root, err == nil, err
}

// TrustedFolders lists the folders that are trusted by themselves and are still
// what they were, by path. Answers that cannot be read are told as an error beside
// the others.
func (b *Book) TrustedFolders() (list []string, err error) {
	err = b.each(kindTrust, func(a answer) {
		if a.stands() {
			list = append(list, a.Path)
		}
	})
	slices.Sort(list)
	return list, err
}

// Asked reports whether the user was asked about a folder before.
func (b *Book) Asked(folder string) bool {
	root, err := Root(folder)
	if err != nil {
		return false
	}
	a, found, err := b.load(kindAsked, root)
	return err == nil && found && a.stands()
}

// SetAsked keeps that the user was asked.
func (b *Book) SetAsked(folder string) error {
	_, err := b.keep(kindAsked, folder)
	return err
}

// keep writes down an answer about a folder's Root as it is now.
func (b *Book) keep(kind, folder string) (root string, err error) {
	if root, err = Root(folder); err != nil {
		return "", err
	}
	a := answer{}
	if a.Folder, err = Identify(root); err != nil {
		return root, err
	}
	if hasGit(root) {
		git, err := identifyName(filepath.Join(root, ".git"))
		if err != nil {
			return root, err
		}
		a.Git = &git
	}
	return root, b.save(kind, root, a)
}

// stands reports that the folder is what it was when the user spoke of it, and
// the repository in it, too.
func (a answer) stands() bool {
	now, err := Identify(a.Path)
	if err != nil || !a.same(now) {
		return false
	}
	if !hasGit(a.Path) || a.Git == nil {
		return !hasGit(a.Path) && a.Git == nil
	}
	git, err := identifyName(filepath.Join(a.Path, ".git"))
	return err == nil && a.Git.same(git)
}

func (b *Book) file(kind, path string) string {
	sum := sha256.Sum256([]byte(path))
	return filepath.Join(b.dir, kind, hex.EncodeToString(sum[:16])+".json")
}

func (b *Book) load(kind, path string) (a answer, found bool, err error) {
	if b.dir == "" {
		return answer{}, false, nil
	}
	a, found, err = b.read(b.file(kind, path))
	if err == nil && found && a.Path != path {
		return answer{}, false, nil
	}
	return a, found, err
}

func (b *Book) read(file string) (a answer, found bool, err error) {
	data, err := durable.ReadFile(file, maxAnswer)
	if errors.Is(err, fs.ErrNotExist) {
		return answer{}, false, nil
	}
	if err == nil {
		if err = json.Unmarshal(data, &a); err == nil && a.Path == "" {
			err = errors.New("it names no folder") // null, or {}
		}
	}
	if err != nil {
		return answer{}, false, fmt.Errorf("what you said of this folder cannot be read, so it counts as nothing (say it again to mend that): %s: %w", file, err)
	}
	return a, true, nil
}

func (b *Book) save(kind, path string, a answer) error {
	if b.dir == "" {
		return ErrNoFolder
	}
	a.Path, a.Said = path, b.now().UTC().Truncate(time.Second)
	data, err := json.MarshalIndent(a, "", "  ")
	if err != nil {
		return err
	}
	file := b.file(kind, path)
	if err := durable.OwnDir(b.fs, filepath.Dir(file)); err != nil {
		return err
	}
	return durable.WriteFile(b.fs, file, append(data, '\n'), 0o600)
}
