package gate_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/gate"
	"github.com/airside-ls/airside/completion/model/modeltest"
)

// TestSuite: a gate keeps the contract of the backend behind it.
func TestSuite(t *testing.T) {
	modeltest.Run(t, modeltest.Harness{
		Open: func(*testing.T) model.Backend {
			f := modeltest.NewFake("")
			f.Script(func(model.Prompt) modeltest.Reply {
				return modeltest.Reply{Text: "one two three four five six seven eight\n", Endless: true}
			})
			return gate.Wrap(f)
		},
		Prompt: model.Prompt{model.Text("count")},
		Long:   model.Prompt{model.Text("count on")}, LongTokens: 1000,
		Stopped: func(*testing.T, model.Backend) {},
	})
}

// asker is one generation in the background of a test.
type asker struct {
	cancel context.CancelFunc
	done   chan struct{}
	resp   model.Response
	read   strings.Builder
	err    error
}

func ask(t *testing.T, b model.Backend, p model.Priority, prompt string, onText func(string) error) *asker {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	a := &asker{cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(a.done)
		a.resp, a.err = model.Generate(ctx, b, model.Request{
			Prompt: model.Prompt{model.Text(prompt)}, MaxTokens: 100, Priority: p,
			OnText: func(chunk string) error {
				a.read.WriteString(chunk)
				if onText != nil {
					return onText(chunk)
				}
				return nil
			},
		})
	}()
	return a
}

// want waits for the end and compares what was read and returned.
func (a *asker) want(t *testing.T, text string) {
	t.Helper()
	select {
	case <-a.done:
	case <-time.After(20 * time.Second):
		t.Fatal("it does not end")
	}
	if a.err != nil || a.resp.Text != text || a.read.String() != text {
		t.Errorf("returned %q, read %q, %v; want %q", a.resp.Text, a.read.String(), a.err, text)
	}
}

// counting answers "a b c d e f" to every prompt, going on where the prompt ends
// within it, and blocks every attempt after n tokens until released.
func counting(n int, release <-chan struct{}) *modeltest.Fake {
	f := modeltest.NewFake("")
	const answer = "a b c d e f"
	f.Script(func(p model.Prompt) modeltest.Reply {
		text := p.String()
		if !strings.HasPrefix(text, "review") {
			return modeltest.Reply{Text: "typed"}
		}
		rest := answer[len(strings.TrimPrefix(text, "review")):]
		return modeltest.Reply{Text: rest, Release: release, ReleaseAfter: n}
	})
	return f
}

// TestTypingGoesFirst: a review gives way within one token, and then goes on
// with what it had.
func TestTypingGoesFirst(t *testing.T) {
	release := make(chan struct{})
	f := counting(3, release)
	b := gate.Wrap(f)
	progress := make(chan string, 100)
	review := ask(t, b, model.Background, "review", func(chunk string) error { progress <- chunk; return nil })
	for range 3 {
		<-progress
	}
	typing := ask(t, b, model.Typing, "type", nil)
	typing.want(t, "typed")
	if c := f.Counts(); c.Cancelled != 1 || c.Tokens > 4+1 { // three of the review, one or none more, one of typing
		t.Errorf("it gave way late: %+v", c)
	}
	close(release)
	review.want(t, "a b c d e f")
	if p := f.Prompts(); len(p) != 3 || p[2].String() != "reviewa b" {
		t.Errorf("prompts %q", p)
	}
	if o := f.Requests(); o[2].MaxTokens != 97 {
		t.Errorf("%d tokens more, want 97", o[2].MaxTokens)
	}
	if n := review.resp.Usage.GeneratedTokens; n != 11 {
		t.Errorf("%d tokens counted, want 11", n)
	}
}

// TestManyInterruptions change nothing in the answer.
func TestManyInterruptions(t *testing.T) {
	release := make(chan struct{})
	f := counting(1, release) // every attempt blocks after a token
	b := gate.Wrap(f)
	progress := make(chan string, 100)
	review := ask(t, b, model.Background, "review", func(chunk string) error { progress <- chunk; return nil })
	for range 10 {
		<-progress
		ask(t, b, model.Typing, "type", nil).want(t, "typed")
	}
	close(release)
	review.want(t, "a b c d e f")
}

