package repo

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/object"
)

const headsPrefix = "refs/heads/"

// Head is where HEAD points in this work tree.
func (r *Repo) Head() (Head, error) { return r.headOf(r.gitDir) }

func (r *Repo) headOf(gitDir string) (Head, error) {
	data, err := os.ReadFile(filepath.Join(gitDir, "HEAD"))
	if err != nil {
		return Head{}, failed(err, "%s: HEAD cannot be read: %v", gitDir, err)
	}
	text := strings.TrimSpace(string(data))
	target, symbolic := strings.CutPrefix(text, "ref:")
	if !symbolic {
		hash, err := object.ParseHash(text)
		if err != nil {
			return Head{}, failed(err, "%s: HEAD holds neither a branch nor a commit", gitDir)
		}
		return Head{Hash: hash}, nil
	}
	target = strings.TrimSpace(target)
	branch, ok := strings.CutPrefix(target, headsPrefix)
	if !ok {
		return Head{}, unsupported("HEAD points to %.100q, which is no branch", target)
	}
	hash, err := r.Ref(target)
	return Head{Branch: branch, Hash: hash}, err
}

// Ref is the object a ref names, Zero when there is no such ref. A ref file
// without a valid content is an error: an older value from packed-refs would
// pass for the present one.
func (r *Repo) Ref(name string) (object.Hash, error) {
	hash, found, err := r.looseRef(name)
	if err != nil || found {
		return hash, err
	}
	packed, err := r.packedRefs()
	return packed[name], err
}

func (r *Repo) refPath(name string) string {
	return filepath.Join(r.commonDir, filepath.FromSlash(name))
}

func (r *Repo) looseRef(name string) (hash object.Hash, found bool, err error) {
	data, err := os.ReadFile(r.refPath(name))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.EISDIR) || errors.Is(err, syscall.ENOTDIR) {
		return object.Zero, false, nil
	}
	if err != nil {
		return object.Zero, false, failed(err, "%s cannot be read: %v", name, err)
	}
	text := strings.TrimSpace(string(data))
	if strings.HasPrefix(text, "ref:") {
		return object.Zero, false, unsupported("%s is a symbolic ref: airside follows none but HEAD", name)
	}
	if hash, err = object.ParseHash(text); err != nil {
		return object.Zero, false, failed(err, "%s is damaged (%d bytes, no object name): git fsck and git reflog tell what it was; nothing was touched", name, len(data))
	}
	return hash, true, nil
}

// packedRefs reads the file packed-refs; there may be none.
func (r *Repo) packedRefs() (map[string]object.Hash, error) {
	data, err := os.ReadFile(filepath.Join(r.commonDir, "packed-refs"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, failed(err, "packed-refs cannot be read: %v", err)
	}
	refs := map[string]object.Hash{}
	for line := range bytes.Lines(data) {
		hex, name, ok := strings.Cut(strings.TrimRight(string(line), "\r\n"), " ")
		if !ok || strings.HasPrefix(hex, "#") || strings.HasPrefix(hex, "^") {
			continue
		}
		hash, err := object.ParseHash(hex)
		if err != nil {
			return nil, failed(err, "packed-refs is damaged at %.80q: nothing was touched", line)
		}
		refs[name] = hash
	}
	return refs, nil
}

// Refs are the refs whose names begin with prefix ("refs/heads/"), by name.
// Symbolic refs and files that are no refs are left out.
func (r *Repo) Refs(prefix string) ([]Ref, error) {
	found, err := r.packedRefs()
	if err != nil {
		return nil, err
	}
	if found == nil {
		found = map[string]object.Hash{}
	}
	for name := range found {
		if !strings.HasPrefix(name, prefix) {
			delete(found, name)
		}
	}
	root := r.refPath(prefix)
	if !strings.HasSuffix(prefix, "/") {
		root = filepath.Dir(root)
	}
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			return err
		}
		rel, _ := filepath.Rel(r.commonDir, path)
		name := filepath.ToSlash(rel)
		if d.IsDir() || !strings.HasPrefix(name, prefix) || CheckRefName(name) != nil {
			return nil
		}
		hash, ok, err := r.looseRef(name)
		if kindOf(err) == Unsupported {
			return nil // symbolic: refs/remotes/origin/HEAD
		}
		if err == nil && ok {
			found[name] = hash
		}
		return err
	})
	if err != nil {
		return nil, asError(err)
	}
	refs := make([]Ref, 0, len(found))
	for name, hash := range found {
		refs = append(refs, Ref{name, hash})
	}
	slices.SortFunc(refs, func(a, b Ref) int { return strings.Compare(a.Name, b.Name) })
	return refs, nil
}

