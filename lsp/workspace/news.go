package workspace

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/airside-ls/airside/completion/shown"
	"github.com/airside-ls/airside/gitsync"
	"github.com/airside-ls/airside/lsp/editor"
	"github.com/airside-ls/airside/lsp/ext"
)

// Herald is a Syncer that tells what came in from teammates, as their commits have it.
type Herald interface {
	// Arrivals are those that the user has not seen, newest first; with all also those
	// of the last days that were seen.
	Arrivals(ctx context.Context, all bool) ([]gitsync.Arrival, error)
	// ArrivalsStamp is another one when Arrivals may be others.
	ArrivalsStamp() string
	// ArrivedIn says what came in between two tips of a branch in a file, slashed and
	// relative to the work tree; false where there is nothing to mark.
	ArrivedIn(ctx context.Context, old, new gitsync.Hash, path string) (gitsync.ArrivedFile, bool, error)
	// Saw notes that the user has seen what came in up to an operation; "" is all.
	Saw(operation string) error
}

// How much of a name, and of a subject, is shown, in characters.
const (
	maxNameShown    = 40
	maxSubjectShown = 120
)

// authorOf and subjectOf are a commit's, as they may be shown.
func authorOf(c gitsync.ArrivedCommit) string {
	return shown.Line(cmp.Or(c.Author, c.Email), maxNameShown)
}

func subjectOf(c gitsync.ArrivedCommit) string { return shown.Line(c.Subject, maxSubjectShown) }

// news is what is known of a repository's arrivals.
type news struct {
	source Herald // nil: it tells none

	looking sync.Mutex // held while it is looked at
	stamp   string
	marked  string // the latest operation whose lines were looked at

	mu     sync.Mutex
	unseen []gitsync.Arrival
}

