package completion

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/modeltest"
)

// TestPauseEndsByItself, tells how many minutes are left, and wakes no oftener than
// they change.
func TestPauseEndsByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &statusBoard{}
		var told []Status
		b.change(func(b *statusBoard) { b.listener = func(s Status) { told = append(told, s) } })
		b.pause(Pause{On: true, Until: time.Now().Add(150 * time.Second)})
		time.Sleep(149 * time.Second)
		synctest.Wait()
		if !b.paused().On {
			t.Error("it ended early")
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if b.paused().On {
			t.Error("it has not ended")
		}
		var left []int
		for _, s := range told {
			if s.State == Paused {
				left = append(left, s.MinutesLeft)
				if !strings.Contains(s.Message, " min left") {
					t.Error(s.Message)
				}
			}
		}
		if len(left) != 3 || left[0] != 3 || left[2] != 1 || told[len(told)-1].State == Paused {
			t.Errorf("left %v, in the end %+v", left, told[len(told)-1])
		}
	})
}

// TestPauseOfAMachineThatSlept: a pause that ended meanwhile is none, whether the
// timer has come by or not.
func TestPauseOfAMachineThatSlept(t *testing.T) {
	b := &statusBoard{pausing: Pause{On: true, Until: time.Now().Add(-time.Hour).Round(0)}}
	if b.paused().On || b.pausing.On {
		t.Error("still paused")
	}
}

func TestPause(t *testing.T) {
	fake := modeltest.NewFake("a + b")
	e := New(Options{Backends: []model.Backend{fake}})
	defer e.Close()
	for _, p := range []Pause{{On: true}, {On: true, Until: time.Now().Add(30 * time.Minute)}} {
		e.Pause(p)
		res, err := e.Complete(t.Context(), docAt(t, "a.go", goFunc))
		if err != nil || !strings.HasPrefix(res.Reason, "paused until ") || e.Traces()[0].Reason != res.Reason {
			t.Errorf("%+v, %v", res, err)
		}
		if s := e.Status(); s.State != Paused || s.Message != e.Paused().String() || (s.MinutesLeft == 30) == p.Until.IsZero() {
			t.Errorf("%+v", s)
		}
	}
	if n := fake.Counts().Started; n > 0 {
		t.Errorf("the model was asked %d times", n)
	}
	e.Pause(Pause{})
	if res, err := e.Complete(t.Context(), docAt(t, "a.go", goFunc)); err != nil || len(res.Suggestions) != 1 {
		t.Errorf("%+v, %v", res, err)
	}
	e.Pause(Pause{On: true, Until: time.Now().Add(-time.Second)})
	if e.Paused().On || e.Status().State == Paused {
		t.Error("paused until a moment that has been")
	}
}
