package builtin

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// TestDraftsChangeNothing: the same text with drafts and without, where many are
// right and where none is, whatever batches seem to cost.
func TestDraftsChangeNothing(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	plain, drafts := OpenEmbedded(Options{Threads: 1, ContextTokens: 512}), OpenEmbedded(Options{Threads: 1, ContextTokens: 512})
	defer plain.Close()
	defer drafts.Close()
	tok, err := plain.Tokenizer()
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 1))
	batches := 0
	for _, f := range files {
		source, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		tokens := tok.Encode(string(source))
		for range 3 {
			at := random.IntN(max(1, len(tokens)-400))
			prompt := tokens[at:min(at+50+random.IntN(300), len(tokens))]
			o := GenerateOptions{MaxTokens: 40, NoDrafts: true}
			want, err := plain.Generate(t.Context(), prompt, o)
			if err != nil {
				t.Fatal(err)
			}
			o.NoDrafts = false
			for n := range drafts.drafting.costs.seconds { // all that is proposed is tried
				drafts.drafting.costs.seconds[n] = 1
			}
			got, err := drafts.Generate(t.Context(), prompt, o)
			if err != nil || got.Text != want.Text || got.StopReason != want.StopReason || got.GeneratedTokens != want.GeneratedTokens {
				t.Errorf("%s at %d: %q (%s), want %q (%s); %v", f, at, got.Text, got.StopReason, want.Text, want.StopReason, err)
			}
			for _, s := range drafts.drafting.costs.seconds[2:] {
				if s != 1 {
					batches++
				}
			}
		}
	}
	if batches < 50 {
		t.Errorf("only %d sizes of batches were tried", batches)
	}
}

func TestDraftFromText(t *testing.T) {
	tests := []struct {
		name     string
		sequence []int32
		token    int32
		want     []int32
		kind     kind
	}{
		{"nothing before", nil, 1, nil, found2},
		{"one alike is not enough", []int32{1, 2, 3}, 1, nil, found2},
		{"two", []int32{9, 1, 7, 8, 9}, 1, []int32{7, 8, 9}, found2},
		{"the last of equals", []int32{9, 1, 7, 9, 1, 8, 9}, 1, []int32{8, 9}, found2},
		{"longer beats later", []int32{5, 9, 1, 7, 9, 1, 8, 5, 9}, 1, []int32{7, 9, 1, 8, 5, 9}, found3},
		{"four and more", []int32{1, 2, 3, 4, 5, 6, 1, 2, 3, 4}, 5, []int32{6, 1, 2, 3, 4}, found4},
	}
	for _, test := range tests {
		if got, k := fromText(test.sequence, test.token); !slices.Equal(got, test.want) || k != test.kind {
			t.Errorf("%s: %v of kind %d, want %v of %d", test.name, got, k, test.want, test.kind)
		}
	}
}

// TestDraftLength: drafts grow with how often they are right, and end where they
// cost more than they bring.
func TestDraftLength(t *testing.T) {
	tests := []struct {
		name          string
		rate, further float64 // what a further token costs
		want          int
	}{
		{"always right and cheap", 0.98, 0.05, 15},
		{"always right, no cheaper together", 0.98, 1, 0},
		{"mostly right", 0.7, 0.2, 3},
		{"mostly wrong", 0.2, 0.2, 0},
		{"mostly wrong and nearly free", 0.2, 0.02, 2},
	}
	for _, test := range tests {
		var c costs
		for n := 1; n < len(c.seconds); n++ {
			c.measured(n, time.Duration(float64(time.Millisecond)*(1+test.further*float64(n-1))))
		}
		if got := c.length(test.rate, 15); got != test.want {
			t.Errorf("%s: %d tokens, want %d", test.name, got, test.want)
		}
	}
}

// TestDraftsThatAreWrongStop: and begin again once they would have been right.
func TestDraftsThatAreWrongStop(t *testing.T) {
	d := newDrafter(newDrafting())
	for n := range d.costs.seconds {
		d.costs.seconds[n] = 0.7 + 0.3*float64(n)
	}
	sequence := []int32{9, 1, 7, 8, 5, 5, 9}
	propose := func() int { return len(d.propose(sequence, 1, 8)) }
	if propose() == 0 {
		t.Fatal("nothing was drafted")
	}
	wrong := 0
	for ; propose() > 0; wrong++ {
		d.judged(0, true)
	}
	if wrong > 12 {
		t.Errorf("it took %d wrong drafts to stop", wrong)
	}
	right := 0
	for ; propose() == 0 && right < 100; right++ {
		d.took(7)
	}
	if right == 0 || right > 8 {
		t.Errorf("%d right ones until it began again", right)
	}
}