// look takes in what is new, and tells whether that is other than before. fresh are
// the arrivals that were not among those of the look before.
func (n *news) look(ctx context.Context) (fresh []gitsync.Arrival, changed bool, err error) {
	n.looking.Lock()
	defer n.looking.Unlock()
	stamp := n.source.ArrivalsStamp()
	if stamp == n.stamp {
		return nil, false, nil
	}
	list, err := n.source.Arrivals(ctx, false)
	if err != nil {
		return nil, false, err
	}
	n.stamp = stamp
	for _, a := range list {
		if a.Operation > n.marked { // IDs sort as operations began
			fresh = append(fresh, a)
		}
	}
	if len(fresh) > 0 {
		n.marked = fresh[0].Operation
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	changed = len(list) > 0 || len(n.unseen) > 0
	n.unseen = list
	return fresh, changed, nil
}

func (n *news) list() []gitsync.Arrival {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.unseen
}

// lookForNews takes in what came in to a repository, has the status line say it, and
// the lines of open files marked. Where nothing did it costs two questions to the disk.
func (w *Workspace) lookForNews(ctx context.Context, r *repository) {
	if r.news.source == nil {
		return
	}
	fresh, changed, err := r.news.look(ctx)
	if err != nil {
		if ctx.Err() == nil {
			w.log.Warn("what came in cannot be told", "repository", r.workDir, "err", err)
		}
		return
	}
	if changed {
		w.tellSync()
	}
	w.markArrived(ctx, r, fresh, w.comments.inRepository(r))
}

func (w *Workspace) lookForNewsLater(r *repository) {
	if r.news.source != nil {
		w.client.Background(func(ctx context.Context) error { w.lookForNews(ctx, r); return nil })
	}
}

// unseen are the arrivals of the repositories that take part, those of each newest first.
func (w *Workspace) unseen() []gitsync.Arrival {
	var list []gitsync.Arrival
	for _, r := range w.repositories() {
		if r.news.source != nil && len(r.standing()) > 0 {
			list = append(list, r.news.list()...)
		}
	}
	return list
}

// SyncNews is airside.sync.news.
func (w *Workspace) SyncNews(run *editor.Invocation) (any, error) {
	repos, _, err := w.heralds(run)
	if err != nil {
		return nil, err
	}
	told := NewsOf(nil, "")
	for _, r := range repos {
		list, err := r.news.source.Arrivals(run.Ctx, true)
		if err != nil {
			return nil, err
		}
		told = addNews(told, NewsOf(list, r.workDir))
	}
	told.Message = newsWords(w.unseen())
	return told, nil
}

// SyncSeen is airside.sync.seen. Each repository has its own log: an operation of one
// says nothing of another.
func (w *Workspace) SyncSeen(run *editor.Invocation) (any, error) {
	repos, arguments, err := w.heralds(run)
	if err != nil {
		return nil, err
	}
	for _, r := range repos {
		latest, listed := arguments.Latest[r.workDir]
		if arguments.Latest != nil && !listed {
			continue
		}
		if err := r.news.source.Saw(latest); err != nil {
			return nil, err
		}
		w.lookForNews(run.Ctx, r)
	}
	return nil, nil
}

// SyncUnmark is airside.sync.unmark.
func (w *Workspace) SyncUnmark(*editor.Invocation) (any, error) {
	w.fresh.clear()
	return nil, nil
}

// heralds are the repositories that a command's argument means: that of its URI, else
// all that take part.
func (w *Workspace) heralds(run *editor.Invocation) ([]*repository, ext.SyncArguments, error) {
	arguments, err := syncArguments(run)
	if err != nil {
		return nil, arguments, err
	}
	w.reconcile() // the folders may not be open yet
	repos := w.repositories()
	if arguments.URI != "" {
		r, err := w.repositoryOf(arguments.URI)
		if err != nil {
			return nil, arguments, err
		}
		repos = []*repository{r}
	}
	return slices.DeleteFunc(repos, func(r *repository) bool { return r.news.source == nil || !r.syncer.Enabled() }), arguments, nil
}

// maxNews bounds the commits that are listed.
const maxNews = 200

// NewsOf are arrivals of a repository, newest first, in the shape that scripts and
// clients see.
func NewsOf(list []gitsync.Arrival, workDir string) ext.SyncNews {
	told := ext.SyncNews{Commits: []ext.NewsCommit{}, Latest: map[string]string{}}
	var unseen []gitsync.Arrival
	if len(list) > 0 {
		told.Latest[workDir] = list[0].Operation
	}
	for _, a := range list {
		if !a.Seen {
			told.New += len(a.Commits)
			unseen = append(unseen, a)
		}
		for _, c := range a.Commits {
			told.Commits = append(told.Commits, ext.NewsCommit{
				Hash: c.Hash.String(), Author: authorOf(c), Subject: subjectOf(c), Branch: shown.Line(a.Branch, maxNameShown), Time: a.When.UTC().Format(time.RFC3339),
				Operation: a.Operation, WorkDir: workDir, New: !a.Seen, Mine: c.Mine,
			})
		}
	}
	told.Message = newsWords(unseen)
	return bounded(told)
}

func addNews(a, b ext.SyncNews) ext.SyncNews {
	a.New += b.New
	a.More += b.More
	maps.Copy(a.Latest, b.Latest)
	a.Commits = append(a.Commits, b.Commits...)
	slices.SortStableFunc(a.Commits, func(a, b ext.NewsCommit) int { return cmp.Compare(b.Time, a.Time) })
	return bounded(a)
}

func bounded(told ext.SyncNews) ext.SyncNews {
	if excess := len(told.Commits) - maxNews; excess > 0 {
		told.Commits, told.More = told.Commits[:maxNews], told.More+excess
	}
	return told
}

// newsWords are a few words for a status line: "2 new from Ada"; "" for none.
func newsWords(list []gitsync.Arrival) string {
	var commits []gitsync.ArrivedCommit
	for _, a := range list {
		commits = append(commits, a.Commits...)
	}
	if len(commits) == 0 {
		return ""
	}
	return fmt.Sprintf("%d new from %s", len(commits), authorsOf(commits))
}

// authorsOf names who wrote commits: both of two, of more the one who wrote most.
func authorsOf(commits []gitsync.ArrivedCommit) string {
	count := map[string]int{}
	var names []string
	for _, c := range commits {
		name := authorOf(c)
		switch {
		case c.Mine:
			name = "you"
		case name == "":
			name = "somebody"
		}
		if count[name]++; count[name] == 1 {
			names = append(names, name)
		}
	}
	slices.SortStableFunc(names, func(a, b string) int { return count[b] - count[a] })
	switch len(names) {
	case 1:
		return names[0]
	case 2:
		return names[0] + " and " + names[1]
	}
	return fmt.Sprintf("%s and %d others", names[0], len(names)-1)
}
