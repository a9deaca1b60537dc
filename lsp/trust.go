package lsp

import (
	"context"
	"encoding/json"
	"errors"
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
}

// trust is whom the server believes. A folder that is not trusted has
// completions and nothing else: no repository in it is opened, as git runs what a
// repository names, and nothing of it is remembered.
type trust struct {
	reviewing sync.Mutex // held while folders are looked up

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

// trustOption takes initializationOptions.trusted out of what a client sends.
func (s *Server) trustOption(raw protocol.LSPAny) {
	var options struct {
		Trusted *bool `json:"trusted"`
	}
	if len(raw) > 0 && json.Unmarshal(raw, &options) == nil {
		s.trust.mu.Lock()
		defer s.trust.mu.Unlock()
		s.trust.said = options.Trusted
	}
}

// trusts returns nil where the user trusts what lies at a path, else why only
// completions are to be had there. What cannot be read is not trusted.
func (s *Server) trusts(path string) error {
	s.trust.mu.Lock()
	said := s.trust.said
	s.trust.mu.Unlock()
	switch {
	case said != nil && *said:
		return nil
	case said != nil:
		return errRestricted
	case s.opts.Trust == nil:
		return errUntrusted
	}
	trusted, err := s.opts.Trust.Trusted(path)
	switch {
	case err != nil:
		return err
	case !trusted:
		return errUntrusted
	}
	return nil
}

// trustChanged is airside/trust: the client, or the user by it, trusts its
// folders or does so no more.
func (s *Server) trustChanged(params *ext.TrustParams) error {
	folder := ""
	if params.URI != "" {
		folder = editor.PathOf(editor.Canonical(uri.URI(params.URI)))
	}
	switch {
	case params.Asked && s.opts.Trust != nil:
		if err := s.opts.Trust.SetAsked(s.folderOr(folder)); err != nil {
			s.log.Info("that the user was asked is not kept", "err", err)
		}
	case params.Trusted == nil:
	case folder == "":
		s.trust.mu.Lock()
		s.trust.said = params.Trusted
		s.trust.mu.Unlock()
	default:
		if err := s.keepTrust(folder, *params.Trusted); err != nil {
			s.client.Show(protocol.MessageTypeError, "airside: "+err.Error())
		}
	}
	s.client.Background(func(context.Context) error { s.reviewTrust(); return nil })
	return nil
}

// keepTrust keeps what the user says of one folder.
func (s *Server) keepTrust(folder string, trusted bool) error {
	if s.opts.Trust == nil {
		return errors.New("this server keeps no trust")
	}
	if trusted {
		_, err := s.opts.Trust.Trust(folder)
		return err
	}
	_, _, err := s.opts.Trust.Distrust(folder)
	return err
}

// folderOr is folder, or else the first of the workspace.
func (s *Server) folderOr(folder string) string {
	s.syncs.mu.Lock()
	defer s.syncs.mu.Unlock()
	if folder == "" && len(s.syncs.folders) > 0 {
		return s.syncs.folders[0]
	}
	return folder
}

// reviewTrust looks up each folder anew. What was trusted and is no more is
// forgotten, and the other way round.
func (s *Server) reviewTrust() {
	s.trust.reviewing.Lock()
	defer s.trust.reviewing.Unlock()
	s.syncs.mu.Lock()
	folders := slices.Clone(s.syncs.folders)
	s.syncs.mu.Unlock()
	known := map[string]bool{}
	for _, folder := range folders {
		err := s.trusts(folder)
		known[folder] = err == nil
		if err != nil && !errors.Is(err, errUntrusted) && !errors.Is(err, errRestricted) {
			s.log.Warn("a folder counts as not trusted", "folder", folder, "why", err)
		}
	}
	s.trust.mu.Lock()
	before := s.trust.known
	s.trust.known = known
	s.trust.mu.Unlock()
	changed := false // folders that are new are looked after by who adds them
	for folder, trusted := range known {
		was, told := before[folder]
		changed = changed || told && was != trusted
		if was && !trusted {
			s.engine.RemoveWorkspace(folder)
		}
	}
	if changed {
		s.learnFolders()
		s.reconcileLater()
	}
	s.tellTrust(folders, known)
}

// tellTrust has the status say it.
func (s *Server) tellTrust(folders []string, known map[string]bool) {
	if !s.client.capabilities.Status {
		return
	}
	status := ext.TrustStatus{}
	for _, folder := range folders {
		if !known[folder] && (s.opts.Trust == nil || s.opts.Trust.HasRepository(folder)) {
			status = ext.TrustStatus{Folder: folder, Message: untrusted}
			s.trust.mu.Lock()
			said := s.trust.said
			s.trust.mu.Unlock()
			if said != nil {
				status.Message = errRestricted.Error()
			}
			status.Ask = said == nil && s.opts.Trust != nil && !s.opts.Trust.Asked(folder)
			break
		}
	}
	s.client.Status(func(told *ext.StatusParams) { told.Trust = status })
}

// followOutside hears of what the user says elsewhere: who types "airside trust"
// or "airside sync enable" in a terminal tells the server nothing.
func (s *Server) followOutside(ctx context.Context) {
	tick := time.NewTicker(beatInterval)
	defer tick.Stop()
	s.reviewTrust()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		s.reviewTrust()
		for _, r := range s.repositories() { // last, for one thread to do it all
			signal(r.beat)
		}
	}
}

// trustToSync: who opts a repository in to sync trusts it, unless the client
// says otherwise.
func (s *Server) trustToSync(u string) error {
	path := s.folderOr("")
	if u != "" {
		path = editor.PathOf(editor.Canonical(uri.URI(u)))
	}
	if path == "" {
		return nil // nothing is open, which is told better by who looks for it
	}
	if err := s.trusts(path); !errors.Is(err, errUntrusted) {
		return err
	}
	if err := s.keepTrust(path, true); err != nil {
		return err
	}
	s.reviewTrust()
	return nil
}
