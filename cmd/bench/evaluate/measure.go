package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/airside-ls/airside/completion/model/builtin/tiny"
)

// errEnough ends a generation whose further lines nobody compares.
var errEnough = errors.New("enough lines")

// promptTokens bounds a prompt: with the answer to a line it fills what the
// models were trained at.
const promptTokens = stretch - 64

// prompt lays out a place in one of the forms that samples.py trains.
func (s *subject) prompt(p place, form string) ([]int32, error) {
	var control [3]int32
	for i, piece := range []string{"▁<PRE>", "▁<SUF>", "▁<MID>"} {
		id, ok := s.tok.ID(piece)
		if !ok {
			return nil, fmt.Errorf("the vocabulary has no %s", piece)
		}
		control[i] = id
	}
	pre, suf, mid := control[0], control[1], control[2]
	// The space before a word is the word's token's, so the model writes it;
	// indentation stays, it is one token with its line break.
	before := strings.TrimRight(p.before, " ")
	if before == "" || strings.HasSuffix(before, "\n") {
		before = p.before
	}
	prefix, suffix := s.tok.Encode(before), s.tok.Encode(p.after)
	if form == tiny.Plain {
		suffix = nil
	}
	suffix = suffix[:min(len(suffix), promptTokens/4)]
	prefix = prefix[max(0, len(prefix)-(promptTokens-len(suffix))):]
	tokens := []int32{s.tok.BOS()}
	switch form {
	case tiny.Plain:
		return append(tokens, prefix...), nil
	case "suffix-first":
		tokens = append(append(append(tokens, pre, suf), suffix...), mid)
		return append(tokens, prefix...), nil
	case "prefix-first":
		tokens = append(append(append(tokens, pre), prefix...), suf)
		return append(append(tokens, suffix...), mid), nil
	}
	return nil, fmt.Errorf("no form %q", form)
}

// firstLines is the answer's first n lines, without spaces around them.
func firstLines(answer string, n int) string {
	lines := strings.SplitAfter(strings.TrimLeft(answer, " \n"), "\n")
	return strings.TrimSpace(strings.Join(lines[:min(n, len(lines))], ""))
}

// stretch is how many tokens a model sees at once when bits per byte are taken:
// what it was trained at.
const stretch = 512

// bitsPerByte is the mean information of a byte of the files' text, from one
// stretch of each file until there are limit bytes. A stretch begins with the
// first line of the file's second half: the beginning is mostly licence.
func (s *subject) bitsPerByte(files []file, limit int) (float64, error) {
	bits, bytes := 0.0, 0
	// Spread over the list, which is in the order of names.
	for i := range files {
		f := files[i*7919%len(files)]
		text := f.Text[len(f.Text)/2:]
		text = text[strings.Index(text, "\n")+1:]
		tokens := s.tok.Encode(text[:min(len(text), 5*stretch)])
		tokens = append([]int32{s.tok.BOS()}, tokens[:min(len(tokens), stretch-1)]...)
		if _, err := s.session.Evaluate(context.Background(), tokens[:1]); err != nil {
			return 0, err
		}
		for _, token := range tokens[1:] {
			bits += surprise(s.session.Logits(), token)
			bytes += len(s.tok.Piece(token))
			if err := s.session.Append(context.Background(), token); err != nil {
				return 0, err
			}
		}
		if bytes >= limit {
			break
		}
	}
	return bits / float64(max(1, bytes)), nil
}

// surprise is the information, in bits, of a token that came after logits.
func surprise(logits []float32, token int32) float64 {
	highest, sum := math.Inf(-1), 0.0
	for _, l := range logits {
		highest = max(highest, float64(l))
	}
	for _, l := range logits {
		sum += math.Exp(float64(l) - highest)
	}
	return (math.Log(sum) + highest - float64(logits[token])) / math.Ln2
}
