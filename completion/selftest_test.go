package completion

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/modeltest"
)

func TestCheckBackend(t *testing.T) {
	good := modeltest.NewFake(" a + b")
	if c := CheckBackend(t.Context(), good); c.Err != nil || c.Answer != "a + b" || c.Form != "codellama" || c.Took <= 0 {
		t.Errorf("%+v", c)
	}
	silent := modeltest.NewFake("")
	if c := CheckBackend(t.Context(), silent); c.Err == nil || !strings.Contains(c.Err.Error(), "inserted nothing") {
		t.Errorf("%+v", c)
	}
	gone := modeltest.NewFake("x")
	gone.FailProbe(modeltest.Failure(model.Unreachable))
	if c := CheckBackend(t.Context(), gone); !model.IsKind(c.Err, model.Unreachable) {
		t.Errorf("%+v", c)
	}
}

// TestPassedIsNotTestedAgain: a later process trusts the test of an earlier one, as long
// as the model is the same.
func TestPassedIsNotTestedAgain(t *testing.T) {
	dir := t.TempDir()
	for i, tt := range []struct{ context, asked int }{{4096, 2}, {4096, 1}, {8192, 2}} {
		fake := modeltest.NewFake("a + b")
		fake.SetInfo(func(info *model.Info) { info.ContextTokens = tt.context })
		e := New(Options{Backends: []model.Backend{fake}, SelfTest: true, StateDir: dir})
		if _, err := e.Complete(t.Context(), docAt(t, "a.go", goFunc)); err != nil {
			t.Fatal(err)
		}
		if tt.asked > 1 {
			if err := fake.WaitEnded(t.Context(), tt.asked); err != nil {
				t.Fatal(err)
			}
			e.tested.all.Wait() // for what it passed to be noted
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
		if c := fake.Counts(); c.Started != tt.asked {
			t.Errorf("process %d: %d generations, want %d", i, c.Started, tt.asked)
		}
	}
}

func TestLoadingIsAwaited(t *testing.T) {
	fake := modeltest.NewFake(" a + b")
	fake.FailProbe(modeltest.Failure(model.Loading))
	done := make(chan Check)
	go func() { done <- CheckBackend(t.Context(), fake) }()
	if err := fake.Wait(t.Context(), func(c modeltest.FakeCounts) bool { return c.Probes >= 2 }); err != nil {
		t.Fatal(err)
	}
	fake.FailProbe(nil)
	if c := <-done; c.Err != nil {
		t.Errorf("%+v", c)
	}
	// Not for longer than the context allows.
	fake.FailProbe(modeltest.Failure(model.Loading))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	AwaitLoading(ctx, []model.Backend{fake})
	if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		t.Error("did not wait")
	}
}
