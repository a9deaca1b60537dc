//go:build e2e

package merge_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/airside-ls/airside/cmd/bench/merge/compare"
)

var (
	merges   = flag.Int("merges", 300, "merges to compare with git's")
	seed     = flag.Uint64("seed", 1, "of the first generated history")
	perRepo  = flag.Int("perrepo", 25, "merges in a generated repository")
	keep     = flag.String("keep", "", "folder for the generated repositories; empty is a temporary one")
	required = flag.Float64("required", 99.5, "percentage of merges that must agree with git's")
)

// TestE2ETreeMergeAgreesWithGit merges random histories and compares each
// result with that of `git merge-tree`: the same tree where git is clean, the
// same conflicted paths where it is not. What is left differs on purpose:
//
//   - git 2.39 builds a tree without a file, or names a conflict at a directory's
//     own path, where directory renames bring a directory to a file's name;
//   - git is clean where both sides put the same file to where one of them also
//     moved another, and drops what the other side did to that one;
//   - before 2.44, git did not count a last line without line feed when it
//     compared files.
func TestE2ETreeMergeAgreesWithGit(t *testing.T) {
	ctx := context.Background()
	dir := *keep
	if dir == "" {
		dir = t.TempDir()
	}
	count := map[compare.Verdict]int{}
	total, agreed, sameMarkers, crossed := 0, 0, 0, 0
	var ours, gits time.Duration
	for s := *seed; total < *merges; s++ {
		g := &generator{Rand: rand.New(rand.NewPCG(s, 7))}
		pairs := g.generate(*perRepo)
		repo := filepath.Join(dir, fmt.Sprint(s))
		hashes := g.write(t, repo)
		session, err := compare.Start(repo, filepath.Join(repo, "scratch"))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range pairs {
			c := session.Merge(ctx, hashes[p[0]], hashes[p[1]])
			count[c.Verdict]++
			if c.Verdict == compare.GitFailed {
				t.Logf("seed %d, %s and %s: %s", s, hashes[p[0]], hashes[p[1]], c.Detail)
				continue
			}
			total++
			ours, gits = ours+c.Took, gits+c.Git.Took
			if len(c.Bases) > 1 {
				crossed++
			}
			if c.Verdict == compare.SameConflicts && c.Detail == "" {
				sameMarkers++
			}
			if c.Verdict.Agrees() {
				agreed++
			} else {
				t.Logf("seed %d, %s and %s, %d bases: %s: %s", s, hashes[p[0]], hashes[p[1]], len(c.Bases), c.Verdict, c.Detail)
			}
		}
		if err := session.Close(); err != nil {
			t.Fatal(err)
		}
	}
	share := 100 * float64(agreed) / float64(total)
	t.Logf("%d merges, %d of them criss-cross: %.2f %% agree; %v; with conflicts, the whole tree is the same in %d; airside %v, git %v", total, crossed, share, count, sameMarkers, ours.Round(time.Millisecond), gits.Round(time.Millisecond))
	if share < *required {
		t.Errorf("%.2f %% of the merges agree with git's, %.2f %% are asked for", share, *required)
	}
}
