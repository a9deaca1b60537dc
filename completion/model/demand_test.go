package model

import (
	"testing"

	"github.com/tmc/langchaingo/llms"
)

// TestDemandGoesOn: of a generation that goes on, what is left of the demand is
// demanded.
func TestDemandGoesOn(t *testing.T) {
	first := Prompt{Control("<a>"), Text("x :")}
	for _, tt := range []struct{ answer, want string }{
		{"", "= fmt"}, {"= ", "fmt"}, {"= fmt", ""}, {"= fmt.Err", ""}, {"other", ""},
	} {
		var o llms.CallOptions
		withDemand(first, "= fmt")(&o)
		got := TakeDemand(&o, append(first[:2:2], TextNoSpace(tt.answer)))
		if got != tt.want || o.Metadata != nil || TakeDemand(&o, first) != "" {
			t.Errorf("%q: %q, want %q; left %v", tt.answer, got, tt.want, o.Metadata)
		}
	}
}
