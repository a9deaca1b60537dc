package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/airside-ls/airside/completion/model/builtin/tokenizer"
)

// Tokens of a prompt before and behind the cursor.
const before, behind = 300, 80

// replay are prompts at the beginnings of lines of the files that match a
// pattern, in the order in which somebody would write them.
func replay(tok *tokenizer.Tokenizer, pattern string, places int) (prompts [][]int32, err error) {
	files, err := filepath.Glob(pattern)
	if err != nil {
		return nil, err
	}
	var cuts []cut
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		cuts = append(cuts, lineStarts(string(text))...)
	}
	if len(cuts) < places || places < 1 {
		return nil, fmt.Errorf("%s has %d lines to complete at", pattern, len(cuts))
	}
	prefix, suffix, middle := control(tok, "<|fim_prefix|>"), control(tok, "<|fim_suffix|>"), control(tok, "<|fim_middle|>")
	for i := range places {
		c := cuts[i*len(cuts)/places]
		head, tail := tok.Encode(c.head), tok.Encode(c.tail)
		prompts = append(prompts, slices.Concat(
			[]int32{prefix}, head[max(0, len(head)-before):], []int32{suffix}, tail[:min(len(tail), behind)], []int32{middle}))
	}
	return prompts, nil
}

// cut is a text without one of its lines, which is to be written again.
type cut struct{ head, tail string }

func lineStarts(text string) (cuts []cut) {
	lines := strings.SplitAfter(text, "\n")
	at := 0
	for _, l := range lines {
		if at > len(text)/4 && len(strings.TrimSpace(l)) > 12 {
			cuts = append(cuts, cut{text[:at], text[at+len(l):]})
		}
		at += len(l)
	}
	return cuts
}
