package workspace

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/airside-ls/airside/lsp/editor"
	"github.com/airside-ls/airside/lsp/ext"
)

// Trust is what the user has said about folders: package consent's. Its methods
// may be called from several goroutines.
type Trust interface {
	// Trusted reports whether a file or a folder lies where the user trusts what
	// there is.
	Trusted(path string) (bool, error)
	// Trust and Distrust keep it of the folder, or of the repository it lies in,
	// whose top they return.
	Trust(folder string) (root string, err error)
	Distrust(folder string) (root string, found bool, err error)
	// HasRepository reports whether there is anything to trust: a .git in the
	// folder or above it.
	HasRepository(folder string) bool
	// Asked reports whether the user was asked about it before.
	Asked(folder string) bool
	SetAsked(folder string) error
	// Changes has a value come whenever any of this may have changed, until ctx ends;
	// nil where nobody tells.
	Changes(ctx context.Context) <-chan struct{}
}

// trust is whom the server believes. A folder that is not trusted has
// completions and nothing else: no repository in it is opened, as git runs what a
// repository names, and nothing of it is remembered.
type trust struct {
	book      Trust      // nil: none
	reviewing sync.Mutex // held while folders are looked up and learned; never while the client is told
	rounds    int        // of looking up; under reviewing

	telling sync.Mutex // held while the client is told
	told    int        // of which round

	mu    sync.Mutex
	said  *bool           // by a client that knows, of all its folders; nil: by none
	known map[string]bool // of the folders, as it was looked up last
}

// untrusted is told in the status, and to who asks for more than completions.
const untrusted = "this folder is not trusted, so airside only completes here; `airside trust` in it, or opting in to sync, says that you trust it"

var (
	errUntrusted  = errors.New(untrusted)
	errRestricted = errors.New("the editor says that this folder is not trusted, so airside only completes here")
)

// read takes initializationOptions.trusted out of what a client sends.
func (t *trust) read(raw protocol.LSPAny) {
	var options struct {
		Trusted *bool `json:"trusted"`
	}
	if len(raw) > 0 && json.Unmarshal(raw, &options) == nil {
		t.say(options.Trusted)
	}
}

// say takes in what a client says of all its folders.
func (t *trust) say(trusted *bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.said = trusted
}

func (t *trust) saying() *bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.said
}

// Trusts returns nil where the user trusts what lies at a path, else why only
// completions are to be had there. What cannot be read is not trusted.
func (w *Workspace) Trusts(path string) error { return w.trust.trusts(path) }

func (t *trust) trusts(path string) error {
	said := t.saying()
	switch {
	case said != nil && *said:
		return nil
	case said != nil:
		return errRestricted
	case t.book == nil:
		return errUntrusted
	}
	trusted, err := t.book.Trusted(path)
	switch {
	case err != nil:
		return err
	case !trusted:
		return errUntrusted
	}
	return nil
}

// keep keeps what the user says of one folder.
func (t *trust) keep(folder string, trusted bool) (err error) {
	switch {
	case t.book == nil:
		return errors.New("this server keeps no trust")
	case trusted:
		_, err = t.book.Trust(folder)
	default:
		_, _, err = t.book.Distrust(folder)
	}
	return err
}

// replaceFolders has what was removed forgotten, and what is new learned and followed
// from now on: what is said of it later finds what was known here, however early it
// comes. Meanwhile nobody else learns from the list before.
func (w *Workspace) replaceFolders(folders, removed []string) {
	w.trust.reviewing.Lock()
	defer w.trust.reviewing.Unlock()
	w.setFolders(folders)
	for _, dir := range removed {
		if !slices.Contains(folders, dir) {
			w.learner.RemoveWorkspace(dir)
		}
	}
	w.trust.meet(folders)
	w.learnFolders()
}

