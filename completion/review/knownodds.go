package review

import (
	"crypto/sha256"
	"fmt"
	"sync"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/review/surprise"
)

// knownOdds remembers what a model said of places, so that a review of a file that was
// saved again asks about what has changed since. It lives as long as its Reviewer.
type knownOdds struct {
	mu    sync.Mutex
	list  map[[32]byte]surprise.Odds
	order [][32]byte // the oldest first
}

// maxKnownOdds is how many places are remembered.
const maxKnownOdds = 5000

// keyOf is all that an answer depends on.
func (k *knownOdds) keyOf(by model.Info, c compared, p surprise.Place) [32]byte {
	before, after := surprise.Shown(c.masked, c.start, p)
	h := sha256.New()
	for _, s := range append([]string{by.Backend, by.Model, string(p.Class), before, after, c.text[p.Start:p.End]}, p.Others...) {
		fmt.Fprintf(h, "%d %s", len(s), s)
	}
	return [32]byte(h.Sum(nil))
}

func (k *knownOdds) get(key [32]byte) (surprise.Odds, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	o, ok := k.list[key]
	return o, ok
}

func (k *knownOdds) put(key [32]byte, o surprise.Odds) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.list == nil {
		k.list = map[[32]byte]surprise.Odds{}
	}
	if _, ok := k.list[key]; ok {
		return
	}
	if len(k.order) >= maxKnownOdds {
		delete(k.list, k.order[0])
		k.order = k.order[1:]
	}
	k.list[key] = o
	k.order = append(k.order, key)
}
