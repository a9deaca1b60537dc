package memory

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// restShare is which part of the time that learning takes it rests, so that it
// is never the load on a machine that a person works at.
const restShare = 0.15

// maxFiles is how many files of a workspace are looked at.
const maxFiles = 200_000

// Update makes the files of the workspace at root what the memory knows: it reads
// those that are new or have changed, and forgets all others. files are absolute
// paths. It works in the caller's goroutine, rests now and then, and ends early
// with ctx.Err(). Files that cannot be read are passed over.
func (m *Memory) Update(ctx context.Context, root string, files []string) error {
	files = slices.Clone(files)
	slices.Sort(files) // what lies together is used together
	over := max(0, len(files)-maxFiles)
	files = files[:len(files)-over]
	m.mu.Lock()
	m.over = over
	m.mu.Unlock()
	wanted := make(map[string]bool, len(files))
	for _, f := range files {
		wanted[f] = true
	}
	for _, p := range m.Paths() {
		if !wanted[p] {
			m.drop(p)
		}
	}
	if m.beside != nil {
		for _, p := range m.beside.Paths() {
			if !wanted[p] {
				m.beside.Forget(p)
			}
		}
	}
	if !m.mute {
		m.reserve(m.unknown(root, files))
	}
	worked := time.Now()
	for _, f := range files {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		m.Refresh(root, f)
		if spent := time.Since(worked); spent > 20*time.Millisecond {
			rest(ctx, time.Duration(float64(spent)*restShare))
			worked = time.Now()
		}
	}
	return ctx.Err()
}

// unknown is how many bytes of the files are new or have changed.
func (m *Memory) unknown(root string, files []string) (bytes int64) {
	for _, f := range files {
		inside, err := filepath.Rel(root, f)
		if err != nil || !worthReading(inside) {
			continue
		}
		if info, err := os.Lstat(f); err == nil && info.Size() <= maxFile && !m.Knows(f, info.Size(), info.ModTime()) {
			bytes += info.Size()
		}
	}
	return bytes
}

func rest(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// Recheck looks at the folders of what is known, and at the files of those that
// have changed: a file was deleted, or replaced by a save. It costs a stat for
// each folder.
func (m *Memory) Recheck(ctx context.Context, root string) {
	m.mu.RLock()
	folders := make([]string, 0, len(m.byFolder))
	for dir := range m.byFolder {
		folders = append(folders, dir)
	}
	m.mu.RUnlock()
	for _, dir := range folders {
		var changed time.Time
		if info, err := os.Stat(dir); err == nil {
			changed = info.ModTime()
		}
		for _, path := range m.changedSince(dir, changed) {
			if ctx.Err() != nil {
				return
			}
			m.Refresh(root, path)
		}
	}
}

// changedSince are the known files of a folder if it has changed since it was
// last looked at.
func (m *Memory) changedSince(dir string, changed time.Time) (paths []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f := m.byFolder[dir]
	if f == nil || f.seen.Equal(changed) && !changed.IsZero() {
		return nil
	}
	f.seen = changed
	for p := range f.paths {
		paths = append(paths, p)
	}
	return paths
}

// Refresh learns the file of the workspace at root again if it has changed, and
// forgets it if it is gone, open in an editor, or nothing that is worth learning.
func (m *Memory) Refresh(root, path string) {
	inside, err := filepath.Rel(root, path)
	if err != nil || !worthReading(inside) {
		m.drop(path)
		return
	}
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxFile {
		m.drop(path)
		return
	}
	size, modified, open := info.Size(), info.ModTime(), m.buffers.has(path)
	if open {
		m.Forget(path) // the text in the editor counts
	}
	own, others := open || m.Knows(path, size, modified), m.beside == nil || m.beside.Knows(path, size, modified)
	if own && others {
		return
	}
	text, err := read(path)
	if err != nil || !worthLearning(text) {
		m.drop(path)
		return
	}
	if !own {
		m.Learn(path, text, size, modified)
	}
	if !others {
		m.beside.Learn(path, text, size, modified)
	}
}

// drop has a file forgotten by all.
func (m *Memory) drop(path string) {
	m.Forget(path)
	if m.beside != nil {
		m.beside.Forget(path)
	}
}

func (bs *buffers) has(path string) bool {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	return bs.byPath[path] != nil
}

func read(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	return string(text), err
}

// Siblings lists the files of a folder, for Update, without hidden ones; none if
// there are more than limit.
func Siblings(dir string, limit int) []string {
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) > limit {
		return nil
	}
	var files []string
	for _, e := range entries {
		if e.Type().IsRegular() && e.Name()[0] != '.' {
			files = append(files, filepath.Join(dir, e.Name()))
		}
	}
	return files
}
