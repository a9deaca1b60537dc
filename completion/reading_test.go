package completion

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/modeltest"
)

// longFile is a document of many functions with the cursor in the midst of it.
func longFile(t *testing.T, typed string) Request {
	t.Helper()
	var b strings.Builder
	b.WriteString("package p\n\nimport (\n\t\"fmt\"\n\t\"os\"\n)\n\n")
	for i := range 200 {
		fmt.Fprintf(&b, "func f%d(a int) int {\n\treturn a + %d\n}\n\n", i, i)
		if i == 120 {
			b.WriteString("func wanted() int {\n\treturn " + typed + "¦\n}\n\n")
		}
	}
	return docAt(t, "a.go", b.String())
}

// newPatient is an engine whose user waits a second for a fake that is known to
// read 100 tokens a second.
func newPatient(t *testing.T, fake model.Backend, readAhead func() bool) *Engine {
	t.Helper()
	dir := t.TempDir()
	if err := writeStatistics(dir, []modelRecord{{
		Backend: "fake", Model: "fake:7b-code", Speed: Speed{Read: 100, Write: 20}, Used: time.Now(),
	}}); err != nil {
		t.Fatal(err)
	}
	e := New(Options{
		Backends: []model.Backend{fake}, ProbeInterval: 5 * time.Millisecond,
		StateDir: dir, Wait: time.Second, ReadAhead: readAhead,
	})
	t.Cleanup(func() { e.Close() })
	return e
}

// TestPromptIsReadInTime: of a file that nothing has been read of a prompt shows
// what can be read while a person waits, and what is typed comes behind all of it: a
// key has the model read no more than itself.
func TestPromptIsReadInTime(t *testing.T) {
	fake := modeltest.NewFake("")
	e := newPatient(t, fake, nil)
	for _, typed := range []string{"", "f", "f1", "f12"} {
		if _, err := e.Complete(t.Context(), longFile(t, typed)); err != nil {
			t.Fatal(err)
		}
	}
	prompts := fake.Prompts()
	first := prompts[0].String()
	if tokens := float64(len(first)) / tokenBytes; tokens > 70 || !strings.Contains(first, "func wanted() int {\n▁<SUF>\n}\n") {
		t.Errorf("a prompt of %.0f tokens: %q", tokens, first)
	}
	for i, typed := range []string{"", "f", "f1", "f12"} {
		if begun, ok := strings.CutPrefix(prompts[i].String(), strings.TrimSuffix(first, "\treturn ")); !ok || begun != "\treturn "+typed {
			t.Errorf("%q does not begin like %q, or ends otherwise", prompts[i], first)
		}
	}
}

