package workspace

import (
	"errors"
	"strings"
	"time"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/airside-ls/airside/completion/shown"
	"github.com/airside-ls/airside/gitsync"
	"github.com/airside-ls/airside/lsp/editor"
	"github.com/airside-ls/airside/lsp/ext"
)

// SyncStatus is airside.sync.status, which changes nothing and asks no remote.
func (w *Workspace) SyncStatus(run *editor.Invocation) (any, error) {
	arguments, err := syncArguments(run)
	if err != nil {
		return nil, err
	}
	r, err := w.repositoryOf(arguments.URI)
	if err != nil {
		return nil, err
	}
	result := OneSyncResult(SyncResults(r.syncer.Status(run.Ctx)...))
	result.Message = w.client.Capabilities().Say(result.Message)
	return result, nil
}

// SyncNow is airside.sync.now. Other repositories of the workspace are not
// waited for, but have their turn as well.
func (w *Workspace) SyncNow(run *editor.Invocation) (any, error) {
	return w.syncCommand(run, "Syncing", func(r *repository, arguments ext.SyncArguments) ([]gitsync.Result, error) {
		for _, other := range w.repositories() {
			if other != r {
				other.syncer.Poke()
			}
		}
		branches := arguments.Branches
		if arguments.Branch != "" {
			branches = append(branches, arguments.Branch)
		}
		if !r.syncer.Enabled() {
			return nil, errNotOptedIn
		}
		return r.syncer.Round(run.Ctx, gitsync.Request{Branches: branches, User: true}), nil
	})
}

// SyncEnable is airside.sync.enable.
func (w *Workspace) SyncEnable(run *editor.Invocation) (any, error) {
	if a, err := syncArguments(run); err != nil {
		return nil, err
	} else if err := w.trustToSync(a.URI); err != nil {
		return nil, err
	}
	return w.syncCommand(run, "Opting in", func(r *repository, arguments ext.SyncArguments) ([]gitsync.Result, error) {
		patterns := arguments.Branches
		if len(patterns) == 0 {
			patterns = strings.Fields(w.syncSettings().Branches)
		}
		if err := r.syncer.Enable(patterns); err != nil {
			return nil, err
		}
		defer r.look()
		return r.syncer.Status(run.Ctx), nil
	})
}

// SyncDisable is airside.sync.disable.
func (w *Workspace) SyncDisable(run *editor.Invocation) (any, error) {
	return w.syncCommand(run, "Opting out", func(r *repository, _ ext.SyncArguments) ([]gitsync.Result, error) {
		if err := r.syncer.Disable(); err != nil {
			return nil, err
		}
		defer r.look()
		return r.syncer.Status(run.Ctx), nil
	})
}

// SyncUndo is airside.sync.undo.
func (w *Workspace) SyncUndo(run *editor.Invocation) (any, error) {
	return w.syncCommand(run, "Taking a sync back", func(r *repository, arguments ext.SyncArguments) ([]gitsync.Result, error) {
		result, err := r.syncer.Undo(run.Ctx, arguments.Operation)
		return []gitsync.Result{result}, err
	})
}

// SyncResolve is airside.sync.resolve.
func (w *Workspace) SyncResolve(run *editor.Invocation) (any, error) {
	return w.syncCommand(run, "Starting the merge", func(r *repository, arguments ext.SyncArguments) ([]gitsync.Result, error) {
		settle := r.syncer.Resolve
		if arguments.Proposal {
			settle = r.syncer.TakeProposal
		}
		result, err := settle(run.Ctx, arguments.Branch)
		return []gitsync.Result{result}, err
	})
}

