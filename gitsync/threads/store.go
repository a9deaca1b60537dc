package threads

import (
	"context"
	"fmt"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo"
)

// Where refs of comments are.
const (
	// OwnRefs are what is written here; so they are called at a remote, too.
	OwnRefs = "refs/airside/actors/"
	// FetchedRefs are what came from remotes: then the remote's name, then the
	// actor's.
	FetchedRefs = "refs/airside/threads/"
	// BranchRefs take the place of OwnRefs at a host that refuses those.
	BranchRefs = "refs/heads/airside/threads/"
)

// folder holds the files of operations in an actor's tree.
const folder = "reviews"

// Repo is what comments ask of a repository: package repo's.
type Repo interface {
	CommonDir() string
	WorkDir() string
	Head() (repo.Head, error)
	WorkTree(ctx context.Context) (repo.WorkTree, error)
	LeftOut(name string) object.Hash // of a sparse checkout's work tree
	Ref(name string) (object.Hash, error)
	Refs(prefix string) ([]repo.Ref, error)
	UpdateRef(repo.RefUpdate) error
	Objects() (object.Reader, error)
	WriteObjects([]object.Object) error
	CommitObject(object.Commit) object.Object
	Identity() (object.Signature, error)
	Signs() (bool, string)
	SignedCommit(ctx context.Context, c object.Commit) (object.Hash, error)
	Signatures(ctx context.Context, commits []object.Hash) (map[object.Hash]repo.Signature, error)
}

// Store reads and writes a repository's comments. Its methods may be called from
// several goroutines, and by several processes at once.
type Store struct {
	repo Repo
	fs   durable.FS
	now  func() time.Time

	mu       sync.Mutex
	segments map[object.Hash]segment // by blob and actor
	latest   *Snapshot               // for the tips in it
	trust    map[object.Hash]tipTrust
}

// segment is one file, read.
type segment struct {
	actor   string
	ops     []Operation
	skipped []SkippedOperation
}

// NewStore works on r. A nil fs is durable.Beneath its git folder, a nil now time.Now.
func NewStore(r Repo, fs durable.FS, now func() time.Time) *Store {
	if fs == nil {
		fs = durable.Beneath(r.CommonDir())
	}
	if now == nil {
		now = time.Now
	}
	return &Store{repo: r, fs: fs, now: now, segments: map[object.Hash]segment{}, trust: map[object.Hash]tipTrust{}}
}

// Snapshot is all that is known of a repository's comments at one moment. It is
// not changed.
type Snapshot struct {
	State
	Me    string           // the actor of this clone, "" before its first comment
	tips  []tip            // what it was read from
	ids   []string         // of all comments, sorted
	trust map[string]Trust // by operation
}

// tip is a ref's commit, and whose it is.
type tip struct {
	name, actor string
	commit      object.Hash
}

// Load reads all comments. It is quick when nothing has changed since the last
// time.
func (s *Store) Load(ctx context.Context) (*Snapshot, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	snap, err := s.read()
	if err != nil || snap.trust != nil {
		return snap, err
	}
	if snap.trust, err = s.judge(ctx, snap.tips); err != nil {
		return nil, err
	}
	return snap, nil
}

// read is Load without the signatures.
func (s *Store) read() (*Snapshot, error) {
	tips, skipped, err := s.tips()
	if err != nil {
		return nil, err
	}
	me := s.actor().ID
	if s.latest != nil && s.latest.Me == me && slices.Equal(s.latest.tips, tips) {
		return s.latest, nil
	}
	objects, err := s.repo.Objects()
	if err != nil {
		return nil, err
	}
	used := map[object.Hash]segment{}
	var ops []Operation
	seen := map[object.Hash]bool{}
	for _, t := range tips {
		if seen[t.commit] {
			continue
		}
		seen[t.commit] = true
		list, err := s.segmentsOf(objects, t, used)
		if err != nil {
			skipped.add(t.actor, "an actor's comments cannot be read: "+err.Error())
		}
		for _, seg := range list {
			if len(ops)+len(seg.ops) > maxOps {
				skipped.add(t.actor, fmt.Sprintf("there are more than %d operations: those beyond are not shown", maxOps))
				break
			}
			ops = append(ops, seg.ops...)
			for _, one := range seg.skipped {
				for range one.Count {
					skipped.add(one.Where, one.Reason)
				}
			}
		}
	}
	s.segments = used
	snap := &Snapshot{State: Fold(ops), Me: me, tips: tips}
	for _, one := range snap.Skipped {
		for range one.Count {
			skipped.add(one.Where, one.Reason)
		}
	}
	snap.Skipped = skipped.sorted()
	for _, t := range snap.Threads {
		for _, c := range t.Comments {
			snap.ids = append(snap.ids, c.ID)
		}
	}
	slices.Sort(snap.ids)
	s.latest = snap
	return snap, nil
}

