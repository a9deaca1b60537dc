package completion

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/modeltest"
)

// TestWhatIsAtHandDoesNotWait, however long the debounce is; nor who asks by a key, or
// does not type.
func TestWhatIsAtHandDoesNotWait(t *testing.T) {
	fake := modeltest.NewFake("a + b")
	e := New(Options{Backends: []model.Backend{fake}, Debounce: time.Hour})
	defer e.Close()
	at := func(typed string, trigger Trigger) Request {
		r := docAt(t, "a.go", strings.Replace(goFunc, cursor, typed+cursor, 1))
		r.Trigger, r.Arrived = trigger, time.Now()
		return r
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if res, err := e.Complete(ctx, at("", Automatic)); err != context.Canceled {
		t.Errorf("who waits got %+v, %v", res, err)
	}
	if n := fake.Counts().Started; n != 0 {
		t.Errorf("%d generations", n)
	}
	for _, r := range []Request{at("", Invoked), at("", Automatic), at("a +", Automatic)} {
		if res, err := e.Complete(t.Context(), r); err != nil || len(res.Suggestions) != 1 {
			t.Errorf("%+v, %v", res, err)
		}
	}
	r := at("x", Automatic)
	r.Arrived = time.Time{}
	if res, err := e.Complete(t.Context(), r); err != nil || len(res.Suggestions) != 1 {
		t.Errorf("%+v, %v", res, err)
	}
	if n := fake.Counts().Started; n != 2 {
		t.Errorf("%d generations", n)
	}
}

// TestPending: a model of which only a part was there in time is known to be slow.
func TestPending(t *testing.T) {
	s := newSlow(t)
	s.first()
	defer s.second()
	r := docAt(t, "a.go", emptyBody)
	r.Document.Version, r.Arrived = 1, time.Now().Add(-time.Millisecond)
	s.DidOpen(r.Document)
	res, err := s.Complete(t.Context(), r)
	if err != nil || !res.Pending {
		t.Fatalf("%+v, %v", res, err)
	}
	next := docAt(t, "a.go", strings.Replace(emptyBody, cursor, "x"+cursor, 1))
	next.Document.Version, next.Arrived = 2, r.Arrived.Add(time.Millisecond)
	key, _ := keystroke(next)
	if w := s.rhythm.Arrived(key, next.Arrived); w == 0 {
		t.Error("the next keystroke does not wait")
	}
}