// TestReadsAhead: what a file begins with is read when it is opened, the lines above
// a cursor that rests afterwards, and prompts show what was read.
func TestReadsAhead(t *testing.T) {
	fake := modeltest.NewFake("")
	read := make(chan string, 100) // what ends with the line above the cursor's
	fake.Script(func(p model.Prompt) modeltest.Reply {
		if strings.HasSuffix(p.String(), "func wanted() int {\n") {
			read <- p.String()
		}
		return modeltest.Reply{}
	})
	e := newPatient(t, fake, func() bool { return true })
	r := longFile(t, "")
	e.DidOpen(r.Document)
	if err := fake.WaitEnded(t.Context(), 2); err != nil { // two steps
		t.Fatal(err)
	}
	if _, err := e.Complete(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	prompts := fake.Prompts()
	asked := prompts[len(prompts)-1].String()
	if !strings.HasPrefix(asked, "▁<PRE>package p\n\nimport (") || !strings.Contains(asked, "func wanted() int {\n▁<SUF>\n}\n") || !strings.HasSuffix(asked, "▁<MID>\treturn ") {
		t.Errorf("prompt %q", asked)
	}
	for i, p := range prompts[:len(prompts)-1] {
		if i > 0 && !strings.HasPrefix(p.String(), prompts[i-1].String()) {
			t.Errorf("step %d does not go on from the one before: %q", i, p)
		}
	}
	// In the end as many lines before the cursor as a server that holds one text gets.
	select {
	case p := <-read:
		if len(p) < 1800 || len(p) > 2300 || !strings.HasPrefix(p, "▁<PRE>package p\n\nimport (") {
			t.Errorf("%d bytes are read: %q", len(p), p)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("the lines were not read to their end")
	}
	if _, err := e.Complete(t.Context(), longFile(t, "a")); err != nil {
		t.Fatal(err)
	}
	prompts = fake.Prompts()
	if last := prompts[len(prompts)-1].String(); len(last) < 1500 || strings.Contains(last, "func f10(") && !strings.Contains(last, "func f119(") {
		t.Errorf("%d bytes: %q", len(last), last)
	}
}

// TestBegunGrows: with a new line all that was read stays of use; what was typed goes
// to the prefix when it has become much.
func TestBegunGrows(t *testing.T) {
	fake := modeltest.NewFake("")
	e := newPatient(t, fake, nil)
	typed := ""
	for range 40 {
		typed += "a +\n\t\tb + "
		if _, err := e.Complete(t.Context(), longFile(t, typed)); err != nil {
			t.Fatal(err)
		}
	}
	prompts, moved := fake.Prompts(), 0
	for i, p := range prompts[1:] {
		_, begun, _ := strings.Cut(p.String(), "▁<MID>")
		if len(begun) > maxBegun {
			t.Errorf("%d bytes of the middle", len(begun))
		}
		if !strings.HasPrefix(p.String(), prompts[i].String()) {
			moved++
		}
	}
	if moved != 1 {
		t.Errorf("the prompt began anew %d times", moved)
	}
}

// noted tells whether some model is known to have read a prompt.
func (rs *readings) noted(text string) bool {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	for _, r := range rs.models {
		if r.has(text) == len(text) {
			return true
		}
	}
	return false
}

// TestRests: what a request at a cursor that rests would show, or one in a line that
// is opened behind it, is read before.
func TestRests(t *testing.T) {
	fake := modeltest.NewFake("")
	e := newPatient(t, fake, func() bool { return true })
	r := longFile(t, "a")
	r.Offset -= 3
	e.Rests(r)
	if err := fake.WaitEnded(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	for !e.readings.noted(fake.Prompts()[0].String()) { // by who asked for it
		runtime.Gosched()
	}
	at := longFile(t, "a\n\t")
	if _, err := e.Complete(t.Context(), at); err != nil {
		t.Fatal(err)
	}
	prompts := fake.Prompts()
	read := prompts[0].String()
	if !strings.HasSuffix(read, "▁<SUF>\n}\n\nfunc f121(a int) int {\n\treturn a + 121\n}\n\n▁<MID>\treturn a") {
		t.Errorf("read %q", read)
	}
	if more, ok := strings.CutPrefix(prompts[len(prompts)-1].String(), read); !ok || more != "\n\t" {
		t.Errorf("the request has %q to read behind %q", more, read)
	}
	// Where it was asked the cursor rests after every key: that is known.
	if at.Offset--; !e.ahead.knows(at) || e.ahead.knows(r) {
		t.Error("reads for a place in the line that was asked about")
	}
}

// TestCancelledReadingIsOfUse: what a backend had read of a prompt when it was given up
// counts as read, what it has lost for it does not.
func TestCancelledReadingIsOfUse(t *testing.T) {
	var rs readings
	key := servedModel{model: "m"}
	rs.read(key, "one two three four", 0, 0, 0)
	rs.begin(key, "one two three more of it")
	if n := rs.has(key, "one two three four"); n != len("one two three ") {
		t.Errorf("has %d bytes of what it began to write over", n)
	}
	rs.reading(key, "one two three more of it", 20, 24)
	if n := rs.has(key, "one two three more of it"); n != 20 {
		t.Errorf("has %d bytes of what it has read", n)
	}
	rs.begin(key, "all else")
	if n := rs.has(key, "one two three more of it"); n != 20 {
		t.Errorf("has %d bytes beside another prompt", n)
	}
}

// gentleFake reads ahead by itself; while it is busy it gives way.
type gentleFake struct {
	*modeltest.Fake
	prepared chan string
	busy     atomic.Int32 // times
}

func (f *gentleFake) Prepare(_ context.Context, p model.Prompt, _ func(read, of int)) error {
	f.prepared <- p.String()
	if f.busy.Add(-1) >= 0 {
		return model.ErrGaveWay
	}
	return nil
}

// TestReadsAheadGently: a backend that can read with a part of the machine that
// nobody misses does so, and is not asked to generate; one that gives way to somebody
// else (a self-test, a review) goes on afterwards.
func TestReadsAheadGently(t *testing.T) {
	fake := &gentleFake{Fake: modeltest.NewFake(""), prepared: make(chan string, 100)}
	fake.busy.Store(1)
	e := newPatient(t, fake, func() bool { return true })
	e.DidOpen(longFile(t, "").Document)
	tried, first, second := <-fake.prepared, <-fake.prepared, <-fake.prepared
	if tried != first {
		t.Errorf("after it gave way it reads %q instead of %q", first, tried)
	}
	if !strings.HasPrefix(first, "▁<PRE>package p") || !strings.HasPrefix(second, first) || fake.Counts().Started != 0 {
		t.Errorf("%q, then %q; %d generations", first, second, fake.Counts().Started)
	}
}

// expecting is a backend that takes what a memory expects, as the engine does.
type expecting struct{ *gentleFake }

func (f expecting) Probe(ctx context.Context) (model.Info, error) {
	info, err := f.gentleFake.Probe(ctx)
	info.Expects = true
	return info, err
}

// TestReadsInStages: at a cursor that rests the engine reads what a request would show,
// then more of the lines before it, then all of the window, then with what follows;
// each beside what it has, and once.
func TestReadsInStages(t *testing.T) {
	fake := expecting{&gentleFake{Fake: modeltest.NewFake(""), prepared: make(chan string, 100)}}
	e := newPatient(t, fake, func() bool { return true })
	r := longFile(t, "")
	e.DidOpen(r.Document)
	<-fake.prepared // some of the head
	e.Rests(r)
	const above = "func wanted() int {\n"
	var ends []int // the lengths of what has all of the lines
	seen := map[string]bool{}
	for len(ends) < 4 {
		p := <-fake.prepared
		if seen[p] {
			t.Fatalf("read twice: %q", p)
		}
		if seen[p] = true; strings.HasSuffix(p, above) || strings.Contains(p, above+"▁<SUF>") {
			ends = append(ends, len(p))
		}
	}
	// How much of the beginning was read by then differs by a step or two.
	if near, more, all, whole := ends[0], ends[1], ends[2], ends[3]; near > 1000 || more < near+300 || all < more+500 || whole <= all {
		t.Errorf("what was read ended with %d bytes", ends)
	}
}

// TestNothingIsReadAhead where that is forbidden, and a step is the last when it is.
func TestNothingIsReadAhead(t *testing.T) {
	fake := modeltest.NewFake("")
	asked := make(chan struct{}, 10)
	e := newPatient(t, fake, func() bool { asked <- struct{}{}; return false })
	e.DidOpen(longFile(t, "").Document)
	<-asked
	e.Close()
	if c := fake.Counts(); c.Started != 0 {
		t.Errorf("%+v", c)
	}
}

// TestSlowIsNotUnreachable: a model that needs longer than anybody waits is said to
// be slow, how slow, and what is faster; no other one guesses in its place.
func TestSlowIsNotUnreachable(t *testing.T) {
	fake, other := modeltest.NewFake("a + b"), namedFake{modeltest.NewFake("wrong"), "other"}
	defer fake.Block()()
	dir := t.TempDir()
	if err := writeStatistics(dir, []modelRecord{
		{Backend: "fake", Model: "fake:7b-code", Speed: Speed{Read: 130, Write: 25}, Used: time.Now()},
		{Backend: "ollama", Model: "small:0.5b", Speed: Speed{Read: 400, Write: 60}, Used: time.Now()},
	}); err != nil {
		t.Fatal(err)
	}
	e := New(Options{Backends: []model.Backend{fake, other}, StateDir: dir, Timeout: time.Millisecond})
	defer e.Close()
	res, err := e.Complete(t.Context(), docAt(t, "a.go", goFunc))
	want := "fake is slow: fake:7b-code reads 130 tokens a second and writes 25, and has not answered within 1ms; small:0.5b (ollama) reads 400 tokens a second and writes 60 here"
	if err != nil || res.Reason != want || other.Counts().Started != 0 {
		t.Errorf("%q, %v", res.Reason, err)
	}
}

// TestHung: a model that gives no sign of life for much longer than its prompt takes is
// passed over, and said to hang; so is one of a server that answers nothing at all. One
// that reads or writes is waited for.
func TestHung(t *testing.T) {
	for _, tt := range []struct {
		what  string
		speed Speed
		probe error
		tells bool // how far it has come
		heard bool // before
		want  string
	}{
		{"should have read long ago", Speed{1e9, 1e9}, nil, false, true, "hangs"},
		{"may be loading", Speed{1e9, 1e9}, nil, false, false, "slow"},
		{"answers nothing", Speed{1, 1}, modeltest.Failure(model.Unreachable), false, false, "hangs"},
		{"may be reading", Speed{1, 1}, nil, false, false, "slow"},
		{"reads", Speed{1e9, 1e9}, nil, true, true, "slow"},
	} {
		fake, other := modeltest.NewFake("a + b"), namedFake{modeltest.NewFake("b + a"), "other"}
		dir := t.TempDir()
		if err := writeStatistics(dir, []modelRecord{{Backend: "fake", Model: "fake:7b-code", Speed: tt.speed, Used: time.Now()}}); err != nil {
			t.Fatal(err)
		}
		var b model.Backend = fake
		if tt.tells {
			b = readingFake{fake}
		}
		e := New(Options{Backends: []model.Backend{b, other}, StateDir: dir, Timeout: 20 * time.Millisecond, ProbeInterval: time.Hour})
		defer e.Close()
		if _, _, err := e.Chosen(t.Context()); err != nil {
			t.Fatal(err)
		}
		if tt.heard {
			e.stats.answered("fake", "fake:7b-code", time.Second, 0)
		}
		fake.FailProbe(tt.probe)
		release := fake.Block()
		defer release()
		r := docAt(t, "a.go", goFunc)
		res, err := e.Complete(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		switch shown := shownAt(r, res); {
		case tt.want == "hangs" && shown != "b + a":
			t.Errorf("%s: %q (%s), want the other's answer", tt.what, shown, res.Reason)
		case tt.want == "slow" && !strings.HasPrefix(res.Reason, "fake is slow: "):
			t.Errorf("%s: %q (%s), want it waited for", tt.what, shown, res.Reason)
		}
	}
	if err := hung(modeltest.NewFake(""), model.Info{Backend: "llamacpp", Model: "m"}, 30*time.Second).Error(); err != "llamacpp hangs: m was asked 30s ago and has neither read nor written a token since; start its server anew" {
		t.Error(err)
	}
}

// revivable is a model whose server hangs until it is started anew.
type revivable struct {
	*modeltest.Fake
	release func()
	times   int
	others  bool // it is somebody else's server
}

func (r *revivable) Restartable() bool { return !r.others }

func (r *revivable) Restart() bool {
	if r.others {
		return false
	}
	r.times++
	r.release()
	return r.times == 1
}

// TestSilentIsRevived: the server of a model that has answered before and gives no
// sign of life is started anew, and the question that showed it is asked once more.
// One that has not answered for a while may be loading, and one of somebody else's
// cannot be started anew: they have their whole time.
func TestSilentIsRevived(t *testing.T) {
	for _, tt := range []struct{ heard, lately, others bool }{
		{true, true, false}, {true, true, true}, {true, false, false}, {false, false, false},
	} {
		revives := tt.heard && tt.lately && !tt.others
		dir := t.TempDir()
		if err := writeStatistics(dir, []modelRecord{{Backend: "fake", Model: "fake:7b-code", Speed: Speed{1e9, 1e9}, Used: time.Now()}}); err != nil {
			t.Fatal(err)
		}
		b := &revivable{Fake: modeltest.NewFake("a + b"), others: tt.others}
		b.release = b.Block()
		opts := Options{Backends: []model.Backend{b}, StateDir: dir, Silence: time.Millisecond, ProbeInterval: time.Hour}
		if !revives {
			opts.Timeout = 20 * time.Millisecond
		}
		e := New(opts)
		defer e.Close()
		if tt.heard {
			e.stats.answered("fake", "fake:7b-code", time.Second, 0)
		}
		if !tt.lately {
			e.stats.change("fake", "fake:7b-code", func(m *modelStats) { m.heard = time.Now().Add(-time.Hour) })
		}
		r := docAt(t, "a.go", goFunc)
		res, err := e.Complete(t.Context(), r)
		if shown := shownAt(r, res); err != nil || revives != (shown == "a + b") || tt.others && b.times > 0 {
			t.Errorf("%+v: %q (%s), started anew %d times, %v", tt, shown, res.Reason, b.times, err)
		}
		b.release()
	}
}

// readingFake tells that it reads.
type readingFake struct{ *modeltest.Fake }

func (f readingFake) Generate(ctx context.Context, r model.Request) (model.Response, error) {
	r.Reads(1, 100)
	return f.Fake.Generate(ctx, r)
}

func TestSpeed(t *testing.T) {
	var s Speed
	if s.String() != "has not been measured yet" || s.presumed(0).Read != presumedRead {
		t.Errorf("%v", s)
	}
	s = s.learn(model.Usage{Reading: time.Second, GeneratedTokens: 11, Writing: time.Second}, 200)
	if s != (Speed{200, 10}) || s.String() != "reads 200 tokens a second and writes 10" {
		t.Errorf("%v", s)
	}
	s = s.learn(model.Usage{FirstToken: time.Second}, 100)
	if s != (Speed{170, 10}) {
		t.Errorf("%v", s)
	}
	if same := s.learn(model.Usage{Reading: time.Second, GeneratedTokens: 2, Writing: time.Hour}, 3); same != s {
		t.Errorf("%v", same)
	}
}

// TestPresumed: a model that has not been heard yet is taken to be as fast as its
// size says.
func TestPresumed(t *testing.T) {
	for parameters, want := range map[int64]float64{
		0: presumedRead, 1.5e9: presumedRead, 3e9: presumedRead / 2, 6e6: presumedRead * mostPresumed,
	} {
		if got := (Speed{}).presumed(parameters).Read; got != want {
			t.Errorf("%d parameters: %v tokens a second, want %v", parameters, got, want)
		}
	}
	if got := (Speed{Read: 7}).presumed(6e6).Read; got != 7 {
		t.Errorf("what is known is %v", got)
	}
}

// TestSettled: a reading is waited for when it was stopped, for a while; one that
// goes on is not.
func TestSettled(t *testing.T) {
	for name, c := range map[string]struct {
		stopped bool
		waits   time.Duration
	}{"stopped": {true, stopTime}, "goes on": {false, 0}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := &prereader{cancel: func() {}, done: make(chan struct{})}
				if c.stopped {
					a.stop()
				}
				begun := time.Now()
				a.settled(t.Context())
				if got := time.Since(begun); got != c.waits {
					t.Errorf("waited %s, want %s", got, c.waits)
				}
			})
		})
	}
}

