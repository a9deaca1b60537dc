package refs

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

// HeadChanged is when this work tree's HEAD was last logged, which it is with
// every commit; zero when that cannot be told. It costs one or two stats.
func (s *Store) HeadChanged() time.Time {
	for _, name := range []string{"logs/HEAD", "HEAD"} {
		if info, err := os.Stat(filepath.Join(s.at.Git, filepath.FromSlash(name))); err == nil {
			return info.ModTime()
		}
	}
	return time.Time{}
}

// RefsChanged is when a ref directly below prefix, which ends in "/", was last
// written or removed; zero when there was none. It costs one stat.
func (s *Store) RefsChanged(prefix string) time.Time {
	if info, err := os.Stat(filepath.Join(s.at.Common, filepath.FromSlash(prefix))); err == nil {
		return info.ModTime()
	}
	return time.Time{}
}

// Changes has a value come whenever HeadChanged or RefsChanged(prefix) may tell
// another time, until ctx ends: the system tells of the folders that they look at,
// so that waiting costs nothing. Values that nobody has taken are one. It is nil
// where the system does not tell. What another machine writes to a disk that both
// share is not told.
func (s *Store) Changes(ctx context.Context, prefix string) <-chan struct{} {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return nil
	}
	n := &notices{w: w, logs: filepath.Join(s.at.Git, "logs"), git: s.at.Git}
	dir := s.at.Common
	for _, part := range strings.Split(strings.TrimSuffix(prefix, "/"), "/") {
		dir = filepath.Join(dir, part)
		n.refs = append(n.refs, dir)
	}
	if !n.look() {
		w.Close()
		return nil
	}
	changes := make(chan struct{}, 1)
	go func() {
		defer w.Close()
		n.follow(ctx, changes)
	}()
	return changes
}

// notices hears of changes in folders.
type notices struct {
	w    *fsnotify.Watcher
	git  string   // this work tree's git folder
	logs string   // in it, with HEAD's log; missing before the first commit
	refs []string // the folders down to the refs; the later ones come and go
}

// look asks to be told of the folders that are there; once more changes nothing.
// It is false if it is not told of all that matters.
func (n *notices) look() bool {
	ok := n.w.Add(n.logs) == nil || n.w.Add(n.git) == nil
	for i, dir := range n.refs {
		if err := n.w.Add(dir); err != nil && i == 0 {
			ok = false
		}
	}
	return ok
}

func (n *notices) follow(ctx context.Context, changes chan<- struct{}) {
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-n.w.Events:
			if !n.matters(e.Name) {
				continue
			}
		case <-n.w.Errors: // some were lost
		}
		n.look()
		select {
		case changes <- struct{}{}:
		default:
		}
	}
}

// matters tells whether a change of that file may be one of HEAD or of the refs:
// around HEAD there is much else.
func (n *notices) matters(file string) bool {
	if dir := filepath.Dir(file); dir == n.git || dir == n.logs {
		name := filepath.Base(file)
		return name == "HEAD" || name == "logs"
	}
	return true
}
