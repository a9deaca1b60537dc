package recall

import (
	"container/list"
	"sync"

	"github.com/airside-ls/airside/completion/model"
)

// Answers are what models have answered of late, by the exact prompt, bounded by
// bytes. They are safe for concurrent use.
type Answers struct {
	mu    sync.Mutex
	kept  lru[*storedAnswer]
	byKey map[string]*list.Element
}

// Answer is what a model has answered.
type Answer struct {
	Text   string
	Ended  bool          // the model ended it, or a rule did: it was not cut
	Tokens []model.Token // of what it wrote, the prompt's echo included; nil if it does not tell
}

// storedAnswer is an answer beside its prompt.
type storedAnswer struct {
	key    string
	answer Answer
}

// tokenBytesHeld is about what a token takes.
const tokenBytesHeld = 400

func (k *storedAnswer) bytes() int {
	return len(k.key) + len(k.answer.Text) + tokenBytesHeld*len(k.answer.Tokens)
}

// NewAnswers keeps so many bytes of them.
func NewAnswers(maxBytes int) *Answers {
	a := &Answers{byKey: map[string]*list.Element{}}
	a.kept.max, a.kept.dropped = maxBytes, func(k *storedAnswer) { delete(a.byKey, k.key) }
	return a
}

// Get is the answer to a prompt, if it is known.
func (a *Answers) Get(key string) (answer Answer, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	el, ok := a.byKey[key]
	if !ok {
		return Answer{}, false
	}
	a.kept.MoveToFront(el)
	return a.kept.of(el).answer, true
}

// Put keeps an answer, unless it is larger than all of them may be.
func (a *Answers) Put(key string, answer Answer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if el, ok := a.byKey[key]; ok {
		a.kept.drop(el)
	}
	k := &storedAnswer{key, answer}
	if k.bytes() > a.kept.max {
		return
	}
	el := a.kept.PushFront(k)
	a.byKey[key] = el
	a.kept.pushed(el)
}
