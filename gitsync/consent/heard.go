package consent

import (
	"context"
	"path/filepath"

	"github.com/fsnotify/fsnotify"
)

// Changes has a value come whenever the user may have said something, in whichever
// process, until ctx ends: the system tells of the folders in which answers are
// kept, so that waiting costs nothing. Values that nobody has taken are one. It is
// nil where the system does not tell, or where there is no folder yet in which that
// of the answers will be made.
func (b *Book) Changes(ctx context.Context) <-chan struct{} {
	if b.dir == "" {
		return nil
	}
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return nil
	}
	h := folderWatch{w: w, dir: b.dir}
	if !h.look() {
		w.Close()
		return nil
	}
	changes := make(chan struct{}, 1)
	go func() {
		defer w.Close()
		h.follow(ctx, changes)
	}()
	return changes
}

// folderWatch hears of changes in the folders of the answers.
type folderWatch struct {
	w   *fsnotify.Watcher
	dir string
}

// look asks to be told of the folders that are there; once more changes nothing.
// The innermost come with the first answers, and are told by the outer ones.
func (h folderWatch) look() bool {
	outer, inner := h.w.Add(filepath.Dir(h.dir)), h.w.Add(h.dir)
	for _, kind := range []string{kindSync, kindTrust, kindAsked} {
		_ = h.w.Add(filepath.Join(h.dir, kind)) // it may not be there yet
	}
	return outer == nil || inner == nil
}

func (h folderWatch) follow(ctx context.Context, changes chan<- struct{}) {
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-h.w.Events:
			if !h.matters(e.Name) {
				continue
			}
		case <-h.w.Errors: // some were lost
		}
		h.look()
		select {
		case changes <- struct{}{}:
		default:
		}
	}
}

// matters tells an answer, and a folder of answers, from what else lies beside them.
func (h folderWatch) matters(file string) bool {
	switch dir, name := filepath.Dir(file), filepath.Base(file); dir {
	case filepath.Dir(h.dir):
		return file == h.dir
	case h.dir:
		return name == kindSync || name == kindTrust || name == kindAsked
	default:
		return filepath.Ext(name) == ".json"
	}
}
