package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/airside-ls/airside/cmd/bench/heldout"
)

// longest is the baseline of the issue: the tokens that came behind the longest
// match of what stands before the cursor, in the file and the others of its
// folder. No smoothing, no mixing, nothing of what follows.
func longest(p place) answer {
	start := time.Now()
	const most, longestLine = 10, 60
	texts := [][]string{tokens(p.text[:p.at]), tokens(p.text[p.at:])}
	siblings, _ := filepath.Glob(filepath.Join(filepath.Dir(p.path), "*"+filepath.Ext(p.path)))
	for _, s := range siblings {
		if s == p.path {
			continue
		}
		if text, err := os.ReadFile(s); err == nil && len(text) < heldout.MaxFile {
			texts = append(texts, tokens(string(text)))
		}
	}
	context := texts[0]
	var line strings.Builder
	for range longestLine {
		next := ""
		for order := min(most, len(context)); order > 0 && next == ""; order-- {
			next = following(texts, context[len(context)-order:])
		}
		if next == "" || next[0] == '\n' {
			break
		}
		line.WriteString(next)
		context = append(slices.Clip(context), next)
	}
	return answer{text: line.String(), confidence: 1, took: time.Since(start)}
}

// following is the most frequent token behind a sequence of them; of several the
// first.
func following(texts [][]string, sequence []string) string {
	counts := map[string]int{}
	best := ""
	last := sequence[len(sequence)-1]
	for _, text := range texts {
		for i := len(sequence); i < len(text); i++ {
			if text[i-1] == last && slices.Equal(text[i-len(sequence):i], sequence) {
				if counts[text[i]]++; counts[text[i]] > counts[best] {
					best = text[i]
				}
			}
		}
	}
	return best
}

// tokens cuts a text where an edge is; a line's end is one with the white space
// behind it.
func tokens(text string) []string {
	var list []string
	for text != "" {
		n := 1
		switch {
		case text[0] == '\n':
			for n < len(text) && strings.IndexByte(" \t\n", text[n]) >= 0 {
				n++
			}
		default:
			for n < len(text) && text[n] != '\n' && !heldout.Edge(text[n-1], text[n]) {
				n++
			}
		}
		list = append(list, text[:n])
		text = text[n:]
	}
	return list
}
