package repo

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/layout"
)

// How long somebody else's lock is waited for: git's own 100 ms
// (core.filesRefLockTimeout), so that a commit in the same instant is no
// failure.
const (
	lockTries = 10
	lockPause = 10 * time.Millisecond
)

// staleLock is the age from which a lock is probably left over by a crash: git
// itself holds one for seconds.
const staleLock = time.Hour

// lock is a file by which git keeps others out, NAME.lock. What is to stand at
// NAME is written elsewhere and renamed while the lock stands, so that the lock
// says for as long as it lives whose it is.
type lock struct {
	repo *Repo
	path string
}

// acquire makes a lock, which fails with Busy while anybody else has it. One
// that a crash of airside left behind is taken over; nobody else's ever is.
func (r *Repo) acquire(path, what string) (*lock, error) {
	words := ownerWords()
	for try := 1; ; try++ {
		err := durable.MkdirAll(r.opts.FS, filepath.Dir(path), 0o777)
		if err == nil {
			err = r.makeLock(path, words)
		}
		switch {
		case err == nil:
			return &lock{r, path}, nil
		case errors.Is(err, syscall.ENOTDIR), fileAbove(path):
			return nil, fault.Wrap(err, "%s cannot be made: a file stands where its folder would be", what)
		case errors.Is(err, fs.ErrExist) && r.removeOwn(path) && try < lockTries:
		case errors.Is(err, fs.ErrExist) && try < lockTries:
			time.Sleep(lockPause)
		case errors.Is(err, fs.ErrExist):
			return nil, fault.New(fault.Busy, "%s is locked: %s", what, lockAdvice(path))
		case errors.Is(err, fs.ErrNotExist) && try < lockTries: // git removes empty folders under refs
		default:
			return nil, fault.Wrap(err, "%s cannot be locked: %v", what, err)
		}
	}
}

// makeLock makes a lock that says whose it is from its first moment on: a crash
// between making and writing it would leave one that nobody may remove.
func (r *Repo) makeLock(path, words string) error {
	dir := filepath.Join(r.Common, "airside")
	if err := durable.OwnDir(r.opts.FS, dir); err != nil {
		return err
	}
	r.sweep.Do(func() { durable.Sweep(r.opts.FS, dir, "") })
	written := durable.TempName(dir, "lock")
	if err := r.writeLock(written, words); err != nil {
		return err
	}
	err := r.opts.FS.Link(written, path)
	r.opts.FS.Remove(written)
	if err == nil || errors.Is(err, fs.ErrExist) || errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return err
	}
	return r.writeLock(path, words) // a file system without hard links
}

func (r *Repo) writeLock(path, words string) error {
	f, err := r.opts.FS.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = f.Write([]byte(words))
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		r.opts.FS.Remove(path)
	}
	return err
}

// release lets others in again.
func (l *lock) release() {
	if err := l.repo.opts.FS.Remove(l.path); err != nil {
		l.repo.opts.Log.Warn("a lock is left behind", "path", l.path, "error", err)
	}
}

// lockMark is what airside's locks begin with: then process, host and a random
// number, with a newline behind.
const lockMark = "airside"

func ownerWords() string {
	return fmt.Sprintf("%s %d %s %s\n", lockMark, os.Getpid(), hostName(), random())
}

// random is a name that nothing else has.
func random() string {
	var b [8]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

func hostName() string {
	host, err := os.Hostname()
	if err != nil || host == "" {
		return "-"
	}
	return strings.Join(strings.Fields(host), "-")
}

// removeOwn removes a lock if it is one of airside's on this machine whose
// process is gone.
func (r *Repo) removeOwn(path string) bool {
	words, err := durable.ReadFile(path, layout.MaxPointer)
	if err != nil || !abandoned(string(words)) {
		return false
	}
	again, err := durable.ReadFile(path, layout.MaxPointer)
	return err == nil && string(again) == string(words) && r.opts.FS.Remove(path) == nil
}

func abandoned(words string) bool {
	var pid int
	var mark, host, random string
	if n, _ := fmt.Sscanf(words, "%s %d %s %s\n", &mark, &pid, &host, &random); n != 4 || mark != lockMark || host != hostName() || pid <= 0 {
		return false
	}
	if pid == os.Getpid() {
		return false
	}
	p, err := os.FindProcess(pid)
	if err != nil {
		return true
	}
	defer p.Release()
	if runtime.GOOS == "windows" {
		return false // it was found
	}
	err = p.Signal(syscall.Signal(0))
	return errors.Is(err, os.ErrProcessDone) || errors.Is(err, syscall.ESRCH)
}

// lockAdvice says of somebody else's lock what can be done. Nobody here can
// know that its owner is gone.
func lockAdvice(path string) string {
	info, err := os.Lstat(path)
	if err == nil && time.Since(info.ModTime()) > staleLock {
		return fmt.Sprintf("%s stands since %s, so a git probably crashed there: if none is running, remove it",
			path, info.ModTime().Format("2006-01-02 15:04"))
	}
	return fmt.Sprintf("another git is at work (%s): it is tried again", path)
}

// fileAbove reports that a file stands where path needs a folder.
func fileAbove(path string) bool {
	for dir := filepath.Dir(path); dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if info, err := os.Stat(dir); err == nil {
			return !info.IsDir()
		}
	}
	return false
}
