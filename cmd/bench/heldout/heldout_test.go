package heldout

import (
	"math"
	"testing"
	"time"
)

func TestSimilarity(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want float64
	}{
		{"", "", 1},
		{"", "x", 0},
		{"return err", "return err", 1},
		{"return err", "return nil", 0.7},
		{"größe", "grösse", 1 - 2.0/6},
		{"abc", "xyz", 0},
		{"kitten", "sitting", 1 - 3.0/7},
	} {
		for _, got := range []float64{Similarity(tt.a, tt.b), Similarity(tt.b, tt.a)} {
			if math.Abs(got-tt.want) > 1e-9 {
				t.Errorf("%q and %q: %v, want %v", tt.a, tt.b, got, tt.want)
			}
		}
	}
}

func TestEdges(t *testing.T) {
	for line, want := range map[string]string{
		"return x.Close(ctx)": "return¦ x¦.¦Close¦(¦ctx¦)",
		"a  += 1":             "a¦  +¦=¦ 1",
	} {
		got := line[:1]
		for i := 1; i < len(line); i++ {
			if Edge(line[i-1], line[i]) {
				got += "¦"
			}
			got += line[i : i+1]
		}
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestLatency(t *testing.T) {
	var took []time.Duration
	if p50, p95 := Latency(took); p50 != 0 || p95 != 0 {
		t.Errorf("of none %v and %v", p50, p95)
	}
	for i := range 100 {
		took = append(took, time.Duration(99-i)*time.Millisecond)
	}
	if p50, p95 := Latency(took); p50 != 50 || p95 != 95 || took[0] != 99*time.Millisecond {
		t.Errorf("%v and %v, of a list that begins with %v", p50, p95, took[0])
	}
}
