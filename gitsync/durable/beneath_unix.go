//go:build unix

package durable

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// anchoredName is a name in an open folder, or, where no root is above it, a path.
type anchoredName struct {
	dir  int // descriptor, or unix.AT_FDCWD
	name string
	path string // in full, for errors
}

func (p anchoredName) close() {
	if p.dir != unix.AT_FDCWD {
		unix.Close(p.dir)
	}
}

// failed says where something failed, unless the error says so already.
func (p anchoredName) failed(op string, err error) error {
	var path *fs.PathError
	var link *os.LinkError
	if err == nil || errors.As(err, &path) || errors.As(err, &link) {
		return err
	}
	return &fs.PathError{Op: op, Path: p.path, Err: err}
}

// beneath reports that a root is above the place.
func (p anchoredName) beneath() bool { return p.dir != unix.AT_FDCWD }

// is says what stands at the place, if it is a link the link.
func (p anchoredName) is() (st unix.Stat_t, err error) {
	err = again(func() error { return unix.Fstatat(p.dir, p.name, &st, unix.AT_SYMLINK_NOFOLLOW) })
	return st, err
}

func kind(st unix.Stat_t) uint32 { return uint32(st.Mode) & unix.S_IFMT }

// again calls what a signal may interrupt.
func again(call func() error) error {
	for {
		if err := call(); err != unix.EINTR {
			return err
		}
	}
}

// place walks to the folder that path is in. Whoever calls it closes the place.
func (b confined) place(op, path string) (anchoredName, error) {
	p := anchoredName{dir: unix.AT_FDCWD, name: path, path: path}
	root := ""
	for _, r := range b.roots {
		if len(r) > len(root) && strings.HasPrefix(path, r+string(filepath.Separator)) {
			root = r
		}
	}
	if root == "" {
		return p, nil
	}
	dir, err := openFolder(unix.AT_FDCWD, root, 0)
	if err != nil {
		return p, &fs.PathError{Op: op, Path: root, Err: err}
	}
	p.dir = dir
	rest := strings.Trim(path[len(root):], string(filepath.Separator))
	for {
		name, below, more := strings.Cut(rest, string(filepath.Separator))
		if name == ".." {
			p.close()
			return p, &fs.PathError{Op: op, Path: path, Err: fs.ErrInvalid}
		}
		if p.name = name; !more {
			return p, nil
		}
		if rest = below; name == "" || name == "." {
			continue
		}
		next, err := openFolder(p.dir, name, unix.O_NOFOLLOW)
		if err != nil {
			if st, e := p.is(); e == nil && kind(st) == unix.S_IFLNK {
				err = ErrLink
			}
			p.close()
			return p, &fs.PathError{Op: op, Path: strings.TrimSuffix(path, string(filepath.Separator)+below), Err: err}
		}
		p.close()
		p.dir = next
	}
}

func openFolder(dir int, name string, flag int) (fd int, err error) {
	err = again(func() error {
		fd, err = unix.Openat(dir, name, passing|unix.O_DIRECTORY|unix.O_CLOEXEC|flag, 0)
		return err
	})
	return fd, err
}

// at does something at a path's place.
func (b confined) at(op, path string, do func(anchoredName) error) error {
	p, err := b.place(op, path)
	if err != nil {
		return err
	}
	defer p.close()
	return p.failed(op, again(func() error { return do(p) }))
}

// between does something at two.
func (b confined) between(op, old, new string, do func(old, new anchoredName) error) error {
	return b.at(op, old, func(from anchoredName) error {
		to, err := b.place(op, new)
		if err != nil {
			return err
		}
		defer to.close()
		if err := do(from, to); err != nil {
			return &os.LinkError{Op: op, Old: old, New: new, Err: err}
		}
		return nil
	})
}

// open opens a regular file at a place without following a link. A pipe is not
// waited for.
func (p anchoredName) open(flag int, perm fs.FileMode) (*os.File, error) {
	var fd int
	err := again(func() (err error) {
		fd, err = unix.Openat(p.dir, p.name, flag|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, uint32(perm.Perm()))
		return err
	})
	if err != nil {
		if st, e := p.is(); e == nil && kind(st) == unix.S_IFLNK && !errors.Is(err, fs.ErrExist) {
			err = ErrLink
		}
		return nil, p.failed("open", err)
	}
	return os.NewFile(uintptr(fd), p.path), nil
}

// OpenFile has what is there replaced rather than truncated: it may be the name
// of a file elsewhere.
func (b confined) OpenFile(name string, flag int, perm fs.FileMode) (File, error) {
	p, err := b.place("open", name)
	if err != nil {
		return nil, err
	}
	defer p.close()
	if !p.beneath() {
		return OS.OpenFile(name, flag, perm)
	}
	if flag&os.O_TRUNC != 0 {
		if err := p.remove(); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, p.failed("open", err)
		}
		flag = flag&^os.O_TRUNC | os.O_EXCL
	}
	file, info, err := p.openRegular(flag, perm)
	if err != nil {
		return nil, err
	}
	if names(info) > 1 {
		file.Close()
		return p.parted(flag, info)
	}
	return file, nil
}

