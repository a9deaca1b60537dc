package llamaserver

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion/model/modeltest"
)

func TestBackoff(t *testing.T) {
	for failures, want := range map[int]time.Duration{
		1: 250 * time.Millisecond, 2: 500 * time.Millisecond, 5: 4 * time.Second, 8: 30 * time.Second, 1000: 30 * time.Second,
	} {
		if got := backoff(failures); got != want {
			t.Errorf("after %d failures: %v, want %v", failures, got, want)
		}
	}
}

func TestFlagsAndDevices(t *testing.T) {
	help := "--ui, --webui, --no-ui\n -cram, --cache-ram N  set"
	if !hasFlag(help, "--no-ui") || !hasFlag(help, "--cache-ram") || hasFlag(help, "--cache") || hasFlag(help, "--no-webui") {
		t.Error("flags are misread")
	}
	if hasDevice("Available devices:\n  (none)\n") || hasDevice("") || hasDevice("error: unknown\n  x: y\n") {
		t.Error("a device was seen where none is")
	}
	if !hasDevice("ggml_cuda_init: found 1 CUDA devices:\nAvailable devices:\n  CUDA0: NVIDIA H200 (143167 MiB, 142622 MiB free)\n") {
		t.Error("the device was not seen")
	}
}

func TestOutputIsBounded(t *testing.T) {
	log := &modeltest.Log{}
	o := newOutput(slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	for range 1000 {
		fmt.Fprintf(o, "%s\nerror: \xff%s\n", strings.Repeat("x", 10_000), "end")
	}
	fmt.Fprint(o, strings.Repeat("y", 1_000_000))
	if len(o.kept) > keptLines || cap(o.line) > 4*maxOutputLine {
		t.Errorf("%d lines, %d bytes are kept", len(o.kept), cap(o.line))
	}
	if got := o.complaint(); got != "error: ?end" {
		t.Errorf("complaint %q", got)
	}
}