// TestTriesAgain: where the model was not sure enough it is asked once more when more
// of the lines before the cursor is read, and who wants to hear is told; never again
// for that.
func TestTriesAgain(t *testing.T) {
	for name, tt := range map[string]struct {
		then float64 // how likely the answer is by the longer prompt
		told bool
	}{
		"sure by now":    {0.9, true},
		"still unsure":   {0.1, false},
		"nobody listens": {0.9, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // each waits for a long pause
			fake := modeltest.NewFake("")
			var first atomic.Int64 // bytes of the first prompt that was asked about
			fake.Script(func(p model.Prompt) modeltest.Reply {
				text := p.String()
				switch {
				case !strings.HasSuffix(text, "▁<MID>\treturn "):
					return modeltest.Reply{}
				case first.CompareAndSwap(0, int64(len(text))) || int64(len(text)) <= first.Load():
					return modeltest.Reply{Text: "a + b", P: 0.1}
				}
				return modeltest.Reply{Text: "a + b", P: tt.then}
			})
			fake.SetInfo(func(i *model.Info) { i.Likely, i.Parameters = true, 5e8 })
			e := newPatient(t, fake, func() bool { return true })
			more := make(chan Notice, 10)
			if name != "nobody listens" {
				e.OnReady(func(m Notice) { more <- m })
			}
			r := longFile(t, "")
			if res, err := e.Complete(t.Context(), r); err != nil || len(res.Suggestions) > 0 {
				t.Fatalf("%+v, %v", res, err)
			}
			if tt.told {
				if m := <-more; m.Offset != r.Offset {
					t.Errorf("told of %+v", m)
				}
				res, err := e.Complete(t.Context(), r)
				if got := shownAt(r, res); err != nil || got != "a + b" || !res.Trace.Cached {
					t.Errorf("%q, %+v, %v", got, res.Trace, err)
				}
				return
			}
			e.ahead.mu.Lock()
			done := e.ahead.done
			e.ahead.mu.Unlock()
			<-done
			e.generations.all.Wait()
			asked := 0
			for _, p := range fake.Prompts() {
				if strings.HasSuffix(p.String(), "▁<MID>\treturn ") {
					asked++
				}
			}
			if want := map[bool]int{true: 1, false: 2}[name == "nobody listens"]; asked != want || len(more) > 0 {
				t.Errorf("asked %d times, want %d; told %d times", asked, want, len(more))
			}
		})
	}
}
