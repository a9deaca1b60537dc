package completion

import (
	"os"
	"path/filepath"
	"time"

	"github.com/airside-ls/airside/completion/prompt"
	"github.com/airside-ls/airside/completion/review/rules"
	"github.com/airside-ls/airside/completion/secrecy"
)

func (e *Engine) secrecy() *secrecy.Rules {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.opts.Secrecy
}

// learnOpen has the memory follow an open text, unless it is a secret: what is
// learned of it would be shown elsewhere.
func (e *Engine) learnOpen(d Document) {
	if e.verdicts.secret(e.secrecy(), d.File(), e.workspaces.tracks(d.File())) == "" {
		e.workspaces.opened(d)
	}
}

// withoutCredentials is what another machine is shown: an x for each byte of what
// looks like a key, a token or a password, also of one that the cursor is in.
func withoutCredentials(w prompt.Window) prompt.Window {
	text := rules.Mask(w.Path, w.Prefix+w.Suffix)
	w.Prefix, w.Suffix = text[:len(w.Prefix)], text[len(w.Prefix):]
	return w
}

// setWithheld has the status say why there are no suggestions in a document, the
// one that was asked about last.
func (b *statusBoard) setWithheld(d Document, why string) {
	b.mu.Lock()
	b.seen = Document{Path: d.Path, Notebook: d.Notebook, Language: d.Language}
	same := b.withheld == why
	b.mu.Unlock()
	if !same {
		b.change(func(b *statusBoard) { b.withheld = why })
	}
}

// sees is the document that the status speaks of, without its text.
func (b *statusBoard) sees() Document {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.seen
}

// lookAt finds out how it stands in a document that nobody has asked about yet; tell
// has the status say it. What is known of the last one is known better.
func (e *Engine) lookAt(d Document) (tell func()) {
	why, withheld := e.declined(d)
	if !withheld {
		why = ""
	}
	return func() {
		if withheld || e.status.sees().Path != d.Path {
			e.status.setWithheld(d, why)
		}
	}
}

// tracks tells whether git tracks a file of a workspace that is known.
func (ws *workspaces) tracks(path string) bool {
	_, w := ws.of(path)
	if w == nil {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.tracked[path]
}

func (ws *workspaces) secrecy() *secrecy.Rules {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	return ws.rules
}

// forgetSecrets has everything forgotten that is a secret by now. mu is held.
func (ws *workspaces) forgetSecrets() {
	for path, d := range ws.open {
		if m, _ := ws.lockedOf(path); ws.rules.Secret(d.File(), false) != "" {
			delete(ws.open, path)
			if m != nil {
				m.Close(path)
			}
		}
	}
	for _, w := range ws.roots {
		rules := ws.rules
		ws.wait.Go(func() { w.forgetSecrets(rules) })
	}
}

// lookAgain forgets the files that have become secrets since: an .airsideignore at
// the top has changed. One further down counts with the next change of the files.
func (w *workspace) lookAgain(rules *secrecy.Rules) {
	var changed time.Time
	if info, err := os.Lstat(filepath.Join(w.Root, secrecy.IgnoreFile)); err == nil {
		changed = info.ModTime()
	}
	if !changed.Equal(w.forbidden) {
		w.forbidden = changed
		w.forgetSecrets(rules)
	}
}

// forgetSecrets forgets the files that are secrets.
func (w *workspace) forgetSecrets(rules *secrecy.Rules) {
	for _, path := range w.memory.Paths() {
		if rules.Secret(path, true) != "" {
			w.memory.Forget(path)
		}
	}
	if w.index == nil {
		return
	}
	for _, path := range w.index.Paths() {
		if rules.Secret(path, true) != "" {
			w.index.Forget(path)
		}
	}
}