// openRegular opens what is a regular file and nothing else.
func (p anchoredName) openRegular(flag int, perm fs.FileMode) (*os.File, fs.FileInfo, error) {
	file, err := p.open(flag, perm)
	if err != nil {
		return nil, nil, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = p.failed("open", ErrNotRegular)
	}
	if err != nil {
		file.Close()
		return nil, nil, err
	}
	return file, info, nil
}

// parted opens a file that has other names, after a copy of it has taken this
// name.
func (p anchoredName) parted(flag int, info fs.FileInfo) (File, error) {
	from, err := p.open(os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	defer from.Close()
	copied := anchoredName{dir: p.dir, name: tempName(p.name), path: p.path}
	file, err := copied.open(flag&^os.O_APPEND|os.O_CREATE|os.O_EXCL, info.Mode())
	if err != nil {
		return nil, err
	}
	_, err = io.Copy(file, from)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = again(func() error { return unix.Renameat(p.dir, copied.name, p.dir, p.name) })
	}
	if err != nil {
		copied.remove()
		return nil, p.failed("open", err)
	}
	return p.open(flag&^(os.O_CREATE|os.O_EXCL), 0)
}

func (b confined) OpenInPlace(name string) (*os.File, error) {
	p, err := b.place("open", name)
	if err != nil {
		return nil, err
	}
	defer p.close()
	return p.openInPlace()
}

func (p anchoredName) openInPlace() (*os.File, error) {
	file, info, err := p.openRegular(os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if names(info) > 1 {
		file.Close()
		return nil, p.failed("open", ErrLink)
	}
	return file, nil
}

func (b confined) Mkdir(name string, perm fs.FileMode) error {
	return b.at("mkdir", name, func(p anchoredName) error { return unix.Mkdirat(p.dir, p.name, uint32(perm.Perm())) })
}

func (b confined) Rename(old, new string) error {
	return b.between("rename", old, new, func(from, to anchoredName) error { return unix.Renameat(from.dir, from.name, to.dir, to.name) })
}

// Link makes a second name of what is at old, be it a link.
func (b confined) Link(old, new string) error {
	return b.between("link", old, new, func(from, to anchoredName) error {
		if st, err := from.is(); err == nil && kind(st) == unix.S_IFLNK {
			return ErrLink
		}
		return unix.Linkat(from.dir, from.name, to.dir, to.name, 0)
	})
}

func (b confined) Symlink(target, name string) error {
	return b.at("symlink", name, func(p anchoredName) error { return unix.Symlinkat(target, p.dir, p.name) })
}

func (b confined) Remove(name string) error { return b.at("remove", name, anchoredName.remove) }

// remove removes a file or an empty folder.
func (p anchoredName) remove() error {
	err := unix.Unlinkat(p.dir, p.name, 0)
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if e := unix.Unlinkat(p.dir, p.name, unix.AT_REMOVEDIR); !errors.Is(e, unix.ENOTDIR) {
		return e
	}
	return err
}

// Chmod opens what it changes: not every system can otherwise do without
// following a link.
func (b confined) Chmod(name string, perm fs.FileMode) error {
	return b.at("chmod", name, func(p anchoredName) error {
		if !p.beneath() {
			return OS.Chmod(name, perm)
		}
		st, err := p.is()
		if err != nil {
			return err
		}
		switch kind(st) {
		case unix.S_IFREG, unix.S_IFDIR:
		case unix.S_IFLNK:
			return ErrLink
		default:
			return ErrNotRegular
		}
		file, err := p.open(os.O_RDONLY, 0)
		if err != nil {
			return err
		}
		defer file.Close()
		return file.Chmod(perm)
	})
}

func (b confined) Chtimes(name string, at time.Time) error {
	return b.at("chtimes", name, func(p anchoredName) error {
		stamp, err := unix.TimeToTimespec(at)
		if err != nil {
			return err
		}
		return unix.UtimesNanoAt(p.dir, p.name, []unix.Timespec{stamp, stamp}, unix.AT_SYMLINK_NOFOLLOW)
	})
}

func (b confined) SyncDir(name string) error {
	return b.at("sync", name, func(p anchoredName) error {
		if !p.beneath() {
			return OS.SyncDir(name)
		}
		dir, err := p.open(os.O_RDONLY|unix.O_DIRECTORY, 0)
		if err != nil {
			return err
		}
		defer dir.Close()
		return dir.Sync()
	})
}
