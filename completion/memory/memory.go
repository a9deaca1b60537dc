// Package memory knows how the code of a workspace goes on: a nested n-gram
// model of the file, its folder and its repository, which learns while the user
// works (Hellendoorn and Devanbu, "Are deep neural networks the best choice for
// modeling source code?", FSE 2017). Code repeats itself locally, and nothing
// leaves the machine.
//
// It counts words of source (see next), spelled as the file has them, so it
// needs no tokenizer and no network, and what it says holds for every model: it
// names whole rests of lines, each with its probability.
package memory

import (
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// maxMemoryWords bounds what is learned of a workspace: at 8 bytes for each word
// beside the vocabulary, about 240 MiB. It is 10,000 files as large as those of
// Go's standard library.
const maxMemoryWords = 27 << 20

// maxFolderWords bounds the words of a folder that count as its own and not only
// as the repository's.
const maxFolderWords = 1 << 19

// repositoryOrders: places in the repository are linked by four words before
// them. By fewer there are so many that those of the file and its folder say
// more; a second chain by two gave 0.8 more of 100 line ends and cost half as
// much memory again.
var (
	repositoryOrders = []int{4}
	nearOrders       = []int{4, 2, 1}
)

// Memory of one workspace. It is safe for concurrent use.
type Memory struct {
	vocab *vocabulary

	// learning is held while something is learned or forgotten, before mu, so
	// that no writer waits in front of readers for long.
	learning sync.Mutex

	mu         sync.RWMutex
	repository *index
	files      map[string]learnedFile
	byFolder   map[string]*folder
	refused    int  // files that there was no room for
	over       int  // files of the latest Update beyond the most that are read
	dirty      bool // since it was saved

	buffers buffers

	// beside and mute are set before anything is learned.
	beside Companion
	mute   bool
}

// Companion is who learns of the files that a memory reads, too: each is read once.
type Companion interface {
	Knows(path string, size int64, modified time.Time) bool
	Learn(path, text string, size int64, modified time.Time)
	Forget(path string)
	Paths() []string // that are known, in no order
}

// Share has somebody learn of each file that is read, and hear of each that is
// forgotten. A file that is open in an editor is its business as any other.
func (m *Memory) Share(b Companion) { m.beside = b }

// Mute has the memory read files for who learns beside it, and nothing of its own.
func (m *Memory) Mute() { m.mute = true }

// learnedFile is a file that was learned.
type learnedFile struct {
	number   int // in repository
	size     int64
	modified time.Time
}

// folder is a ring of the nest.
type folder struct {
	paths map[string]bool
	seen  time.Time // when it had last changed as it was looked at

	mu    sync.Mutex
	index *index         // nil until it is needed
	files map[string]int // in index
}

// New returns a memory that knows nothing.
func New() *Memory {
	return &Memory{
		vocab: newVocabulary(), repository: newIndex(0, repositoryOrders...),
		files: make(map[string]learnedFile), byFolder: make(map[string]*folder),
	}
}

// Stats is how much a memory knows.
type Stats struct {
	Files   int
	Refused int // files that there was no room for
	Words   int
	Kinds   int // different words
}

// Stats returns how much the memory knows.
func (m *Memory) Stats() Stats {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return Stats{len(m.files), m.refused + m.over, m.repository.live(), m.vocab.size()}
}

// Learn takes a file's text in the place of what was known of it. Size and
// modified say which file it was, for [Memory.Knows].
func (m *Memory) Learn(path, text string, size int64, modified time.Time) {
	words := m.vocab.cut(make([]word, 0, len(text)/3), text)
	m.learning.Lock()
	defer m.learning.Unlock()
	m.take(path, words, learnedFile{size: size, modified: modified})
	m.compact()
}

// leastWord is how many bytes of source a word has at least, over many files; it
// is 3.3 in Go.
const leastWord = 3

// reserve makes room for so many bytes of source.
func (m *Memory) reserve(bytes int64) {
	m.learning.Lock()
	defer m.learning.Unlock()
	m.mu.Lock()
	defer m.mu.Unlock()
	room := maxMemoryWords + len(m.files) - len(m.repository.words)
	m.repository.reserve(int(max(0, min(bytes/leastWord, int64(room)))))
}

// take is Learn with the text cut into words. learning is held.
func (m *Memory) take(path string, words []word, k learnedFile) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.forget(path)
	m.dirty = true
	if m.mute {
		words = nil
	}
	if m.repository.live()+len(words) > maxMemoryWords {
		m.refused++
		return
	}
	k.number = m.repository.add(words)
	m.files[path] = k
	dir := filepath.Dir(path)
	f := m.byFolder[dir]
	if f == nil {
		f = &folder{paths: make(map[string]bool)}
		m.byFolder[dir] = f
	}
	f.paths[path] = true
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.index != nil && f.index.live()+len(words) <= maxFolderWords {
		f.files[path] = f.index.add(words)
	}
}

