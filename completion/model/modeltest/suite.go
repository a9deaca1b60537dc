package modeltest

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion/model"
)

// Harness tells [Run] how to make a backend and what to ask it.
type Harness struct {
	// Open returns a backend that answers, or will once it has loaded its
	// model. The suite closes it.
	Open func(t *testing.T) model.Backend

	// Prompt is answered greedily with at least 8 tokens.
	Prompt model.Prompt
	// Long is answered greedily with at least LongTokens tokens. The suite
	// stops that early and then has Stopped called.
	Long       model.Prompt
	LongTokens int

	// Stopped fails the test unless the source stops generating soon: the
	// scripted server has seen its connection closed, the real one's slot is
	// idle, the engine's loop has ended. The suite calls it after it has ended
	// the generation of Long at its first chunk.
	Stopped func(t *testing.T, b model.Backend)

	// Faulty returns a backend whose source has this fault, either at once or,
	// when late, only where the text is generated. Nil when the fault cannot
	// happen to this kind of backend. A nil function skips the fault tests.
	Faulty func(t *testing.T, f Fault, late bool) model.Backend
}

// patience bounds every wait of the suite. It is reached only when a test
// fails.
const patience = 30 * time.Second

// prompt is how soon a method must return after its context has ended, on a
// machine that may be busy with other things.
const prompt = 3 * time.Second

// Run holds a backend to the contract of [model.Backend].
func Run(t *testing.T, h Harness) {
	tests := []struct {
		name string
		run  func(*testing.T, Harness)
	}{
		{"Probe", testProbe},
		{"Insert", testInsert},
		{"Call", testCall},
		{"Chunks", testChunks},
		{"Deterministic", testDeterministic},
		{"MaxTokens", testMaxTokens},
		{"StopWords", testStopWords},
		{"ControlTextIsText", testControlText},
		{"Unicode", testUnicode},
		{"TooLong", testTooLong},
		{"Enough", testEnough},
		{"CallersError", testCallersError},
		{"CancelledBefore", testCancelledBefore},
		{"CancelledInMidGeneration", testCancelled},
		{"DeadlineInMidGeneration", testDeadline},
		{"ProbeWhileGenerating", testProbeWhileGenerating},
		{"Concurrent", testConcurrent},
		{"Close", testClose},
		{"Faults", testFaults},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { tt.run(t, h) })
	}
}

// open returns a backend and a context for one test. When the test ends, no
// goroutine of theirs may be left.
func open(t *testing.T, h Harness) (context.Context, model.Backend) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	noGoroutinesLeft(t)
	b := h.Open(t)
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return ctx, b
}

// noGoroutinesLeft compares the number of goroutines now and after the
// cleanups registered later.
func noGoroutinesLeft(t *testing.T) {
	before := runtime.NumGoroutine()
	t.Cleanup(func() {
		if t.Failed() {
			return
		}
		if !eventually(func() bool { return runtime.NumGoroutine() <= before }) {
			stacks := make([]byte, 1<<20)
			stacks = stacks[:runtime.Stack(stacks, true)]
			t.Errorf("%d goroutines before, %d after:\n%s", before, runtime.NumGoroutine(), stacks)
		}
	})
}

// eventually polls a condition that no event tells of.
func eventually(ok func() bool) bool {
	deadline := time.Now().Add(patience)
	for pause := time.Millisecond; !ok(); pause = min(2*pause, 50*time.Millisecond) {
		if time.Now().After(deadline) {
			return false
		}
		time.Sleep(pause)
	}
	return true
}

// generate asks greedily and fails the test when that fails.
func generate(t *testing.T, ctx context.Context, b model.Backend, r model.Request) model.Response {
	t.Helper()
	answer, err := model.Generate(ctx, b, r)
	if err != nil {
		t.Fatalf("Generate: %v", err)
	}
	return answer
}
