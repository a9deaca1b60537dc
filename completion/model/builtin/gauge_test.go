package builtin

import (
	"testing"
	"time"
)

// TestGauge: a larger model is expected to be slower, in proportion, and to read faster
// than it writes.
func TestGauge(t *testing.T) {
	read, write := Gauge(100*time.Millisecond, 1e9)
	if read <= 0 || write <= 0 {
		t.Errorf("reads %v, writes %v", read, write)
	}
	if read, write := Gauge(0, 1e9); read != 0 || write != 0 {
		t.Errorf("unmeasured: %v, %v", read, write)
	}
	t.Logf("a model of 1.5 billion parameters: reads %.1f, writes %.1f tokens a second; %s", read/1.54, write/1.54, Instructions())
}