// Branches are the short names of the local branches.
func (r *Repo) Branches() ([]string, error) {
	refs, err := r.Refs(headsPrefix)
	names := make([]string, 0, len(refs))
	for _, ref := range refs {
		names = append(names, strings.TrimPrefix(ref.Name, headsPrefix))
	}
	return names, err
}

// CheckRefName holds a full ref name against git's rules (git-check-ref-format)
// and against what no file system should be asked to hold.
func CheckRefName(name string) error {
	bad := func(why string) error { return failed(nil, "%.100q is no ref name: %s", name, why) }
	if !strings.HasPrefix(name, "refs/") || len(name) > 1000 {
		return bad("it does not begin with refs/ or is too long")
	}
	for _, part := range strings.Split(name, "/") {
		switch {
		case part == "" || strings.HasPrefix(part, ".") || strings.HasSuffix(part, ".lock"):
			return bad("a part is empty, begins with a dot or ends in .lock")
		case strings.HasSuffix(part, ".") && part == name[strings.LastIndexByte(name, '/')+1:]:
			return bad("it ends in a dot")
		}
	}
	for i := range len(name) {
		if c := name[i]; c < 0x20 || c == 0x7f || strings.IndexByte(" ~^:?*[\\", c) >= 0 {
			return bad("a character that git forbids")
		}
	}
	if strings.Contains(name, "..") || strings.Contains(name, "@{") {
		return bad("a sequence that git forbids")
	}
	return nil
}

// UpdateRef changes one ref by git's own protocol: NAME.lock is made, which
// fails if anybody else holds it; the old value is compared under the lock; the
// new one is written, synced and renamed into place. Moved says that the old
// value is another, Busy that the ref is locked.
func (r *Repo) UpdateRef(u RefUpdate) error {
	if err := CheckRefName(u.Name); err != nil {
		return err
	}
	lock, err := r.lockRef(u.Name)
	if err != nil {
		return err
	}
	kept := false
	defer func() {
		if !kept {
			r.opts.FS.Remove(lock.Name())
		}
	}()
	err = r.compareRef(u)
	if err == nil && !u.New.IsZero() {
		_, err = lock.Write([]byte(u.New.String() + "\n"))
		if err == nil {
			err = lock.Sync()
		}
	}
	if e := lock.Close(); err == nil {
		err = e
	}
	if err != nil {
		return refError(u.Name, err)
	}
	if u.New.IsZero() {
		return refError(u.Name, r.deleteRef(u))
	}
	if err := r.logRef(u); err != nil {
		return refError(u.Name, err)
	}
	path := r.refPath(u.Name)
	if info, err := os.Lstat(path); err == nil && info.IsDir() {
		removeEmptyDirs(r.opts.FS, path)
	}
	if err := r.opts.FS.Rename(lock.Name(), path); err != nil {
		return refError(u.Name, err)
	}
	kept = true
	return refError(u.Name, r.opts.FS.SyncDir(filepath.Dir(path)))
}

func refError(name string, err error) error {
	var e *Error
	if err == nil || errors.As(err, &e) {
		return err
	}
	return failed(err, "%s cannot be written: %v", name, err)
}

// lockRef makes NAME.lock. git removes empty folders under refs at any time, so
// making the folder and the file is tried again.
func (r *Repo) lockRef(name string) (durable.File, error) {
	path := r.refPath(name) + ".lock"
	for try := 0; ; try++ {
		err := durable.MkdirAll(r.opts.FS, filepath.Dir(path), 0o755)
		if err == nil {
			var f durable.File
			if f, err = r.opts.FS.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644); err == nil {
				return f, nil
			}
		}
		switch {
		case errors.Is(err, fs.ErrExist):
			return nil, busy("%s is locked%s: another git is at work; if none is, remove %s", name, since(path), path)
		case errors.Is(err, syscall.ENOTDIR):
			return nil, failed(err, "%s cannot be made: a ref stands where its folder would be", name)
		case errors.Is(err, fs.ErrNotExist) && try < 3:
			continue
		}
		return nil, failed(err, "%s cannot be locked: %v", name, err)
	}
}

// since tells of a file's age when it is old.
func since(path string) string {
	info, err := os.Lstat(path)
	if err != nil || time.Since(info.ModTime()) < 10*time.Minute {
		return ""
	}
	return fmt.Sprintf(" (since %s)", info.ModTime().Format("2006-01-02 15:04"))
}

