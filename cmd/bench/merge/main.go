// Merge merges every two-parent merge commit of a repository once more,
// with airside and with `git merge-tree`, and says where they differ.
//
//	go run ./cmd/bench/merge [-limit n] [-list n] [-beside mergiraf] [-differ DIR] REPO
//	go run ./cmd/bench/merge -triples DIR [-list n] [-beside mergiraf] [-differ DIR]
//
// The repository is not written to. With -triples only the second look is taken, at the
// files of a folder: each is a folder of its name, base, ours, theirs and merged, which
// is what the people committed. -differ writes such folders of what was settled
// otherwise.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/airside-ls/airside/cmd/bench/merge/compare"

	"github.com/airside-ls/airside/gitsync/object"
)

func main() {
	limit := flag.Int("limit", 0, "merges at most, newest first; 0 is all")
	list := flag.Int("list", 50, "disagreements listed at most")
	beside := flag.String("beside", "", "mergiraf: what that program makes of the same conflicts")
	triples := flag.String("triples", "", "a folder of files in conflict, in place of a repository")
	differ := flag.String("differ", "", "where to write what was settled otherwise than committed")
	flag.Parse()
	if flag.NArg() != 1 && *triples == "" {
		fmt.Fprintln(os.Stderr, "usage: bench/merge [-limit n] [-list n] [-beside mergiraf] REPO")
		os.Exit(2)
	}
	second, err := newLooks(*list, *beside, *differ)
	if err == nil && *triples != "" {
		err = lookAt(*triples, second)
	} else if err == nil {
		err = bench(context.Background(), flag.Arg(0), *limit, *list, second)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench/merge:", err)
		os.Exit(1)
	}
}

// lookAt takes the second look at the files of a folder.
func lookAt(dir string, second *looks) error {
	list, err := triplesIn(dir)
	if err != nil {
		return err
	}
	second.conflicts = len(list)
	for _, t := range list {
		if err := second.at(os.Stdout, t); err != nil {
			return err
		}
	}
	second.print(os.Stdout)
	return nil
}

// output runs a program in dir.
func output(dir, program string, args ...string) (text []byte, code int, err error) {
	c := exec.Command(program, args...)
	c.Dir = dir
	text, err = c.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return text, exit.ExitCode(), nil
	}
	return text, 0, err
}

// tally is what was found so far.
type tally struct {
	verdicts        map[compare.Verdict]int
	merges, crossed int
	sameText        int // with conflicts, and yet the same tree with its markers
	ours, git       []time.Duration
	second          *looks
}

func bench(ctx context.Context, repo string, limit, list int, second *looks) error {
	pairs, err := merges(repo, limit)
	if err != nil {
		return err
	}
	scratch, err := os.MkdirTemp("", "bench-merge")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	session, err := compare.Start(repo, scratch)
	if err != nil {
		return err
	}
	defer session.Close()

	t := tally{verdicts: map[compare.Verdict]int{}, second: second}
	for _, p := range pairs {
		session.Reader.Forget()
		c := session.Merge(ctx, p.ours, p.theirs)
		t.verdicts[c.Verdict]++
		if c.Verdict == compare.GitFailed {
			continue // "refusing to merge unrelated histories", most often
		}
		t.merges++
		t.ours, t.git = append(t.ours, c.Took), append(t.git, c.Git.Took)
		if len(c.Bases) > 1 {
			t.crossed++
		}
		if c.Verdict == compare.SameConflicts && c.Detail == "" {
			t.sameText++
		}
		if !c.Verdict.Agrees() && list > 0 {
			list--
			fmt.Printf("%s: %s: %s\n", p.merge, c.Verdict, c.Detail)
		}
		if err := t.second.look(os.Stdout, session.Reader, c, p.merge); err != nil {
			return err
		}
	}
	t.print(os.Stdout)
	return nil
}

func (t tally) print(out *os.File) {
	agreed := 0
	for v, n := range t.verdicts {
		if v.Agrees() {
			agreed += n
		}
	}
	fmt.Fprintf(out, "merges\t%d (%d criss-cross)\n", t.merges, t.crossed)
	for _, v := range []compare.Verdict{
		compare.SameTree, compare.SameConflicts, compare.Parked, compare.OtherTree,
		compare.OtherPaths, compare.OnlyOurs, compare.OnlyGit, compare.Failed, compare.GitFailed,
	} {
		fmt.Fprintf(out, "%s\t%d\n", v, t.verdicts[v])
	}
	if t.merges == 0 {
		return
	}
	fmt.Fprintf(out, "agree\t%.2f %%\n", 100*float64(agreed)/float64(t.merges))
	fmt.Fprintf(out, "conflicts with the same text\t%d\n", t.sameText)
	fmt.Fprintf(out, "time, all merges\tairside %v, git %v (a process each): %.2f of git's\n",
		sum(t.ours), sum(t.git), float64(sum(t.ours))/float64(sum(t.git)))
	fmt.Fprintf(out, "time, the median\tairside %v, git %v\n", median(t.ours), median(t.git))
	fmt.Fprintf(out, "time, the longest\tairside %v, git %v\n", slices.Max(t.ours), slices.Max(t.git))
	t.second.print(out)
}

func sum(all []time.Duration) (total time.Duration) {
	for _, d := range all {
		total += d
	}
	return total.Round(time.Millisecond)
}

func median(all []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[len(sorted)/2].Round(time.Microsecond)
}

type parents struct{ merge, ours, theirs object.Hash }

// merges lists the merge commits with two parents, newest first.
func merges(repo string, limit int) ([]parents, error) {
	out, err := exec.Command("git", "-C", repo, "rev-list", "--all", "--merges", "--parents", "--max-parents=2").Output()
	if err != nil {
		return nil, fmt.Errorf("git rev-list in %s: %w", repo, err)
	}
	var found []parents
	for line := range strings.Lines(string(out)) {
		var hashes [3]object.Hash
		for i, hex := range strings.Fields(line) {
			if hashes[i], err = object.ParseHash(hex); err != nil {
				return nil, err
			}
		}
		found = append(found, parents{hashes[0], hashes[1], hashes[2]})
		if len(found) == limit {
			break
		}
	}
	return found, nil
}
