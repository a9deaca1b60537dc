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