// Forget drops what was known of a file.
func (m *Memory) Forget(path string) {
	m.learning.Lock()
	defer m.learning.Unlock()
	m.mu.Lock()
	m.forget(path)
	m.mu.Unlock()
	m.compact()
}

// forget is Forget for who holds learning and mu.
func (m *Memory) forget(path string) {
	k, ok := m.files[path]
	if !ok {
		return
	}
	m.dirty = true
	m.repository.remove(k.number)
	delete(m.files, path)
	f := m.byFolder[filepath.Dir(path)]
	delete(f.paths, path)
	f.mu.Lock()
	defer f.mu.Unlock()
	if n, ok := f.files[path]; ok {
		f.index.remove(n)
		delete(f.files, path)
	}
	if f.index != nil && f.index.dead > f.index.live() {
		f.index, f.files = nil, nil
	}
}

// Knows tells whether a file was learned as it is now.
func (m *Memory) Knows(path string, size int64, modified time.Time) bool {
	m.mu.RLock()
	defer m.mu.RUnlock()
	k, ok := m.files[path]
	return ok && k.size == size && k.modified.Equal(modified)
}

// Paths are the files that are known, in no order.
func (m *Memory) Paths() []string {
	m.mu.RLock()
	defer m.mu.RUnlock()
	paths := make([]string, 0, len(m.files))
	for p := range m.files {
		paths = append(paths, p)
	}
	return paths
}

// worthCompacting is how many words of files that are gone may stay.
const worthCompacting = 1 << 18

// compact makes the repository's index anew when much of it is of files that are
// gone. Readers go on meanwhile. learning is held, so nothing changes.
func (m *Memory) compact() {
	old := m.repository
	if old.dead < worthCompacting || old.dead < old.live()/3 {
		return
	}
	fresh := newIndex(old.live()+len(m.files), repositoryOrders...)
	files := make(map[string]learnedFile, len(m.files))
	for path, k := range m.files {
		f := old.files[k.number]
		k.number = fresh.add(old.words[f.start:f.end])
		files[path] = k
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.repository, m.files = fresh, files
}

// near is the index of a folder, made when it is first needed, and the file of
// it that path is, -1 if it is none. mu is held for reading, and done ends the
// use of the index.
func (m *Memory) near(path string) (x *index, file int, done func()) {
	f := m.byFolder[filepath.Dir(path)]
	if f == nil {
		return nil, -1, func() {}
	}
	f.mu.Lock()
	if f.index == nil {
		m.fill(f)
	}
	file, ok := f.files[path]
	if !ok {
		file = -1
	}
	return f.index, file, f.mu.Unlock
}

// fill makes the index of a folder, whose mu is held.
func (m *Memory) fill(f *folder) {
	n := 0
	for p := range f.paths {
		r := m.repository.files[m.files[p].number]
		n += int(r.end-r.start) + 1
	}
	f.index = newIndex(min(n, maxFolderWords), nearOrders...)
	f.files = make(map[string]int)
	for _, p := range slices.Sorted(maps.Keys(f.paths)) { // the last ones are visited first
		r := m.repository.files[m.files[p].number]
		if f.index.live()+int(r.end-r.start) <= maxFolderWords {
			f.files[p] = f.index.add(m.repository.words[r.start:r.end])
		}
	}
}

// Adopt takes over all files that another memory, which must not be used any
// more, has learned; the open texts stay.
func (m *Memory) Adopt(other *Memory) {
	m.learning.Lock()
	defer m.learning.Unlock()
	texts := other.vocab.snapshot()
	words := make([]word, len(texts))
	words[strange] = strange
	for i := int(firstWord); i < len(texts); i++ {
		words[i] = m.vocab.id(texts[i])
	}
	for path, k := range other.files {
		f := other.repository.files[k.number]
		file := make([]word, 0, f.end-f.start)
		for _, w := range other.repository.words[f.start:f.end] {
			file = append(file, words[w])
		}
		m.take(path, file, k)
	}
	m.dirty = other.dirty
}
