package replay

import (
	"strings"
	"sync"
	"time"

	"github.com/airside-ls/airside/lsp/lsptest"
)

// Session types a recording.
type Session struct {
	Recording *Recording
	Editor    *lsptest.Editor
	URI       string
	At        int // byte offset in the open document
	Meter     *Meter
	// Accept takes a suggestion of minAccepted bytes and more where it is what the
	// recording goes on to type; otherwise every key is pressed.
	Accept bool
}

// minAccepted is the shortest suggestion worth a key, in bytes.
const minAccepted = 3

// stroke is one keystroke and its answer.
type stroke struct {
	sent     time.Time
	answered time.Time // zero while there is none
	item     *lsptest.Item
	stale    bool // the next key came first
}

// Run types it all in its own time: no key waits for an answer. It returns when
// the last answer has come.
func (s *Session) Run() Report {
	var mu sync.Mutex // guards the strokes' answers
	var all sync.WaitGroup
	var strokes []*stroke
	accepted, typed := 0, ""
	start := time.Now()
	due := start
	for i := 0; i < len(s.Recording.Keys); {
		due = due.Add(s.Recording.Keys[i].Pause)
		time.Sleep(time.Until(due))

		var item *lsptest.Item
		if n := len(strokes); n > 0 {
			mu.Lock()
			item = strokes[n-1].item
			strokes[n-1].stale = strokes[n-1].answered.IsZero()
			mu.Unlock()
		}
		k := &stroke{sent: time.Now()}
		strokes = append(strokes, k)
		if next, ok := s.taken(i, typed, item); ok {
			s.Editor.Accept(s.URI, *item)
			accepted += len(item.InsertText)
			typed += item.InsertText
			i = next
		} else {
			typed = s.press(typed, s.Recording.Keys[i].Text)
			i++
		}
		call := s.Editor.InlineCompletion(s.URI, s.At+len(typed), false, nil)
		all.Go(func() {
			result, _ := call.Wait()
			mu.Lock()
			defer mu.Unlock()
			k.answered = time.Now()
			if items := lsptest.Items(result); len(items) > 0 {
				k.item = &items[0]
			}
		})
	}
	all.Wait()
	return report(s, strokes, accepted, start)
}

// taken tells whether the user takes what is on the screen, and which key is
// next then.
func (s *Session) taken(i int, typed string, item *lsptest.Item) (next int, ok bool) {
	if !s.Accept || item == nil || len(item.InsertText) < minAccepted || strings.TrimSpace(item.InsertText) == "" {
		return 0, false
	}
	return s.Recording.skip(i, typed, item.InsertText)
}

// press sends one key and returns what is typed with it.
func (s *Session) press(typed, key string) string {
	at := s.At + len(typed)
	if key == backspace {
		s.Editor.Change(s.URI, at-1, at, "")
	} else {
		s.Editor.Change(s.URI, at, at, key)
	}
	return press(typed, key)
}
