package completion

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/builtin"
	"github.com/airside-ls/airside/completion/model/modeltest"
)

// TestMeasure: a real model, small, that is measured and found by the next engine.
func TestMeasure(t *testing.T) {
	b := builtin.NewBackend("", builtin.Options{Threads: 1})
	defer b.Close()
	speed, err := Measure(t.Context(), b)
	if err != nil || speed.Read <= 0 || speed.Write <= 0 {
		t.Fatalf("%+v, %v", speed, err)
	}
	if one, two := unseen(), unseen(); one == two || strings.HasPrefix(one, two[:20]) {
		t.Error("what is measured was seen before")
	}
	dir := t.TempDir()
	info, err := b.Probe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := SaveSpeed(dir, info, speed); err != nil {
		t.Fatal(err)
	}
	list, err := LoadStatistics(dir)
	if err != nil || len(list) != 1 || list[0].Speed != speed || list[0].Requests != 0 {
		t.Errorf("%+v, %v", list, err)
	}
	e := New(Options{StateDir: dir})
	defer e.Close()
	if got := e.stats.speed(info.Backend, info.Model); got != speed {
		t.Errorf("%+v, want %+v", got, speed)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Measure(ctx, b); err == nil {
		t.Error("it was measured after its end")
	}
}

// comparer tells when it is asked to compare.
type comparer struct {
	*modeltest.Fake
	asked chan error // gets how its measuring ended
}

func (c comparer) Compare(ctx context.Context, measure func(context.Context, model.Backend) (model.Speed, error)) (bool, error) {
	_, err := measure(ctx, c.Fake)
	c.asked <- err
	return true, nil
}

// TestCompares: two ways to run a model are measured when nobody asks, and whoever
// asks ends that.
func TestCompares(t *testing.T) {
	c := comparer{modeltest.NewFake("a + b"), make(chan error, 9)}
	e := New(Options{Backends: []model.Backend{c}, Wait: time.Second, ReadAhead: func() bool { return true }})
	defer e.Close()
	r := docAt(t, "a.go", goFunc)
	if _, err := e.Complete(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	select {
	case <-c.asked:
	case <-time.After(time.Minute):
		t.Fatal("nothing is compared")
	}
}
