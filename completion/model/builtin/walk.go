package builtin

import (
	"context"
	"time"

	"github.com/airside-ls/airside/completion/model/builtin/llama"
)

// walk goes along a sequence token by token. Who walks looks at the logits and
// takes a token; the network is asked for each, or for several at once where a
// draft says what the next ones may be. What comes of it is the same: a draft that
// is wrong costs time and changes nothing.
type walk struct {
	session *llama.Session
	drafter *drafter // nil for one token at a time

	at    int     // of the session's logits, those after what was taken
	draft []int32 // evaluated behind what was taken, and not taken yet
	whole int     // tokens that the draft had
}

// begin is a walk from the end of what the session has just evaluated.
func begin(s *llama.Session, d *drafter) *walk { return &walk{session: s, drafter: d} }

// logits are the scores of the token that comes next; they may be changed.
func (w *walk) logits() []float32 {
	if w.whole == 0 {
		return w.session.Logits()
	}
	return w.session.LogitsAfter(w.at)
}

// length is how many tokens were taken, those of the prompt included.
func (w *walk) length() int { return w.session.Len() - len(w.draft) }

// take makes token the next, and has the logits after it computed if they are not
// there. more is how many tokens may follow at most, for no draft to be longer.
func (w *walk) take(ctx context.Context, token int32, more int) error {
	if len(w.draft) > 0 && w.draft[0] == token {
		w.at++
		w.draft = w.draft[1:]
		if w.drafter != nil {
			w.drafter.took(token)
			if len(w.draft) == 0 {
				w.drafter.judged(w.whole, false)
			}
		}
		return nil
	}
	w.back()
	var draft []int32
	if w.drafter != nil {
		w.drafter.took(token)
		most := min(more, w.session.Context()-w.session.Len()-1, w.session.MaxExtend()-1)
		draft = w.drafter.propose(w.session.Tokens(), token, most)
	}
	started := time.Now()
	if err := w.session.Extend(ctx, append([]int32{token}, draft...)); err != nil {
		w.draft, w.whole = nil, 0
		return err
	}
	if w.drafter != nil {
		w.drafter.costs.measured(1+len(draft), time.Since(started))
	}
	w.at, w.draft, w.whole = 0, draft, len(draft)
	return nil
}

// back drops what was drafted and not taken.
func (w *walk) back() {
	if len(w.draft) == 0 {
		return
	}
	if w.drafter != nil {
		w.drafter.judged(w.whole-len(w.draft), true)
	}
	w.session.Truncate(w.length())
	w.draft, w.whole = nil, 0
}
