package main

import (
	"strings"
	"time"

	"github.com/airside-ls/airside/cmd/bench/heldout"
	"github.com/airside-ls/airside/completion"
)

// answer is what was suggested for a place.
type answer struct {
	snippets   []completion.Snippet // that the prompt showed
	text       string
	confidence float64
	remembered bool
	took       time.Duration
}

// figures are what a way of answering achieved on one set.
type figures struct {
	Set        string  `json:"set"`
	Way        string  `json:"way"`
	Places     int     `json:"places"`
	Exact      float64 `json:"exact"`      // percent of all places
	Similarity float64 `json:"similarity"` // mean edit similarity, percent
	Shown      float64 `json:"shown"`      // percent that reach the default confidence
	Right      float64 `json:"right"`      // percent of these that are exact
	P50MS      float64 `json:"p50_ms"`
	P95MS      float64 `json:"p95_ms"`
	Curve      []point `json:"curve"`
}

// point is what a confidence asked for gives.
type point struct {
	Confidence float64 `json:"confidence"`
	Shown      float64 `json:"shown"`
	Right      float64 `json:"right"`
}

// score compares answers with what was wanted, white space around them aside.
// Only the first line of an answer counts. A model that weighs is doubted in no
// language.
func score(places []place, answers []answer, confidence float64, weighs bool) figures {
	f := figures{Places: len(places)}
	exact := make([]bool, len(places))
	for i, a := range answers {
		got, want := strings.TrimSpace(heldout.FirstLine(a.text)), strings.TrimSpace(places[i].want)
		exact[i] = got == want
		if exact[i] {
			f.Exact++
		}
		f.Similarity += heldout.Similarity(got, want)
	}
	n := float64(len(places))
	f.Exact, f.Similarity = 100*f.Exact/n, 100*f.Similarity/n
	f.P50MS, f.P95MS = latency(answers)
	at := func(least float64) point {
		p := point{Confidence: least}
		for i, a := range answers {
			asked := least
			if !weighs {
				asked = completion.ConfidenceAsked(least, completion.LanguageOf(places[i].path))
			}
			if a.text != "" && a.confidence >= asked {
				p.Shown++
				if exact[i] {
					p.Right++
				}
			}
		}
		p.Right = 100 * p.Right / max(1, p.Shown)
		p.Shown = 100 * p.Shown / n
		return p
	}
	for c := 0.0; c < 1; c += 0.05 {
		f.Curve = append(f.Curve, at(c))
	}
	p := at(confidence)
	f.Shown, f.Right = p.Shown, p.Right
	return f
}

// latency is the median and the 95th percentile, in milliseconds.
func latency(answers []answer) (p50, p95 float64) {
	var took []time.Duration
	for _, a := range answers {
		took = append(took, a.took)
	}
	return heldout.Latency(took)
}