// meet looks up folders that were not looked up before, for look to say what has
// changed since. reviewing is held, as it is for look.
func (t *trust) meet(folders []string) {
	met := map[string]bool{}
	for _, folder := range folders {
		met[folder] = t.trusts(folder) == nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	maps.Copy(met, t.known)
	t.known = met
}

// look looks up each folder anew, and says what was known before.
func (t *trust) look(folders []string, log *slog.Logger) (before, known map[string]bool) {
	known = map[string]bool{}
	for _, folder := range folders {
		err := t.trusts(folder)
		known[folder] = err == nil
		if err != nil && !errors.Is(err, errUntrusted) && !errors.Is(err, errRestricted) {
			log.Warn("a folder counts as not trusted", "folder", folder, "why", err)
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	before, t.known = t.known, known
	return before, known
}

// TrustChanged is airside/trust: the client, or the user by it, trusts its
// folders or does so no more.
func (w *Workspace) TrustChanged(params *ext.TrustParams) error {
	folder := ""
	if params.URI != "" {
		folder = editor.PathOf(editor.Canonical(uri.URI(params.URI)))
	}
	switch {
	case params.Asked && w.opts.Trust != nil:
		if err := w.opts.Trust.SetAsked(cmp.Or(folder, w.Folder())); err != nil {
			w.log.Info("that the user was asked is not kept", "err", err)
		}
	case params.Trusted == nil:
	case folder == "":
		w.trust.say(params.Trusted)
	default:
		if err := w.trust.keep(folder, *params.Trusted); err != nil {
			w.client.Show(protocol.MessageTypeError, "airside: "+err.Error())
		}
	}
	w.client.Background(func(context.Context) error { w.reviewTrust(); return nil })
	return nil
}

// reviewTrust looks up each folder anew. What was trusted and is no more is
// forgotten, and the other way round.
func (w *Workspace) reviewTrust() {
	folders, known, round := w.lookAgain()
	w.trust.telling.Lock()
	defer w.trust.telling.Unlock()
	if round > w.trust.told { // or there is news
		w.trust.told = round
		w.tellTrust(folders, known)
	}
}

// lookAgain is reviewTrust but for what the client is told: it may not read, and
// the goroutine that takes in its messages waits for reviewing.
func (w *Workspace) lookAgain() (folders []string, known map[string]bool, round int) {
	w.trust.reviewing.Lock()
	defer w.trust.reviewing.Unlock()
	w.trust.rounds++
	folders = w.Folders()
	before, known := w.trust.look(folders, w.log)
	changed := false
	for folder, trusted := range known {
		was, met := before[folder] // who has not met it will learn it
		changed = changed || met && was != trusted
		if was && !trusted {
			w.learner.RemoveWorkspace(folder)
		}
	}
	if changed {
		w.learnFolders()
		w.reconcileLater()
	}
	return folders, known, w.trust.rounds
}

// tellTrust has the status say it.
func (w *Workspace) tellTrust(folders []string, known map[string]bool) {
	if !w.client.Capabilities().Status {
		return // looking for repositories is not for nothing
	}
	status := ext.TrustStatus{}
	for _, folder := range folders {
		if !known[folder] && (w.opts.Trust == nil || w.opts.Trust.HasRepository(folder)) {
			status = ext.TrustStatus{Folder: folder, Message: untrusted}
			said := w.trust.saying()
			if said != nil {
				status.Message = errRestricted.Error()
			}
			status.Ask = said == nil && w.opts.Trust != nil && !w.opts.Trust.Asked(folder)
			break
		}
	}
	w.client.Status(func(told *ext.StatusParams) { told.Trust = status })
}

// followOutside hears of what the user says elsewhere: who types "airside trust"
// or "airside sync enable" in a terminal tells the server nothing.
func (w *Workspace) followOutside(ctx context.Context) {
	var said <-chan struct{}
	if w.opts.Trust != nil {
		said = w.opts.Trust.Changes(ctx)
	}
	interval := beatInterval
	if said != nil {
		interval = rareBeat
	}
	tick := time.NewTicker(interval)
	defer tick.Stop()
	w.reviewTrust()
	for {
		select {
		case <-ctx.Done():
			return
		case <-said:
		case <-tick.C:
		}
		w.reviewTrust()
		for _, r := range w.repositories() { // last, for one thread to do it all
			signal(r.beat)
		}
	}
}

// trustToSync: who opts a repository in to sync trusts it, unless the client
// says otherwise.
func (w *Workspace) trustToSync(u string) error {
	path := w.Folder()
	if u != "" {
		path = editor.PathOf(editor.Canonical(uri.URI(u)))
	}
	if path == "" {
		return nil // nothing is open, which is told better by who looks for it
	}
	if err := w.Trusts(path); !errors.Is(err, errUntrusted) {
		return err
	}
	if err := w.trust.keep(path, true); err != nil {
		return err
	}
	w.reviewTrust()
	return nil
}
