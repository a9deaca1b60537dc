package modeltest

import (
	"math"
	"testing"

	"github.com/airside-ls/airside/completion/model"
)

// CheckLikely checks what a backend told of an answer's tokens: each has a
// probability, and its end lies in the answer; together they spell it.
func CheckLikely(t *testing.T, r model.Response, err error, likely *model.Likelihood) {
	t.Helper()
	if err != nil || len(likely.Tokens) == 0 {
		t.Fatalf("%d tokens of %q, %v", len(likely.Tokens), r.Text, err)
	}
	end := 0
	for _, token := range likely.Tokens {
		if token.End < end || token.Ln > 1e-3 || math.IsInf(token.Ln, 0) || math.IsNaN(token.Ln) || len(token.Best) == 0 {
			t.Errorf("%+v behind %d bytes", token, end)
		}
		end = token.End
	}
	if end != len(r.Text) {
		t.Errorf("tokens of %d bytes, the answer %q has %d", end, r.Text, len(r.Text))
	}
}
