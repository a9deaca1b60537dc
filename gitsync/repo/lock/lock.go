// Package lock holds git's own locks, NAME.lock, and knows whose a lock is.
package lock

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
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

// Locks makes the locks of one repository.
type Locks struct {
	FS   durable.FS
	Log  *slog.Logger
	Dir  string // airside's own, where a lock is written first and children are on record
	At   layout.Layout
	once sync.Once // sweeps Dir of what crashes have left
}

// Lock is a file by which git keeps others out, NAME.lock. What is to stand at
// NAME is written elsewhere and renamed while the lock stands, so that the lock
// says for as long as it lives whose it is.
type Lock struct {
	of   *Locks
	path string
}

// Acquire makes a lock, which fails with Busy while anybody else has it. One
// that a crash of airside left behind is taken over; nobody else's ever is.
func (l *Locks) Acquire(path, what string) (*Lock, error) {
	words := ownerWords()
	for try := 1; ; try++ {
		err := durable.MkdirAll(l.FS, filepath.Dir(path), 0o777)
		if err == nil {
			err = l.makeLock(path, words)
		}
		switch {
		case err == nil:
			return &Lock{l, path}, nil
		case errors.Is(err, syscall.ENOTDIR), fileAbove(path):
			return nil, fault.Wrap(err, "%s cannot be made: a file stands where its folder would be", what)
		case errors.Is(err, fs.ErrExist) && l.RemoveOwn(path) && try < lockTries:
		case errors.Is(err, fs.ErrExist) && try < lockTries:
			time.Sleep(lockPause)
		case errors.Is(err, fs.ErrExist):
			return nil, fault.New(fault.Busy, "%s is locked: %s", what, Advice(path))
		case errors.Is(err, fs.ErrNotExist) && try < lockTries: // git removes empty folders under refs
		default:
			return nil, fault.Wrap(err, "%s cannot be locked: %v", what, err)
		}
	}
}

// makeLock makes a lock that says whose it is from its first moment on: a crash
// between making and writing it would leave one that nobody may remove.
func (l *Locks) makeLock(path, words string) error {
	if err := durable.OwnDir(l.FS, l.Dir); err != nil {
		return err
	}
	l.once.Do(func() { durable.Sweep(l.FS, l.Dir, "") })
	written := durable.TempName(l.Dir, "lock")
	if err := l.writeLock(written, words); err != nil {
		return err
	}
	err := l.FS.Link(written, path)
	l.FS.Remove(written)
	if err == nil || errors.Is(err, fs.ErrExist) || errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return err
	}
	return l.writeLock(path, words) // a file system without hard links
}

func (l *Locks) writeLock(path, words string) error {
	f, err := l.FS.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = f.Write([]byte(words))
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		l.FS.Remove(path)
	}
	return err
}

// Release lets others in again.
func (l *Lock) Release() {
	if err := l.of.FS.Remove(l.path); err != nil {
		l.of.Log.Warn("a lock is left behind", "path", l.path, "error", err)
	}
}

// lockMark is what airside's locks begin with: then process, host and a random
// number, with a newline behind.
const lockMark = "airside"

func ownerWords() string {
	return fmt.Sprintf("%s %d %s %s\n", lockMark, os.Getpid(), hostName(), rand.Text())
}

func hostName() string {
	host, err := os.Hostname()
	if err != nil || host == "" {
		return "-"
	}
	return strings.Join(strings.Fields(host), "-")
}

// RemoveOwn removes a lock if it is one of airside's on this machine, or of a git that
// airside started (see [Child]), whose process is gone.
func (l *Locks) RemoveOwn(path string) bool {
	stood, err := os.Lstat(path)
	if err != nil {
		return false
	}
	words, err := durable.ReadFile(path, layout.MaxPointer)
	if (err != nil || !abandoned(string(words))) && !l.leftByChild(path) {
		return false
	}
	now, err := os.Lstat(path)
	return err == nil && os.SameFile(stood, now) && stood.ModTime().Equal(now.ModTime()) && l.FS.Remove(path) == nil
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

// Advice says of somebody else's lock what can be done. Nobody here can
// know that its owner is gone.
func Advice(path string) string {
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
