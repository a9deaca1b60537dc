package completion

import (
	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/secrecy"
)

// Withheld says why the text of a file must not be shown to a model, "" if it
// may: the file is a secret, and the model runs on another machine or the user
// has not allowed it one. file is an absolute path or a URI.
func (e *Engine) Withheld(file string, by model.Info) string {
	return e.secrecy().Withheld(file, e.workspaces.tracks(file), by.Here())
}

// secret is Withheld for the best case, a model on this machine, so that nobody
// is looked for in vain.
func (e *Engine) secret(file string) string {
	return e.secrecy().Withheld(file, e.workspaces.tracks(file), true)
}

func (e *Engine) secrecy() *secrecy.Rules {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.opts.Secrecy
}

// learnOpen has the memory follow an open text, unless it is a secret: what is
// learned of it would be shown elsewhere.
func (e *Engine) learnOpen(d Document) {
	if e.secrecy().Secret(d.Path, e.workspaces.tracks(d.Path)) == "" {
		e.workspaces.opened(d.Path, d.Text)
	}
}

// setWithheld has the status say why the document that was asked about last is
// shown to no model.
func (b *statusBoard) setWithheld(why string) {
	b.mu.Lock()
	same := b.withheld == why
	b.mu.Unlock()
	if !same {
		b.change(func(b *statusBoard) { b.withheld = why })
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
	for path := range ws.open {
		if m, _ := ws.lockedOf(path); ws.rules.Secret(path, false) != "" {
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

// forgetSecrets forgets the files that are secrets.
func (w *workspace) forgetSecrets(rules *secrecy.Rules) {
	for _, path := range w.memory.Paths() {
		if rules.Secret(path, true) != "" {
			w.memory.Forget(path)
		}
	}
}