func (r *Repo) compareRef(u RefUpdate) error {
	now, err := r.Ref(u.Name)
	if err != nil {
		return err
	}
	if now != u.Old {
		return &Error{Kind: Moved, Message: fmt.Sprintf("%s moved meanwhile: it is %s, not %s", u.Name, name(now), name(u.Old))}
	}
	if !u.Old.IsZero() || u.New.IsZero() {
		return nil
	}
	others, err := r.Refs("refs/")
	if err != nil {
		return err
	}
	for _, o := range others {
		if strings.HasPrefix(o.Name, u.Name+"/") || strings.HasPrefix(u.Name, o.Name+"/") {
			return failed(nil, "%s cannot be made beside %s: one would be the folder of the other", u.Name, o.Name)
		}
	}
	return nil
}

func name(h object.Hash) string {
	if h.IsZero() {
		return "absent"
	}
	return h.Short()
}

// deleteRef removes a ref whose lock is held: from packed-refs first, or an old
// value would come back to light.
func (r *Repo) deleteRef(u RefUpdate) error {
	if err := r.unpackRef(u.Name); err != nil {
		return err
	}
	path := r.refPath(u.Name)
	if err := r.opts.FS.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	log := filepath.Join(r.commonDir, "logs", filepath.FromSlash(u.Name))
	if err := r.opts.FS.Remove(log); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return r.opts.FS.SyncDir(filepath.Dir(path))
}

func (r *Repo) unpackRef(name string) error {
	packed, err := r.packedRefs()
	if err != nil {
		return err
	}
	if _, ok := packed[name]; !ok {
		return nil
	}
	path := filepath.Join(r.commonDir, "packed-refs")
	lock, err := r.opts.FS.OpenFile(path+".lock", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return busy("packed-refs is locked%s: another git is at work", since(path+".lock"))
	}
	if err != nil {
		return err
	}
	data, err := os.ReadFile(path)
	if err == nil {
		if _, err = lock.Write(withoutRef(data, name)); err == nil {
			err = lock.Sync()
		}
	}
	if e := lock.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = r.opts.FS.Rename(lock.Name(), path)
	}
	if err != nil {
		r.opts.FS.Remove(lock.Name())
		return err
	}
	return r.opts.FS.SyncDir(r.commonDir)
}

// withoutRef drops a ref's line and the peeled object behind it.
func withoutRef(packed []byte, name string) []byte {
	var out bytes.Buffer
	dropped := false
	for line := range bytes.Lines(packed) {
		if dropped && bytes.HasPrefix(line, []byte("^")) {
			continue
		}
		_, of, _ := strings.Cut(strings.TrimRight(string(line), "\r\n"), " ")
		if dropped = of == name && !bytes.HasPrefix(line, []byte("#")); !dropped {
			out.Write(line)
		}
	}
	return out.Bytes()
}

// removeEmptyDirs removes a tree of folders as long as there is no file in it.
func removeEmptyDirs(f durable.FS, dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if e.IsDir() {
			removeEmptyDirs(f, filepath.Join(dir, e.Name()))
		}
	}
	f.Remove(dir) // fails unless empty
}

// logRef appends to the reflogs as git does: those of branches and
// remote-tracking refs, any that exists, and HEAD's for the branch it is on.
func (r *Repo) logRef(u RefUpdate) error {
	c, err := r.config()
	if err != nil {
		return err
	}
	who, err := r.Identity()
	if err != nil {
		who = object.Signature{Name: "airside", Email: "airside@localhost"}
	}
	who.When = time.Now()
	line := fmt.Sprintf("%s %s %s\t%s\n", u.Old, u.New, encodeSignature(who), strings.ReplaceAll(u.Reason, "\n", " "))
	logs := []string{filepath.Join(r.commonDir, "logs", filepath.FromSlash(u.Name))}
	if head, err := r.Head(); err == nil && headsPrefix+head.Branch == u.Name {
		logs = append(logs, filepath.Join(r.gitDir, "logs", "HEAD"))
	}
	logged := strings.HasPrefix(u.Name, headsPrefix) || strings.HasPrefix(u.Name, "refs/remotes/") || strings.HasPrefix(u.Name, "refs/notes/")
	switch v := strings.ToLower(c.last("core.logallrefupdates")); v {
	case "always":
		logged = true
	case "false", "no", "off", "0":
		logged = false
	}
	for _, path := range logs {
		if _, err := os.Stat(path); err != nil && !logged {
			continue
		}
		if err := appendTo(r.opts.FS, path, line); err != nil {
			return err
		}
	}
	return nil
}

func appendTo(f durable.FS, path, line string) error {
	if err := durable.MkdirAll(f, filepath.Dir(path), 0o755); err != nil {
		return err
	}
	file, err := f.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	_, err = file.Write([]byte(line))
	if e := file.Close(); err == nil {
		err = e
	}
	return err
}

// asError makes any error one of this package's.
func asError(err error) error {
	var e *Error
	if err == nil || errors.As(err, &e) {
		return err
	}
	return failed(err, "%v", err)
}
