package completion

import (
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/prompt"
	"github.com/airside-ls/airside/completion/review/rules"
	"github.com/airside-ls/airside/completion/secrecy"
)

// Withheld says why the text of a file must not be shown to a model, "" if it
// may: the file is a secret, and the model runs on another machine or the user
// has not allowed it one. file is an absolute path or a URI.
func (e *Engine) Withheld(file string, by model.Info) string {
	secrets := e.secrecy()
	return secrets.Refusal(e.verdicts.secret(secrets, file, e.workspaces.tracks(file)), by.Here())
}

// secret is Withheld for the best case, a model on this machine, so that nobody
// is looked for in vain.
func (e *Engine) secret(file string) string {
	secrets := e.secrecy()
	return secrets.Refusal(e.verdicts.secret(secrets, file, e.workspaces.tracks(file)), true)
}

// verdictLasts is how long the file that is typed in is not looked at again: the
// files above it do not change with each keystroke.
const verdictLasts = time.Second

// verdicts is what was found out about the file asked about last.
type verdicts struct {
	mu     sync.Mutex
	latest verdict
}

type verdict struct {
	rules   *secrecy.Rules
	file    string
	tracked bool
	at      time.Time
	why     string
}

// secret is what the rules say of a file, or said lately.
func (v *verdicts) secret(rules *secrecy.Rules, file string, tracked bool) string {
	v.mu.Lock()
	latest := v.latest
	v.mu.Unlock()
	if latest.rules == rules && latest.file == file && latest.tracked == tracked && time.Since(latest.at) < verdictLasts {
		return latest.why
	}
	now := verdict{rules, file, tracked, time.Now(), rules.Secret(file, tracked)}
	v.mu.Lock()
	v.latest = now
	v.mu.Unlock()
	return now.why
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

// withoutCredentials is what another machine is shown: an x for each byte of what
// looks like a key, a token or a password, also of one that the cursor is in.
func withoutCredentials(w prompt.Window) prompt.Window {
	text := rules.Mask(w.Path, w.Prefix+w.Suffix)
	w.Prefix, w.Suffix = text[:len(w.Prefix)], text[len(w.Prefix):]
	return w
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
}
