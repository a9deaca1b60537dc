package gate

import "testing"

// TestDemandGoesOn: of a generation that goes on, what is left of the demand is
// demanded.
func TestDemandGoesOn(t *testing.T) {
	for _, tt := range []struct{ answer, want string }{
		{"", "= fmt"}, {"= ", "fmt"}, {"= fmt", ""}, {"= fmt.Err", ""}, {"other", ""},
	} {
		if got := demandAfter("= fmt", tt.answer); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.answer, got, tt.want)
		}
	}
}