// TestNewestTypingWins among several documents; the older one is answered, too.
func TestNewestTypingWins(t *testing.T) {
	f := modeltest.NewFake("")
	f.Script(func(p model.Prompt) modeltest.Reply { return modeltest.Reply{Text: "answer " + p[0].Text} })
	unblock := f.Block()
	b := gate.Wrap(f)
	older := ask(t, b, model.Typing, "1", nil)
	if err := f.WaitStarted(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	newer := ask(t, b, model.Typing, "2", nil)
	if err := f.WaitStarted(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	unblock()
	newer.want(t, "answer 2")
	older.want(t, "answer 1")
	if p := f.Prompts(); len(p) != 3 || p[1].String() != "2" || p[2].String() != "1" {
		t.Errorf("order %q", p)
	}
}

// TestOneAtATime, in the order of urgency.
func TestOneAtATime(t *testing.T) {
	f := modeltest.NewFake("")
	f.Script(func(p model.Prompt) modeltest.Reply { return modeltest.Reply{Text: p.String()} })
	unblock := f.Block()
	b := gate.Wrap(f)
	typing := ask(t, b, model.Typing, "typing", nil)
	if err := f.WaitStarted(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	var rest []*asker
	for _, w := range []struct {
		p    model.Priority
		name string
	}{{model.Background, "first"}, {model.Ahead, "ahead"}, {model.Background, "second"}} {
		rest = append(rest, ask(t, b, w.p, w.name, nil))
		gate.AwaitWaiting(t, b, len(rest))
	}
	gone := ask(t, b, model.Ahead, "gone", nil)
	gate.AwaitWaiting(t, b, 4)
	gone.cancel()
	<-gone.done
	if !errors.Is(gone.err, context.Canceled) {
		t.Errorf("cancelled while it waited: %v", gone.err)
	}
	unblock()
	typing.want(t, "typing")
	for i, name := range []string{"first", "ahead", "second"} {
		rest[i].want(t, name)
	}
	var order []string
	for _, p := range f.Prompts() {
		order = append(order, p.String())
	}
	if got := strings.Join(order, " "); got != "typing ahead first second" {
		t.Errorf("order %q", got)
	}
}

// TestEnoughIsTheCallersWord: who has read enough is not asked again.
func TestEnoughIsTheCallersWord(t *testing.T) {
	f := modeltest.NewFake("a b c")
	a := ask(t, gate.Wrap(f), model.Background, "x", func(string) error { return model.ErrEnough })
	a.want(t, "a")
	if c := f.Counts(); c.Started != 1 || c.Enough != 1 {
		t.Errorf("%+v", c)
	}
}

// TestChatGivesWay: a chat is done anew, and what was read is not read twice;
// if it turns out otherwise that is an error.
func TestChatGivesWay(t *testing.T) {
	for name, second := range map[string]string{"the same": "a b c d", "otherwise": "a x c d", "shorter": "a", "not read": "a x c d"} {
		t.Run(name, func(t *testing.T) {
			f := modeltest.NewFake("typed")
			release := make(chan struct{})
			replies := []modeltest.Reply{{Text: "a b c d", Release: release, ReleaseAfter: 3}, {Text: second}}
			next := make(chan modeltest.Reply, 2)
			next <- replies[0]
			next <- replies[1]
			f.ScriptChat(func([]model.Message) modeltest.Reply { return <-next })
			b := gate.Wrap(f)
			var read strings.Builder
			chunks := make(chan string, 10)
			r := model.Request{Chat: model.Say("x")}
			if name != "not read" {
				r.OnText = func(chunk string) error {
					read.WriteString(chunk)
					chunks <- chunk
					return nil
				}
			}
			var resp model.Response
			var err error
			done := make(chan struct{})
			go func() {
				defer close(done)
				resp, err = b.Generate(t.Context(), r)
			}()
			if err := f.WaitStarted(t.Context(), 1); err != nil {
				t.Fatal(err)
			}
			if name != "not read" {
				for range 3 {
					<-chunks
				}
			}
			ask(t, b, model.Typing, "type", nil).want(t, "typed")
			<-done
			switch name {
			case "otherwise", "shorter":
				if !model.IsKind(err, model.Broken) {
					t.Errorf("error %v", err)
				}
			default:
				if err != nil || resp.Text != second || name == "the same" && read.String() != second {
					t.Errorf("%+v, read %q, %v", resp, read.String(), err)
				}
			}
		})
	}
}

// TestChatBeginsAnew for a caller that can forget what it has read.
func TestChatBeginsAnew(t *testing.T) {
	f := modeltest.NewFake("typed")
	release := make(chan struct{})
	next := make(chan modeltest.Reply, 2)
	next <- modeltest.Reply{Text: "a b c d", Release: release, ReleaseAfter: 3}
	next <- modeltest.Reply{Text: "x y"}
	f.ScriptChat(func([]model.Message) modeltest.Reply { return <-next })
	b := gate.Wrap(f)
	read, restarts := "", 0
	chunks := make(chan string, 10)
	done := make(chan struct{})
	var resp model.Response
	var err error
	go func() {
		defer close(done)
		resp, err = model.Generate(t.Context(), b, model.Request{
			Chat: model.Say("x"), MaxTokens: 100,
			OnText:    func(chunk string) error { read += chunk; chunks <- chunk; return nil },
			OnRestart: func() { read = ""; restarts++ },
		})
	}()
	for range 3 {
		<-chunks
	}
	ask(t, b, model.Typing, "type", nil).want(t, "typed")
	<-done
	if err != nil || resp.Text != "x y" || read != "x y" || restarts != 1 {
		t.Errorf("%+v, read %q, restarted %d times, %v", resp, read, restarts, err)
	}
}

func TestNoChat(t *testing.T) {
	f := modeltest.NewFake("")
	f.NoChat()
	if gate.Wrap(f).Converses() {
		t.Error("a chat out of nothing")
	}
}
