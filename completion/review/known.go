package review

import (
	"crypto/sha256"
	"sync"
)

// maxKnown is how many units are remembered.
const maxKnown = 2000

// known remembers what a model said of a unit, so that a review of a file that
// was saved again asks about what has changed since. Asked greedily, the model
// would say the same. It lives as long as its Reviewer and holds no code but
// what was quoted.
type known struct {
	mu     sync.Mutex
	claims map[[32]byte][]claim // that were confirmed
	order  [][32]byte           // the oldest first
}

// keyOf is all that an answer depends on.
func keyOf(backend, model string, u unit) [32]byte {
	h := sha256.New()
	for _, s := range []string{backend, model, u.render()} {
		h.Write([]byte(s))
		h.Write([]byte{0})
	}
	return [32]byte(h.Sum(nil))
}

func (k *known) get(key [32]byte) ([]claim, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	claims, ok := k.claims[key]
	return claims, ok
}

func (k *known) put(key [32]byte, claims []claim) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.claims == nil {
		k.claims = map[[32]byte][]claim{}
	}
	if _, ok := k.claims[key]; ok {
		return
	}
	if len(k.order) >= maxKnown {
		delete(k.claims, k.order[0])
		k.order = k.order[1:]
	}
	k.claims[key] = claims
	k.order = append(k.order, key)
}