// tips are the refs of all actors, ours and those fetched.
func (s *Store) tips() (list []tip, skipped skips, err error) {
	for _, prefix := range []string{OwnRefs, FetchedRefs} {
		refs, err := s.repo.Refs(prefix)
		if err != nil {
			return nil, skipped, err
		}
		for _, ref := range refs {
			actor := actorOf(path.Base(ref.Name))
			switch {
			case actor == "":
				skipped.add(path.Base(ref.Name), "a ref of that name is no actor's")
			case len(list) >= maxActors:
				skipped.add(actor, fmt.Sprintf("there are more than %d actors: those beyond are not shown", maxActors))
			default:
				list = append(list, tip{ref.Name, actor, ref.Hash})
			}
		}
	}
	return list, skipped, nil
}

// segmentsOf reads an actor's files as of a commit. What can be read comes back
// also with an error.
func (s *Store) segmentsOf(objects object.Reader, t tip, used map[object.Hash]segment) ([]segment, error) {
	entries, err := segmentEntries(objects, t.commit)
	if err != nil {
		return nil, err
	}
	list := make([]segment, len(entries))
	var wait sync.WaitGroup
	room := make(chan struct{}, runtime.GOMAXPROCS(0)) // decoding is what takes the time
	for i, e := range entries {
		seg, ok := used[e.Hash]
		if !ok {
			seg, ok = s.segments[e.Hash]
		}
		if ok && seg.actor == t.actor {
			list[i] = seg
			continue
		}
		data, err := readSegment(objects, e)
		if err != nil {
			list[i] = segment{actor: t.actor, skipped: []SkippedOperation{{t.actor, err.Error(), 1}}}
			continue
		}
		room <- struct{}{}
		wait.Go(func() {
			defer func() { <-room }()
			var skipped skips
			ops := decodeSegment(t.actor, data, &skipped)
			list[i] = segment{t.actor, ops, skipped.sorted()}
		})
	}
	wait.Wait()
	for i, e := range entries {
		used[e.Hash] = list[i]
	}
	return list, nil
}

func readSegment(objects object.Reader, e object.TreeEntry) ([]byte, error) {
	size, err := objects.BlobSize(e.Hash)
	if err != nil {
		return nil, err
	}
	if size > maxSegment {
		return nil, fmt.Errorf("a file of comments has %d bytes: %d are the most that are read", size, maxSegment)
	}
	return objects.Blob(e.Hash)
}

// segmentEntries are the files of operations in a commit's tree, by name.
func segmentEntries(objects object.Reader, commit object.Hash) ([]object.TreeEntry, error) {
	c, err := objects.Commit(commit)
	if err != nil {
		return nil, err
	}
	root, err := objects.Tree(c.Tree)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(root, func(e object.TreeEntry) bool { return e.Name == folder && e.Mode == object.ModeDir })
	if i < 0 {
		return nil, nil
	}
	entries, err := objects.Tree(root[i].Hash)
	return slices.DeleteFunc(slices.Clone(entries), func(e object.TreeEntry) bool {
		return !e.Mode.IsFile() || !strings.HasSuffix(e.Name, ".ndjson")
	}), err
}

// Stamp is another one whenever comments or HEAD may be others: it costs a look
// at some refs.
func (s *Store) Stamp() string {
	tips, _, err := s.tips()
	head, headErr := s.repo.Head()
	return fmt.Sprintf("%v %v %v %v", tips, head, err, headErr)
}
