package main

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/airside-ls/airside/cmd/bench/merge/compare"
	"github.com/airside-ls/airside/completion/syntax"
	"github.com/airside-ls/airside/gitsync/merge"
	"github.com/airside-ls/airside/gitsync/object"
)

// outcome is how a proposal of the second look stands beside what the people
// committed.
type outcome string

const (
	none      outcome = "no proposal"
	asMerged  outcome = "as committed"
	spaced    outcome = "as committed, but for white space"
	reordered outcome = "the committed lines, in another order"
	// What remains is for a person to judge; each is listed.
	rewritten outcome = "the people wrote lines that no side had"
	fewer     outcome = "the people left lines of a side away"
	otherwise outcome = "otherwise"
)

var outcomes = []outcome{none, asMerged, spaced, reordered, rewritten, fewer, otherwise}

// looks is what came of all conflicts in texts.
type looks struct {
	conflicts int // files that git leaves in conflict, of every kind
	texts     int // those of them in which lines conflict
	by        map[outcome]int
	times     []time.Duration
	list      int // differences that may still be printed
}

// look takes the second look at each file of a merge in which lines conflict.
func (l *looks) look(out io.Writer, r *compare.Reader, c compare.Comparison, committed object.Hash) error {
	l.conflicts += len(c.Git.Conflicts)
	for _, conflict := range c.Result.Conflicts {
		if conflict.Kind != merge.KindContent || conflict.Base == nil || conflict.Ours == nil || conflict.Theirs == nil {
			continue
		}
		l.texts++
		var texts [3][]byte
		for i, side := range []*merge.Side{conflict.Base, conflict.Ours, conflict.Theirs} {
			var err error
			if texts[i], err = r.Blob(side.Hash); err != nil {
				return err
			}
		}
		start := time.Now()
		proposal, ok := lookTwice(conflict.Path, texts[0], texts[1], texts[2])
		l.times = append(l.times, time.Since(start))
		if !ok {
			l.by[none]++
			continue
		}
		people, err := fileIn(r, committed, conflict.Path)
		if err != nil {
			return err
		}
		found := judge(texts, proposal.Text, people)
		l.by[found]++
		if found != asMerged && l.list > 0 {
			l.list--
			fmt.Fprintf(out, "%s: %s: %s", committed, conflict.Path, found)
			for _, res := range proposal.Resolved {
				fmt.Fprintf(out, "; %s (%d-%d)", res.Rule, res.StartLine, res.EndLine)
			}
			fmt.Fprintln(out)
		}
	}
	return nil
}

func (l *looks) print(out io.Writer) {
	fmt.Fprintf(out, "second look\t%d files in conflict, in %d of them lines are\n", l.conflicts, l.texts)
	if l.texts == 0 {
		return
	}
	for _, o := range outcomes {
		fmt.Fprintf(out, "  %s\t%d (%.1f %%)\n", o, l.by[o], 100*float64(l.by[o])/float64(l.texts))
	}
	fmt.Fprintf(out, "  time, the median\t%v; the longest %v\n", median(l.times), slices.Max(l.times).Round(time.Microsecond))
}

// lookTwice is [merge.SecondLook] as a sync calls it.
func lookTwice(name string, base, ours, theirs []byte) (merge.Proposal, bool) {
	trees := syntax.NewCache(syntax.DefaultLimits)
	defer trees.CloseAll()
	return merge.SecondLook(name, base, ours, theirs, trees)
}

// fileIn is a file of a commit; nil when there is none.
func fileIn(r *compare.Reader, commit object.Hash, name string) ([]byte, error) {
	c, err := r.Commit(commit)
	if err != nil {
		return nil, err
	}
	at := c.Tree
	parts := strings.Split(name, "/")
	for i, part := range parts {
		entries, err := r.Tree(at)
		if err != nil {
			return nil, err
		}
		k := slices.IndexFunc(entries, func(e object.TreeEntry) bool { return e.Name == part })
		if k < 0 {
			return nil, nil
		}
		if at = entries[k].Hash; i == len(parts)-1 {
			return r.Blob(at)
		}
	}
	return nil, nil
}

// judge sets a proposal beside what the people committed.
func judge(sides [3][]byte, proposal, people []byte) outcome {
	mine, theirs := lineSet(proposal), lineSet(people)
	switch {
	case bytes.Equal(proposal, people):
		return asMerged
	case strings.Join(strings.Fields(string(proposal)), " ") == strings.Join(strings.Fields(string(people)), " "):
		return spaced
	case sameCounts(mine, theirs):
		return reordered
	}
	known := lineSet(bytes.Join(sides[:], []byte("\n")))
	more, less := false, false
	for line, n := range theirs {
		more = more || known[line] == 0
		less = less || mine[line] > n
	}
	for line := range mine {
		less = less || theirs[line] == 0
	}
	switch {
	case more:
		return rewritten
	case less:
		return fewer
	}
	return otherwise
}

func lineSet(text []byte) map[string]int {
	set := map[string]int{}
	for line := range bytes.Lines(text) {
		if line = bytes.TrimSpace(line); len(line) > 0 {
			set[string(line)]++
		}
	}
	return set
}

func sameCounts(a, b map[string]int) bool {
	for line, n := range a {
		if b[line] != n {
			return false
		}
	}
	return len(a) == len(b)
}
