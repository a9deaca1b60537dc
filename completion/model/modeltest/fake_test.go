package modeltest_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/modeltest"
)

func ask(t *testing.T, ctx context.Context, f *modeltest.Fake, text string) (model.Response, error) {
	t.Helper()
	return model.Generate(ctx, f, model.Request{Prompt: model.Prompt{model.Text(text)}, MaxTokens: 64})
}

func TestFakeBlocksAndCountsCancellations(t *testing.T) {
	limit, done := context.WithTimeout(t.Context(), 10*time.Second)
	defer done()
	f := modeltest.NewFake("return nil")
	release := f.Block()
	ctx, cancel := context.WithCancel(limit)
	failed := make(chan error, 1)
	go func() {
		_, err := ask(t, ctx, f, "first")
		failed <- err
	}()
	if err := f.WaitStarted(limit, 1); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled while blocked: %v", err)
	}
	if err := f.WaitCancelled(limit, 1); err != nil {
		t.Fatal(err)
	}
	release()
	release()
	if r, err := ask(t, limit, f, "second"); err != nil || r.Text != "return nil" {
		t.Errorf("after release: %+v, %v", r, err)
	}
	if c := f.Counts(); c.Started != 2 || c.Ended != 2 || c.Cancelled != 1 {
		t.Errorf("counts %+v", c)
	}
	if p := f.Prompts(); len(p) != 2 || p[1].String() != "second" {
		t.Errorf("prompts %q", p)
	}
}

func TestFakeQueueGoesFirst(t *testing.T) {
	f := modeltest.NewFake("default")
	f.Queue(modeltest.Reply{Text: "one"}, modeltest.Reply{Err: modeltest.Failure(model.Loading)})
	if r, err := ask(t, t.Context(), f, ""); err != nil || r.Text != "one" {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := ask(t, t.Context(), f, ""); !model.IsKind(err, model.Loading) {
		t.Errorf("%v", err)
	}
	if r, err := ask(t, t.Context(), f, ""); err != nil || r.Text != "default" {
		t.Errorf("%+v, %v", r, err)
	}
	f.Fail(model.Unreachable)
	if _, err := ask(t, t.Context(), f, ""); !model.IsKind(err, model.Unreachable) {
		t.Errorf("%v", err)
	}
}

func TestFakeKeepsTheContract(t *testing.T) {
	long := model.Prompt{model.Text("long")}
	modeltest.Run(t, modeltest.Harness{
		Open: func(*testing.T) model.Backend {
			f := modeltest.NewFake("")
			f.Script(func(p model.Prompt) modeltest.Reply {
				return modeltest.Reply{Text: "for i := range ☺ { total += i }\n", Endless: p.String() == "long"}
			})
			return f
		},
		Prompt: model.Prompt{model.Control("▁<PRE>"), model.Text("func f() {\n"), model.Control("▁<SUF>"), model.TextNoSpace("\n}"), model.Control("▁<MID>")},
		Long:   long, LongTokens: 1 << 30,
		Stopped: func(t *testing.T, b model.Backend) {
			if c := b.(*modeltest.Fake).Counts(); c.Started != c.Ended {
				t.Errorf("%d started, %d ended", c.Started, c.Ended)
			}
		},
		Faulty: func(_ *testing.T, fault modeltest.Fault, late bool) model.Backend {
			kinds := map[modeltest.Fault]model.Kind{modeltest.Gone: model.Unreachable, modeltest.Status500: model.BadReply}
			f := modeltest.NewFake("")
			kind, ok := kinds[fault]
			switch {
			case fault == modeltest.Silent && late:
				f.Block()
			case ok:
				f.Fail(kind)
				f.FailProbe(modeltest.Failure(kind))
			default:
				return nil
			}
			return f
		},
	})
}
