package main

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/airside-ls/airside/cmd/bench/heldout"
	"github.com/airside-ls/airside/completion/model/odds"
	"github.com/airside-ls/airside/completion/syntax"
)

// figures are what one way of asking has given at a set of places. Shares are in
// percent.
type figures struct {
	Way      string `json:"way"`
	Language string `json:"language"` // "" for all
	Kind     kind   `json:"kind"`     // "" for all
	Places   int    `json:"places"`

	Exact      float64 `json:"exact"`
	Low        float64 `json:"exact_low"` // of the 95% interval (Wilson's)
	High       float64 `json:"exact_high"`
	Similarity float64 `json:"similarity"`
	Shown      float64 `json:"shown"`
	Right      float64 `json:"right_when_shown"`
	Parses     float64 `json:"parses"` // of what is shown
	Saved      float64 `json:"saved"`  // of the characters that are wanted

	P50MS        float64 `json:"p50_ms"`
	P95MS        float64 `json:"p95_ms"`
	PromptTokens float64 `json:"prompt_tokens"` // mean
	Cut          int     `json:"cut"`           // answers that did not come in time
	// Needed is at how many places the answer uses a name that another file declares,
	// Recall at how many of these its definition is in the prompt.
	Needed int     `json:"needed"`
	Recall float64 `json:"recall"`
}

// judgement is an answer and what is thought of it.
type judgement struct {
	place
	answer
	Way    string `json:"way"`
	Exact  bool   `json:"exact"`
	Right  bool   `json:"right"` // what was shown
	Parses bool   `json:"parses"`
	Saved  int    `json:"saved"`

	Similarity float64 `json:"similarity"`
}

// judge compares an answer with what was wanted: as many lines of it, the space at
// their ends aside. What is shown parses if the file with it has no syntax error; it
// had none before something was cut out of it.
func judge(trees *syntax.Cache, way string, p place, a answer) judgement {
	j := judgement{place: p, answer: a, Way: way}
	want := strings.TrimSpace(clip(p, p.Want))
	got := strings.TrimSpace(clip(p, a.Text))
	j.Exact = got == want
	j.Similarity = heldout.Similarity(got, want)
	if a.Shown != "" {
		j.Right = strings.TrimSpace(clip(p, a.Shown)) == want || a.Begun && odds.HasBeginning(want, strings.TrimSpace(a.Shown))
		j.Saved = saved(p, a.Shown)
		n, known := trees.Judge().Errors(syntax.Document{Language: p.Language, Text: p.whole(a.Shown)})
		j.Parses = !known || n == 0
	}
	return j
}

// add makes figures of the answers that fit.
func add(all []judgement, way, language string, k kind) figures {
	f := figures{Way: way, Language: language, Kind: k}
	var took []time.Duration
	exact, shown, right, parses, saved, wanted, tokens, told, chosen := 0, 0, 0, 0, 0, 0, 0, 0, 0
	for _, j := range all {
		if j.Way != way || language != "" && j.Title != language || k != "" && j.Kind != k {
			continue
		}
		f.Places++
		took = append(took, j.Took)
		f.Similarity += j.Similarity
		wanted += len([]rune(j.Want))
		saved += j.Saved
		count(&exact, j.Exact)
		count(&shown, j.Shown != "")
		count(&right, j.Right)
		count(&parses, j.Shown != "" && j.Parses)
		count(&f.Cut, j.Cut)
		count(&f.Needed, j.Symbol != "")
		count(&chosen, j.Symbol != "" && j.defined())
		if j.answer.PromptTokens > 0 {
			tokens, told = tokens+j.answer.PromptTokens, told+1
		}
	}
	f.Exact, f.Similarity = percent(exact, f.Places), 100*f.Similarity/float64(max(1, f.Places))
	f.Low, f.High = wilson(exact, f.Places)
	f.Shown, f.Right, f.Parses = percent(shown, f.Places), percent(right, shown), percent(parses, shown)
	f.Saved = percent(saved, wanted)
	f.Recall = percent(chosen, f.Needed)
	f.P50MS, f.P95MS = heldout.Latency(took)
	f.PromptTokens = float64(tokens) / float64(max(1, told))
	return f
}

// defined tells whether a prompt showed the definition of what its answer uses.
func (j judgement) defined() bool {
	return slices.ContainsFunc(j.Chosen, func(d definition) bool {
		return slices.Contains(j.Declared, d.Path) && slices.Contains(word.FindAllString(d.Name+" "+d.Text, -1), j.Symbol)
	})
}

func count(n *int, yes bool) {
	if yes {
		*n++
	}
}

func percent(n, of int) float64 { return 100 * float64(n) / float64(max(1, of)) }

// wilson is the 95% interval of a share, in percent.
func wilson(n, of int) (low, high float64) {
	if of == 0 {
		return 0, 100
	}
	const z = 1.96
	p, m := float64(n)/float64(of), float64(of)
	middle := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return max(0, 100*(middle-half)), min(100, 100*(middle+half))
}