// syncCommand runs a command on the repository that its argument names, with
// progress, and takes in how the branches stand afterwards.
func (w *Workspace) syncCommand(run *editor.Invocation, title string, do func(*repository, ext.SyncArguments) ([]gitsync.Result, error)) (any, error) {
	arguments, err := syncArguments(run)
	if err != nil {
		return nil, err
	}
	r, err := w.repositoryOf(arguments.URI)
	if err != nil {
		return nil, err
	}
	p := w.client.Progress(run, title, false)
	r.showProgress(p)
	done, err := do(r, arguments)
	r.hideProgress(p)
	results := SyncResults(done...)
	result := OneSyncResult(results)
	result.Message = w.client.Capabilities().Say(result.Message)
	p.End(result.Message)
	if err == nil {
		w.synced(r, results, false)
	}
	if run.Ctx.Err() != nil {
		return run.Unanswered()
	}
	if err != nil {
		return nil, err
	}
	w.showFailure(results)
	return result, nil
}

// showFailure shows what keeps a branch from being synced, to a user who asked:
// the only time for a message that pops up. A conflict is parked, and can wait.
func (w *Workspace) showFailure(results []ext.SyncResult) {
	for _, result := range results {
		if needsUser(result.State) && result.State != "CONFLICT" {
			w.client.Show(protocol.MessageTypeWarning, "airside: "+name(result)+result.Message)
			return
		}
	}
}

// syncArguments reads a command's argument: an object, a URI, or nothing.
func syncArguments(run *editor.Invocation) (a ext.SyncArguments, err error) {
	if u, ok := run.Word(); ok {
		a.URI = u
		return a, nil
	}
	return a, run.Argument(&a)
}

var (
	errNotOptedIn   = errors.New("this repository does not take part in sync; `airside sync enable` opts it in")
	errNoRepository = errors.New("no folder of this workspace is in a git repository that airside can sync: open one, or see `airside sync status`")
)

// repositoryOf is the repository that a URI lies in, open in the workspace or
// not. Without a URI it is the first of the workspace that has opted in, or
// just the first.
func (w *Workspace) repositoryOf(u string) (*repository, error) {
	if w.opts.OpenRepository == nil {
		return nil, errors.New("this server does not sync")
	}
	if u != "" {
		if err := w.Trusts(editor.PathOf(editor.Canonical(uri.URI(u)))); err != nil {
			return nil, err
		}
	}
	w.reconcile() // the folders may not be open yet
	repos := w.repositories()
	if u == "" {
		for _, r := range repos {
			if r.syncer.Enabled() {
				return r, nil
			}
		}
		if len(repos) > 0 {
			return repos[0], nil
		}
		if first := w.Folder(); first != "" {
			if err := w.Trusts(first); err != nil {
				return nil, err
			}
		}
		return nil, errNoRepository
	}
	path := editor.PathOf(editor.Canonical(uri.URI(u)))
	for _, r := range repos {
		if _, ok := r.relative(path); ok {
			return r, nil
		}
	}
	return w.openRepository(path, w.syncSettings())
}

// SyncResults are results in the shape that scripts and clients see: what a remote or
// a repository says in them is as it may be shown.
func SyncResults(list ...gitsync.Result) []ext.SyncResult {
	results := make([]ext.SyncResult, 0, len(list))
	for _, r := range list {
		result := ext.SyncResult{
			State: string(r.State), Branch: r.Branch, Ahead: r.Ahead, Behind: r.Behind,
			Pulled: r.Pulled, Pushed: r.Pushed, Merged: r.Merged,
			Conflicts: []ext.SyncConflict{}, Operation: r.Operation, Message: shown.Text(r.Message),
			Remote: shown.Text(r.Remote), Address: shown.Text(r.Address),
		}
		if c := r.Comments; c != nil {
			result.Comments = &ext.SyncComments{Received: c.Received, Sent: c.Sent, Problem: shown.Text(c.Problem)}
		}
		for _, c := range r.Conflicts {
			result.Conflicts = append(result.Conflicts, ext.SyncConflict(c))
		}
		if !r.LastSync.IsZero() {
			result.LastSync = r.LastSync.UTC().Format(time.RFC3339)
		}
		results = append(results, result)
	}
	return results
}

// OneSyncResult is the first result, that of the current branch, with the others
// in it.
func OneSyncResult(results []ext.SyncResult) ext.SyncResult {
	one := ext.SyncResult{Conflicts: []ext.SyncConflict{}}
	if len(results) > 0 {
		one = results[0]
		one.Branches = results[1:]
	}
	return one
}
