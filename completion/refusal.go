package completion

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/secrecy"
)

// Whether somebody is asked at all is decided here: whether there are suggestions at
// present (off), in a document (declined), at a place in it ([place.refuse]), and from
// the one who would be asked ([Engine.Withheld]).

// refused says why nobody is to be asked about a document now, "" where somebody is.
// withheld tells that it is the document's.
func (e *Engine) refused(d Document) (why string, withheld bool) {
	e.mu.Lock()
	disabled, wanted := e.opts.Disabled, e.wanted
	e.mu.Unlock()
	if why := e.off(disabled); why != "" {
		return why, false
	}
	return e.unwanted(wanted, d)
}

// off says why there are no suggestions at all, "" where there are.
func (e *Engine) off(disabled bool) string {
	if disabled {
		return switchedOff
	}
	if p := e.Paused(); p.On {
		return p.String()
	}
	return ""
}

// declined says why nobody is to be asked about a document, "" where somebody is:
// it is none to complete in, the user wants nothing there, or it is a secret.
// withheld tells that it is for the status to say.
func (e *Engine) declined(d Document) (why string, withheld bool) {
	e.mu.Lock()
	wanted := e.wanted
	e.mu.Unlock()
	return e.unwanted(wanted, d)
}

func (e *Engine) unwanted(wanted *whereFilter, d Document) (why string, withheld bool) {
	if why := unfit(d); why != "" {
		return why, false
	}
	if why := wanted.refusal(d); why != "" {
		return why, true
	}
	why = e.secret(d.File())
	return why, why != ""
}

// unfit says why a document gets no completions, or "".
func unfit(d Document) string {
	if len(d.Text) > maxDocument {
		return fmt.Sprintf("the document is larger than %d MiB", maxDocument>>20)
	}
	if strings.IndexByte(d.Text, 0) >= 0 {
		return "the document is binary"
	}
	return ""
}

// refuse says why nobody is to be asked about the place, or "".
func (p place) refuse() string {
	if p.selected == "" && p.start == p.end && !p.invoked && insideWord(p.doc.Text, p.at) {
		return "the cursor is inside a word"
	}
	return ""
}

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
